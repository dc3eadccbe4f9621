import type { SharingTerms } from './metallb/sharing.ts';
import type { Family, IpAddress } from './net/ip.ts';
import type { ServiceRef } from './service-ref.ts';

/** The few facts of a Service that the rules need. Made from JSON in one place: review/service-to-view.ts. */
export interface ServiceView {
  readonly ref: ServiceRef;
  /** `metadata.resourceVersion` as a number: larger is newer. 0 when there is none yet. */
  readonly version: number;
  /** `metadata.creationTimestamp`, epoch milliseconds; 0 when unknown. */
  readonly createdAt: number;
  readonly deleting: boolean;
  /** `spec.type`, e.g. LoadBalancer or ClusterIP. */
  readonly type: string;
  /** `spec.loadBalancerClass`; undefined when unset. */
  readonly lbClass: string | undefined;
  /** `spec.ipFamilyPolicy`; undefined when unset. */
  readonly familyPolicy: string | undefined;
  /** `spec.ipFamilies`; empty when the API server has not defaulted it yet. */
  readonly families: readonly Family[];
  /** The families of `spec.clusterIPs`, in their order; absent or empty until the API server has given some. */
  readonly clusterIpFamilies?: readonly Family[];
  readonly labels: Readonly<Record<string, string>>;
  /** Only the annotations of MetalLB (both prefixes) and of holdfast. */
  readonly annotations: Readonly<Record<string, string>>;
  /** `spec.loadBalancerIP` as written. */
  readonly loadBalancerIp: string | undefined;
  readonly sharing: SharingTerms;
  /** The IPs in `status.loadBalancer.ingress`, a canonical set; empty unless the type is LoadBalancer. */
  readonly assigned: readonly IpAddress[];
  /** The texts in `status.loadBalancer.ingress[].ip` that are not IPs. */
  readonly malformed: readonly string[];
}
