import {
  HAS_PIN,
  IP_SET_CHANGES,
  isLoadBalancerOf,
  LABELS_CHANGE,
  POOL_CHANGES,
  pinHasToFollow,
  REQUEST_CHANGES,
  STRAND_GLASS_CHANGES,
  writtenBy,
} from './match-conditions.ts';

/** Name of both webhook configurations, and the value of `MANAGED_BY`. */
export const CONFIGURATION_NAME = 'holdfast';
export const MANAGED_BY = 'app.kubernetes.io/managed-by';

/** Tells cert-manager's cainjector whose CA belongs into this configuration. */
const INJECT_CA_FROM = 'cert-manager.io/inject-ca-from';

/** Every namespace carries its own name under this label (Kubernetes 1.21). */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** Where the API server finds holdfast. */
export type Endpoint =
  /** `https://HOST:PORT`, a path prefix allowed. */
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string; readonly port: number };

export interface RegistrationSpec {
  readonly endpoint: Endpoint;
  /**
   * PEM of the certificates that the API server trusts; old and new while a CA is rotated. Undefined: somebody else keeps
   * them there (cert-manager's cainjector), or the serving certificate is of a CA that the API server's host trusts.
   */
  readonly caBundle: string | undefined;
  /** `NAMESPACE/NAME` of the cert-manager Certificate whose CA the cainjector writes into the configurations. */
  readonly injectCaFrom?: string | undefined;
  /** `audit` fails open: watching must not stop anybody. */
  readonly mode: 'audit' | 'enforce' | 'repair';
  /** Where MetalLB reads its pools. */
  readonly metallbNamespace: string;
  /** Pin new Services at CREATE (only in repair). */
  readonly pinAtCreate: boolean;
  /** Whose status writes are repaired: MetalLB's user names. */
  readonly metallbUsers: readonly string[];
  /** Values of `spec.loadBalancerClass` guarded besides "unset". */
  readonly lbClasses: readonly string[];
  /** A namespace that the webhooks leave alone: holdfast must not need itself to start. */
  readonly exemptNamespace?: string | undefined;
}

/** What is written out in full, with every default of the API server, so that it compares equal to what is stored. */
export interface Webhook {
  readonly name: string;
  readonly clientConfig: ClientConfig;
  readonly rules: readonly WebhookRule[];
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly matchPolicy: 'Equivalent';
  readonly namespaceSelector: object;
  readonly objectSelector: object;
  readonly sideEffects: 'NoneOnDryRun';
  readonly timeoutSeconds: number;
  readonly admissionReviewVersions: readonly ['v1'];
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
  /** Mutating hooks only. */
  readonly reinvocationPolicy?: 'Never';
}

export interface WebhookRule {
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster' | '*';
}

export type ClientConfig = { readonly caBundle?: string } & (
  | { readonly url: string }
  | {
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        readonly port: number;
        readonly path: string;
      };
    }
);

export interface WebhookConfiguration {
  readonly apiVersion: 'admissionregistration.k8s.io/v1';
  readonly kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration';
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly webhooks: readonly Webhook[];
}

/** Below the API server's own 10 s default, so that a guard that hangs costs a writer little. */
const TIMEOUT_SECONDS = 5;

/** @returns every configuration that `spec` asks for, complete. */
export function webhookConfigurations(spec: RegistrationSpec): readonly WebhookConfiguration[] {
  const validating = configuration(spec, 'ValidatingWebhookConfiguration', [
    validateStatus(spec),
    guardPools(spec),
    ...advise(spec),
  ]);
  if (spec.mode !== 'repair') return [validating];
  const mutating = [repairStatus(spec), pinAtCreate(spec), pinAtUpdate(spec)];
  // The mutating one goes first: what is not repaired would be refused.
  return [configuration(spec, 'MutatingWebhookConfiguration', mutating), validating];
}

/** Makes MetalLB's status writes legal (design: layer 2). Without it they would only be refused, for ever. */
function repairStatus(spec: RegistrationSpec): Webhook {
  return {
    ...validateStatus(spec),
    name: 'repair.services.holdfast.dev',
    clientConfig: clientConfig(spec, '/mutate'),
    matchConditions: [writtenBy(spec.metallbUsers), IP_SET_CHANGES],
    reinvocationPolicy: 'Never',
  };
}

/**
 * Gives a new Service its IP before MetalLB has to choose (design: layer 1), and takes away pins that copied manifests
 * bring along. Only helps, so it fails open. With `--pin repair` or `never` only those with a pin are looked at.
 */
function pinAtCreate(spec: RegistrationSpec): Webhook {
  const rule = { operations: ['CREATE'], resources: ['services'] } as const;
  return {
    ...validateStatus(spec),
    name: 'pin.services.holdfast.dev',
    clientConfig: clientConfig(spec, '/mutate'),
    rules: [{ ...rule, apiGroups: [''], apiVersions: ['v1'], scope: 'Namespaced' }],
    failurePolicy: 'Ignore',
    matchConditions: [isLoadBalancerOf(spec.lbClasses), ...(spec.pinAtCreate ? [] : [HAS_PIN])],
    reinvocationPolicy: 'Never',
  };
}

/**
 * Takes a pin away that a user's edit disagrees with, and pins a Service that becomes a LoadBalancer. Only helps, so it
 * fails open.
 */
function pinAtUpdate(spec: RegistrationSpec): Webhook {
  return {
    ...validateStatus(spec),
    name: 'unpin.services.holdfast.dev',
    clientConfig: clientConfig(spec, '/mutate'),
    rules: [
      { operations: ['UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['services'], scope: 'Namespaced' },
    ],
    failurePolicy: 'Ignore',
    matchConditions: [pinHasToFollow({ pinAtCreate: spec.pinAtCreate, classes: spec.lbClasses })],
    reinvocationPolicy: 'Never',
  };
}

/** Refuses a status write that moves an IP or gives it to a second Service (design: layer 3). */
function validateStatus(spec: RegistrationSpec): Webhook {
  return {
    name: 'status.services.holdfast.dev',
    clientConfig: clientConfig(spec, '/validate'),
    rules: [
      {
        operations: ['UPDATE'],
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: ['services/status'],
        scope: 'Namespaced',
      },
    ],
    failurePolicy: spec.mode === 'audit' ? 'Ignore' : 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: namespaceSelector(spec.exemptNamespace),
    objectSelector: {},
    sideEffects: 'NoneOnDryRun',
    timeoutSeconds: TIMEOUT_SECONDS,
    admissionReviewVersions: ['v1'],
    matchConditions: [IP_SET_CHANGES],
  };
}

/** Refuses an edit of a pool that strands assigned IPs (design: layer 4). */
function guardPools(spec: RegistrationSpec): Webhook {
  const base = validateStatus(spec);
  return {
    ...base,
    name: 'pools.holdfast.dev',
    rules: [
      {
        operations: ['UPDATE', 'DELETE'],
        apiGroups: ['metallb.io'],
        apiVersions: ['*'],
        resources: ['ipaddresspools'],
        scope: 'Namespaced',
      },
    ],
    namespaceSelector: { matchExpressions: [{ key: NAMESPACE_NAME, operator: 'In', values: [spec.metallbNamespace] }] },
    matchConditions: [POOL_CHANGES],
  };
}

/**
 * Only tells: users who request a taken IP or edit a Service so that it loses its own, relabel a namespace away from its
 * pool, or write a break-glass that opens nothing. Fails open.
 */
function advise(spec: RegistrationSpec): readonly Webhook[] {
  const base = { ...validateStatus(spec), failurePolicy: 'Ignore' as const };
  const rule = { apiGroups: [''], apiVersions: ['v1'] };
  return [
    {
      ...base,
      name: 'requests.services.holdfast.dev',
      rules: [{ ...rule, operations: ['CREATE', 'UPDATE'], resources: ['services'], scope: 'Namespaced' }],
      matchConditions: [isLoadBalancerOf(spec.lbClasses), REQUEST_CHANGES],
    },
    {
      ...base,
      name: 'namespaces.holdfast.dev',
      rules: [{ ...rule, operations: ['UPDATE'], resources: ['namespaces'], scope: 'Cluster' }],
      matchConditions: [LABELS_CHANGE],
    },
    {
      ...guardPools(spec),
      failurePolicy: 'Ignore',
      name: 'glass.pools.holdfast.dev',
      rules: guardPools(spec).rules.map((pools) => ({ ...pools, operations: ['UPDATE'] })),
      matchConditions: [STRAND_GLASS_CHANGES],
    },
  ];
}

function configuration(
  { injectCaFrom }: RegistrationSpec,
  kind: WebhookConfiguration['kind'],
  webhooks: readonly Webhook[],
): WebhookConfiguration {
  const annotations: Record<string, string> = injectCaFrom === undefined ? {} : { [INJECT_CA_FROM]: injectCaFrom };
  const metadata = { name: CONFIGURATION_NAME, labels: { [MANAGED_BY]: CONFIGURATION_NAME }, annotations };
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata, webhooks };
}

function clientConfig({ endpoint, caBundle }: RegistrationSpec, path: string): ClientConfig {
  const ca = caBundle === undefined ? {} : { caBundle: Buffer.from(caBundle).toString('base64') };
  if (endpoint.kind === 'url') return { ...ca, url: `${endpoint.url.replace(/\/+$/, '')}${path}` };
  const { namespace, name, port } = endpoint;
  return { ...ca, service: { namespace, name, port, path } };
}

function namespaceSelector(exempt: string | undefined): object {
  if (exempt === undefined) return {};
  return { matchExpressions: [{ key: NAMESPACE_NAME, operator: 'NotIn', values: [exempt] }] };
}
