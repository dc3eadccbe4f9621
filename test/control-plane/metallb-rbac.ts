import type { Manifest } from './kube-types.ts';
import { type MetallbVersion, readsConfigMap } from './versions.ts';

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
};

const read = ['get', 'list', 'watch'];
const manage = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const customResources = [
  'ipaddresspools',
  'bgpadvertisements',
  'l2advertisements',
  'communities',
  'bfdprofiles',
  'bgppeers',
];
const subjects = [{ kind: 'ServiceAccount', name: 'controller', namespace: 'metallb-system' }];

/** What the manifests of every MetalLB grant its controller; the point: Services read, `services/status` updated only. */
const everyVersion: readonly Rule[] = [
  rule('', ['services'], read),
  rule('', ['services/status'], ['update']),
  rule('', ['events'], ['create', 'patch']),
];

/** Cluster-wide, from 0.13 on. */
const customResourceVersions: readonly Rule[] = [
  rule('', ['namespaces'], read),
  rule('', ['nodes'], ['list']),
  rule(
    'admissionregistration.k8s.io',
    ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    ['list', 'watch'],
  ),
  {
    ...rule('admissionregistration.k8s.io', ['validatingwebhookconfigurations'], manage),
    resourceNames: ['metallb-webhook-configuration'],
  },
  rule('apiextensions.k8s.io', ['customresourcedefinitions'], ['list', 'watch']),
  rule('metallb.io', ['configurationstates'], manage),
  rule('metallb.io', ['configurationstates/status'], ['get', 'patch', 'update']),
];

/** In metallb-system. 0.12 reads its ConfigMap; later ones read custom resources. */
const configMapNamespace: readonly Rule[] = [
  rule('', ['configmaps'], read),
  rule('', ['secrets'], ['create', 'list']),
  rule('apps', ['deployments'], ['get']),
];

const customResourceNamespace: readonly Rule[] = [
  rule('', ['pods'], ['get', 'list']),
  rule('', ['configmaps'], read),
  rule('', ['secrets'], manage),
  rule('apps', ['deployments'], ['get']),
  rule('metallb.io', [...customResources, 'addresspools'], read),
  rule('metallb.io', ['ipaddresspools/status'], ['update']),
];

/** Roles and bindings of MetalLB's controller, as its manifests grant them. */
export function metallbRbac(version: MetallbVersion): readonly Manifest[] {
  const old = readsConfigMap(version);
  const metadata = { name: 'metallb-controller', namespace: 'metallb-system' };
  const clusterRules = old ? everyVersion : [...everyVersion, ...customResourceVersions];
  return [
    rbac('ClusterRole', { name: metadata.name }, { rules: clusterRules }),
    rbac('ClusterRoleBinding', { name: metadata.name }, { subjects, roleRef: roleRef('ClusterRole') }),
    rbac('Role', metadata, { rules: old ? configMapNamespace : customResourceNamespace }),
    rbac('RoleBinding', metadata, { subjects, roleRef: roleRef('Role') }),
  ];
}

function rule(apiGroup: string, resources: readonly string[], verbs: readonly string[]): Rule {
  return { apiGroups: [apiGroup], resources, verbs };
}

function roleRef(kind: string): object {
  return { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'metallb-controller' };
}

function rbac(kind: string, metadata: Manifest['metadata'], rest: object): Manifest {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, ...rest };
}
