import { againOnConflict } from './attempts.ts';
import { isKubeError } from './errors.ts';
import { arrayAt, at, isObject, stringAt } from './json.ts';
import type { KubeClient } from './kube-client.ts';
import { CRDS } from './paths.ts';
import { withMissingRule } from './rbac.ts';
import { pause, systemClock, type WatchClock } from './watch-clock.ts';

export interface EnsureCrdOptions {
  /** How long to wait for the API server to serve it (default 30 s). */
  readonly deadlineMs?: number;
  readonly pollMs?: number;
  readonly clock?: WatchClock;
}

/**
 * Makes a CustomResourceDefinition be as given, and waits until its objects can be read.
 * Writes nothing when it already says so; what the API server added by default does not count.
 * @param crd the parsed YAML of an apiextensions.k8s.io/v1 CustomResourceDefinition
 * @throws KubeError, or Error when it is refused (names taken) or not served in time
 */
export async function ensureCrd(
  client: KubeClient,
  crd: unknown,
  options: EnsureCrdOptions = {},
): Promise<'created' | 'updated' | 'unchanged'> {
  const name = stringAt(crd, 'metadata', 'name');
  if (name === undefined) throw new Error('a CustomResourceDefinition needs metadata.name');
  const outcome = await againOnConflict(() => write(client, name, crd));
  await served(client, name, options);
  return outcome;
}

async function write(client: KubeClient, name: string, crd: unknown): Promise<'created' | 'updated' | 'unchanged'> {
  const path = `${CRDS}/${name}`;
  const stored = await client.get(path).catch((error: unknown) => {
    if (isKubeError(error, 'not-found')) return undefined;
    throw without('get', error);
  });
  if (stored === undefined) {
    await client.create(CRDS, crd).catch((error: unknown) => Promise.reject(without('create', error)));
    return 'created';
  }
  if (says(at(stored, 'spec'), at(crd, 'spec'))) return 'unchanged';
  const next = { ...(isObject(stored) ? stored : {}), spec: at(crd, 'spec') };
  await client.replace(path, next).catch((error: unknown) => Promise.reject(without('update', error)));
  return 'updated';
}

function without(verb: string, error: unknown): unknown {
  return withMissingRule(error, { verb, group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' });
}

/** @returns whether `stored` has everything of `wanted`; more fields are allowed, more array elements are not. */
export function says(stored: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(stored) &&
      stored.length === wanted.length &&
      wanted.every((item, index) => says(stored[index], item))
    );
  }
  if (isObject(wanted)) return Object.entries(wanted).every(([key, value]) => says(at(stored, key), value));
  return stored === wanted;
}

/** Established comes a little before the first list succeeds, so both are waited for. */
async function served(client: KubeClient, name: string, options: EnsureCrdOptions): Promise<void> {
  const { deadlineMs = 30_000, pollMs = 200, clock = systemClock } = options;
  const until = clock.monotonic() + deadlineMs;
  for (;;) {
    const crd = await client.get(`${CRDS}/${name}`);
    if (isTrue(crd, 'Established') && (await canList(client, crd))) return;
    const problem = refusal(crd);
    if (problem !== undefined) throw new Error(`CustomResourceDefinition ${name} is refused: ${problem}`);
    if (clock.monotonic() >= until)
      throw new Error(`CustomResourceDefinition ${name} is not served after ${deadlineMs} ms`);
    await pause(clock, pollMs, NEVER);
  }
}

const NEVER = new AbortController().signal;

async function canList(client: KubeClient, crd: unknown): Promise<boolean> {
  const group = stringAt(crd, 'spec', 'group') ?? '';
  const plural = stringAt(crd, 'spec', 'names', 'plural') ?? '';
  const versions = arrayAt(crd, 'spec', 'versions').filter((version) => at(version, 'served') === true);
  for (const version of versions) {
    try {
      await client.get(`/apis/${group}/${stringAt(version, 'name')}/${plural}`, { query: { limit: '1' } });
    } catch (error) {
      // Not allowed to list is served all the same.
      if (isKubeError(error, 'not-found')) return false;
      if (!isKubeError(error, 'forbidden')) throw error;
    }
  }
  return true;
}

function condition(crd: unknown, type: string): unknown {
  return arrayAt(crd, 'status', 'conditions').find((entry) => stringAt(entry, 'type') === type);
}

function isTrue(crd: unknown, type: string): boolean {
  return stringAt(condition(crd, type), 'status') === 'True';
}

function refusal(crd: unknown): string | undefined {
  const names = condition(crd, 'NamesAccepted');
  return stringAt(names, 'status') === 'False' ? (stringAt(names, 'message') ?? 'its names are taken') : undefined;
}
