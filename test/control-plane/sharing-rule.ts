import type { Service } from './kube-types.ts';

/**
 * May these two Services have one IP? MetalLB's rule (allocator checkSharing and sharingOK, 0.13–0.16): the same
 * non-empty key, the same backends, and no (protocol, port) in common. Written from MetalLB's rules alone, so that it can
 * judge holdfast's own idea of them.
 */
export function metallbSharing(one: Service, other: Service): boolean {
  const key = sharingKey(one);
  return key !== '' && key === sharingKey(other) && backend(one) === backend(other) && !portsCollide(one, other);
}

/** `metallb.io` wins where it is there, even when empty (0.14.9+); older versions know only the other prefix. */
function sharingKey({ metadata: { annotations = {} } }: Service): string {
  return annotations['metallb.io/allow-shared-ip'] ?? annotations['metallb.universe.tf/allow-shared-ip'] ?? '';
}

/** Only with `externalTrafficPolicy: Local` does it matter which pods stand behind the IP. */
function backend({ spec }: Service): string {
  if (spec.externalTrafficPolicy !== 'Local') return '';
  const pairs = Object.entries(spec.selector ?? {}).map(([label, value]) => `${label}=${value}`);
  return pairs.toSorted().join(',');
}

function portsCollide(one: Service, other: Service): boolean {
  const taken = new Set(ports(one));
  return ports(other).some((port) => taken.has(port));
}

function ports({ spec }: Service): readonly string[] {
  return (spec.ports ?? []).map(({ protocol = 'TCP', port }) => `${protocol} ${port}`);
}
