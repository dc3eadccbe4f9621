import { mayShare } from '../../src/core/metallb/sharing.ts';
import { parseIp } from '../../src/core/net/ip.ts';
import { nameOf } from '../../src/core/service-ref.ts';
import type { ServiceView } from '../../src/core/service-view.ts';
import type { LoggedDecision } from '../e2e/support/guard.ts';
import type { Instant } from './choices.ts';
import type { Step } from './step.ts';
import { canBeMet, isMet } from './wishes.ts';

/** Something that is wrong beside the guard whatever MetalLB alone does. */
export interface Fault {
  readonly edit: number;
  readonly service: string;
  readonly what: string;
}

/** What must not be there once all is quiet: an IP with two owners, or a wish that could be met and is not. */
export function standingFaults(
  services: readonly ServiceView[],
  { remembered = [], ...world }: Omit<Instant, 'others'> & { readonly remembered?: readonly ServiceView[] },
): readonly Omit<Fault, 'edit'>[] {
  return services.flatMap((view) => {
    const others = services.filter((other) => other !== view);
    const service = nameOf(view.ref);
    const rival = others.find(
      (other) => other.assigned.some((ip) => view.assigned.includes(ip)) && !mayShare(other.sharing, view.sharing),
    );
    if (rival !== undefined) return [{ service, what: `shares its IP with ${nameOf(rival.ref)}, which it may not` }];
    const at = { ...world, others: [...others, ...remembered.filter(({ ref }) => ref.uid !== view.ref.uid)] };
    if (isMet(view, at) || !canBeMet(view, at)) return [];
    return [
      { service, what: view.assigned.length === 0 ? 'is pending although there is an IP' : 'lacks what it could have' },
    ];
  });
}

/** How MetalLB's write was told in the log: `had -> offered => stored`. */
const OFFERED = /-> (\S+) =>/;

/**
 * IPs that MetalLB's memory keeps for Services that ask in vain: it found other ones for them (a pair from another pool),
 * which holdfast did not let in because one of them would have moved. As long as such a Service asks, MetalLB gives these
 * to nobody. Each is returned as a Service that has them.
 */
export function inMemory(steps: readonly Step[], version: Instant['version']): readonly ServiceView[] {
  const now = steps.at(-1);
  if (now === undefined) return [];
  const offers = steps.flatMap(({ decisions }) => decisions.filter(({ reason }) => reason === 'RequestUnmet'));
  const latest = new Map(offers.map(({ service, ips }) => [service, OFFERED.exec(ips)?.[1] ?? 'none']));
  return now.services.flatMap((view) => {
    const offered = latest.get(nameOf(view.ref))?.split(',') ?? [];
    const ips = offered.flatMap((text) => parseIp(text) ?? []);
    if (ips.length === 0 || !asksInVain(now, nameOf(view.ref), version)) return [];
    const ref = { ...view.ref, name: `${view.ref.name} in MetalLB's memory` };
    return [{ ...view, ref, assigned: ips, sharing: { key: '', backend: '', ports: [] } }];
  });
}

/** A refusal or repair of the guard's, and whose unmeetable wish it was about. */
export interface Intervention {
  readonly edit: number;
  readonly decision: LoggedDecision;
  /** Undefined: nobody asked for the impossible. */
  readonly askedInVain: string | undefined;
  /** The Service that is gone and whose name an IP waits for (scenario 24): MetalLB offered it to the next one. */
  readonly waitsForName: string | undefined;
}

/** On a healthy MetalLB ≥ 0.14 there should be no such thing. */
export function isWanton({ askedInVain, waitsForName }: Intervention): boolean {
  return askedInVain === undefined && waitsForName === undefined;
}

/**
 * The guard's refusals (but of edits that strand IPs) and repairs, each with the Service that asked in vain: its own, or
 * the one whose IP MetalLB has given up in its memory for such a request and now offers to others. Or, where IPs wait for
 * names (`isSticky`), with the Service that is gone.
 */
export function interventions(
  steps: readonly Step[],
  { version, isSticky }: { readonly version: Instant['version']; readonly isSticky: boolean },
): readonly Intervention[] {
  return steps.flatMap((step, edit) =>
    step.decisions.filter(isIntervention).map((decision) => {
      const around = [step, ...(steps[edit - 1] === undefined ? [] : [steps[edit - 1]])];
      const isVain = (name: string) => around.some((one) => one !== undefined && asksInVain(one, name, version));
      const askedInVain = [decision.service, decision.holder ?? ''].find(isVain);
      const waitsForName = isSticky ? goneHolder(decision, steps.slice(0, edit + 1)) : undefined;
      return { edit, decision, askedInVain, waitsForName };
    }),
  );
}

/** The holder in the name of whom an IP was redirected, if that was a LoadBalancer once and is none now. */
function goneHolder({ reason, holder }: LoggedDecision, steps: readonly Step[]): string | undefined {
  const isThere = (step: Step) => step.services.some(({ ref }) => nameOf(ref) === holder);
  const now = steps.at(-1);
  const isGone = reason === 'Redirected' && now !== undefined && !isThere(now) && steps.some(isThere);
  return isGone ? holder : undefined;
}

function isIntervention({ verdict, reason }: LoggedDecision): boolean {
  if (verdict === 'deny') return reason !== 'Strand';
  return verdict === 'patch' && reason !== 'Pinned' && reason !== 'Unpinned';
}

/** True when the Service asks at this moment for something that cannot be had. */
export function asksInVain({ services, pools }: Step, name: string, version: Instant['version']): boolean {
  const view = services.find(({ ref }) => nameOf(ref) === name);
  if (view === undefined) return false;
  return !canBeMet(view, { pools, version, others: services.filter((other) => other !== view) });
}
