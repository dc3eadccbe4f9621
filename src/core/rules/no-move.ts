import type { Violation } from '../decision.ts';
import type { Facts } from '../facts.ts';
import { ALLOW_MOVE_ANNOTATION } from '../metallb/annotations.ts';
import type { IpAddress } from '../net/ip.ts';
import { nameOf } from '../service-ref.ts';
import { allowMoveOf, releaseReason } from './release.ts';
import type { Change, Rule } from './rule.ts';

/** I2: an assigned IP leaves a status only for a reason on the closed list (release.ts). */
export const noMove: Rule = (facts, change) =>
  change.lost.filter((ip) => releaseReason(facts, ip) === undefined).map((ip) => move(facts, ip, change));

function move(facts: Facts, ip: IpAddress, { gained }: Change): Violation {
  const { was } = facts;
  const service = nameOf(was.ref);
  const what = gained.length === 0 ? 'would lose it' : `would get ${gained.join(' and ')} instead`;
  return {
    reason: 'Move',
    ip,
    holder: was.ref,
    message:
      `${ip} is assigned to Service ${service}, which ${what}, and nothing in its spec, annotations or pools asks for ` +
      `that. To move it on purpose, request the new IP (metallb.io/loadBalancerIPs) or set ` +
      `${ALLOW_MOVE_ANNOTATION}: "${ip} until=<RFC 3339 time> reason=<why>" on ${service}.${whyClosed(facts, ip)}`,
  };
}

/** Why the break-glass that the Service has does not open for this IP. */
function whyClosed(facts: Facts, ip: IpAddress): string {
  const allowed = allowMoveOf(facts);
  if (allowed === undefined) return '';
  const why = allowed.ok ? `it names ${allowed.permission.ip}, not ${ip}` : allowed.problem;
  return ` The ${ALLOW_MOVE_ANNOTATION} that it has is void: ${why}.`;
}
