import type { Claim, ClaimHolder } from '../../src/core/claims/claim.ts';
import { type IpAddress, parseIp } from '../../src/core/net/ip.ts';

/** The IP of a text that is one. */
export function ipOf(text: string): IpAddress {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`${text} is not an IP`);
  return ip;
}

/** Service `default/<name>` with uid `uid-<name>`, holding since the start of 2026. */
export function claimHolder(name: string, more: Partial<ClaimHolder> = {}): ClaimHolder {
  const service = { namespace: 'default', name, uid: `uid-${name}` };
  const since = Date.parse('2026-01-01T00:00:00.123Z');
  return { service, reviewUid: '', basis: 100, since, goneSince: undefined, ...more };
}

/** An exclusive claim of `default/web`, not stored yet. */
export function claimOn(ip: string, more: Partial<Claim> = {}): Claim {
  return { ip: ipOf(ip), holders: [claimHolder('web')], sharingKey: '', history: [], version: 0, uid: '', ...more };
}

/** A claim as the API server stores it, of these holders. */
export function storedClaim(ip: string, holders: readonly ClaimHolder[], more: Partial<Claim> = {}): Claim {
  return claimOn(ip, { holders, version: 1, uid: `claim-of-${ip}`, ...more });
}

/** A holder that a review of CREATE made: it has no uid yet. */
export function unboundHolder(name: string, reviewUid: string, more: Partial<ClaimHolder> = {}): ClaimHolder {
  return claimHolder(name, { service: { namespace: 'default', name, uid: '' }, reviewUid, basis: 0, ...more });
}
