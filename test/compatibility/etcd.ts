import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from '../control-plane/paths.ts';
import type { KubeVersion } from '../control-plane/versions.ts';

/** The etcd that this Kubernetes names in its own go.mod, and that runs beside it here. */
export function etcdOf(kube: KubeVersion): string {
  const text = readFileSync(join(moduleFolder(`kube-${kube}`), 'go.mod'), 'utf8');
  const version = /go\.etcd\.io\/etcd\/server\/v3 v(\S+)/.exec(text)?.[1];
  if (version === undefined) throw new Error(`the go.mod of kube-${kube} names no etcd`);
  return version;
}
