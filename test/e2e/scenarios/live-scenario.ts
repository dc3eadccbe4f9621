import type { Pool } from '../../control-plane/metallb-pools.ts';
import type { MetallbVersion } from '../../control-plane/versions.ts';
import type { Scene } from './scene.ts';

/** A row of docs/scenarios.md, played on a real cluster. */
export interface LiveScenario {
  /** Of docs/scenarios.md. */
  readonly number: number;
  /** The versions of MetalLB that it applies to. */
  readonly on: readonly MetallbVersion[];
  /** Default: `main`. */
  readonly pools?: readonly Pool[];
  readonly play: (scene: Scene) => Promise<void>;
}

/** MetalLB with IPAddressPools and annotations for requests. */
export const SINCE_013 = ['0.13.12', '0.14.5', '0.15.3', '0.16.1'] as const;
/** Changes of pools count at once; before, MetalLB kept the old ones while an IP would have been left out. */
export const SINCE_014 = ['0.14.5', '0.15.3', '0.16.1'] as const;
/** `metallb.io` annotations count, and win. */
export const SINCE_015 = ['0.15.3', '0.16.1'] as const;
export const ALL = ['0.12.0', ...SINCE_013] as const;

/** Annotations under the prefix that every version reads. */
export const asking = (name: 'loadBalancerIPs' | 'address-pool' | 'allow-shared-ip', value: string) => ({
  [`metallb.universe.tf/${name}`]: value,
});

/** An edit of annotations that makes what was a pin, if it was, a request of the user. */
export const request = (value: string) => ({
  'metallb.universe.tf/loadBalancerIPs': value,
  'metallb.io/loadBalancerIPs': null,
  'holdfast.dev/pin': null,
});

/** `port` of a Service. */
export const port = (number: number) => ({ ports: [{ name: 'x', port: number, protocol: 'TCP' as const }] });
