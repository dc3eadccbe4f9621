import { parseAllowMove } from '../core/break-glass.ts';
import type { Judgement, Violation } from '../core/decision.ts';
import { ALLOW_MOVE_ANNOTATION } from '../core/metallb/annotations.ts';
import { ipRequestOf } from '../core/metallb/request.ts';
import { mayShare, whyNotShare } from '../core/metallb/sharing.ts';
import { isGuardedClass } from '../core/scope.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { AdmissionParts } from './admission-parts.ts';

/** What a user is told at once about what he asks for. */
export interface Advice {
  readonly judgement: Judgement;
  /** Things that are not refused, but will not work either. */
  readonly warnings: readonly string[];
}

/** Answers requests in conflict when they are made, not when MetalLB fails to serve them. */
export class RequestAdviser {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** @param service as it would be stored; at CREATE without uid */
  advise(service: ServiceView): Advice {
    const { scope } = this.#parts;
    if (service.type !== 'LoadBalancer' || !isGuardedClass(service, scope)) {
      return { judgement: { kind: 'allow', reason: 'NotGuarded', effects: [] }, warnings: [] };
    }
    const request = ipRequestOf(service);
    const warnings = [...invalidRequest(service), ...voidBreakGlass(service)];
    const [first, ...others] = request.kind === 'ips' ? request.ips.flatMap((ip) => this.#conflict(service, ip)) : [];
    if (first === undefined) return { judgement: { kind: 'allow', reason: 'RequestFine', effects: [] }, warnings };
    return { judgement: { kind: 'refuse', violations: [first, ...others] }, warnings };
  }

  #conflict(service: ServiceView, ip: ServiceView['assigned'][number]): readonly Violation[] {
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

function invalidRequest(service: ServiceView): readonly string[] {
  const request = ipRequestOf(service);
  return request.kind === 'invalid' ? [`holdfast: the requested IPs mean nothing to MetalLB: ${request.why}`] : [];
}

function voidBreakGlass(service: ServiceView): readonly string[] {
  const text = service.annotations[ALLOW_MOVE_ANNOTATION];
  const parsed = text === undefined ? undefined : parseAllowMove(text);
  return parsed === undefined || parsed.ok ? [] : [`holdfast: ${ALLOW_MOVE_ANNOTATION} is void: ${parsed.problem}`];
}
