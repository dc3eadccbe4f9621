import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceToView } from '../../../src/review/service-to-view.ts';
import type { LoggedDecision } from '../../e2e/support/guard.ts';
import { pool, pools } from '../../gen/pool.ts';
import { annotations, dualStack, ips, requested, type ServiceJson, service, sharing, spec } from '../../gen/service.ts';
import { inMemory, interventions, isWanton, standingFaults } from '../../parity/faults.ts';
import type { Step } from '../../parity/step.ts';

const [A, B] = ['192.0.2.1', '192.0.2.2'];
const KNOWN = pools([pool('main', [`${A}-${B}`]), pool('second', ['198.51.100.1/32'], { autoAssign: false })]);
const world = { pools: KNOWN, version: '0.16.1' } as const;
const faults = (...services: readonly ServiceJson[]) =>
  standingFaults(services.map(serviceToView), world).map(({ service: name, what }) => `${name} ${what}`);
const inPool = (name: string) => annotations({ 'metallb.universe.tf/address-pool': name });

describe('what must not be there once all is quiet', () => {
  for (const [name, found, expected] of [
    ['all have what they ask for', faults(service('a', ips(A)), service('b', ips(B), requested(B))), []],
    ['one waits while an IP is free', faults(service('a')), ['default/a is pending although there is an IP']],
    ['one waits and all is taken', faults(service('a'), service('b', ips(A)), service('c', ips(B))), []],
    ['a request could be met', faults(service('a', ips(A), requested(B))), ['default/a lacks what it could have']],
    ['a request is taken', faults(service('a', ips(A), requested(B)), service('b', ips(B))), []],
    ['a request is for the wrong family', faults(service('a', ips(A), requested('2001:db8::1'))), []],
    ['a request contradicts the pool', faults(service('a', ips(A), requested(B), inPool('second'))), []],
    ['a pool could be had', faults(service('a', ips(A), inPool('second'))), ['default/a lacks what it could have']],
    ['a pool does not exist', faults(service('a', ips(A), inPool('nowhere'))), []],
    ['one is of another class', faults(service('a', spec({ loadBalancerClass: 'x/y' }))), []],
    ['there is no second family', faults(service('a', ips(A), dualStack())), []],
    [
      'one IP has two owners',
      faults(service('a', ips(A)), service('b', ips(A))),
      ['a', 'b'].map((one, i) => `default/${one} shares its IP with default/${['b', 'a'][i]}, which it may not`),
    ],
    ['two may share', faults(service('a', ips(A), sharing('k', 80)), service('b', ips(A), sharing('k', 81))), []],
  ] as const) {
    test(name, () => assert.deepEqual(found, expected));
  }
});

describe('a repair of the guard', () => {
  const decision = (service: string, reason: string, holder?: string): LoggedDecision => ({
    time: '',
    hook: 'mutate',
    verdict: 'patch',
    reason,
    service,
    ips: A,
    user: 'metallb',
    ...(holder !== undefined && { holder }),
  });
  const step = (services: readonly ServiceJson[], ...decisions: readonly LoggedDecision[]): Step => ({
    outcome: { kind: 'done' },
    services: services.map(serviceToView),
    pools: KNOWN,
    allocations: [],
    decisions,
    isQuiet: true,
  });
  const vain = service('a', ips(A), requested(B));
  const owner = service('b', ips(B));
  const seen = (isSticky: boolean, ...steps: readonly Step[]) => interventions(steps, { version: '0.16.1', isSticky });
  const blamed = (...steps: readonly Step[]) => seen(true, ...steps).map(({ askedInVain }) => askedInVain);

  test('of one that asks in vain is put down to that', () =>
    assert.deepEqual(blamed(step([vain, owner], decision('default/a', 'RequestUnmet'))), ['default/a']));
  test('of one that is offered an IP of such a Service as well', () =>
    assert.deepEqual(blamed(step([vain, owner], decision('default/c', 'Redirected', 'default/a'))), ['default/a']));
  test('of one that is offered what waits for a name is put down to that, where names are waited for', () => {
    const gone = step([service('gone', ips(A))]);
    const offered = step([service('c')], decision('default/c', 'Redirected', 'default/gone'));
    const names = (isSticky: boolean, ...steps: readonly Step[]) =>
      seen(isSticky, ...steps).map((one) => [one.waitsForName, isWanton(one)]);
    assert.deepEqual(names(true, gone, offered), [['default/gone', false]]);
    assert.deepEqual(names(false, gone, offered), [[undefined, true]]);
    assert.deepEqual(names(true, offered), [[undefined, true]], 'never seen');
  });
  test('of anybody else is one on a legit edit', () =>
    assert.deepEqual(blamed(step([vain, owner], decision('default/b', 'Restored'))), [undefined]));
  test('that leaves MetalLB with other IPs in its memory makes these count as taken', () => {
    const offered = { ...decision('default/a', 'RequestUnmet'), ips: `${A} -> ${B} => ${A}` };
    const steps = [step([vain, owner], offered), step([vain, owner])];
    assert.deepEqual(
      inMemory(steps, '0.16.1').map(({ ref, assigned }) => [ref.uid, assigned]),
      [['uid-a', [B]]],
    );
    assert.deepEqual(inMemory([...steps, step([service('a', ips(A))])], '0.16.1'), []);
    const waiting = [vain, service('c')].map(serviceToView);
    const remembered = inMemory(steps, '0.16.1');
    const names = (found: readonly { readonly service: string }[]) => found.map((one) => one.service);
    assert.deepEqual(names(standingFaults(waiting, world)), ['default/a', 'default/c']);
    assert.deepEqual(names(standingFaults(waiting, { ...world, remembered })), ['default/a']);
  });
  test('pins are none', () => assert.deepEqual(blamed(step([vain], decision('default/a', 'Pinned'))), []));
});
