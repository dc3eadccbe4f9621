import { stringify } from 'yaml';

export type KubeconfigOptions = {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
  readonly user: string;
};

/** A kubeconfig (YAML) with one context, CA and token inline. */
export function kubeconfigText(options: KubeconfigOptions): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      {
        name: 'test',
        cluster: { server: options.server, 'certificate-authority-data': Buffer.from(options.ca).toString('base64') },
      },
    ],
    users: [{ name: options.user, user: { token: options.token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: options.user } }],
  });
}
