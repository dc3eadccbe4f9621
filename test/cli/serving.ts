import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceMode } from '../../src/app/mode.ts';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from '../../src/kube/paths.ts';
import type { Hook } from '../../src/review/admission-types.ts';
import { type JsonObject, objectAt, objectsAt, stringAt, stringsAt } from '../../src/review/json.ts';
import { freePorts } from '../control-plane/free-port.ts';
import type { ManagedProcess } from '../control-plane/processes.ts';
import type { StubApiServer } from '../support/stub-apiserver/server.ts';
import { startHoldfast } from './holdfast-process.ts';

const CONFIGURATIONS: Readonly<Record<Hook, string>> = {
  validate: `${VALIDATING_WEBHOOKS}/holdfast`,
  mutate: `${MUTATING_WEBHOOKS}/holdfast`,
};

/** A `holdfast serve` beside a stub API server, on free ports, registered by URL. */
export interface Serving {
  readonly process: ManagedProcess;
  /** The operations port, `http://HOST:PORT`. */
  readonly ops: string;
}

/** Starts it without waiting for anything. `folder` gets its kubeconfig and log. */
export async function startServing(
  stub: StubApiServer,
  folder: string,
  mode: ServiceMode = 'enforce',
): Promise<Serving> {
  const [admission = 0, ops = 0] = await freePorts(2);
  const at = { admission: `127.0.0.1:${admission}`, ops: `127.0.0.1:${ops}` };
  const flags = {
    mode,
    kubeconfig: writeKubeconfig(stub, folder),
    listen: at.admission,
    'ops-listen': at.ops,
    register: `url=https://${at.admission}`,
    'drain-delay': '0',
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

/** Where the API server calls a hook, and whom it trusts there (PEM). */
export interface Registration {
  readonly url: string;
  readonly ca: string;
}

/** The registration of the hook on status writes, as holdfast has made it; undefined when it registered none. */
export function registered(stub: StubApiServer, hook: Hook): Registration | undefined {
  const configuration: JsonObject = stub.read(CONFIGURATIONS[hook]) ?? {};
  const webhook = objectsAt(configuration, 'webhooks').find((one) =>
    objectsAt(one, 'rules').some((rule) => stringsAt(rule, 'resources').includes('services/status')),
  );
  if (webhook === undefined) return undefined;
  const client = objectAt(webhook, 'clientConfig');
  const [url, ca] = [stringAt(client, 'url'), stringAt(client, 'caBundle')];
  if (url === undefined || ca === undefined) throw new Error(`holdfast has registered ${hook} without URL or CA`);
  return { url: `${url}?timeout=5s`, ca: Buffer.from(ca, 'base64').toString('utf8') };
}

/** The registration of the validating hook. @throws Error when there is none */
export function registration(stub: StubApiServer): Registration {
  const found = registered(stub, 'validate');
  if (found === undefined) throw new Error('holdfast has registered no validating webhook');
  return found;
}
