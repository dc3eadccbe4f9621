import type { Claim, ClaimHolder, PastHolder } from '../core/claims/claim.ts';
import { familyOf, parseIp } from '../core/net/ip.ts';
import type { ServiceRef } from '../core/service-ref.ts';
import { claimName } from './claim-name.ts';
import { claimState, holderText } from './claim-text.ts';
import { arrayAt, isObject, type JsonObject, objectAt, objectsAt, stringAt } from './json.ts';
import { RecentWords } from './recent-words.ts';
import { versionOf } from './service-to-view.ts';

/** The claim as an IPClaim of deploy/crds/ipclaims.yaml. With `version` and `uid` only when it is stored. */
export function claimToJson(claim: Claim): JsonObject {
  return {
    apiVersion: 'holdfast.dev/v1alpha1',
    kind: 'IPClaim',
    metadata: {
      name: claimName(claim.ip),
      ...(claim.uid === '' ? {} : { uid: claim.uid }),
      ...(claim.version === 0 ? {} : { resourceVersion: String(claim.version) }),
    },
    spec: {
      ip: claim.ip,
      family: familyOf(claim.ip),
      holder: holderText(claim.holders),
      state: claimState(claim.holders),
      sharingKey: claim.sharingKey,
      holders: claim.holders.map(holderToJson),
      history: claim.history.map(({ service, from, to, because }) => ({
        ...serviceToJson(service),
        from: rfc3339(from),
        to: rfc3339(to),
        because,
      })),
    },
  };
}

/**
 * Reads an IPClaim. @returns undefined when it does not say who holds which IP (no IP, a name that is another IP's, no
 * holder, a holder that cannot be read); never throws. Of the history, what cannot be read is left out.
 */
export function claimFromJson(raw: unknown): Claim | undefined {
  if (!isObject(raw)) return undefined;
  const metadata = objectAt(raw, 'metadata');
  const spec = objectAt(raw, 'spec');
  const ip = parseIp(stringAt(spec, 'ip') ?? '');
  if (ip === undefined || stringAt(metadata, 'name') !== claimName(ip)) return undefined;
  const holders = holdersFrom(arrayAt(spec, 'holders'));
  if (holders === undefined) return undefined;
  return {
    ip,
    holders,
    sharingKey: stringAt(spec, 'sharingKey') ?? '',
    history: historyFrom(objectsAt(spec, 'history')),
    version: versionOf(metadata),
    uid: stringAt(metadata, 'uid') ?? '',
  };
}

function holderToJson({ service, reviewUid, basis, since, goneSince }: ClaimHolder): JsonObject {
  return {
    ...serviceToJson(service),
    reviewUID: reviewUid,
    serviceVersion: String(basis),
    since: rfc3339(since),
    ...(goneSince === undefined ? {} : { goneSince: rfc3339(goneSince) }),
  };
}

function serviceToJson({ namespace, name, uid }: ServiceRef): JsonObject {
  return { namespace, name, uid };
}

const NO_HISTORY: readonly PastHolder[] = Object.freeze([]);

/** Most claims have none; a book of a hundred thousand claims keeps it once. */
function historyFrom(items: readonly JsonObject[]): readonly PastHolder[] {
  return items.length === 0 ? NO_HISTORY : items.flatMap((past) => pastFrom(past) ?? []);
}

/** All or none: a claim of which one holder cannot be read must not look as if it had the others only. */
function holdersFrom(items: readonly unknown[]): readonly ClaimHolder[] | undefined {
  const [first, ...others] = items.flatMap((item) => (isObject(item) ? (holderFrom(item) ?? []) : []));
  if (first === undefined || others.length + 1 !== items.length) return undefined;
  // An array literal has no spare room.
  return others.length === 0 ? [first] : [first, ...others];
}

function holderFrom(json: JsonObject): ClaimHolder | undefined {
  const service = serviceFrom(json);
  const since = timeOf(json.since);
  const basis = stringAt(json, 'serviceVersion') ?? '0';
  const gone = json.goneSince !== undefined && json.goneSince !== null;
  const goneSince = gone ? timeOf(json.goneSince) : undefined;
  if (service === undefined || since === undefined || !/^\d+$/.test(basis)) return undefined;
  if (gone && goneSince === undefined) return undefined;
  return { service, reviewUid: stringAt(json, 'reviewUID') ?? '', basis: Number(basis), since, goneSince };
}

function pastFrom(json: JsonObject): PastHolder | undefined {
  const service = serviceFrom(json);
  const [from, to] = [timeOf(json.from), timeOf(json.to)];
  if (service === undefined || from === undefined || to === undefined) return undefined;
  return { service, from, to, because: stringAt(json, 'because') ?? '' };
}

/** What many claims say is kept once. */
const words = new RecentWords();

function serviceFrom(json: JsonObject): ServiceRef | undefined {
  const namespace = words.same(stringAt(json, 'namespace') ?? '');
  if (namespace === '') return undefined;
  return { namespace, name: stringAt(json, 'name') ?? '', uid: stringAt(json, 'uid') ?? '' };
}

function rfc3339(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
