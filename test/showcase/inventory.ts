import type { Claim, ClaimHolder } from '../../src/core/claims/claim.ts';
import type { JsonObject } from '../../src/review/json.ts';
import { claimHolder, storedClaim } from '../gen/claim.ts';
import { dualStack, ips, type Mod, metadata, type ServiceJson, service, sharing, spec } from '../gen/service.ts';

/** A cluster that has one of everything the page can show. */

const DAY = 86_400_000;

/** The pools: a subnet, a /16, an IPv6 /64 beside a short IPv4 range. */
export const POOLS: readonly JsonObject[] = [
  poolJson('public', ['198.51.100.0/25'], { avoidBuggyIPs: true }),
  poolJson('internal', ['10.20.0.0/16']),
  poolJson('edge', ['203.0.113.40-203.0.113.63', '2001:db8:5::/64'], { autoAssign: false }),
];

export const NAMESPACES = ['default', 'shop', 'payments', 'media', 'platform'] as const;

/** A Service, and since how many days it is said to hold its IPs. */
export interface Held {
  readonly service: ServiceJson;
  readonly days: number;
}

const NAMES = ['web', 'api', 'cart', 'search', 'login', 'images', 'mail', 'queue', 'grafana', 'git'] as const;

/** The API server's own Service, which tells the primary family of the cluster. */
export const KUBERNETES: ServiceJson = service('kubernetes', spec({ type: 'ClusterIP' }));

/** Every Service with its IPs. */
export function heldServices(): readonly Held[] {
  return [
    ...crowd(46, (i) => `198.51.100.${i + 1 + Math.floor(i / 9)}`),
    ...crowd(
      34,
      (i) => `10.20.${[0, 1, 7, 64, 200][i % 5] ?? 0}.${1 + Math.floor(i / 5) + Math.floor(i / 15) * 20}`,
      100,
    ),
    ...crowd(5, (i) => `203.0.113.${41 + i * 2}`, 200),
    { service: at('shop', 'storefront', ips('198.51.100.70'), sharing('front', 443)), days: 61 },
    { service: at('shop', 'storefront-mail', ips('198.51.100.70'), sharing('front', 25)), days: 60 },
    { service: at('media', 'stream', ips('203.0.113.60', '2001:db8:5::10'), dualStack()), days: 12 },
    { service: at('media', 'stream-eu', ips('203.0.113.61', '2001:db8:5::11'), dualStack()), days: 12 },
    { service: at('platform', 'vpn', ips('203.0.113.62', '2001:db8:5:0:ff::1'), dualStack()), days: 210 },
    { service: at('payments', 'gateway', ips('198.51.100.75')), days: 88 },
    { service: at('payments', 'gateway-copy', ips('198.51.100.75')), days: 0 },
  ];
}

/** Claims of Services that are gone. */
export function stickyClaims(now: number): readonly Claim[] {
  const gone = (namespace: string, name: string, minutes: number) =>
    holderOf(namespace, name, { since: now - 40 * DAY, goneSince: now - minutes * 60_000 });
  return [
    storedClaim('198.51.100.80', [gone('shop', 'preview', 12)]),
    storedClaim('198.51.100.81', [gone('shop', 'preview-api', 11)]),
    storedClaim('10.20.7.77', [gone('platform', 'old-registry', 34)]),
  ];
}

/** The claims of the Services that hold their IPs, as they were made then. */
export function heldClaims(held: readonly Held[], now: number): readonly Claim[] {
  const byIp = new Map<string, Claim>();
  for (const { service: made, days } of held) {
    const { namespace, name } = made.metadata;
    for (const ip of ipsOf(made)) {
      const since = now - days * DAY - (ip.length * 3_600_000) / 7;
      const holder = holderOf(String(namespace), String(name), { since });
      const known = byIp.get(ip);
      const shares = known !== undefined && known.sharingKey !== '';
      if (known === undefined) byIp.set(ip, storedClaim(ip, [holder], { sharingKey: keyOf(made) }));
      else if (shares) byIp.set(ip, { ...known, holders: [...known.holders, holder] });
    }
  }
  return [...byIp.values()];
}

/** A Service of this namespace, as it is stored. */
export function at(namespace: string, name: string, ...mods: readonly Mod[]): ServiceJson {
  return service(name, metadata({ namespace, uid: `uid-${namespace}-${name}` }), ...mods);
}

function crowd(count: number, ip: (i: number) => string, from = 0): readonly Held[] {
  return Array.from({ length: count }, (_, i) => {
    const namespace = NAMESPACES[(i * 7 + from) % NAMESPACES.length] ?? 'default';
    const name = `${NAMES[i % NAMES.length]}${from + i >= NAMES.length ? `-${from + i}` : ''}`;
    return { service: at(namespace, name, ips(ip(i))), days: (i * 17 + from) % 230 };
  });
}

function holderOf(namespace: string, name: string, more: Partial<ClaimHolder>): ClaimHolder {
  return claimHolder(name, { service: { namespace, name, uid: `uid-${namespace}-${name}` }, ...more });
}

function ipsOf({ status }: ServiceJson): readonly string[] {
  const { ingress = [] } = (status.loadBalancer ?? {}) as { readonly ingress?: readonly { readonly ip: string }[] };
  return ingress.map(({ ip }) => ip);
}

function keyOf({ metadata: { annotations } }: ServiceJson): string {
  return (annotations as Record<string, string> | undefined)?.['metallb.io/allow-shared-ip'] ?? '';
}

function poolJson(name: string, addresses: readonly string[], more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name, namespace: 'metallb-system' },
    spec: { addresses, ...more },
  };
}
