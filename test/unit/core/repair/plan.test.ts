import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ClusterState } from '../../../../src/app/cluster-state.ts';
import { gatherForRepair } from '../../../../src/app/gather.ts';
import type { Claim } from '../../../../src/core/claims/claim.ts';
import { decideStatusWrite } from '../../../../src/core/decide.ts';
import type { RepairFacts } from '../../../../src/core/facts.ts';
import type { Pool } from '../../../../src/core/metallb/pool.ts';
import type { PinChange, PinPolicy } from '../../../../src/core/repair/pin.ts';
import { planRepair, type RepairPlan, type RepairStep } from '../../../../src/core/repair/plan.ts';
import { nameOf } from '../../../../src/core/service-ref.ts';
import { serviceToView } from '../../../../src/review/service-to-view.ts';
import { claimHolder, storedClaim } from '../../../gen/claim.ts';
import { pool } from '../../../gen/pool.ts';
import {
  annotations,
  dualStack,
  ips,
  type Mod,
  metadata,
  pinned,
  requested,
  type ServiceJson,
  service,
  sharing,
  spec,
} from '../../../gen/service.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const [A, B, C] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
const [A6, B6] = ['2001:db8::1', '2001:db8::2'];
const S = '198.51.100.1';
/** Three IPv4 and two IPv6 in the first pool, one IPv4 in the second. */
const MAIN = pool('main', ['192.0.2.1-192.0.2.3', '2001:db8::1-2001:db8::2']);
const SECOND = pool('second', ['198.51.100.1/32']);

interface Row {
  readonly name: string;
  readonly was: readonly Mod[];
  readonly becomes: Mod;
  /** Other Services, oldest first. */
  readonly others?: readonly ServiceJson[];
  readonly claims?: readonly Claim[];
  readonly pools?: readonly Pool[];
  readonly policy?: PinPolicy;
  /** The steps; or `none`: there is nothing to be made of it. */
  readonly steps: readonly string[] | 'none';
  readonly final?: readonly string[];
  readonly pin?: string;
  readonly effects?: readonly string[];
}

const none = ips();
const sticky = (ip: string, name: string): Claim => storedClaim(ip, [claimHolder(name, { goneSince: NOW - 1 })]);
const given = (ip: string, name: string): Claim => storedClaim(ip, [claimHolder(name, { since: NOW - 1 })]);

const rows: readonly Row[] = [
  // nothing to repair
  { name: 'a free IP', was: [], becomes: ips(A), steps: [], final: [A], effects: [`hold ${A}`] },
  { name: 'no change', was: [ips(A)], becomes: ips(A), steps: [], final: [A], effects: [] },
  {
    name: 'an IP that may be shared',
    was: [sharing('k', 81)],
    becomes: ips(A),
    others: [service('owner', ips(A), sharing('k', 80))],
    steps: [],
    final: [A],
    effects: [`hold ${A}`],
  },
  {
    name: 'a release with a reason',
    was: [ips(A), requested(B)],
    becomes: ips(B),
    steps: [],
    final: [B],
    effects: [`release ${A} RequestChanged`, `hold ${B}`],
  },
  { name: 'another class', was: [spec({ loadBalancerClass: 'x/y' }), ips(A)], becomes: none, steps: 'none' },
  { name: 'not a LoadBalancer', was: [spec({ type: 'ClusterIP' })], becomes: none, steps: 'none' },
  // redirect
  {
    name: 'redirect: the next IP of the pool that MetalLB chose',
    was: [],
    becomes: ips(A),
    others: [service('owner', ips(A))],
    steps: [`redirect ${A} → ${B} (default/owner)`],
    final: [B],
    pin: `set ${B}`,
    effects: [`hold ${B}`],
  },
  {
    name: 'redirect: in the second pool when MetalLB chose from it',
    was: [],
    becomes: ips(S),
    others: [service('owner', ips(S))],
    pools: [MAIN, pool('second', ['198.51.100.1-198.51.100.2'])],
    steps: [`redirect ${S} → 198.51.100.2 (default/owner)`],
    final: ['198.51.100.2'],
    pin: 'set 198.51.100.2',
    effects: ['hold 198.51.100.2'],
  },
  {
    name: 'redirect: into another pool when that one is full',
    was: [],
    becomes: ips(S),
    others: [service('owner', ips(S))],
    steps: [`redirect ${S} → ${A} (default/owner)`],
    final: [A],
    pin: `set ${A}`,
    effects: [`hold ${A}`],
  },
  {
    name: 'redirect: not into another pool when the Service asks for this one',
    was: [annotations({ 'metallb.io/address-pool': 'second' })],
    becomes: ips(S),
    others: [service('owner', ips(S))],
    steps: 'none',
  },
  {
    name: 'redirect: not into another pool when the Service has an IP of this one',
    was: [dualStack(), ips(A)],
    becomes: ips(A, A6),
    others: [service('owner', dualStack(), ips(A6, C)), service('more', ips(B6))],
    pools: [MAIN, pool('other', ['2001:db8:1::/64'])],
    steps: 'none',
  },
  {
    name: 'redirect: never into a pool without autoAssign that nobody asked for',
    was: [],
    becomes: ips(S),
    others: [service('owner', ips(S))],
    pools: [SECOND, pool('manual', ['203.0.113.0/24'], { autoAssign: false })],
    steps: 'none',
  },
  {
    name: 'redirect: nothing is free',
    was: [],
    becomes: ips(S),
    others: [service('o', ips(S))],
    pools: [SECOND],
    steps: 'none',
  },
  {
    name: 'redirect: an IP that is only claimed is somebody else’s as well',
    was: [],
    becomes: ips(A),
    others: [service('owner')],
    claims: [given(A, 'owner')],
    steps: [`redirect ${A} → ${B} (default/owner)`],
    final: [B],
    pin: `set ${B}`,
    effects: [`hold ${B}`],
  },
  {
    name: 'redirect: past IPs that are claimed, not assigned',
    was: [],
    becomes: ips(A),
    others: [service('owner', ips(A)), service('next')],
    claims: [given(B, 'next')],
    steps: [`redirect ${A} → ${C} (default/owner)`],
    final: [C],
    pin: `set ${C}`,
    effects: [`hold ${C}`],
  },
  {
    name: 'redirect: both families, in one pool',
    was: [dualStack()],
    becomes: ips(A, A6),
    others: [service('four', ips(A)), service('six', ips(A6))],
    steps: [`redirect ${A} → ${B} (default/four)`, `redirect ${A6} → ${B6} (default/six)`],
    final: [B, B6],
    pin: `set ${B},${B6}`,
    effects: [`hold ${B}`, `hold ${B6}`],
  },
  {
    name: 'redirect: both families or none, also when the Service would do with one',
    was: [dualStack()],
    becomes: ips(A, A6),
    others: [service('four', ips(A)), service('six', ips(A6)), service('more', ips(B6))],
    steps: 'none',
  },
  {
    name: 'redirect: one family, the other is right',
    was: [dualStack()],
    becomes: ips(A, A6),
    others: [service('six', ips(A6))],
    steps: [`redirect ${A6} → ${B6} (default/six)`],
    final: [A, B6],
    pin: `set ${A},${B6}`,
    effects: [`hold ${A}`, `hold ${B6}`],
  },
  {
    name: 'redirect: to what the Service has claimed before',
    was: [],
    becomes: ips(A),
    others: [service('owner', ips(A))],
    claims: [given(C, 'web')],
    steps: [`redirect ${A} → ${C} (default/owner)`],
    final: [C],
    pin: `set ${C}`,
    effects: [`hold ${C}`],
  },
  {
    name: 'redirect: of two families one has been claimed before, the other is free in its pool',
    was: [dualStack()],
    becomes: ips(A, A6),
    others: [service('four', ips(A)), service('six', ips(A6))],
    claims: [given(C, 'web')],
    steps: [`redirect ${A} → ${C} (default/four)`, `redirect ${A6} → ${B6} (default/six)`],
    final: [C, B6],
    pin: `set ${C},${B6}`,
    effects: [`hold ${C}`, `hold ${B6}`],
  },
  {
    name: 'redirect: not to an earlier claim in another pool than the IP it has',
    was: [dualStack(), ips(A)],
    becomes: ips(A, A6),
    others: [service('six', ips(A6))],
    claims: [given('2001:db8:1::1', 'web')],
    pools: [MAIN, pool('other', ['2001:db8:1::/64'])],
    steps: [`redirect ${A6} → ${B6} (default/six)`],
    final: [A, B6],
    pin: `set ${A},${B6}`,
    effects: [`hold ${B6}`],
  },
  {
    name: 'redirect: not to an earlier claim that another Service has got in its status',
    was: [],
    becomes: ips(A),
    others: [service('owner', ips(A))],
    claims: [given(A, 'web')],
    steps: [`redirect ${A} → ${B} (default/owner)`],
    final: [B],
    pin: `set ${B}`,
    effects: [`hold ${B}`],
  },
  {
    name: 'own claim: MetalLB offers another IP that is free, and the Service gets what it has claimed',
    was: [],
    becomes: ips(A),
    claims: [given(C, 'web')],
    steps: [`redirect ${A} → ${C} (nobody)`],
    final: [C],
    pin: `set ${C}`,
    effects: [`hold ${C}`],
  },
  {
    name: 'own claim: MetalLB offers just that one',
    was: [],
    becomes: ips(C),
    claims: [given(C, 'web')],
    steps: [],
    final: [C],
    effects: [`hold ${C}`],
  },
  {
    name: 'own claim: of the other family does not matter',
    was: [dualStack()],
    becomes: ips(A),
    claims: [given(A6, 'web')],
    steps: [],
    final: [A],
    effects: [`hold ${A}`],
  },
  {
    name: 'own claim: the user requests another IP',
    was: [requested(A)],
    becomes: ips(A),
    claims: [given(C, 'web')],
    steps: [],
    final: [A],
    effects: [`hold ${A}`],
  },
  {
    name: 'stray: what MetalLB offers beside an IP that stays comes from the pool of that IP',
    was: [dualStack(), ips(A)],
    becomes: ips(B, '2001:db8:1::1'),
    pools: [MAIN, pool('other', ['2001:db8:1::/64'])],
    steps: [`restore ${A}`, `redirect 2001:db8:1::1 → ${A6} (nobody)`],
    final: [A, A6],
    pin: `set ${A},${A6}`,
    effects: [`hold ${A6}`],
  },
  {
    name: 'stray: it is left out when that pool has none, and the IP is restored all the same',
    was: [dualStack(), ips(A)],
    becomes: ips(B, '2001:db8:1::1'),
    others: [service('six', ips(A6)), service('more', ips(B6))],
    pools: [MAIN, pool('other', ['2001:db8:1::/64'])],
    steps: [`restore ${A}`, 'leave-out 2001:db8:1::1'],
    final: [A],
    effects: [],
  },
  {
    name: 'stray: it is left out as well when nothing is restored beside it',
    was: [dualStack(), ips(A)],
    becomes: ips(A, '2001:db8:1::1'),
    others: [service('six', ips(A6)), service('more', ips(B6))],
    pools: [MAIN, pool('other', ['2001:db8:1::/64'])],
    steps: ['leave-out 2001:db8:1::1'],
    final: [A],
    effects: [],
  },
  {
    name: 'sticky: a free IP of another pool goes before an IP that waits for a name in the pool that MetalLB chose',
    was: [],
    becomes: ips(A),
    others: [service('owner', ips(A)), service('two', ips(B))],
    claims: [sticky(C, 'gone')],
    pools: [pool('main', ['192.0.2.1-192.0.2.3']), SECOND],
    steps: [`redirect ${A} → ${S} (default/owner)`],
    final: [S],
    pin: `set ${S}`,
    effects: [`hold ${S}`],
  },
  {
    name: 'sticky: with nothing free anywhere it is given up',
    was: [],
    becomes: ips(A),
    others: [service('owner', ips(A)), service('two', ips(B))],
    claims: [sticky(C, 'gone')],
    pools: [pool('main', ['192.0.2.1-192.0.2.3'])],
    steps: [`redirect ${A} → ${C} (default/owner)`],
    final: [C],
    pin: `set ${C}`,
    effects: [`hold ${C}`],
  },
  {
    name: 'pool request: an IP outside the wanted pool is kept without a pin',
    was: [ips(A), annotations({ 'metallb.io/address-pool': 'second' })],
    becomes: none,
    others: [service('full', ips(S))],
    pools: [MAIN, SECOND],
    steps: [`restore ${A}`],
    final: [A],
    effects: [],
  },
  {
    name: 'theft: from one that asks for another pool in vain, with nothing free, it is left out',
    was: [],
    becomes: ips(S),
    others: [service('vain', ips(S), annotations({ 'metallb.io/address-pool': 'nowhere' }))],
    pools: [SECOND],
    steps: [`leave-out ${S}`],
    final: [],
    effects: [],
  },
  {
    name: 'theft: from one that is content, with nothing free, nothing can be made of it',
    was: [],
    becomes: ips(S),
    others: [service('owner', ips(S))],
    pools: [SECOND],
    steps: 'none',
  },
  // restore
  {
    name: 'restore: the IP that would be lost',
    was: [ips(A)],
    becomes: none,
    steps: [`restore ${A}`],
    final: [A],
    pin: `set ${A}`,
    effects: [],
  },
  {
    name: 'restore: instead of the IP that MetalLB chose now',
    was: [ips(A)],
    becomes: ips(B),
    steps: [`restore ${A}`],
    final: [A],
    pin: `set ${A}`,
    effects: [],
  },
  {
    name: 'restore: also when the new IP is stolen, and nobody is redirected',
    was: [ips(A)],
    becomes: ips(B),
    others: [service('owner', ips(B))],
    steps: [`restore ${A}`],
    final: [A],
    pin: `set ${A}`,
    effects: [],
  },
  {
    name: 'restore: one family of two',
    was: [dualStack(), ips(A, A6)],
    becomes: ips(A),
    steps: [`restore ${A6}`],
    final: [A, A6],
    pin: `set ${A},${A6}`,
    effects: [],
  },
  {
    name: 'restore: one family, while the other has a reason to go',
    was: [dualStack(), spec({ ipFamilies: ['IPv4'] }), ips(A, A6)],
    becomes: none,
    steps: [`restore ${A}`],
    final: [A],
    pin: `set ${A}`,
    effects: [`release ${A6} FamilyDropped`],
  },
  {
    name: 'restore and redirect: moved in one family, stolen in the other',
    was: [dualStack(), ips(A)],
    becomes: ips(B, A6),
    others: [service('six', ips(A6))],
    steps: [`restore ${A}`, `redirect ${A6} → ${B6} (default/six)`],
    final: [A, B6],
    pin: `set ${A},${B6}`,
    effects: [`hold ${B6}`],
  },
  {
    name: 'restore, and growth in the other family',
    was: [dualStack(), ips(A)],
    becomes: ips(B, A6),
    steps: [`restore ${A}`],
    final: [A, A6],
    pin: `set ${A},${A6}`,
    effects: [`hold ${A6}`],
  },
  {
    name: 'growth and theft: the stolen IP of the new family is redirected',
    was: [dualStack(), ips(A)],
    becomes: ips(A, A6),
    others: [service('six', ips(A6))],
    steps: [`redirect ${A6} → ${B6} (default/six)`],
    final: [A, B6],
    pin: `set ${A},${B6}`,
    effects: [`hold ${B6}`],
  },
  {
    name: 'a duplicate that MetalLB resolves is not restored',
    was: [ips(A)],
    becomes: ips(B),
    others: [service('owner', ips(A))],
    claims: [given(A, 'owner')],
    steps: [],
    final: [B],
    effects: [`release ${A} DuplicateResolved`, `hold ${B}`],
  },
  {
    name: 'the rightful one of a duplicate is restored',
    was: [ips(A)],
    becomes: ips(B),
    others: [service('other', ips(A))],
    claims: [given(A, 'web')],
    steps: [`restore ${A}`],
    final: [A],
    pin: `set ${A}`,
    effects: [],
  },
  {
    name: 'a duplicate that is resolved with a theft is redirected',
    was: [ips(A)],
    becomes: ips(B),
    others: [service('owner', ips(A)), service('next', ips(B))],
    claims: [given(A, 'owner')],
    steps: [`redirect ${B} → ${C} (default/next)`],
    final: [C],
    pin: `set ${C}`,
    effects: [`release ${A} DuplicateResolved`, `hold ${C}`],
  },
  {
    name: 'a duplicate that is resolved with a theft, with nothing free, is without an IP: it cannot keep the one it has',
    was: [ips(S)],
    becomes: ips(B),
    others: [service('other', ips(S)), service('next', ips(B))],
    claims: [given(S, 'other')],
    pools: [SECOND, pool('one', [`${B}/32`])],
    steps: [`leave-out ${B}`],
    final: [],
    effects: [`release ${S} DuplicateResolved`],
  },
  {
    name: 'a duplicate whose user asks for a taken IP is refused that, and keeps what it has',
    was: [ips(S), requested(B)],
    becomes: ips(B),
    others: [service('other', ips(S)), service('next', ips(B))],
    claims: [given(S, 'other')],
    pools: [SECOND, pool('one', [`${B}/32`])],
    steps: 'none',
  },
  {
    name: 'a Service that is being deleted is let go',
    was: [ips(A), metadata({ deletionTimestamp: '2026-06-01T00:00:00Z' })],
    becomes: none,
    steps: [],
    final: [],
    effects: [`release ${A} Deleting`],
  },
  // requests
  {
    name: 'a request is never overridden: the stolen IP is refused, not redirected',
    was: [requested(A)],
    becomes: ips(A),
    others: [service('owner', ips(A))],
    steps: 'none',
  },
  {
    name: 'a request of one family is not overridden, even if the other could be redirected',
    was: [dualStack(), requested(A)],
    becomes: ips(A, A6),
    others: [service('four', ips(A)), service('six', ips(A6))],
    steps: 'none',
  },
  {
    name: 'spec.loadBalancerIP is a request as well',
    was: [spec({ loadBalancerIP: A })],
    becomes: ips(A),
    others: [service('owner', ips(A))],
    steps: 'none',
  },
  {
    name: 'a requested IP is restored without a pin',
    was: [requested(A), ips(A)],
    becomes: ips(B),
    steps: [`restore ${A}`],
    final: [A],
    effects: [],
  },
  {
    name: 'a stolen IP of a Service that requests another is redirected, without a pin',
    was: [requested(C)],
    becomes: ips(A),
    others: [service('owner', ips(A))],
    steps: [`redirect ${A} → ${B} (default/owner)`],
    final: [B],
    effects: [`hold ${B}`],
  },
  {
    name: 'a request for an IP that another Service holds loses nothing',
    was: [requested(B), ips(A)],
    becomes: none,
    others: [service('owner', ips(B))],
    steps: [`restore ${A}`],
    final: [A],
    effects: [],
  },
  // sticky
  {
    name: 'sticky: an IP that waits for a name is kept for it',
    was: [],
    becomes: ips(A),
    claims: [sticky(A, 'old')],
    steps: [`redirect ${A} → ${B} (default/old)`],
    final: [B],
    pin: `set ${B}`,
    effects: [`hold ${B}`],
  },
  {
    name: 'sticky: not for the Service of that name',
    was: [],
    becomes: ips(A),
    claims: [
      storedClaim(A, [
        claimHolder('web', { service: { namespace: 'default', name: 'web', uid: 'before' }, goneSince: NOW - 1 }),
      ]),
    ],
    steps: [],
    final: [A],
    effects: [`hold ${A}`],
  },
  {
    name: 'sticky: a request takes it',
    was: [requested(A)],
    becomes: ips(A),
    claims: [sticky(A, 'old')],
    steps: [],
    final: [A],
    effects: [`hold ${A}`],
  },
  {
    name: 'sticky: under pressure it is given up',
    was: [],
    becomes: ips(S),
    claims: [sticky(S, 'old')],
    pools: [SECOND],
    steps: [],
    final: [S],
    effects: [`hold ${S}`],
  },
  // pins
  {
    name: 'pin: none without a repair',
    was: [],
    becomes: ips(A),
    steps: [],
    final: [A],
    pin: 'keep',
    effects: [`hold ${A}`],
  },
  {
    name: 'pin: stays when it says the same',
    was: [pinned(A), ips(A)],
    becomes: ips(B),
    steps: [`restore ${A}`],
    final: [A],
    pin: 'keep',
    effects: [],
  },
  {
    name: 'pin: follows a redirect',
    was: [pinned(A)],
    becomes: ips(A),
    others: [service('owner', ips(A))],
    steps: [`redirect ${A} → ${B} (default/owner)`],
    final: [B],
    pin: `set ${B}`,
    effects: [`hold ${B}`],
  },
  {
    name: 'pin: goes with an IP whose pool is gone',
    was: [pinned('203.0.113.1'), ips('203.0.113.1')],
    becomes: none,
    steps: [],
    final: [],
    pin: 'remove',
    effects: ['release 203.0.113.1 PoolGone'],
  },
  {
    name: 'pin: follows a move whose pool is gone',
    was: [pinned('203.0.113.1'), ips('203.0.113.1')],
    becomes: ips(A),
    steps: [],
    final: [A],
    pin: `set ${A}`,
    effects: ['release 203.0.113.1 PoolGone', `hold ${A}`],
  },
  {
    name: 'pin: not on a dual-stack Service that gets one family only',
    was: [dualStack()],
    becomes: ips(A),
    others: [service('owner', ips(A))],
    steps: [`redirect ${A} → ${B} (default/owner)`],
    final: [B],
    pin: 'keep',
    effects: [`hold ${B}`],
  },
  {
    name: 'pin: never, by policy',
    was: [],
    becomes: ips(A),
    others: [service('owner', ips(A))],
    policy: 'never',
    steps: [`redirect ${A} → ${B} (default/owner)`],
    final: [B],
    pin: 'keep',
    effects: [`hold ${B}`],
  },
  {
    name: 'pin: at repairs as well when the policy is repair',
    was: [ips(A)],
    becomes: none,
    policy: 'repair',
    steps: [`restore ${A}`],
    final: [A],
    pin: `set ${A}`,
    effects: [],
  },
  // scope
  {
    name: 'an IP in no pool is given as it is, and nobody holds it',
    was: [],
    becomes: ips('203.0.113.1'),
    others: [service('node', ips('203.0.113.1'))],
    steps: [],
    final: ['203.0.113.1'],
    effects: [],
  },
];

function factsOf({ was, becomes, others = [], claims = [], pools: known = [MAIN, SECOND] }: Row): {
  readonly facts: RepairFacts;
  readonly state: ClusterState;
} {
  const state = new ClusterState({ graceMs: 120_000, stickyMs: 3_600_000 }, { now: () => NOW });
  const stored = service('web', ...was);
  state.ledger.replaceAll([stored, ...others].map(serviceToView), 0);
  state.book.replaceAll(claims, 1);
  state.replacePools(known);
  state.replaceNamespaces([{ name: 'default', labels: {} }]);
  const made = state.pools;
  const written = serviceToView(becomes(stored));
  const review = {
    kind: 'status-update',
    uid: 'review',
    user: '',
    dryRun: false,
    was: serviceToView(stored),
    becomes: written,
    patched: () => ({ annotations: undefined, stored: [], offered: [] }),
    isOutdated: false,
  } as const;
  const { ownership } = state;
  return { facts: gatherForRepair(review, { ownership, pools: made, scope: { classes: [] }, now: NOW }), state };
}

function planOf(row: Row): RepairPlan | undefined {
  const { facts, state } = factsOf(row);
  return planRepair(facts, (wish, among) => state.chooseAmong(among, wish, NOW), row.policy ?? 'create');
}

function stepText(step: RepairStep): string {
  if (step.kind !== 'redirect') return `${step.kind} ${step.ip}`;
  return `redirect ${step.from} → ${step.to} (${step.holder === undefined ? 'nobody' : nameOf(step.holder)})`;
}

function pinText(pin: PinChange): string {
  return pin.kind === 'set' ? `set ${pin.ips.join()}` : pin.kind;
}

describe('what is made of a write of MetalLB’s', () => {
  for (const row of rows) {
    test(row.name, () => {
      const plan = planOf(row);
      if (row.steps === 'none') {
        assert.equal(plan, undefined);
        return;
      }
      assert.deepEqual(plan?.steps.map(stepText), row.steps);
      assert.deepEqual(plan.final, row.final);
      assert.equal(pinText(plan.pin), row.pin ?? 'keep');
      assert.deepEqual(
        plan.effects.map(
          (effect) => `${effect.kind} ${effect.ip}${effect.kind === 'release' ? ` ${effect.because}` : ''}`,
        ),
        row.effects,
      );
    });
  }

  test('every plan is a write that the rules allow', () => {
    for (const row of rows) {
      const plan = planOf(row);
      if (plan === undefined) continue;
      const { facts } = factsOf({ ...row, becomes: ips(...plan.final) });
      const decision = decideStatusWrite(facts);
      assert.equal(decision.kind, 'allow', `${row.name}: ${JSON.stringify(decision)}`);
    }
  });
});
