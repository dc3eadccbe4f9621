import type { IpAddress } from '../core/net/ip.ts';
import { parseIp } from '../core/net/ip.ts';
import type { JsonObject } from './json.ts';
import { stringAt } from './json.ts';

/** One operation of RFC 6902. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** Annotations to set, and (undefined) to remove. */
export type AnnotationChanges = Readonly<Record<string, string | undefined>>;

/** Changes annotations of an object that has these; `annotations` may not exist at all. */
export function annotationPatch(
  existing: Readonly<Record<string, string>> | undefined,
  changes: AnnotationChanges,
): readonly PatchOperation[] {
  const differing = Object.entries(changes).filter(([key, value]) => existing?.[key] !== value);
  const sets = differing.filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (existing === undefined) {
    return sets.length === 0 ? [] : [{ op: 'add', path: '/metadata/annotations', value: Object.fromEntries(sets) }];
  }
  return differing.map(([key, value]) =>
    value === undefined ? { op: 'remove', path: annotationPath(key) } : { op: 'add', path: annotationPath(key), value },
  );
}

function annotationPath(key: string): string {
  return `/metadata/annotations/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/**
 * Makes the status have exactly these IPs. Entries that are there already, in the new or in the old status, are kept
 * whole, so that ports and hostnames of others survive.
 */
export function statusPatch(
  final: readonly IpAddress[],
  entries: { readonly offered: readonly JsonObject[]; readonly stored: readonly JsonObject[] },
): readonly PatchOperation[] {
  const ingress = final.map((ip) => entryOf(ip, entries.stored) ?? entryOf(ip, entries.offered) ?? { ip });
  return [{ op: 'add', path: '/status/loadBalancer', value: ingress.length === 0 ? {} : { ingress } }];
}

function entryOf(ip: IpAddress, entries: readonly JsonObject[]): JsonObject | undefined {
  return entries.find((entry) => parseIp(stringAt(entry, 'ip') ?? '') === ip);
}
