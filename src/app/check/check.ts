import { isGuardedClass } from '../../core/scope.ts';
import { nameOf } from '../../core/service-ref.ts';
import { learntPrefix, type Survey, type Viewpoint } from '../survey.ts';
import { breakGlass } from './break-glass.ts';
import { damagedClaims, staleClaims, unclaimed } from './claims.ts';
import { installation } from './cluster.ts';
import { FINDING_CODES, type Finding, type FindingCode, severityOf } from './finding.ts';
import { type Installation, modeOf } from './installation.ts';
import { requests } from './requests.ts';
import { duplicates, malformed, ownIps, stranded, unpinned } from './services.ts';

/** A LoadBalancer Service that holdfast leaves alone. */
export interface OutOfScope {
  readonly service: string;
  readonly ips: readonly string[];
  readonly why: string;
}

/** Everything that `holdfast check` says. */
export interface CheckReport {
  /** RFC 3339. */
  readonly takenAt: string;
  readonly metallb: {
    readonly versions: readonly string[];
    /** What MetalLB writes, hence what pins are written with; null before any was seen. */
    readonly prefix: string | null;
    readonly pools: number;
    readonly poolsFrom: Survey['poolSource'];
  };
  readonly holdfast: {
    readonly mode: string | null;
    readonly endpoints: readonly string[];
    readonly certificateEnds: string | null;
    /** Null: IPClaims do not exist in this cluster. */
    readonly claims: number | null;
  };
  readonly counts: {
    readonly services: number;
    readonly loadBalancers: number;
    readonly guarded: number;
    readonly ips: number;
    readonly pinned: number;
  };
  /** Of severity error or warning. */
  readonly findings: readonly (Finding & { readonly severity: 'error' | 'warning' })[];
  readonly notes: readonly Finding[];
  readonly outOfScope: readonly OutOfScope[];
}

/** Audits what was seen. @param ignored codes that are left out */
export function check(view: Viewpoint, seen: Installation, ignored: readonly FindingCode[] = []): CheckReport {
  const { survey } = view;
  const all = [
    ...duplicates(view),
    ...malformed(view),
    ...stranded(view),
    ...requests(view),
    ...damagedClaims(view),
    ...staleClaims(view),
    ...unclaimed(view),
    ...unpinned(view),
    ...breakGlass(view),
    ...installation(seen, survey.takenAt),
    ...[...survey.unread, ...seen.unread].map(
      ({ what, why }): Finding => ({ code: 'Unread', object: what, message: why }),
    ),
  ].filter(({ code }) => !ignored.includes(code));
  const sorted = all.toSorted((one, other) => FINDING_CODES.indexOf(one.code) - FINDING_CODES.indexOf(other.code));
  const findings = sorted.flatMap((finding) => {
    const severity = severityOf(finding);
    return severity === 'note' ? [] : [{ ...finding, severity }];
  });
  return {
    takenAt: new Date(survey.takenAt).toISOString(),
    metallb: {
      versions: [...new Set(seen.controllers.flatMap(({ version }) => version ?? []))],
      prefix: learntPrefix(survey.services) ?? null,
      pools: survey.pools.length,
      poolsFrom: survey.poolSource,
    },
    holdfast: aboutHoldfast(survey, seen),
    counts: counts(view),
    findings,
    notes: sorted.filter((finding) => severityOf(finding) === 'note'),
    outOfScope: outOfScope(view),
  };
}

function aboutHoldfast({ claims }: Survey, { registrations, certificate }: Installation): CheckReport['holdfast'] {
  const hooks = registrations.filter(({ ours }) => ours).flatMap((one) => one.hooks);
  const ends = certificate?.notAfter;
  return {
    mode: modeOf(registrations) ?? null,
    endpoints: [...new Set(hooks.map(({ endpoint }) => endpoint))],
    certificateEnds: ends === undefined ? null : new Date(ends).toISOString(),
    claims: claims?.length ?? null,
  };
}

function counts({ survey, state, scope }: Viewpoint): CheckReport['counts'] {
  const loadBalancers = survey.services.filter(({ type }) => type === 'LoadBalancer');
  return {
    services: survey.services.length,
    loadBalancers: loadBalancers.length,
    guarded: loadBalancers.filter((service) => isGuardedClass(service, scope)).length,
    ips: state.ledger.ipCount,
    pinned: loadBalancers.filter(({ annotations }) => annotations['holdfast.dev/pin'] !== undefined).length,
  };
}

function outOfScope(view: Viewpoint): readonly OutOfScope[] {
  return view.survey.services.flatMap((service): readonly OutOfScope[] => {
    if (service.type !== 'LoadBalancer') return [];
    const about = { service: nameOf(service.ref), ips: service.assigned };
    if (!isGuardedClass(service, view.scope)) return [{ ...about, why: `its class is ${service.lbClass}` }];
    const outside = service.assigned.length > 0 && ownIps(service, view).length === 0;
    return outside ? [{ ...about, why: 'its IPs are in no pool' }] : [];
  });
}
