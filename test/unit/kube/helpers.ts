import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { createClient } from '../../../src/kube/client.ts';
import { loadCluster } from '../../../src/kube/cluster.ts';
import type { KubeClient } from '../../../src/kube/kube-client.ts';
import { StubApiServer, type StubOptions } from '../../support/stub-apiserver/server.ts';

/** A folder that goes with the test. */
export function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-kube-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeFile(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** A stub that goes with the test. */
export async function startStub(t: TestContext, options: StubOptions = {}): Promise<StubApiServer> {
  const stub = await StubApiServer.start(options);
  t.after(() => stub.stop());
  return stub;
}

export interface ClientFor {
  readonly user?: object;
  readonly timeoutMs?: number;
}

/** A client of this stub, through a kubeconfig file as in production. */
export function clientOf(
  t: TestContext,
  stub: StubApiServer,
  { user = {}, timeoutMs = 5_000 }: ClientFor = {},
): KubeClient {
  const kubeconfig = writeFile(tempFolder(t), 'config', stub.kubeconfig(user));
  const client = createClient(loadCluster({ kubeconfig }), { version: '9.9.9', timeoutMs });
  t.after(() => client.close());
  return client;
}

/** A Service as far as the stub cares. */
export function service(name: string, more: object = {}): { metadata: { namespace: string; name: string } } {
  return { metadata: { namespace: 'default', name }, ...more };
}
