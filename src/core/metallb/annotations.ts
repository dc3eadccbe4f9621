/**
 * MetalLB's annotations. Two prefixes exist: `metallb.universe.tf` (all versions) and `metallb.io` (read from 0.14.9
 * on). When both are present the newer one wins, even with an empty value: MetalLB 0.14.9+ tests whether the key is
 * there (controller/service.go).
 */
const KEYS = {
  'address-pool': keysOf('address-pool'),
  loadBalancerIPs: keysOf('loadBalancerIPs'),
  'allow-shared-ip': keysOf('allow-shared-ip'),
  'ip-allocated-from-pool': keysOf('ip-allocated-from-pool'),
};

type MetallbAnnotation = keyof typeof KEYS;

function keysOf(name: string): { readonly newer: string; readonly older: string } {
  return { newer: `metallb.io/${name}`, older: `metallb.universe.tf/${name}` };
}

/** The value of a MetalLB annotation under whichever prefix counts; undefined when neither is there. */
export function metallbAnnotation(
  annotations: Readonly<Record<string, string>>,
  name: MetallbAnnotation,
): string | undefined {
  const { newer, older } = KEYS[name];
  return annotations[newer] ?? annotations[older];
}

/** The annotations of users that are there under both prefixes, with different values. */
export function disagreements(annotations: Readonly<Record<string, string>>): readonly MetallbAnnotation[] {
  return (['loadBalancerIPs', 'address-pool', 'allow-shared-ip'] as const).filter((name) => {
    const [newer, older] = [annotations[KEYS[name].newer], annotations[KEYS[name].older]];
    return newer !== undefined && older !== undefined && newer !== older;
  });
}

/** Where MetalLB notes from which pool it took the IPs of a Service (0.13.9 and newer), under either prefix. */
export const POOL_NOTES: readonly string[] = [
  KEYS['ip-allocated-from-pool'].newer,
  KEYS['ip-allocated-from-pool'].older,
];

/** holdfast's own annotations on a Service. */
export const PIN_ANNOTATION = 'holdfast.dev/pin';
/** On a Service pinned at CREATE: the uid of that review, by which its claim finds it. */
export const CLAIM_ANNOTATION = 'holdfast.dev/claim';
/** Changed by a restore that would otherwise be invisible to MetalLB (a write without any change has no watch event). */
export const REPAIRED_ANNOTATION = 'holdfast.dev/repaired';
export const ALLOW_MOVE_ANNOTATION = 'holdfast.dev/allow-move';
/** On an IPAddressPool. */
export const ALLOW_STRAND_ANNOTATION = 'holdfast.dev/allow-strand';

/** True for the annotations that a {@link ServiceView} keeps. */
export function isKeptAnnotation(key: string): boolean {
  return key.startsWith('metallb.') || key.startsWith('holdfast.dev/');
}
