import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonObject, objectAt, objectsAt, stringAt } from '../../src/review/json.ts';
import { freePorts } from '../control-plane/free-port.ts';
import type { ManagedProcess } from '../control-plane/processes.ts';
import type { StubApiServer } from '../support/stub-apiserver/server.ts';
import { startHoldfast } from './holdfast-process.ts';

const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/holdfast';

/** A `holdfast serve --mode enforce` beside a stub API server, on free ports, registered by URL. */
export interface Serving {
  readonly process: ManagedProcess;
  /** The operations port, `http://HOST:PORT`. */
  readonly ops: string;
}

/** Starts it without waiting for anything. `folder` gets its kubeconfig and log. */
export async function startServing(stub: StubApiServer, folder: string): Promise<Serving> {
  const [admission = 0, ops = 0] = await freePorts(2);
  const at = { admission: `127.0.0.1:${admission}`, ops: `127.0.0.1:${ops}` };
  const flags = {
    mode: 'enforce',
    kubeconfig: writeKubeconfig(stub, folder),
    listen: at.admission,
    'ops-listen': at.ops,
    register: `url=https://${at.admission}`,
  };
  const process = await startHoldfast(
    folder,
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
  );
  return { process, ops: `http://${at.ops}` };
}

/** Waits until it may decide and is registered; ends it when that does not come. */
export async function untilReady({ process }: Serving): Promise<void> {
  try {
    await process.waitForLine(/"msg":"holdfast is ready"/, 30_000);
  } catch (error) {
    await process.kill();
    throw error;
  }
}

/** @returns the path of a kubeconfig for the stub, in `folder` */
export function writeKubeconfig(stub: StubApiServer, folder: string): string {
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, stub.kubeconfig());
  return file;
}

/** Where the API server would call holdfast, and whom it would trust there (PEM), as holdfast has registered it. */
export function registration(stub: StubApiServer): { readonly url: string; readonly ca: string } {
  const configuration: JsonObject = stub.read(CONFIGURATION) ?? {};
  const client = objectAt(objectsAt(configuration, 'webhooks')[0] ?? {}, 'clientConfig');
  const [url, ca] = [stringAt(client, 'url'), stringAt(client, 'caBundle')];
  if (url === undefined || ca === undefined) throw new Error('holdfast has registered no webhook by URL');
  return { url: `${url}?timeout=5s`, ca: Buffer.from(ca, 'base64').toString('utf8') };
}
