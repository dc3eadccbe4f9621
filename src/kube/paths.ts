/** API paths of the resources holdfast uses, in one place. */

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

export const SERVICES = '/api/v1/services';
export const NAMESPACES = '/api/v1/namespaces';
export const IP_ADDRESS_POOLS = '/apis/metallb.io/v1beta1/ipaddresspools';
export const IP_CLAIMS = '/apis/holdfast.dev/v1alpha1/ipclaims';
export const VALIDATING_WEBHOOKS = `${ADMISSION}/validatingwebhookconfigurations`;
export const MUTATING_WEBHOOKS = `${ADMISSION}/mutatingwebhookconfigurations`;
export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export function namespacePath(name: string): string {
  return `${NAMESPACES}/${encodeURIComponent(name)}`;
}

export function servicePath(namespace: string, name: string): string {
  return `${namespacePath(namespace)}/services/${encodeURIComponent(name)}`;
}

export function poolsPath(metallbNamespace: string): string {
  return `/apis/metallb.io/v1beta1/namespaces/${encodeURIComponent(metallbNamespace)}/ipaddresspools`;
}

export function secretsPath(namespace: string): string {
  return `${namespacePath(namespace)}/secrets`;
}
