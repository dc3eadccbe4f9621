import { PIN_ANNOTATION } from '../core/metallb/annotations.ts';
import { ipRequestOf } from '../core/metallb/request.ts';
import { isPinnable } from '../core/repair/pin.ts';
import { strandWords, whyStranded } from '../core/rules/no-strand.ts';
import { isGuardedClass } from '../core/scope.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { AnnotationChanges } from '../review/json-patch.ts';
import { isSame } from './check/services.ts';
import { type Prefix, pinAnnotations } from './pin-prefix.ts';
import { learntPrefix, type Survey, type Viewpoint } from './survey.ts';

/** What is to be done to one Service. */
export type PinStep =
  | { readonly kind: 'write'; readonly service: ServiceView; readonly annotations: AnnotationChanges }
  /** It is as it should be. */
  | { readonly kind: 'done'; readonly service: ServiceView }
  | { readonly kind: 'skip'; readonly service: ServiceView; readonly why: string };

/** Pins that would be worth nothing, with what to do. */
export class CannotPinError extends Error {
  override readonly name = 'CannotPinError';
}

/**
 * The prefix for pins: the given one, or what this MetalLB was seen to write, or the one that every version from 0.13.0
 * to 0.16.1 reads (see PinPrefix).
 * @throws CannotPinError when this MetalLB knows no pins, or its pools are not known
 */
export function prefixFor(survey: Survey, given: Prefix | undefined): Prefix {
  if (survey.poolSource === 'configmap') {
    throw new CannotPinError(
      'the pools of this MetalLB are in a ConfigMap: 0.12 and older know no pins. Upgrade MetalLB first; ' +
        '"holdfast check" says what would move',
    );
  }
  if (survey.poolSource === 'none' || survey.pools.length === 0) {
    throw new CannotPinError(
      'no IPAddressPool was found, so it cannot be told which IPs are MetalLB’s: is --metallb-namespace right?',
    );
  }
  return given ?? learntPrefix(survey.services) ?? 'metallb.universe.tf';
}

/** How one Service is pinned to the IPs it has. Never overrides what a user requests. */
export function pinStep(service: ServiceView, view: Viewpoint, prefix: Prefix): PinStep {
  const skip = (why: string): PinStep => ({ kind: 'skip', service, why });
  const { assigned } = service;
  const request = ipRequestOf(service);
  if (service.type !== 'LoadBalancer') return skip(`is of type ${service.type}`);
  if (!isGuardedClass(service, view.scope)) return skip(`its class ${service.lbClass} is not guarded (--lb-class)`);
  if (service.deleting) return skip('is being deleted');
  if (assigned.length === 0) return skip('has no IP yet');
  if (request.kind === 'ips' || request.kind === 'invalid') return skip('its user requests IPs already');
  if (request.kind === 'pin') {
    if (isSame(request.ips, assigned)) return { kind: 'done', service };
    return skip(`is pinned to ${request.ips.join(',')}; unpin it first`);
  }
  const why = whyNotPinnable(service, view);
  if (why !== undefined) return skip(why);
  const annotations = pinAnnotations({ kind: 'set', ips: assigned }, service.annotations, prefix);
  return { kind: 'write', service, annotations };
}

function whyNotPinnable(service: ServiceView, { state, survey }: Viewpoint): string | undefined {
  const stranded = whyStranded(service, state.pools);
  if (stranded !== undefined) return `is ${strandWords(stranded.why)}`;
  if (!isPinnable(service, service.assigned)) return 'has one IP for two families, which MetalLB cannot be pinned to';
  const contested = service.assigned.find((ip) => {
    const alone = state.ledger.holdersOf(ip).every((holding) => holding.sharedLegally || holding.service === service);
    return !alone && !state.ownership.isRightful(ip, service, survey.takenAt);
  });
  return contested === undefined ? undefined : `${contested} belongs to another Service`;
}

/** How the pin of one Service is taken away; what a user requests stays. */
export function unpinStep(service: ServiceView): PinStep {
  if (service.annotations[PIN_ANNOTATION] === undefined) return { kind: 'skip', service, why: 'has no pin' };
  return { kind: 'write', service, annotations: pinAnnotations({ kind: 'remove' }, service.annotations, 'metallb.io') };
}

/** What came of one Service. */
export interface PinResult {
  readonly service: string;
  readonly ips: readonly string[];
  readonly outcome: 'changed' | 'would change' | 'already' | 'skipped' | 'failed';
  readonly why: string;
}

/** Where Services are written to, one by one. */
export interface PinStore {
  /** @returns `stale` when the Service is not at this version any more */
  write(service: ServiceView, annotations: AnnotationChanges): Promise<'written' | 'stale'>;
  read(service: ServiceView): Promise<ServiceView | 'gone'>;
}

/** Others write the same Services; after so many lost races something fights. */
const ATTEMPTS = 5;

/**
 * Carries out the step of one Service. When the Service changed meanwhile it is read and judged anew.
 * @param judge what is to be done to the Service as it is. @throws what the store throws
 */
export async function carryOut(
  first: ServiceView,
  judge: (service: ServiceView) => PinStep,
  store: PinStore | 'dry-run',
): Promise<PinResult> {
  let service = first;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const step = judge(service);
    const about = { service: nameOf(service.ref), ips: service.assigned };
    if (step.kind === 'skip') return { ...about, outcome: 'skipped', why: step.why };
    if (step.kind === 'done') return { ...about, outcome: 'already', why: '' };
    if (store === 'dry-run') return { ...about, outcome: 'would change', why: '' };
    if ((await store.write(service, step.annotations)) === 'written') return { ...about, outcome: 'changed', why: '' };
    const now = await store.read(service);
    if (now === 'gone' || now.ref.uid !== service.ref.uid) return { ...about, outcome: 'skipped', why: 'is gone' };
    service = now;
  }
  const why = `was changed by others ${ATTEMPTS} times meanwhile; run this again`;
  return { service: nameOf(service.ref), ips: service.assigned, outcome: 'failed', why };
}
