import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import type { ApiClient } from './api.ts';
import { isStatus } from './api-error.ts';
import type { Manifest } from './kube-types.ts';

type Complete = Manifest & { readonly apiVersion: string; readonly kind: string };
type Resource = { readonly name: string; readonly kind: string; readonly namespaced: boolean };

/**
 * Server-side applies every object of a YAML file (or YAML text), in order; waits for a CRD to be served before the
 * next object.
 * @throws ApiError, or Error naming the object whose kind the server does not know.
 */
export async function applyYaml(client: ApiClient, pathOrText: string): Promise<void> {
  const text = !pathOrText.includes('\n') && existsSync(pathOrText) ? readFileSync(pathOrText, 'utf8') : pathOrText;
  await applyObjects(client, parseManifests(text));
}

/** As {@link applyYaml}, for objects. */
export async function applyObjects(client: ApiClient, objects: readonly Manifest[]): Promise<void> {
  for (const object of objects) {
    if (!isComplete(object))
      throw new Error(`not an object with apiVersion and kind: ${JSON.stringify(object).slice(0, 200)}`);
    await client.apply(await objectPath(client, object), object);
    if (object.kind === 'CustomResourceDefinition') await waitUntilServed(client, object);
  }
}

/** The objects of a multi-document YAML text; members of a `List` one by one. */
export function parseManifests(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text);
  const objects = documents.map((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new Error(`bad YAML: ${problem.message}`);
    return document.toJS() as (Manifest & { readonly items?: readonly Manifest[] }) | null;
  });
  return objects.flatMap((object) => (object === null ? [] : object.kind === 'List' ? (object.items ?? []) : [object]));
}

async function objectPath(client: ApiClient, object: Complete): Promise<string> {
  const base = object.apiVersion.includes('/') ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const { resources } = await client.get<{ resources: readonly Resource[] }>(base);
  const resource = resources.find(({ name, kind }) => kind === object.kind && !name.includes('/'));
  if (resource === undefined) throw new Error(`the API server knows no ${object.kind} in ${object.apiVersion}`);
  const scope = resource.namespaced ? `/namespaces/${object.metadata.namespace ?? 'default'}` : '';
  return `${base}${scope}/${resource.name}/${object.metadata.name}`;
}

type Definition = Manifest & {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { name: string; served: boolean }[];
  };
};

async function waitUntilServed(client: ApiClient, manifest: Manifest): Promise<void> {
  const { spec } = manifest as Definition;
  const deadline = Date.now() + 30_000;
  for (const version of spec.versions.filter(({ served }) => served)) {
    const path = `/apis/${spec.group}/${version.name}/${spec.names.plural}`;
    while (!(await isServed(client, spec, version.name))) {
      if (Date.now() > deadline) throw new Error(`${path} is not served 30 s after its CRD was applied`);
      await delay(25);
    }
  }
}

/** Both: the list of a group's resources is made anew a moment after a resource can be read (apiextensions-apiserver). */
async function isServed(client: ApiClient, { group, names }: Definition['spec'], version: string): Promise<boolean> {
  const base = `/apis/${group}/${version}`;
  try {
    await client.get(`${base}/${names.plural}`, { limit: 1 });
    const { resources } = await client.get<{ resources: readonly Resource[] }>(base);
    return resources.some(({ name }) => name === names.plural);
  } catch (error) {
    // 429 and 503: the storage of a new CRD is still being set up.
    if (isStatus(error, 404) || isStatus(error, 429) || isStatus(error, 503)) return false;
    throw error;
  }
}

function isComplete(object: Manifest): object is Complete {
  return typeof object.apiVersion === 'string' && typeof object.kind === 'string' && object.metadata !== undefined;
}
