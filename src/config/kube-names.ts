import { bad, ok, type Parsed } from './parsed.ts';

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
const QUALIFIED = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Whether this is a DNS label (RFC 1123), as Kubernetes wants names of namespaces and Services. */
export function isDnsLabel(text: string): boolean {
  return LABEL.test(text);
}

/** Parses the name of a namespace. */
export function parseNamespace(text: string): Parsed<string> {
  if (isDnsLabel(text)) return ok(text);
  return bad(
    `${JSON.stringify(text)} is not the name of a namespace`,
    'use up to 63 lower case letters, digits and -, like metallb-system',
  );
}

/**
 * Parses a load balancer class as Kubernetes validates `spec.loadBalancerClass`: a label with an optional prefix. A
 * class that no Service can carry would guard nothing, silently.
 */
export function parseLbClass(text: string): Parsed<string> {
  const slash = text.indexOf('/');
  const prefix = text.slice(0, Math.max(slash, 0));
  const prefixFits = slash < 0 || (prefix.length <= 253 && SUBDOMAIN.test(prefix));
  if (prefixFits && QUALIFIED.test(text.slice(slash + 1))) return ok(text);
  const fix = text.includes(',') ? 'name one class each time' : 'write it like example.com/metallb or metallb';
  return bad(`${JSON.stringify(text)} is not a load balancer class`, fix);
}

/** Parses a user name as it stands in `userInfo.username`: anything, but no blanks around it, which never match. */
export function parseUserName(text: string): Parsed<string> {
  if (text.trim() === text) return ok(text);
  return bad(`${JSON.stringify(text)} has blanks around it`, 'write the user name exactly as the API server knows it');
}

/** Parses the name of a pool: an RFC 1123 subdomain, as of every custom resource. */
export function parsePoolName(text: string): Parsed<string> {
  if (text.length <= 253 && SUBDOMAIN.test(text)) return ok(text);
  return bad(`${JSON.stringify(text)} is not the name of a pool`, 'write its metadata.name, like first-pool');
}

/** Parses `NAMESPACE/NAME` of a Service. */
export function parseServiceName(text: string): Parsed<{ readonly namespace: string; readonly name: string }> {
  const [namespace = '', name = '', ...rest] = text.split('/');
  if (rest.length === 0 && isDnsLabel(namespace) && isDnsLabel(name)) return ok({ namespace, name });
  return bad(`${JSON.stringify(text)} is not a Service`, 'write it like default/web');
}

/** Parses `NAMESPACE/NAME` of a cert-manager Certificate. */
export function parseCertificateName(text: string): Parsed<string> {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (more.length === 0 && isDnsLabel(namespace) && name.length <= 253 && SUBDOMAIN.test(name)) return ok(text);
  return bad(`${JSON.stringify(text)} is not NAMESPACE/NAME`, 'write it like holdfast-system/holdfast-serving');
}
