import type { ServicePort, ServiceSpec } from '../control-plane/kube-types.ts';
import type { Pool } from '../control-plane/metallb-pools.ts';
import type { ServiceOptions } from '../control-plane/services.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import { readsBothPrefixes } from './dialect.ts';
import type { Random } from './random.ts';
import { randomRequest, type Stack } from './random-requests.ts';

export interface Surroundings {
  readonly layout: number;
  readonly pools: readonly Pool[];
  readonly version: MetallbVersion;
}

export interface Named {
  readonly name: string;
  readonly namespace: string;
  readonly stack: Stack;
}

export const HTTP: readonly ServicePort[] = [{ name: 'p', port: 80, protocol: 'TCP' }];
export const HTTPS: readonly ServicePort[] = [{ name: 'p', port: 443, protocol: 'TCP' }];
export const DNS: readonly ServicePort[] = [{ name: 'p', port: 53, protocol: 'UDP' }];

/** A load balancer that is not MetalLB: nobody serves it here. */
export const OTHER_CLASS = 'example.com/other';

/** A LoadBalancer Service, mostly plain. */
export function randomService(random: Random, around: Surroundings, { name, namespace, stack }: Named): ServiceOptions {
  const ip = random.chance(15) ? randomRequest(random, around, stack) : undefined;
  const viaSpec = ip !== undefined && !ip.includes(',') && random.chance(30);
  return {
    name,
    namespace,
    labels: { tier: random.pick(['a', 'b', 'c']) },
    annotations: {
      ...(ip === undefined || viaSpec ? {} : { [`${prefix(random, around)}/loadBalancerIPs`]: ip }),
      ...(random.chance(10) ? { [`${prefix(random, around)}/address-pool`]: random.pick(around.pools).name } : {}),
      ...(random.chance(30) ? { [`${prefix(random, around)}/allow-shared-ip`]: random.pick(['k1', 'k2']) } : {}),
    },
    spec: {
      ...familiesOf(random, stack),
      ports: random.pick([HTTP, HTTPS, DNS]),
      externalTrafficPolicy: random.pick(['Cluster', 'Cluster', 'Local'] as const),
      selector: { app: random.pick(['x', 'y']) },
      ...(viaSpec ? { loadBalancerIP: ip } : {}),
      ...(random.chance(4) ? { loadBalancerClass: OTHER_CLASS } : {}),
    },
  };
}

/** Only 0.14.9 and later read `metallb.io`; what an older one does not even see is no wish that it could be compared by. */
export function prefix(random: Random, { version }: Surroundings): string {
  const isOld = random.chance(75);
  return isOld || !readsBothPrefixes(version) ? 'metallb.universe.tf' : 'metallb.io';
}

function familiesOf(random: Random, stack: Stack): ServiceSpec {
  if (stack === 'v4') return { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] };
  if (stack === 'v6') return { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] };
  const ipFamilies = random.pick([['IPv4', 'IPv6'] as const, ['IPv4', 'IPv6'] as const, ['IPv6', 'IPv4'] as const]);
  return { ipFamilyPolicy: random.chance(75) ? 'PreferDualStack' : 'RequireDualStack', ipFamilies };
}
