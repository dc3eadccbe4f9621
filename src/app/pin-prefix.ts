import { CLAIM_ANNOTATION, PIN_ANNOTATION } from '../core/metallb/annotations.ts';
import type { PinChange } from '../core/repair/pin.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { AnnotationChanges } from '../review/json-patch.ts';

/** The prefixes of MetalLB's annotations, and what each version understands. */
export type Prefix = 'metallb.io' | 'metallb.universe.tf';

const REQUEST = 'loadBalancerIPs';
const PREFIXES: readonly Prefix[] = ['metallb.io', 'metallb.universe.tf'];

/**
 * The prefix for pins. It is learnt from what MetalLB writes (`ip-allocated-from-pool`: only metallb.io from 0.14.9 on);
 * before that it is the older one, which every version from 0.13.0 to 0.16.1 understands.
 */
export class PinPrefix {
  #current: Prefix = 'metallb.universe.tf';

  get current(): Prefix {
    return this.#current;
  }

  /** @param written the Service as MetalLB writes it */
  learn(written: Pick<ServiceView, 'annotations'>): void {
    const found = PREFIXES.find((prefix) => written.annotations[`${prefix}/ip-allocated-from-pool`] !== undefined);
    if (found !== undefined) this.#current = found;
  }
}

/** The annotations that carry out a change of the pin. Under a prefix that is not the current one it is taken away. */
export function pinAnnotations(
  change: PinChange,
  existing: Readonly<Record<string, string>>,
  prefix: Prefix,
): AnnotationChanges {
  if (change.kind === 'keep') return {};
  const old = existing[PIN_ANNOTATION];
  const keys = PREFIXES.map((one) => `${one}/${REQUEST}`).filter((key) => old !== undefined && existing[key] === old);
  const cleared: AnnotationChanges = Object.fromEntries(keys.map((key) => [key, undefined]));
  if (change.kind === 'set') {
    const value = change.ips.join(',');
    return { ...cleared, [`${prefix}/${REQUEST}`]: value, [PIN_ANNOTATION]: value };
  }
  const own = [PIN_ANNOTATION, CLAIM_ANNOTATION].filter((key) => existing[key] !== undefined);
  return { ...cleared, ...Object.fromEntries(own.map((key) => [key, undefined])) };
}
