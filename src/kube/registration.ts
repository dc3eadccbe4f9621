import { isDeepStrictEqual } from 'node:util';
import { againOnConflict } from './attempts.ts';
import { isKubeError } from './errors.ts';
import { arrayAt, at, isObject, stringAt } from './json.ts';
import type { KubeClient } from './kube-client.ts';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from './paths.ts';
import {
  CONFIGURATION_NAME,
  MANAGED_BY,
  type RegistrationSpec,
  type WebhookConfiguration,
  webhookConfigurations,
} from './webhook-config.ts';

type Kind = WebhookConfiguration['kind'];

/** What happened to one configuration. */
export interface Registered {
  readonly kind: Kind;
  readonly name: string;
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'removed';
}

/** What `unregister` removed. */
export interface Unregistered {
  readonly kind: Kind;
  readonly name: string;
}

const PATHS: Readonly<Record<Kind, string>> = {
  MutatingWebhookConfiguration: MUTATING_WEBHOOKS,
  ValidatingWebhookConfiguration: VALIDATING_WEBHOOKS,
};

/** An object of our name is run by something else. */
export class NotOursError extends Error {
  override readonly name = 'NotOursError';
}

/**
 * Makes the webhook configurations be as `spec` says; one that this mode does not want is removed. Writes nothing when they already are; several replicas may do this
 * at the same time.
 * @throws NotOursError when one carries another manager's label; KubeError otherwise
 */
export async function register(client: KubeClient, spec: RegistrationSpec): Promise<readonly Registered[]> {
  const results: Registered[] = [];
  const all = webhookConfigurations(spec);
  for (const wanted of all) {
    const outcome = await againOnConflict(() => registerOne(client, wanted));
    results.push({ kind: wanted.kind, name: wanted.metadata.name, outcome });
  }
  for (const kind of Object.keys(PATHS) as Kind[]) {
    if (all.some((wanted) => wanted.kind === kind)) continue;
    const gone = await againOnConflict(() => removeOne(client, `${PATHS[kind]}/${CONFIGURATION_NAME}`));
    if (gone) results.push({ kind, name: CONFIGURATION_NAME, outcome: 'removed' });
  }
  return results;
}

/**
 * Removes every webhook configuration that carries our label, and nothing else.
 * @returns what was removed; empty when there was nothing
 */
export async function unregister(client: KubeClient): Promise<readonly Unregistered[]> {
  const removed: Unregistered[] = [];
  for (const kind of Object.keys(PATHS) as Kind[]) {
    for (const name of await ours(client, kind)) {
      const gone = await againOnConflict(() => removeOne(client, `${PATHS[kind]}/${encodeURIComponent(name)}`));
      if (gone) removed.push({ kind, name });
    }
  }
  return removed;
}

async function registerOne(
  client: KubeClient,
  wanted: WebhookConfiguration,
): Promise<'created' | 'updated' | 'unchanged'> {
  const path = `${PATHS[wanted.kind]}/${wanted.metadata.name}`;
  const stored = await getOrUndefined(client, path);
  if (stored === undefined) {
    await client.create(PATHS[wanted.kind], wanted);
    return 'created';
  }
  refuseOthers(stored, wanted.kind);
  if (isOurs(stored) && isDeepStrictEqual(at(stored, 'webhooks'), wanted.webhooks)) return 'unchanged';
  await client.replace(path, updated(stored, wanted));
  return 'updated';
}

/** Keeps labels and annotations that others put there, and the resourceVersion, which makes a race a conflict. */
function updated(stored: unknown, wanted: WebhookConfiguration): object {
  const metadata = at(stored, 'metadata');
  const labels = at(metadata, 'labels');
  return {
    ...wanted,
    metadata: {
      ...(isObject(metadata) ? metadata : {}),
      labels: { ...(isObject(labels) ? labels : {}), ...wanted.metadata.labels },
    },
  };
}

async function ours(client: KubeClient, kind: Kind): Promise<string[]> {
  const list = await client.get(PATHS[kind], { query: { labelSelector: `${MANAGED_BY}=${CONFIGURATION_NAME}` } });
  return arrayAt(list, 'items').flatMap((item) => stringAt(item, 'metadata', 'name') ?? []);
}

/** Reads again before deleting: the label may have gone since the list. */
async function removeOne(client: KubeClient, path: string): Promise<boolean> {
  const stored = await getOrUndefined(client, path);
  if (stored === undefined || !isOurs(stored)) return false;
  const uid = stringAt(stored, 'metadata', 'uid') ?? '';
  const resourceVersion = stringAt(stored, 'metadata', 'resourceVersion') ?? '';
  await client.delete(path, { uid, resourceVersion });
  return true;
}

async function getOrUndefined(client: KubeClient, path: string): Promise<unknown> {
  return client.get(path).catch((error: unknown) => {
    if (isKubeError(error, 'not-found')) return undefined;
    throw error;
  });
}

function isOurs(stored: unknown): boolean {
  return stringAt(stored, 'metadata', 'labels', MANAGED_BY) === CONFIGURATION_NAME;
}

function refuseOthers(stored: unknown, kind: Kind): void {
  const manager = stringAt(stored, 'metadata', 'labels', MANAGED_BY);
  if (manager === undefined || manager === CONFIGURATION_NAME) return;
  throw new NotOursError(
    `${kind} ${CONFIGURATION_NAME} is managed by "${manager}" (label ${MANAGED_BY}): ` +
      'serve with --register none, or remove that object',
  );
}
