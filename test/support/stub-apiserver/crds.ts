import { keyOf, type Registry, type Resource } from './resources.ts';
import type { KubeObject, Store } from './store.ts';
import type { Watchers } from './watchers.ts';

const CRD_KEY = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface CrdSpec {
  readonly group: string;
  readonly scope: string;
  readonly names: { readonly plural: string; readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly served?: boolean; readonly subresources?: object }[];
}

/** Serves what a CRD defines as soon as it is Established, and no longer when it is gone. */
export function serveCrds({
  store,
  registry,
  watchers,
}: {
  store: Store;
  registry: Registry;
  watchers: Watchers;
}): void {
  const crds: Resource = { ...parseKey(CRD_KEY), kind: 'CustomResourceDefinition', namespaced: false, status: true };
  store.onChange(({ resource, type, entry }) => {
    if (resource !== CRD_KEY) return;
    const crd: KubeObject = JSON.parse(entry.json);
    for (const each of resourcesOf(crd.spec as CrdSpec)) {
      if (type !== 'DELETED') registry.add(each);
      else {
        registry.remove(each);
        watchers.endOf(keyOf(each));
      }
    }
    if (type === 'ADDED') queueMicrotask(() => establish(store, crds, crd));
  });
}

function establish(store: Store, crds: Resource, crd: KubeObject): void {
  const conditions = ['NamesAccepted', 'Established'].map((type) => ({ type, status: 'True' }));
  if (store.has(crds, undefined, crd.metadata?.name ?? '')) store.update(crds, { ...crd, status: { conditions } });
}

function resourcesOf({ group, scope, names, versions }: CrdSpec): Resource[] {
  return versions
    .filter(({ served }) => served !== false)
    .map(({ name, subresources }) => ({
      prefix: `/apis/${group}/${name}`,
      plural: names.plural,
      kind: names.kind,
      namespaced: scope === 'Namespaced',
      status: subresources !== undefined && 'status' in subresources,
    }));
}

function parseKey(key: string): { prefix: string; plural: string } {
  const cut = key.lastIndexOf('/');
  return { prefix: key.slice(0, cut), plural: key.slice(cut + 1) };
}
