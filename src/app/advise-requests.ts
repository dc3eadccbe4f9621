import { adviseOn } from '../core/advice/advise.ts';
import type { Edit } from '../core/advice/known.ts';
import type { Judgement, Violation } from '../core/decision.ts';
import { ipRequestOf } from '../core/metallb/request.ts';
import { mayShare, whyNotShare } from '../core/metallb/sharing.ts';
import { type IpAddress, without } from '../core/net/ip.ts';
import { isGuardedClass } from '../core/scope.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { AdmissionParts } from './admission-parts.ts';

/** Answers what users ask for when they ask, not when MetalLB fails to serve them. */
export class RequestAdviser {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** @param edit the Service as it was (undefined at CREATE) and as it would be stored */
  advise(edit: Edit): Judgement {
    const { scope, state, clock } = this.#parts;
    const { becomes } = edit;
    if (becomes.type !== 'LoadBalancer' || becomes.deleting || !isGuardedClass(becomes, scope)) {
      return { kind: 'allow', reason: 'NotGuarded', effects: [] };
    }
    const now = clock.now();
    const { ownership, pools } = state;
    const advice = adviseOn(edit, { ownership, pools, choose: (wish) => state.choose(wish, now), now });
    const [first, ...others] = newRequests(edit).flatMap((ip) => this.#conflict(becomes, ip));
    if (first !== undefined) return { kind: 'refuse', violations: [first, ...others], advice };
    return { kind: 'allow', reason: advice[0]?.reason ?? 'RequestFine', effects: [], advice };
  }

  #conflict(service: ServiceView, ip: IpAddress): readonly Violation[] {
    const { state, clock } = this.#parts;
    const holder = state.ownership
      .othersHolding(ip, service, clock.now())
      .find((one) => !mayShare(service.sharing, one.service.sharing))?.service;
    if (holder === undefined) return [];
    const message =
      `${ip} is requested by Service ${nameOf(service.ref)} and held by ${nameOf(holder.ref)} ` +
      `(${whyNotShare(service.sharing, holder.sharing)}): it will not be given while that Service has it. ` +
      'Request another IP, or free this one first.';
    return [{ reason: 'RequestTaken', ip, holder: holder.ref, message }];
  }
}

/** The IPs that this very edit asks for: an edit of something else is not refused for an old request. */
function newRequests({ was, becomes }: Edit): readonly IpAddress[] {
  const before = was?.type === 'LoadBalancer' ? ipRequestOf(was) : undefined;
  const now = ipRequestOf(becomes);
  return now.kind === 'ips' ? without(now.ips, before?.kind === 'ips' ? before.ips : []) : [];
}
