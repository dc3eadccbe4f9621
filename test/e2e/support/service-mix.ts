import type { ServicePort, ServiceSpec } from '../../control-plane/kube-types.ts';
import type { Pool } from '../../control-plane/metallb-pools.ts';
import type { ServiceOptions } from '../../control-plane/services.ts';
import { metallbSharing } from '../../control-plane/sharing-rule.ts';
import type { ServiceMix } from '../../control-plane/storm.ts';

/** Both prefixes mean the same to every version from 0.13.0 on; the older one is what most manifests have. */
const PREFIX = 'metallb.universe.tf';
const TEAM = 'mix-team';

const POOLS: readonly Pool[] = [
  // Both families; two pools of equal rank, so that MetalLB chooses by chance.
  { name: 'main', addresses: ['10.210.0.0/22', 'fd00:210::/112'] },
  { name: 'second', addresses: ['10.214.0.0/23', 'fd00:214::/112'], avoidBuggyIPs: true },
  { name: 'asked', addresses: ['10.211.0.0/24'], autoAssign: false, avoidBuggyIPs: true },
  { name: 'team', addresses: ['10.212.0.0/24'], serviceAllocation: { priority: 10, namespaces: [TEAM] } },
  {
    name: 'gold',
    addresses: ['10.213.0.0/24'],
    serviceAllocation: { priority: 5, serviceSelectors: [{ matchLabels: { tier: 'gold' } }] },
  },
];

/** What one kind of Service adds to a plain one; `group` counts the twelve Services that are made at a time. */
type Kind = (group: number, first: number) => Omit<ServiceOptions, 'name'>;

const port = (number: number, protocol: 'TCP' | 'UDP' = 'TCP'): readonly ServicePort[] => [
  { name: `p${number}`, port: number, protocol },
];
const asking = (what: string, value: string) => ({ [`${PREFIX}/${what}`]: value });
const sharing = (key: string, spec: ServiceSpec): Omit<ServiceOptions, 'name'> => ({
  annotations: asking('allow-shared-ip', key),
  spec,
});
/** Far above what MetalLB hands out of itself, so that only those who ask for it get it. */
const requested = (number: number): string => `10.210.3.${number}`;

/** A round of twelve: every third Service shares, the others want something of their own. */
const KINDS: readonly Kind[] = [
  () => ({}),
  (group) => sharing(`web-${group}`, { ports: port(80) }),
  (group) => sharing(`web-${group}`, { ports: port(443) }),
  (group) => sharing(`web-${group}`, { ports: port(443, 'UDP') }),
  // One IP for two Services, requested by both: DNS over TCP and UDP.
  (group, first) => dns(group, first, 'TCP'),
  (group, first) => dns(group, first, 'UDP'),
  () => ({ spec: { ipFamilyPolicy: 'RequireDualStack' } }),
  () => ({ spec: { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] } }),
  (group, first) => ({ annotations: asking('loadBalancerIPs', requested(first + 100 + group)) }),
  () => ({ annotations: asking('address-pool', 'asked') }),
  () => ({ namespace: TEAM }),
  () => ({ labels: { tier: 'gold' } }),
];

function dns(group: number, first: number, protocol: 'TCP' | 'UDP'): Omit<ServiceOptions, 'name'> {
  const annotations = {
    ...asking('allow-shared-ip', `dns-${first}-${group}`),
    ...asking('loadBalancerIPs', requested(first + group)),
  };
  return { annotations, spec: { ports: port(53, protocol), selector: { app: 'dns' }, externalTrafficPolicy: 'Local' } };
}

/**
 * Services that share an IP (with and without asking for it), have two families, ask for an IP or a pool, or are admitted
 * to a pool by namespace or label; pools that leave out .0 and .255. Every Service can have what it asks for.
 */
export const SERVICE_MIX: ServiceMix = {
  objects: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: TEAM } }],
  pools: POOLS,
  mayShare: metallbSharing,
  services: (prefix, count) => {
    // Names of another prefix ask for other IPs and share with nobody of the first.
    const first = prefix === 'late' ? 50 : 1;
    return Array.from({ length: count }, (_, index) => {
      const kind = KINDS[index % KINDS.length] ?? (() => ({}));
      const group = Math.floor(index / KINDS.length);
      return { name: `${prefix}-${String(index).padStart(4, '0')}`, ...kind(group, first) };
    });
  },
};
