import { isDeepStrictEqual } from 'node:util';
import { inAny, overlapped } from './ca-overlap.ts';
import { arrayAt, at, isObject } from './json.ts';
import {
  annotationsOf,
  digestOf,
  type Registrant,
  retiredIn,
  stampFor,
  stampOf,
  storedCas,
  withCa,
  withRetired,
} from './registration-state.ts';
import type { WebhookConfiguration } from './webhook-config.ts';

/** Who registers, and how long a CA that is replaced stays registered. */
export interface Registering extends Registrant {
  readonly overlapMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Whether a replica that started later wrote these webhooks, and nobody has touched them since. */
export function isSuperseded(stored: unknown, wanted: WebhookConfiguration, who: Registrant): boolean {
  const stamp = stampOf(stored);
  if (stamp === undefined || stamp.by === who.id || stamp.at <= who.startedAt) return false;
  const digest = digestOf(arrayAt(stored, 'webhooks'));
  return stamp.webhooks === digest && digest !== digestOf(wanted.webhooks);
}

/**
 * What the stored configuration shall become. Keeps labels and annotations that others put there, and the
 * resourceVersion, which makes a race a conflict. With `as: 'older'` its webhooks stay, and only the CAs are looked after.
 */
export function merged(
  stored: unknown,
  wanted: WebhookConfiguration,
  { as, ...who }: Registering & { readonly as: 'starting' | 'running' | 'older' },
): object {
  const metadata = at(stored, 'metadata');
  const labels = at(metadata, 'labels');
  const cas = storedCas(stored);
  const [mine] = [...storedCas(wanted).values()];
  const webhooks = as === 'older' ? arrayAt(stored, 'webhooks') : wanted.webhooks;
  const same = digestOf(arrayAt(stored, 'webhooks')) === digestOf(webhooks);
  const stamp = same ? {} : stampFor(who, wanted.webhooks, as === 'starting' ? stampOf(stored) : undefined);
  const kept = { ...annotationsOf(stored), ...wanted.metadata.annotations, ...stamp };
  const base = {
    ...wanted,
    metadata: {
      ...(isObject(metadata) ? metadata : {}),
      labels: { ...(isObject(labels) ? labels : {}), ...wanted.metadata.labels },
    },
  };
  if (mine === undefined || mine === '') {
    const others = withCa(webhooks, (name) => encoded(cas.get(name)));
    return { ...base, metadata: { ...base.metadata, annotations: kept }, webhooks: others };
  }
  const { now, overlapMs } = who;
  const cared = overlapped({
    mine,
    stored: inAny([...cas.values()]),
    retired: retiredIn(stored),
    now: now(),
    overlapMs,
  });
  const annotations = withRetired(kept, cared.retired);
  return {
    ...base,
    metadata: { ...base.metadata, annotations },
    webhooks: withCa(webhooks, () => encoded(cared.caBundle)),
  };
}

/** Whether nothing would change. */
export function sameAs(stored: unknown, next: object): boolean {
  return (
    isDeepStrictEqual(at(stored, 'webhooks'), at(next, 'webhooks')) &&
    isDeepStrictEqual(annotationsOf(stored), annotationsOf(next))
  );
}

function encoded(ca: string | undefined): string | undefined {
  return ca === undefined || ca === '' ? undefined : Buffer.from(ca).toString('base64');
}
