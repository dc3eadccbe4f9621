import { isKubeError, KubeError } from './errors.ts';
import { at, isObject, stringAt } from './json.ts';
import type { KubeClient } from './kube-client.ts';
import { NAMESPACES, secretsPath } from './paths.ts';
import { withMissingRule } from './rbac.ts';
import { CONFIGURATION_NAME, MANAGED_BY } from './webhook-config.ts';

export interface SecretRef {
  readonly namespace: string;
  readonly name: string;
}

/** `data` of a Secret as the API has it: base64 texts by key. */
export type SecretData = Readonly<Record<string, string>>;

export interface StoredSecret {
  readonly data: SecretData;
  readonly resourceVersion: string;
  /** Whether this call made it. */
  readonly created: boolean;
  /** Whether it carries our label: holdfast made it, and looks after what is in it. */
  readonly ours: boolean;
  /** `ca` or `tls` when an operator has asked for a new one by the annotation `holdfast.dev/renew`. */
  readonly requested: 'ca' | 'tls' | undefined;
  /** As it came, so that labels, annotations and type outlive a replacement. */
  readonly raw: unknown;
}

/** An operator asks for a new CA (`ca`) or serving certificate (`tls`) by it; gone once that is done. */
const RENEW = 'holdfast.dev/renew';

/**
 * Reads a Secret, or makes it: create is the lock. When another replica was faster, its Secret is the answer.
 * @param make called only when there is none; may be called although another replica wins
 * @throws KubeError; kind `forbidden` names the missing rule, `not-found` says that there is no such namespace
 */
export async function readOrCreateSecret(
  client: KubeClient,
  ref: SecretRef,
  make: () => Promise<SecretData>,
): Promise<StoredSecret> {
  const existing = await readSecret(client, ref);
  if (existing !== undefined) return existing;
  const body = secretBody(ref, await make());
  try {
    return { ...parse(await client.create(secretsPath(ref.namespace), body)), created: true };
  } catch (error) {
    return (await winnerAfter(client, ref, error)) ?? rethrow(ref, 'create', error);
  }
}

/** @returns the Secret, or undefined when there is none. @throws KubeError */
export async function readSecret(client: KubeClient, ref: SecretRef): Promise<StoredSecret | undefined> {
  try {
    return { ...parse(await client.get(secretPath(ref))), created: false };
  } catch (error) {
    return isKubeError(error, 'not-found') ? undefined : rethrow(ref, 'get', error);
  }
}

/**
 * Replaces the data of a Secret that was read before.
 * @throws KubeError of kind `conflict` when somebody changed it since: read again
 */
export async function replaceSecret(
  client: KubeClient,
  ref: SecretRef,
  { data, resourceVersion, raw }: Pick<StoredSecret, 'data' | 'resourceVersion' | 'raw'>,
): Promise<StoredSecret> {
  const body = replacement(ref, raw, { data, resourceVersion });
  try {
    return { ...parse(await client.replace(secretPath(ref), body)), created: false };
  } catch (error) {
    return rethrow(ref, 'update', error);
  }
}

/**
 * Makes a namespace, for who serves from outside of the cluster. Called when a create has found none: a Pod's own
 * namespace exists, and its role need not let it look.
 * @throws KubeError; kind `forbidden` names the missing rule
 */
export async function makeNamespace(client: KubeClient, name: string): Promise<'exists' | 'created'> {
  try {
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return 'created';
  } catch (error) {
    if (isKubeError(error, 'already-exists')) return 'exists';
    throw withMissingRule(error, { verb: 'create', group: '', resource: 'namespaces', name });
  }
}

/** Another replica's Secret after a lost race; our own after an answer that got lost. */
async function winnerAfter(client: KubeClient, ref: SecretRef, error: unknown): Promise<StoredSecret | undefined> {
  if (!(error instanceof KubeError) || !(error.kind === 'already-exists' || error.maybeApplied)) return undefined;
  return readSecret(client, ref);
}

function rethrow(ref: SecretRef, verb: string, error: unknown): never {
  throw withMissingRule(error, { verb, group: '', resource: 'secrets', name: ref.name, namespace: ref.namespace });
}

function secretPath({ namespace, name }: SecretRef): string {
  return `${secretsPath(namespace)}/${encodeURIComponent(name)}`;
}

function secretBody({ namespace, name }: SecretRef, data: SecretData): object {
  const metadata = { name, namespace, labels: { [MANAGED_BY]: CONFIGURATION_NAME } };
  return { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, data };
}

/** The type of a Secret cannot be changed; labels and annotations of others stay. */
function replacement(
  ref: SecretRef,
  raw: unknown,
  { data, resourceVersion }: Pick<StoredSecret, 'data' | 'resourceVersion'>,
) {
  const fresh = { name: ref.name, namespace: ref.namespace, resourceVersion };
  const labels = { ...stringMap(raw, 'labels'), [MANAGED_BY]: CONFIGURATION_NAME };
  const { [RENEW]: _done, ...annotations } = stringMap(raw, 'annotations');
  const type = stringAt(raw, 'type') ?? 'Opaque';
  return { apiVersion: 'v1', kind: 'Secret', type, metadata: { ...fresh, labels, annotations }, data };
}

function parse(raw: unknown): Omit<StoredSecret, 'created'> {
  const data = at(raw, 'data');
  const entries = Object.entries(isObject(data) ? data : {}).map(([key, value]) => [key, String(value)]);
  const renew = stringMap(raw, 'annotations')[RENEW];
  return {
    data: Object.fromEntries(entries),
    resourceVersion: stringAt(raw, 'metadata', 'resourceVersion') ?? '',
    ours: stringMap(raw, 'labels')[MANAGED_BY] === CONFIGURATION_NAME,
    requested: renew === 'ca' || renew === 'tls' ? renew : undefined,
    raw,
  };
}

function stringMap(raw: unknown, key: 'labels' | 'annotations'): Readonly<Record<string, string>> {
  const map = at(raw, 'metadata', key);
  const entries = Object.entries(isObject(map) ? map : {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
