import { join } from 'node:path';

/** The folder of the checkout. */
export const repoRoot = join(import.meta.dirname, '..', '..');

/** Where built programs go: ignored by git, survives between runs. */
export const cacheRoot = join(repoRoot, '.cache', 'control-plane');

/** The folder of one committed Go module, e.g. `kube-1.34` or `metallb-0.16.1`. */
export function moduleFolder(name: string): string {
  return join(import.meta.dirname, 'modules', name);
}
