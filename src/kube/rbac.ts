import { KubeError } from './errors.ts';

/** The permission that a call needs. */
export interface Permission {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name?: string;
  /** None for a cluster-wide permission. */
  readonly namespace?: string;
}

/** @returns `error`; when it is kind `forbidden`, one whose message also says which RBAC rule is missing. */
export function withMissingRule(error: unknown, permission: Permission): unknown {
  if (!(error instanceof KubeError) || error.kind !== 'forbidden') return error;
  const { verb, group, resource, namespace } = permission;
  const where = namespace === undefined ? 'a ClusterRole' : `a Role in namespace ${namespace}`;
  const rule = `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`;
  const message = `${error.failure.message} (missing rule, in ${where}: ${rule})`;
  return new KubeError({ ...error.failure, message }, error.request, { cause: error });
}
