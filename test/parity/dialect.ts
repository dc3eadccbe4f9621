import type { MetallbVersion } from '../control-plane/versions.ts';

/** 0.14.9 and later give a PreferDualStack Service one family when there is no more. */
export function prefersLoosely(version: MetallbVersion): boolean {
  return version === '0.15.3' || version === '0.16.1';
}

/** 0.14.9 and later read `metallb.io` beside `metallb.universe.tf`. */
export function readsBothPrefixes(version: MetallbVersion): boolean {
  return prefersLoosely(version);
}
