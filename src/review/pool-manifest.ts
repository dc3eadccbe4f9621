import { parseIpRange } from '../core/net/ip-range.ts';
import { isObject, type JsonObject, objectAt, objectsAt, stringAt, stringsAt } from './json.ts';

/** What a document of a manifest is to `plan`. */
export type ManifestItem =
  | { readonly kind: 'pool'; readonly name: string; readonly json: JsonObject }
  | { readonly kind: 'other'; readonly what: string }
  | { readonly kind: 'bad'; readonly what: string };

/**
 * The objects of one document; a List gives its items. Pools of another namespace than MetalLB's are `other`: MetalLB does
 * not read them. A pool without a namespace is taken as one of MetalLB's.
 */
export function manifestItems(document: unknown, metallbNamespace: string): readonly ManifestItem[] {
  if (document === undefined || document === null) return [];
  if (!isObject(document)) return [{ kind: 'bad', what: 'is not an object' }];
  const kind = stringAt(document, 'kind');
  if (kind === undefined) return [{ kind: 'bad', what: 'has no kind' }];
  if (kind === 'List' || kind === 'IPAddressPoolList') {
    // The items of a typed list need not repeat their kind.
    const typed = objectsAt(document, 'items').map((item) =>
      kind === 'List' ? item : { kind: 'IPAddressPool', apiVersion: 'metallb.io/v1beta1', ...item },
    );
    return typed.flatMap((item) => manifestItems(item, metallbNamespace));
  }
  const metadata = objectAt(document, 'metadata');
  const name = stringAt(metadata, 'name') ?? '';
  const group = stringAt(document, 'apiVersion')?.split('/')[0];
  if (kind !== 'IPAddressPool' || group !== 'metallb.io') return [{ kind: 'other', what: `${kind} ${name}`.trim() }];
  const namespace = stringAt(metadata, 'namespace') ?? metallbNamespace;
  if (namespace !== metallbNamespace) {
    return [{ kind: 'other', what: `IPAddressPool ${name} of namespace ${namespace}, which MetalLB does not read` }];
  }
  const problem = problemOf(document, name);
  return [problem === undefined ? { kind: 'pool', name, json: document } : { kind: 'bad', what: problem }];
}

function problemOf(pool: JsonObject, name: string): string | undefined {
  if (name === '') return 'an IPAddressPool without metadata.name';
  const addresses = stringsAt(objectAt(pool, 'spec'), 'addresses');
  if (addresses.length === 0) return `IPAddressPool ${name} has no spec.addresses`;
  const bad = addresses.filter((address) => parseIpRange(address) === undefined);
  if (bad.length === 0) return undefined;
  return `IPAddressPool ${name}: ${bad.map((one) => JSON.stringify(one)).join(', ')} is neither a CIDR nor a range "first-last"`;
}
