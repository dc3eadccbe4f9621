import type { Violation } from '../decision.ts';
import type { Facts } from '../facts.ts';
import type { Holding } from '../ledger/ledger.ts';
import { mayShare, whyNotShare } from '../metallb/sharing.ts';
import type { IpAddress } from '../net/ip.ts';
import { isGuardedClass, isGuardedIp } from '../scope.ts';
import { nameOf } from '../service-ref.ts';
import type { Rule } from './rule.ts';

/**
 * I1: an IP has one holder, or several that may share it. Services of other classes own their IPs as well: MetalLB's
 * allocator does not see them and would give their IPs away (0.13.0+, service_controller filter).
 */
export const noDuplicate: Rule = (facts, { gained }) =>
  gained
    .filter((ip) => isGuardedIp(ip, facts.pools))
    .flatMap((ip) => {
      const holder = thiefsVictim(facts, ip);
      return holder === undefined ? [] : [theft(facts, ip, holder)];
    });

/** The first holder that may not share `ip` with the Service that would get it. */
export function thiefsVictim({ was, becomes, otherHolders, scope }: Facts, ip: IpAddress): Holding | undefined {
  return (otherHolders.get(ip) ?? []).find(
    ({ service }) =>
      !mayShare(becomes.sharing, service.sharing) && (isGuardedClass(was, scope) || isGuardedClass(service, scope)),
  );
}

function theft({ becomes }: Facts, ip: IpAddress, { service: holder, state }: Holding): Violation {
  const [taker, owner] = [nameOf(becomes.ref), nameOf(holder.ref)];
  const has = state === 'assigned' ? 'has it' : 'was given it a moment ago';
  return {
    reason: 'Theft',
    ip,
    holder: holder.ref,
    message:
      `${ip} belongs to Service ${owner}, which ${has}; Service ${taker} may not take it ` +
      `(${whyNotShare(becomes.sharing, holder.sharing)}). To hand it over, first free it: delete ${owner}, change its type, or ` +
      `request another IP for it; to share it, give both the same allow-shared-ip key and different ports.`,
  };
}
