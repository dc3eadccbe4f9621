import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseManifests } from '../../control-plane/apply-yaml.ts';
import type { Cluster } from '../../control-plane/cluster.ts';
import { users } from '../../control-plane/identities.ts';
import type { Manifest } from '../../control-plane/kube-types.ts';

const RBAC = fileURLToPath(new URL('../../../deploy/manifests/rbac.yaml', import.meta.url));
const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** One verb on one resource, as some rule of the role grants it. */
export interface Permission {
  /** As a person says it, e.g. `watch ipaddresspools.metallb.io`. */
  readonly text: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

/** What holdfast did, by the audit log of the API server. */
export interface Done {
  /** Permissions that were used, by their texts. */
  readonly used: ReadonlySet<string>;
  /** Requests that were answered with 403. */
  readonly forbidden: readonly string[];
  /** Requests for something else than a resource. */
  readonly other: ReadonlySet<string>;
}

/** What `deploy/manifests/rbac.yaml` grants, verb by verb. */
export function granted(): readonly Permission[] {
  return roles().flatMap((role) => rulesOf(role).flatMap((rule) => permissionsOf(rule, role.metadata.namespace)));
}

/** Puts the role into the cluster, but for one permission, and waits until the API server goes by it. */
export async function grantAllBut(cluster: Cluster, left: Permission | undefined): Promise<void> {
  await cluster.applyObjects(parseManifests(readFileSync(RBAC, 'utf8')).map((object) => without(object, left)));
  for (const one of granted()) await untilAllowed(cluster, one, one.text !== left?.text);
}

/** Reads the audit log written under audit-of-holdfast.yaml. */
export function done(cluster: Cluster): Done {
  const used = new Set<string>();
  const other = new Set<string>();
  const forbidden: string[] = [];
  for (const line of readFileSync(cluster.auditLogFile, 'utf8').split('\n')) {
    if (line === '') continue;
    const { verb, objectRef, requestURI, responseStatus } = JSON.parse(line) as Audited;
    if (objectRef === undefined) other.add(requestURI);
    else used.add(textOf(verb, objectRef.resource, objectRef.apiGroup ?? ''));
    if (responseStatus?.code === 403) forbidden.push(`${verb} ${requestURI}`);
  }
  return { used, forbidden, other };
}

interface Audited {
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: { readonly resource: string; readonly apiGroup?: string };
  readonly responseStatus?: { readonly code: number };
}

function roles(): readonly Manifest[] {
  return parseManifests(readFileSync(RBAC, 'utf8')).filter(isRole);
}

function isRole({ kind }: Manifest): boolean {
  return kind === 'Role' || kind === 'ClusterRole';
}

function rulesOf(role: Manifest): readonly Rule[] {
  return role.rules as readonly Rule[];
}

function permissionsOf(rule: Rule, namespace: string | undefined): readonly Permission[] {
  const [name] = rule.resourceNames ?? [];
  return rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      rule.verbs.map((verb) => ({ text: textOf(verb, resource, group), verb, group, resource, name, namespace })),
    ),
  );
}

function textOf(verb: string, resource: string, group: string): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}`;
}

/** One rule for each permission, so that one can be left out. */
function without(object: Manifest, left: Permission | undefined): Manifest {
  if (!isRole(object)) return object;
  const { namespace } = object.metadata;
  const kept = rulesOf(object)
    .flatMap((rule) => permissionsOf(rule, namespace))
    .filter(({ text }) => text !== left?.text);
  const rules = kept.map(({ verb, group, resource, name }) => {
    const names = name === undefined ? {} : { resourceNames: [name] };
    return { apiGroups: [group], resources: [resource], verbs: [verb], ...names };
  });
  return { ...object, rules };
}

/** The authorizer follows the roles by a watch. */
async function untilAllowed(cluster: Cluster, permission: Permission, wanted: boolean): Promise<void> {
  const { verb, group, resource, name, namespace } = permission;
  const { name: user, groups } = users.holdfast;
  const resourceAttributes = { verb, group, resource, name, namespace };
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: { user, groups, resourceAttributes },
  };
  const deadline = Date.now() + 10_000;
  for (;;) {
    const { status } = await cluster
      .client()
      .create<{ readonly status: { readonly allowed: boolean } }>(REVIEWS, review);
    if (status.allowed === wanted) return;
    if (Date.now() > deadline)
      throw new Error(`the API server still does not know whether ${permission.text} is allowed`);
    await delay(20);
  }
}
