import { ClusterState } from '../../src/app/cluster-state.ts';
import type { Clock } from '../../src/app/ports.ts';
import { holderFor, newClaim } from '../../src/core/claims/changes.ts';
import type { ServiceView } from '../../src/core/service-view.ts';
import { poolToCore } from '../../src/review/pool-to-core.ts';
import { serviceToView } from '../../src/review/service-to-view.ts';
import { ipAt, POOL_CIDR, serviceJson } from './reviews.ts';

/** No claim comes of age while a measurement runs. */
const TERMS = { graceMs: 3_600_000 * 24, stickyMs: 3_600_000 };

/**
 * A cluster of `ips` Services that have an IP each, and `pending` ones that wait for the write that gives them theirs:
 * the claim for it is made (by the mutating hook, in real life), so that deciding needs nobody else.
 */
export function filledState(ips: number, pending: number, clock: Clock): ClusterState {
  const state = new ClusterState(TERMS, clock);
  state.replacePools([poolToCore({ metadata: { name: 'bench' }, spec: { addresses: [POOL_CIDR] } })]);
  state.replaceNamespaces([{ name: 'default', labels: {} }]);
  const held = Array.from({ length: ips }, (_, n) => serviceToView(serviceJson(`held-${n}`, n, ipAt(n))));
  const waiting = Array.from({ length: pending }, (_, n) => pendingView(ips + n));
  state.ledger.replaceAll([...held, ...waiting], 1);
  const claims = [...held, ...waiting].map((view, n) => claimOf(view, ipAt(n), { n, now: clock.now() }));
  state.book.replaceAll(claims, 1);
  return state;
}

/** The pending Service number `n` of the cluster. */
export function pendingJson(n: number) {
  return serviceJson(`late-${n}`, n, undefined);
}

function pendingView(n: number): ServiceView {
  return serviceToView(pendingJson(n));
}

function claimOf(view: ServiceView, text: string, { n, now }: { readonly n: number; readonly now: number }) {
  const ip = view.assigned[0] ?? serviceToView(serviceJson('any', n, text)).assigned[0];
  if (ip === undefined) throw new Error(`${text} is not an IP`);
  return { ...newClaim(ip, holderFor(view, now), ''), version: 1, uid: `claim-${n}` };
}
