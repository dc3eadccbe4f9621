import type { ServicePort, ServiceSpec } from '../control-plane/kube-types.ts';
import type { Pool } from '../control-plane/metallb-pools.ts';
import type { ServiceOptions } from '../control-plane/services.ts';
import type { Random } from './random.ts';

export interface Surroundings {
  readonly layout: number;
  readonly pools: readonly Pool[];
}

interface Named {
  readonly name: string;
  readonly namespace: string;
}

const HTTP: readonly ServicePort[] = [{ name: 'p', port: 80, protocol: 'TCP' }];
const HTTPS: readonly ServicePort[] = [{ name: 'p', port: 443, protocol: 'TCP' }];
const DNS: readonly ServicePort[] = [{ name: 'p', port: 53, protocol: 'UDP' }];

/** A LoadBalancer Service, mostly plain. */
export function randomService(random: Random, around: Surroundings, named: Named): ServiceOptions {
  const request = random.chance(15) ? randomRequest(random, around) : {};
  const families = randomFamilies(random);
  const viaSpec = request.ip !== undefined && random.chance(30);
  const ports = random.pick([HTTP, HTTPS, DNS]);
  return {
    ...named,
    labels: { tier: random.pick(['a', 'b', 'c']) },
    annotations: {
      ...(request.ip === undefined || viaSpec ? {} : { [`${prefix(random)}/loadBalancerIPs`]: request.ip }),
      ...(random.chance(12) ? { [`${prefix(random)}/address-pool`]: random.pick(around.pools).name } : {}),
      ...(random.chance(30) ? { 'metallb.universe.tf/allow-shared-ip': random.pick(['k1', 'k2']) } : {}),
    },
    spec: {
      ...families,
      ports,
      externalTrafficPolicy: random.pick(['Cluster', 'Cluster', 'Local'] as const),
      selector: { app: random.pick(['x', 'y']) },
      ...(viaSpec && request.ip !== undefined ? { loadBalancerIP: request.ip } : {}),
    },
  };
}

/** A merge patch of a Service, with its name. */
export function randomPatch(random: Random, around: Surroundings) {
  const annotate = (key: string, value: string | null) => ({ metadata: { annotations: { [key]: value } } });
  const both = (name: string) => ({ [`metallb.universe.tf/${name}`]: null, [`metallb.io/${name}`]: null });
  const changes = [
    () => ({
      what: 'request',
      patch: annotate('metallb.universe.tf/loadBalancerIPs', randomRequest(random, around).ip ?? null),
    }),
    () => ({
      what: 'request dropped',
      patch: { metadata: { annotations: both('loadBalancerIPs') }, spec: { loadBalancerIP: null } },
    }),
    () => ({
      what: 'pool request',
      patch: annotate('metallb.universe.tf/address-pool', random.pick(around.pools).name),
    }),
    () => ({ what: 'pool request dropped', patch: { metadata: { annotations: both('address-pool') } } }),
    () => ({
      what: 'sharing key',
      patch: annotate('metallb.universe.tf/allow-shared-ip', random.pick(['k1', 'k2', null])),
    }),
    () => ({ what: 'ports', patch: { spec: { ports: random.pick([HTTP, HTTPS, DNS]) } } }),
    () => ({
      what: 'traffic policy',
      patch: { spec: { externalTrafficPolicy: random.pick(['Cluster', 'Local'] as const) } },
    }),
    () => ({ what: 'families', patch: { spec: familyPatch(random) } }),
    () => ({ what: 'labels', patch: { metadata: { labels: { tier: random.pick(['a', 'b', 'c']) } } } }),
    () => ({ what: 'type away', patch: { spec: awayPatch } }),
    () => ({ what: 'type back', patch: { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false } } }),
  ] as const;
  return random.pick(changes)();
}

/** What only a LoadBalancer may have must go with the type. */
const awayPatch = {
  type: 'ClusterIP',
  externalTrafficPolicy: null,
  allocateLoadBalancerNodePorts: null,
  healthCheckNodePort: null,
};

/** MetalLB's old prefix is the one that all versions read. */
function prefix(random: Random): string {
  return random.chance(80) ? 'metallb.universe.tf' : 'metallb.io';
}

function randomRequest(random: Random, { layout, pools }: Surroundings): { readonly ip?: string } {
  const number = /p(\d+)/.exec(random.pick(pools).name)?.[1] ?? '0';
  const v4 = `10.${layout % 250}.${number}.${random.pick([0, 1, 2, 3, 8, 16, 254])}`;
  const v6 = `fd00:${layout % 250}:${number}::${random.below(8)}`;
  return { ip: random.pick([v4, v4, v4, v6, `${v4},${v6}`]) };
}

function randomFamilies(random: Random): ServiceSpec {
  const dice = random.below(10);
  if (dice < 5) return { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] };
  if (dice < 6) return { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] };
  const ipFamilies = random.pick([['IPv4', 'IPv6'] as const, ['IPv4', 'IPv6'] as const, ['IPv6', 'IPv4'] as const]);
  return { ipFamilyPolicy: dice < 9 ? 'PreferDualStack' : 'RequireDualStack', ipFamilies };
}

/** The secondary ClusterIP goes with the policy; a change of the primary family is refused by the API server. */
function familyPatch(random: Random): Readonly<Record<string, unknown>> {
  return { ipFamilyPolicy: random.pick(['SingleStack', 'PreferDualStack', 'RequireDualStack']) };
}
