import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClusterFamilies, wantedFamilies } from '../../../../src/core/allocator/families.ts';
import { type Mod, spec, view } from '../../../gen/service.ts';

const UNKNOWN: ClusterFamilies = { primary: undefined, dualStack: undefined };
const DUAL: ClusterFamilies = { primary: 'IPv4', dualStack: true };
const SINGLE: ClusterFamilies = { primary: 'IPv4', dualStack: false };
const SIX: ClusterFamilies = { primary: 'IPv6', dualStack: false };

const V4 = '10.96.0.1';
const V6 = 'fd00::1';
const made = (policy: string, clusterIPs: readonly string[], ipFamilies: readonly string[] = []): Mod =>
  spec({ ipFamilyPolicy: policy, clusterIPs, ipFamilies });
/** As a mutating hook sees it at CREATE. */
const fresh = (fields: object = {}): Mod =>
  spec({ clusterIPs: undefined, ipFamilies: undefined, ipFamilyPolicy: undefined, ...fields });

const ROWS: readonly {
  readonly name: string;
  readonly service: Mod;
  readonly cluster?: ClusterFamilies;
  /** The families, and `one` when one of two is enough. */
  readonly wants: string | undefined;
}[] = [
  { name: 'the family of the ClusterIP', service: made('SingleStack', [V6], ['IPv6']), wants: 'IPv6' },
  { name: 'ClusterIPs count, ipFamilies do not', service: made('SingleStack', [V4], ['IPv6']), wants: 'IPv4' },
  {
    name: 'two ClusterIPs that must have both',
    service: made('RequireDualStack', [V4, V6], ['IPv4', 'IPv6']),
    wants: 'IPv4 IPv6',
  },
  { name: 'IPv6 is primary', service: made('RequireDualStack', [V6, V4], ['IPv6', 'IPv4']), wants: 'IPv6 IPv4' },
  { name: 'IPv4 is primary where nothing says so', service: made('RequireDualStack', [V6, V4]), wants: 'IPv4 IPv6' },
  {
    name: 'two ClusterIPs where one is enough',
    service: made('PreferDualStack', [V4, V6], ['IPv4', 'IPv6']),
    wants: 'IPv4 IPv6 one',
  },
  { name: 'PreferDualStack with one ClusterIP', service: made('PreferDualStack', [V4], ['IPv4']), wants: 'IPv4' },
  { name: 'RequireDualStack with one ClusterIP', service: made('RequireDualStack', [V4], ['IPv4']), wants: undefined },
  { name: 'only clusterIP is set', service: fresh({ clusterIP: V6 }), wants: 'IPv6' },
  {
    name: 'a headless Service has no ClusterIP',
    service: fresh({ clusterIP: 'None', clusterIPs: ['None'] }),
    wants: undefined,
  },
  { name: 'CREATE: nothing said', service: fresh(), cluster: SIX, wants: 'IPv6' },
  { name: 'CREATE: nothing said on a dual-stack cluster', service: fresh(), cluster: DUAL, wants: 'IPv4' },
  { name: 'CREATE: nothing said and nothing known', service: fresh(), wants: undefined },
  { name: 'CREATE: a family said', service: fresh({ ipFamilies: ['IPv6'] }), cluster: DUAL, wants: 'IPv6' },
  {
    name: 'CREATE: prefer, two families said',
    service: fresh({ ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] }),
    wants: 'IPv6 IPv4 one',
  },
  {
    name: 'CREATE: single stack where the cluster has both',
    service: fresh({ ipFamilyPolicy: 'SingleStack' }),
    cluster: DUAL,
    wants: 'IPv4',
  },
  {
    name: 'CREATE: prefer, dual cluster',
    service: fresh({ ipFamilyPolicy: 'PreferDualStack' }),
    cluster: DUAL,
    wants: 'IPv4 IPv6 one',
  },
  {
    name: 'CREATE: prefer, single cluster',
    service: fresh({ ipFamilyPolicy: 'PreferDualStack' }),
    cluster: SINGLE,
    wants: 'IPv4',
  },
  {
    name: 'CREATE: prefer, not known whether dual',
    service: fresh({ ipFamilyPolicy: 'PreferDualStack' }),
    cluster: { primary: 'IPv4', dualStack: undefined },
    wants: undefined,
  },
  {
    name: 'CREATE: require',
    service: fresh({ ipFamilyPolicy: 'RequireDualStack' }),
    cluster: DUAL,
    wants: 'IPv4 IPv6',
  },
];

for (const { name, service, cluster, wants } of ROWS) {
  test(`wanted families: ${name}`, () => {
    const wish = wantedFamilies(view('any', service), cluster ?? UNKNOWN);
    assert.equal(wish && [...wish.families, ...(wish.preferDualStack ? ['one'] : [])].join(' '), wants);
  });
}
