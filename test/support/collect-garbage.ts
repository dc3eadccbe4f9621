import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects garbage now: of the young generation only, or (default) of all. */
export const collectGarbage = runInNewContext('gc') as (how?: { readonly type: 'minor' | 'major' }) => void;
