import { againOnConflict } from './attempts.ts';
import { inAll } from './ca-overlap.ts';
import { isKubeError } from './errors.ts';
import { arrayAt, stringAt } from './json.ts';
import type { KubeClient } from './kube-client.ts';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from './paths.ts';
import { isSuperseded, merged, type Registering, sameAs } from './registration-merge.ts';
import { stampFor, storedCas } from './registration-state.ts';
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

/** What {@link keepRegistered} found and did. */
export interface Kept {
  /** Only what was written. */
  readonly written: readonly Registered[];
  /** Configurations that are gone: somebody deleted them, which is how the glass is broken. They stay away. */
  readonly missing: readonly Kind[];
  /** A replica that started later has registered something else, and this one leaves it at that. */
  readonly superseded: boolean;
  /** The CAs (PEM) that every webhook of every configuration holds now; undefined when none is kept there by holdfast. */
  readonly caBundle: string | undefined;
}

const ALONE: Registering = { id: 'alone', startedAt: 0, overlapMs: 3_600_000, now: () => Date.now() };

/**
 * Makes the webhook configurations be as `spec` says; one that this mode does not want is removed. Writes nothing when
 * they already are; several replicas may do this at the same time.
 * @throws NotOursError when one carries another manager's label; KubeError otherwise
 */
export async function register(
  client: KubeClient,
  spec: RegistrationSpec,
  who: Registering = ALONE,
): Promise<readonly Registered[]> {
  const results: Registered[] = [];
  const all = webhookConfigurations(spec);
  for (const wanted of all) {
    const outcome = await againOnConflict(() => registerOne(client, wanted, who));
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
 * Looks after what was registered: whatever somebody changed by hand is put back, CAs come and go with their overlap.
 * A configuration that is gone is left so, for `holdfast unregister` and for operators who have to get rid of it.
 * When replicas disagree (an update, other flags), the one that started last is right.
 * @throws NotOursError when one carries another manager's label; KubeError otherwise
 */
export async function keepRegistered(client: KubeClient, spec: RegistrationSpec, who: Registering): Promise<Kept> {
  const written: Registered[] = [];
  const missing: Kind[] = [];
  const bundles: string[] = [];
  let superseded = false;
  for (const wanted of webhookConfigurations(spec)) {
    const { kind, metadata } = wanted;
    const kept = await againOnConflict(() => keepOne(client, wanted, who));
    if (kept === undefined) missing.push(kind);
    else {
      if (kept.written) written.push({ kind, name: metadata.name, outcome: 'updated' });
      superseded ||= kept.superseded;
      bundles.push(...storedCas(kept.stored).values());
    }
  }
  const known = spec.caBundle !== undefined && bundles.length > 0;
  return { written, missing, superseded, caBundle: known ? inAll(bundles) : undefined };
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
  who: Registering,
): Promise<'created' | 'updated' | 'unchanged'> {
  const stored = await getOrUndefined(client, pathOf(wanted));
  if (stored === undefined) {
    const annotations = { ...wanted.metadata.annotations, ...stampFor(who, wanted.webhooks, undefined) };
    await client.create(PATHS[wanted.kind], { ...wanted, metadata: { ...wanted.metadata, annotations } });
    return 'created';
  }
  refuseOthers(stored, wanted.kind);
  const next = merged(stored, wanted, { ...who, as: 'starting' });
  if (isOurs(stored) && sameAs(stored, next)) return 'unchanged';
  await client.replace(pathOf(wanted), next);
  return 'updated';
}

/** @returns undefined when it is gone */
async function keepOne(client: KubeClient, wanted: WebhookConfiguration, who: Registering) {
  const stored = await getOrUndefined(client, pathOf(wanted));
  if (stored === undefined) return undefined;
  refuseOthers(stored, wanted.kind);
  const superseded = isSuperseded(stored, wanted, who);
  const next = merged(stored, wanted, { ...who, as: superseded ? 'older' : 'running' });
  if (isOurs(stored) && sameAs(stored, next)) return { stored, written: false, superseded };
  return { stored: await client.replace(pathOf(wanted), next), written: true, superseded };
}

function pathOf({ kind, metadata }: WebhookConfiguration): string {
  return `${PATHS[kind]}/${metadata.name}`;
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
