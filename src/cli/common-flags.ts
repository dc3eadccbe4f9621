import type { Flag } from './command-help.ts';

export const KUBECONFIG: Flag = {
  name: 'kubeconfig',
  value: 'FILE',
  about: 'how to reach the cluster; default: in-cluster, then $KUBECONFIG, then ~/.kube/config',
};

export const LB_CLASS: Flag = {
  name: 'lb-class',
  value: 'CLASS',
  about: 'a load balancer class to guard besides "unset"',
  repeatable: true,
};
