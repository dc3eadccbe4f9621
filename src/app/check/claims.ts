import type { Judged } from '../../core/claims/ownership.ts';
import { nameOf } from '../../core/service-ref.ts';
import type { Viewpoint } from '../survey.ts';
import type { Finding } from './finding.ts';
import { guarded, ownIps } from './services.ts';

/** Assigned IPs without a claim. */
export function unclaimed(view: Viewpoint): readonly Finding[] {
  const why = view.survey.claims === undefined ? 'there are no IPClaims in this cluster' : 'no claim names it';
  return guarded(view).flatMap((service) =>
    ownIps(service, view)
      // A later owner of a claimed IP has no claim by right; that is told as a duplicate.
      .filter((ip) => view.state.book.get(ip) === undefined)
      .map((ip): Finding => ({ code: 'Unclaimed', object: nameOf(service.ref), ip, message: why })),
  );
}

/** Claims whose holders do not have the IP any more, or never got it. */
export function staleClaims({ state, survey }: Viewpoint): readonly Finding[] {
  return (survey.claims ?? []).flatMap((claim): readonly Finding[] => {
    const judged = state.ownership.judge(claim, survey.takenAt);
    const [first] = judged;
    if (first === undefined || judged.some((one) => whyStale(one) === undefined)) return [];
    const { namespace, name } = first.holder.service;
    const object = `${namespace}/${name || '?'}`;
    return [{ code: 'StaleClaim', object, ip: claim.ip, message: whyStale(first) ?? '' }];
  });
}

/** The survey lists every Service, so one that is not in it is gone. */
function whyStale({ standing, holder }: Judged): string | undefined {
  if (standing === 'unknown') return 'the Service is gone, and no holdfast has noticed';
  if (standing !== 'stale') return undefined;
  return holder.goneSince === undefined ? 'the Service does not have this IP' : 'its time to come back is over';
}

export function damagedClaims({ survey }: Viewpoint): readonly Finding[] {
  return survey.damagedClaims.map((name) => ({
    code: 'DamagedClaim',
    object: `IPClaim ${name}`,
    message: 'does not say who holds which IP',
  }));
}
