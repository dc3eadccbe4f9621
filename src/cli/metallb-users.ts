import type { Config } from '../config/schema.ts';

/** The service accounts of MetalLB's manifests and of its Helm chart, and those named with `--metallb-user`. */
export function metallbUsers(config: Pick<Config, 'metallbNamespace' | 'metallbUsers'>): readonly string[] {
  const account = `system:serviceaccount:${config.metallbNamespace}`;
  return [`${account}:controller`, `${account}:metallb-controller`, ...config.metallbUsers];
}
