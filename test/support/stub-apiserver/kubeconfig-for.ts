/** @param ca PEM. @param user the `user` of the kubeconfig (token, client certificate). @returns JSON, which is YAML */
export function kubeconfigFor(server: string, ca: string | undefined, user: object): string {
  const authority = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'stub', cluster: { server, ...authority } }],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'stub', context: { cluster: 'stub', user: 'me' } }],
    'current-context': 'stub',
  });
}
