import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { check } from '../../../../src/app/check/check.ts';
import type { Installation, SeenHook, SeenRegistration } from '../../../../src/app/check/installation.ts';
import { type SeenPool, type Survey, stateOf, type Viewpoint } from '../../../../src/app/survey.ts';
import type { ServiceView } from '../../../../src/core/service-view.ts';
import { claimHolder, storedClaim } from '../../../gen/claim.ts';
import { pool } from '../../../gen/pool.ts';
import { annotations, dualStack, ips, pinned, requested, sharing, spec, view } from '../../../gen/service.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const HOUR = 3_600_000;

function seen(name: string, addresses: readonly string[], more: object = {}): SeenPool {
  return { pool: pool(name, addresses, { ...more }), allowStrand: undefined };
}

function viewpoint(services: readonly ServiceView[], more: Partial<Survey> = {}): Viewpoint {
  const survey: Survey = {
    takenAt: NOW,
    services,
    pools: [seen('main', ['192.0.2.0/29'])],
    poolSource: 'crd',
    namespaces: [{ name: 'default', labels: {} }],
    claims: undefined,
    damagedClaims: [],
    unread: [],
    ...more,
  };
  return { survey, state: stateOf(survey, { graceMs: 120_000, stickyMs: HOUR }), scope: { classes: [] } };
}

const hook = (name: string, more: Partial<SeenHook> = {}): SeenHook => ({
  name,
  failsOpen: false,
  rules: [],
  endpoint: 'https://guard:8443',
  caBundle: '',
  ...more,
});
const STATUS = hook('status.services.holdfast.dev');
const VALIDATING: SeenRegistration = {
  kind: 'ValidatingWebhookConfiguration',
  name: 'holdfast',
  ours: true,
  hooks: [STATUS],
};
const INSTALLED: Installation = {
  registrations: [VALIDATING],
  expected: [STATUS],
  certificate: { trusted: 'yes', why: '', notAfter: NOW + HOUR },
  controllers: [],
  unread: [],
};

/** `Code object ip: message` of each finding; Unclaimed and Unpinned are left out unless asked for. */
function found(of: Viewpoint, installed: Installation = INSTALLED): readonly string[] {
  const { findings, notes } = check(of, installed, ['Unclaimed', 'Unpinned']);
  return [...findings, ...notes].map(({ code, object, ip = '', message }) => `${code} ${object} ${ip}: ${message}`);
}

suite('a Service that waits', () => {
  const old = (name: string, ...mods: Parameters<typeof view> extends [string, ...infer M] ? M : never) =>
    view(name, ...mods);

  test('and could have an IP', () => {
    assert.deepEqual(found(viewpoint([old('web')])), [
      'Pending default/web : 192.0.2.0 of pool main is free: does MetalLB run?',
    ]);
  });

  test('and no pool has one left', () => {
    const full = ['0', '1', '2', '3', '4', '5', '6', '7'].map((n) => view(`s${n}`, ips(`192.0.2.${n}`)));
    assert.deepEqual(found(viewpoint([...full, old('web')])), [
      'Pending default/web : no pool that admits it has a free IP',
    ]);
  });

  test('and there is no pool', () => {
    assert.deepEqual(found(viewpoint([old('web')], { pools: [] })), ['Pending default/web : there is no pool at all']);
    assert.deepEqual(found(viewpoint([old('web')], { pools: [], poolSource: 'none' })), [
      'Pending default/web : no pool of MetalLB was found',
    ]);
  });

  test('and is a few seconds old: nothing', () => {
    const young = view('web', (made) => ({
      ...made,
      metadata: { ...made.metadata, creationTimestamp: new Date(NOW - 5_000).toISOString() },
    }));
    assert.deepEqual(found(viewpoint([young])), []);
  });

  test('and wants two families with one ClusterIP', () => {
    const dual = old('web', spec({ ipFamilyPolicy: 'RequireDualStack' }));
    assert.deepEqual(found(viewpoint([dual])), [
      'Pending default/web : RequireDualStack with one ClusterIP: MetalLB gives it nothing',
    ]);
  });
});

suite('a request', () => {
  const rows: readonly (readonly [what: string, service: ServiceView, expected: string])[] = [
    ['in no pool', view('web', requested('198.51.100.1')), '198.51.100.1: requests it; it is in no pool'],
    ['taken', view('web', requested('192.0.2.1')), '192.0.2.1: requests it; default/owner has it'],
    [
      'of a pool that is not the requested one',
      view('web', requested('192.0.2.2'), annotations({ 'metallb.io/address-pool': 'other' })),
      '192.0.2.2: requests it; it also asks for pool other',
    ],
    [
      'of one family for two',
      view('web', dualStack(), requested('192.0.2.2')),
      '192.0.2.2: requests it; its ClusterIPs have other families',
    ],
    ['that is no IP', view('web', requested('192.0.2')), ': "192.0.2" is not an IP'],
    [
      'for a pool that excludes the Service',
      view('web', annotations({ 'metallb.io/address-pool': 'closed' })),
      ': asks for pool closed, which excludes it',
    ],
    ['as a pin that is taken', view('web', pinned('192.0.2.1')), '192.0.2.1: pinned to it; default/owner has it'],
  ];
  const pools = [
    seen('main', ['192.0.2.0/29']),
    seen('other', ['203.0.113.0/29']),
    seen('closed', ['10.0.0.0/29'], { serviceAllocation: { namespaces: ['elsewhere'] } }),
  ];
  for (const [what, service, expected] of rows) {
    test(what, () => {
      const owner = view('owner', ips('192.0.2.1'));
      assert.deepEqual(found(viewpoint([owner, service], { pools })), [`RequestUnmet default/web ${expected}`]);
    });
  }

  test('for an IP that may be shared is met', () => {
    const owner = view('owner', ips('192.0.2.1'), sharing('key', 80));
    const asking = view('web', ips('192.0.2.1'), sharing('key', 81), requested('192.0.2.1'));
    assert.deepEqual(found(viewpoint([owner, asking])), []);
  });
});

test('the rightful one of a duplicate is whom the claim names', () => {
  const [one, two] = [view('one', ips('192.0.2.1')), view('two', ips('192.0.2.1'))];
  const claims = [storedClaim('192.0.2.1', [claimHolder('two')])];
  assert.deepEqual(found(viewpoint([one, two], { claims })), [
    'Duplicate default/two 192.0.2.1: also default/one: neither asks to share; default/two is rightful',
  ]);
});

test('claims: a sticky one is fine until its time is over; one of a Service that lost the IP is stale', () => {
  const web = view('web', ips('192.0.2.1'));
  const sticky = (since: number) => claimHolder('gone', { goneSince: NOW - since });
  const claims = [
    storedClaim('192.0.2.1', [claimHolder('web')]),
    storedClaim('192.0.2.2', [sticky(HOUR / 2)]),
    storedClaim('192.0.2.3', [sticky(2 * HOUR)]),
    storedClaim('192.0.2.4', [claimHolder('web', { basis: 99 })]),
  ];
  assert.deepEqual(found(viewpoint([web], { claims })), [
    'StaleClaim default/gone 192.0.2.3: its time to come back is over',
    'StaleClaim default/web 192.0.2.4: the Service does not have this IP',
  ]);
});

suite('the registration', () => {
  const nothing = viewpoint([]);
  const with_ = (more: Partial<Installation>) => found(nothing, { ...INSTALLED, ...more });
  const registered = (...hooks: readonly SeenHook[]) => ({ registrations: [{ ...VALIDATING, hooks }] });

  test('in order', () => assert.deepEqual(with_({}), []));

  test('absent', () => {
    const text = 'NotRegistered  : nothing is asked about writes to Services or pools';
    assert.deepEqual(with_({ registrations: [], expected: [], certificate: undefined }), [text]);
  });

  test('a hook that fails open where it should not, was changed, or is missing', () => {
    const [pools, requests] = [hook('pools.holdfast.dev'), hook('requests.services.holdfast.dev')];
    const expected = [{ ...STATUS, failsOpen: false }, pools, requests];
    const hooks = registered(STATUS, { ...pools, failsOpen: true }, { ...requests, rules: ['other'] });
    assert.deepEqual(with_({ ...hooks, expected: [...expected, hook('namespaces.holdfast.dev')] }), [
      'HookBroken pools.holdfast.dev : its failurePolicy is Ignore',
      'HookBroken requests.services.holdfast.dev : its rules were changed',
      'HookBroken namespaces.holdfast.dev : is missing',
    ]);
  });

  test('of something else under our name', () => {
    const foreign = { ...VALIDATING, ours: false };
    assert.deepEqual(with_({ registrations: [foreign], expected: [] }), [
      'HookBroken ValidatingWebhookConfiguration : holdfast is managed by something else',
    ]);
  });

  test('in audit', () => {
    const open = { ...STATUS, failsOpen: true };
    assert.deepEqual(with_({ ...registered(open), expected: [open] }), ['FailsOpen  : mode audit']);
  });

  test('with a caBundle that does not fit, a certificate that has expired, or one that cannot be compared', () => {
    const certificate = (trusted: 'yes' | 'no' | 'unknown', notAfter = NOW + HOUR) => ({
      certificate: { trusted, why: 'why', notAfter },
    });
    assert.deepEqual(with_(certificate('no')), ['CaMismatch caBundle : why']);
    assert.deepEqual(with_(certificate('yes', NOW - HOUR)), [
      'CaMismatch caBundle : the serving certificate expired 1 d ago',
    ]);
    assert.deepEqual(with_(certificate('unknown')), ['Unread caBundle : not compared: why']);
  });
});

test('MetalLB: two running controllers, and versions that lose IPs at a restart', () => {
  const controller = (pod: string, version: string, running = true) => ({ pod, image: '', version, running });
  const versions = ['0.12.1', '0.13.12', '0.14.2', '0.16.1'];
  const controllers = versions.map((version, i) => controller(`c${i}`, version, i < 2));
  assert.deepEqual(found(viewpoint([]), { ...INSTALLED, controllers }), [
    'ManyControllers  : running: c0, c1',
    'RestartMoves  : MetalLB 0.13.12',
  ]);
});
