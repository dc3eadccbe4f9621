import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceToView } from '../../../src/review/service-to-view.ts';
import { pool, pools } from '../../gen/pool.ts';
import { annotations, ips, type Mod, requested, service } from '../../gen/service.ts';
import { type Difference, differencesOf, staysInStep } from '../../parity/compare-steps.ts';
import type { Step } from '../../parity/step.ts';

const [A, B, C] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
const S = '198.51.100.1';
const MAIN = pool('main', [`${A}-${C}`]);
const KNOWN = pools([MAIN, pool('second', [`${S}/32`], { autoAssign: false })]);

type World = Readonly<Record<string, readonly Mod[]>>;

function step(world: World, known = KNOWN): Step {
  const services = Object.entries(world).map(([name, mods]) => serviceToView(service(name, ...mods)));
  return { outcome: { kind: 'done' }, services, pools: known, allocations: [], decisions: [], isQuiet: true };
}

interface Plays {
  readonly before?: World;
  readonly alone: World;
  readonly guarded: World;
  readonly isSticky?: boolean;
  readonly known?: typeof KNOWN;
}

function compare({ before = {}, alone, guarded, isSticky = true, known = KNOWN }: Plays): readonly Difference[] {
  const past = [{ alone: step(before, known), guarded: step(before, known) }];
  return differencesOf({
    number: 1,
    alone: step(alone, known),
    guarded: step(guarded, known),
    past,
    version: '0.16.1',
    isSticky,
  });
}

const reasons = (plays: Plays) => compare(plays).map(({ service: name, reason }) => `${name} ${reason ?? '?'}`);
const inSecond = annotations({ 'metallb.io/address-pool': 'second' });

describe('a difference', () => {
  test('there is none when all have the same IPs', () =>
    assert.deepEqual(reasons({ alone: { a: [ips(A)] }, guarded: { a: [ips(A)] } }), []));
  test('another IP of the same pool is one, and nothing explains it', () =>
    assert.deepEqual(reasons({ alone: { a: [ips(A)] }, guarded: { a: [ips(B)] } }), ['default/a ?']));
  test('a Service that waits beside the guard has no excuse', () =>
    assert.deepEqual(reasons({ alone: { a: [ips(A)] }, guarded: { a: [] } }), ['default/a ?']));
  test('a Service that is there in one play only has none either', () =>
    assert.deepEqual(reasons({ alone: { a: [ips(A)] }, guarded: {} }), ['default/a ?']));
  test('RequestUnmet: it asks for what somebody else has, and keeps its own', () => {
    const before = { a: [ips(A)], b: [ips(B)] };
    const asks = requested(B);
    const plays = { before, alone: { a: [asks], b: [ips(B)] }, guarded: { a: [ips(A), asks], b: [ips(B)] } };
    assert.deepEqual(reasons(plays), ['default/a RequestUnmet']);
    assert.ok(staysInStep(compare(plays)));
  });
  test('but not when it could have what it asks for', () => {
    const asks = requested(B);
    const plays = { before: { a: [ips(A)] }, alone: { a: [ips(B), asks] }, guarded: { a: [ips(A), asks] } };
    assert.deepEqual(reasons(plays), ['default/a ?']);
  });
  test('nor when it could be in the pool that it names', () => {
    const plays = { before: { a: [ips(A)] }, alone: { a: [ips(S), inSecond] }, guarded: { a: [ips(A), inSecond] } };
    assert.deepEqual(reasons(plays), ['default/a ?']);
  });
  test('Kept: MetalLB alone moved it, and nobody asked for that', () => {
    const plays = { before: { a: [ips(B)] }, alone: { a: [ips(A)] }, guarded: { a: [ips(B)] } };
    assert.deepEqual(reasons(plays), ['default/a Kept']);
    assert.equal(staysInStep(compare(plays)), false);
  });
  test('Sticky: the IP waits for another name', () => {
    const plays = { before: { gone: [ips(A)] }, alone: { a: [ips(A)] }, guarded: { a: [ips(B)] } };
    assert.deepEqual(reasons(plays), ['default/a Sticky']);
    assert.deepEqual(reasons({ ...plays, isSticky: false }), ['default/a ?']);
  });
  test('Tie: both pools are equal for MetalLB', () => {
    const known = pools([MAIN, pool('second', [`${S}/32`])]);
    const plays = { alone: { a: [ips(A)] }, guarded: { a: [ips(S)] } };
    assert.deepEqual(reasons({ ...plays, known }), ['default/a Tie']);
    const unequal = pools([MAIN, pool('second', [`${S}/32`], { serviceAllocation: { priority: 1 } })]);
    assert.deepEqual(reasons({ ...plays, known: unequal }), ['default/a ?']);
  });
  test('Turn: two waited for one IP', () => {
    const known = pools([pool('one', [`${A}/32`])]);
    const before = { a: [], b: [] };
    const plays = { before, alone: { a: [ips(A)], b: [] }, guarded: { a: [], b: [ips(A)] }, known };
    assert.deepEqual(reasons(plays), ['default/a Turn', 'default/b Turn']);
  });
  test('Domino: what it has alone belongs to one that was kept', () => {
    const before = { a: [ips(A)], b: [] };
    const plays = { before, alone: { a: [ips(B)], b: [ips(A)] }, guarded: { a: [ips(A)], b: [ips(C)] } };
    assert.deepEqual(reasons(plays), ['default/a Kept', 'default/b Domino']);
  });
});
