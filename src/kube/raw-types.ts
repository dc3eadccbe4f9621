/** The part of Kubernetes JSON that holdfast reads, by hand and readonly. Everything may be missing on the wire. */

type Labels = Readonly<Record<string, string>>;

export interface RawMetadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  /** RFC 3339, seconds. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

export interface RawObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: RawMetadata;
}

export interface RawServicePort {
  readonly name?: string;
  readonly protocol?: string;
  readonly port?: number;
}

export interface RawIngress {
  readonly ip?: string;
  readonly hostname?: string;
  readonly ipMode?: string;
}

export interface RawService extends RawObject {
  readonly spec?: {
    readonly type?: string;
    readonly loadBalancerClass?: string;
    readonly loadBalancerIP?: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly ipFamilies?: readonly string[];
    readonly ipFamilyPolicy?: string;
    readonly externalTrafficPolicy?: string;
    readonly selector?: Labels;
    readonly ports?: readonly RawServicePort[];
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly RawIngress[] } };
}

export interface RawSelectorRequirement {
  readonly key?: string;
  readonly operator?: string;
  readonly values?: readonly string[];
}

export interface RawSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly RawSelectorRequirement[];
}

/** metallb.io/v1beta1 IPAddressPool. */
export interface RawIpAddressPool extends RawObject {
  readonly spec?: {
    readonly addresses?: readonly string[];
    readonly autoAssign?: boolean;
    readonly avoidBuggyIPs?: boolean;
    readonly serviceAllocation?: {
      readonly priority?: number;
      readonly namespaces?: readonly string[];
      readonly namespaceSelectors?: readonly RawSelector[];
      readonly serviceSelectors?: readonly RawSelector[];
    };
  };
}

export interface RawNamespace extends RawObject {
  readonly status?: { readonly phase?: string };
}
