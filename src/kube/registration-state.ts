import { createHash } from 'node:crypto';
import type { Retired } from './ca-overlap.ts';
import { arrayAt, at, isObject, stringAt } from './json.ts';
import type { Webhook } from './webhook-config.ts';

/** Says who wrote the webhooks of a configuration last, and when that replica started. */
const REGISTERED = 'holdfast.dev/registered';
/** The CAs on their way out; see `ca-overlap.ts`. */
const RETIRED_CAS = 'holdfast.dev/retired-cas';

/** One replica, for as long as its process lives. */
export interface Registrant {
  /** Any text that no other replica has. */
  readonly id: string;
  /** When it started, epoch milliseconds. */
  readonly startedAt: number;
}

/** The stamp of a configuration: whose, from when, and which webhooks it was put on. */
export interface Stamp {
  readonly by: string;
  readonly at: number;
  /** A digest of the webhooks without their CAs. */
  readonly webhooks: string;
}

/** The webhooks with their CAs left out: what replicas of different versions or flags may disagree about. */
export function withoutCa(webhooks: readonly unknown[]): readonly unknown[] {
  return webhooks.map((webhook) => {
    if (!isObject(webhook) || !isObject(webhook.clientConfig)) return webhook;
    const { caBundle: _ca, ...clientConfig } = webhook.clientConfig;
    return { ...webhook, clientConfig };
  });
}

/** The same webhooks, each with this CA (base64), or without one. */
export function withCa(webhooks: readonly unknown[], caOf: (name: string) => string | undefined): readonly unknown[] {
  return webhooks.map((webhook) => {
    if (!isObject(webhook) || !isObject(webhook.clientConfig)) return webhook;
    const { caBundle: _old, ...rest } = webhook.clientConfig;
    const caBundle = caOf(stringAt(webhook, 'name') ?? '');
    return { ...webhook, clientConfig: caBundle === undefined ? rest : { caBundle, ...rest } };
  });
}

/** The CAs of each webhook of a stored configuration, PEM as far as it is that, by the webhook's name. */
export function storedCas(stored: unknown): ReadonlyMap<string, string> {
  return new Map(
    arrayAt(stored, 'webhooks').map((webhook) => {
      const ca = stringAt(webhook, 'clientConfig', 'caBundle') ?? '';
      return [stringAt(webhook, 'name') ?? '', Buffer.from(ca, 'base64').toString('utf8')];
    }),
  );
}

/** Digest of webhooks, whatever their CAs and the order of their fields. */
export function digestOf(webhooks: readonly unknown[]): string {
  return createHash('sha256')
    .update(canonical(withoutCa(webhooks)))
    .digest('hex')
    .slice(0, 16);
}

export function stampOf(stored: unknown): Stamp | undefined {
  const parsed = jsonIn(annotation(stored, REGISTERED));
  const [by, written, webhooks] = [stringAt(parsed, 'by'), stringAt(parsed, 'at'), stringAt(parsed, 'webhooks')];
  const time = Date.parse(written ?? '');
  return by === undefined || webhooks === undefined || Number.isNaN(time) ? undefined : { by, at: time, webhooks };
}

/**
 * @param before the stamp that a replica which is just starting comes after, even if its clock is behind
 * @returns the annotation that says that this replica wrote these webhooks
 */
export function stampFor(who: Registrant, webhooks: readonly Webhook[], before: Stamp | undefined) {
  const time = new Date(Math.max(who.startedAt, before === undefined ? 0 : before.at + 1)).toISOString();
  return { [REGISTERED]: JSON.stringify({ by: who.id, at: time, webhooks: digestOf(webhooks) }) };
}

export function retiredIn(stored: unknown): Retired {
  const parsed = jsonIn(annotation(stored, RETIRED_CAS));
  if (!isObject(parsed)) return {};
  return Object.fromEntries(
    Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The annotations of a stored configuration with these marks, and none when there are none. */
export function withRetired(annotations: Readonly<Record<string, string>>, retired: Retired) {
  const { [RETIRED_CAS]: _before, ...rest } = annotations;
  return Object.keys(retired).length === 0 ? rest : { ...rest, [RETIRED_CAS]: JSON.stringify(retired) };
}

/** The annotations of an object; values of another type are left out. */
export function annotationsOf(stored: unknown): Readonly<Record<string, string>> {
  const all = at(stored, 'metadata', 'annotations');
  return Object.fromEntries(
    Object.entries(isObject(all) ? all : {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function annotation(stored: unknown, key: string): string | undefined {
  return annotationsOf(stored)[key];
}

/** Somebody may have edited it by hand: what cannot be read is not there. */
function jsonIn(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
