import type { Claim } from '../core/claims/claim.ts';
import { type IpAddress, parseIp } from '../core/net/ip.ts';
import { claimFromJson } from '../review/claim-json.ts';
import { claimName } from '../review/claim-name.ts';
import type { KubeClient } from './kube-client.ts';
import { IP_CLAIMS } from './paths.ts';
import { superviseWatch } from './watch.ts';
import { objectId } from './watch-events.ts';
import type { SupervisedWatch, WatchOptions, WatchSink, WatchState } from './watch-types.ts';

/** Hears which claims there are. Versions are resourceVersions as numbers: larger is newer. */
export interface ClaimSink {
  /** Every claim there is, as of `version`; whatever was known and is not here is gone. */
  replaceClaims(claims: readonly Claim[], version: number): void;
  putClaim(claim: Claim): void;
  /** The claim on this IP, the very object `uid`, was deleted (or damaged) at `version`. */
  dropClaim(ip: IpAddress, uid: string, version: number): void;
  /** IPClaims do not exist in this cluster: the CRD is not installed, or was removed and all claims with it. */
  absent(): void;
}

/** What {@link followClaims} fills, and whom it tells. */
export interface FollowedClaims {
  readonly client: KubeClient;
  readonly sink: ClaimSink;
  readonly onState: (label: string, state: WatchState) => void;
  readonly onHandlerError: (error: unknown, where: string) => void;
  /** An IPClaim that cannot be read is left out; creating it again is refused by the API server all the same. */
  readonly onDamaged: (name: string) => void;
  readonly timing?: WatchOptions<Claim>['timing'];
}

const LABEL = 'ipclaims';

/** Follows all claims. Synced, as a watch knows it, after the first `replaceClaims` or `absent`. */
export function followClaims(followed: FollowedClaims): SupervisedWatch {
  const { client, sink, onState, onHandlerError, onDamaged, timing } = followed;
  const project = (raw: unknown): Claim | undefined => {
    const claim = claimFromJson(raw);
    if (claim === undefined) onDamaged(objectId(raw).name);
    return claim;
  };
  const state = (now: WatchState): void => onState(LABEL, now);
  return superviseWatch<Claim>({
    client,
    path: IP_CLAIMS,
    label: LABEL,
    project,
    onHandlerError,
    sink: { ...translated(sink), state },
    ...(timing === undefined ? {} : { timing }),
  });
}

/**
 * A deletion is known by the name of the object only, which is never parsed: the IP of each name is remembered, of those
 * that are not their own name.
 */
function translated(sink: ClaimSink): Omit<WatchSink<Claim>, 'state'> {
  const ips = new Map<string, IpAddress>();
  const remember = (ip: IpAddress): void => {
    const name = claimName(ip);
    if (name !== ip) ips.set(name, ip);
  };
  return {
    replaced: (claims, { resourceVersion, absent }) => {
      ips.clear();
      for (const { ip } of claims) remember(ip);
      if (absent) sink.absent();
      else sink.replaceClaims(claims, Number(resourceVersion));
    },
    upserted: (claim) => {
      remember(claim.ip);
      sink.putClaim(claim);
    },
    deleted: ({ name, uid, resourceVersion }) => {
      const ip = ips.get(name) ?? parseIp(name);
      if (ip === undefined) return;
      ips.delete(name);
      sink.dropClaim(ip, uid, Number(resourceVersion));
    },
  };
}
