import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pools } from '../../../../src/core/metallb/pool.ts';
import type { Family } from '../../../../src/core/net/ip.ts';
import { wishAtCreate } from '../../../../src/core/repair/pin-at-create.ts';
import { pool, pools } from '../../../gen/pool.ts';
import { annotations, type Mod, pinned, requested, spec, view } from '../../../gen/service.ts';

const POOLS = pools([pool('main', ['192.0.2.0/24'])]);
/** As the mutating hook sees it: no ClusterIP, no family, no policy. */
const bare = spec({ clusterIPs: undefined, ipFamilies: undefined, ipFamilyPolicy: undefined });

interface Row {
  readonly name: string;
  readonly service: readonly Mod[];
  /** The family of the cluster; null: not known. */
  readonly primary?: Family | null;
  readonly pools?: Pools;
  readonly classes?: readonly string[];
  /** Families, then the pool after a slash, then `?` when one of the families is enough. */
  readonly expected: string | undefined;
}

const rows: readonly Row[] = [
  { name: 'a plain Service gets the family of the cluster', service: [], expected: 'IPv4' },
  { name: 'in an IPv6 cluster too', service: [], primary: 'IPv6', expected: 'IPv6' },
  { name: 'a family of its own wins', service: [spec({ ipFamilies: ['IPv6'] })], expected: 'IPv6' },
  { name: 'the family of the cluster is not known', service: [], primary: null, expected: undefined },
  {
    name: 'it is not needed when the Service says its own',
    service: [spec({ ipFamilies: ['IPv4'] })],
    primary: null,
    expected: 'IPv4',
  },
  { name: 'RequireDualStack', service: [spec({ ipFamilyPolicy: 'RequireDualStack' })], expected: 'IPv4 IPv6' },
  {
    name: 'RequireDualStack, IPv6 first',
    service: [spec({ ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] })],
    expected: 'IPv6 IPv4',
  },
  {
    name: 'PreferDualStack may become either',
    service: [spec({ ipFamilyPolicy: 'PreferDualStack' })],
    expected: undefined,
  },
  {
    name: 'PreferDualStack that names both families',
    service: [spec({ ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] })],
    expected: 'IPv4 IPv6 ?',
  },
  { name: 'another type', service: [spec({ type: 'NodePort' })], expected: undefined },
  { name: 'another class', service: [spec({ loadBalancerClass: 'a/b' })], expected: undefined },
  { name: 'a guarded class', service: [spec({ loadBalancerClass: 'a/b' })], classes: ['a/b'], expected: 'IPv4' },
  { name: 'no pool is known', service: [], pools: { kind: 'unknown' }, expected: undefined },
  { name: 'there is no pool', service: [], pools: pools([]), expected: undefined },
  { name: 'the user requests an IP', service: [requested('192.0.2.7')], expected: undefined },
  { name: 'spec.loadBalancerIP', service: [spec({ loadBalancerIP: '192.0.2.7' })], expected: undefined },
  { name: 'a request that MetalLB cannot read', service: [requested('x')], expected: undefined },
  { name: 'an inherited pin is no request', service: [pinned('192.0.2.7')], expected: 'IPv4' },
  {
    name: 'a pool that the user names',
    service: [annotations({ 'metallb.io/address-pool': 'second' })],
    expected: 'IPv4 /second',
  },
];

describe('what MetalLB would look for when it met a new Service', () => {
  for (const { name, service, primary = 'IPv4', pools: known = POOLS, classes = [], expected } of rows) {
    test(`${name}: ${expected ?? 'left alone'}`, () => {
      const made = view('web', bare, ...service);
      const primaryFamily = primary ?? undefined;
      const wish = wishAtCreate({ service: made, primaryFamily, pools: known, scope: { classes } });
      const pool = wish?.pool === undefined ? [] : [`/${wish.pool}`];
      const told = wish && [...wish.families, ...pool, ...(wish.preferDualStack ? ['?'] : [])].join(' ');
      assert.equal(told, expected);
    });
  }
});
