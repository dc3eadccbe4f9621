import type { Violation } from '../decision.ts';
import type { Facts } from '../facts.ts';
import { ALLOW_MOVE_ANNOTATION } from '../metallb/annotations.ts';
import type { IpAddress } from '../net/ip.ts';
import { nameOf } from '../service-ref.ts';
import { releaseReason } from './release.ts';
import type { Change, Rule } from './rule.ts';

/** I2: an assigned IP leaves a status only for a reason on the closed list (release.ts). */
export const noMove: Rule = (facts, change) =>
  change.lost.filter((ip) => releaseReason(facts, ip) === undefined).map((ip) => move(facts, ip, change));

function move({ was }: Facts, ip: IpAddress, { gained }: Change): Violation {
  const service = nameOf(was.ref);
  const what = gained.length === 0 ? 'would lose it' : `would get ${gained.join(' and ')} instead`;
  return {
    reason: 'Move',
    ip,
    holder: was.ref,
    message:
      `${ip} is assigned to Service ${service}, which ${what}, and nothing in its spec, annotations or pools asks for ` +
      `that. To move it on purpose, request the new IP (metallb.io/loadBalancerIPs) or set ` +
      `${ALLOW_MOVE_ANNOTATION}: "${ip} until=<RFC 3339 time> reason=<why>" on ${service}.`,
  };
}
