import type { Random } from './random.ts';
import { randomRequest, type Stack } from './random-requests.ts';
import { DNS, HTTP, HTTPS, OTHER_CLASS, prefix, type Surroundings } from './random-services.ts';

type Patch = Readonly<Record<string, unknown>>;

/** One edit of a Service, with its name and the families that it leaves. */
export interface RandomPatch {
  readonly what: string;
  readonly patch: Patch;
  readonly stack?: Stack;
}

/** A merge patch of a Service of these families. */
export function randomPatch(random: Random, around: Surroundings, stack: Stack): RandomPatch {
  const annotate = (key: string, value: string | null): Patch => ({ metadata: { annotations: { [key]: value } } });
  const both = (name: string) => ({ [`metallb.universe.tf/${name}`]: null, [`metallb.io/${name}`]: null });
  const changes: readonly (() => RandomPatch)[] = [
    () => ({
      what: 'request',
      patch: annotate(`${prefix(random, around)}/loadBalancerIPs`, randomRequest(random, around, stack)),
    }),
    () => ({
      what: 'request dropped',
      patch: { metadata: { annotations: both('loadBalancerIPs') }, spec: { loadBalancerIP: null } },
    }),
    () => ({
      what: 'pool request',
      patch: annotate(`${prefix(random, around)}/address-pool`, random.pick(around.pools).name),
    }),
    () => ({ what: 'pool request dropped', patch: { metadata: { annotations: both('address-pool') } } }),
    () => ({
      what: 'sharing key',
      patch: annotate(`${prefix(random, around)}/allow-shared-ip`, random.pick(['k1', 'k2', null])),
    }),
    () => ({ what: 'ports', patch: { spec: { ports: random.pick([HTTP, HTTPS, DNS]) } } }),
    () => ({
      what: 'traffic policy',
      patch: { spec: { externalTrafficPolicy: random.pick(['Cluster', 'Local'] as const) } },
    }),
    () => ({ what: 'selector', patch: { spec: { selector: { app: random.pick(['x', 'y']) } } } }),
    () => familyPatch(random, stack),
    () => familyPatch(random, stack),
    () => ({ what: 'labels', patch: { metadata: { labels: { tier: random.pick(['a', 'b', 'c']) } } } }),
    () => ({ what: 'type away', patch: { spec: awayPatch } }),
    () => ({ what: 'type back', patch: { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false } } }),
    () => ({
      what: 'class',
      patch: { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, loadBalancerClass: OTHER_CLASS } },
    }),
  ];
  return random.pick(changes)();
}

/** What only a LoadBalancer may have must go with the type. */
const awayPatch = {
  type: 'ClusterIP',
  externalTrafficPolicy: null,
  allocateLoadBalancerNodePorts: null,
  healthCheckNodePort: null,
  loadBalancerClass: null,
};

/** The secondary ClusterIP comes and goes with the policy; the primary family never changes (Kubernetes). */
function familyPatch(random: Random, stack: Stack): RandomPatch {
  const ipFamilyPolicy = random.pick(['SingleStack', 'PreferDualStack', 'RequireDualStack']);
  const what = { SingleStack: 'family dropped', PreferDualStack: 'second family', RequireDualStack: 'both families' };
  const patch = { spec: { ipFamilyPolicy } };
  // Which family is the primary one is not known any more; it is mostly IPv4.
  const left = stack === 'dual' ? 'v4' : stack;
  return {
    what: what[ipFamilyPolicy as keyof typeof what],
    patch,
    stack: ipFamilyPolicy === 'SingleStack' ? left : 'dual',
  };
}
