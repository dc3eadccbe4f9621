import { isIP } from 'node:net';
import type { ServingNames } from '../../certs/policy.ts';
import type { Register } from '../../config/register.ts';

const LOCAL: ServingNames = { dnsNames: ['localhost'], ips: ['127.0.0.1', '::1'] };

/** The names under which the API server will call this replica; just those of this machine when it registers nothing. */
export function servingNames(register: Register): ServingNames {
  const asked = registeredNames(register);
  return { dnsNames: unique([...asked.dnsNames, ...LOCAL.dnsNames]), ips: unique([...asked.ips, ...LOCAL.ips]) };
}

/** The names that the API server checks. */
export function registeredNames(register: Register): ServingNames {
  if (register.kind === 'none') return { dnsNames: [], ips: [] };
  if (register.kind === 'service') {
    const { namespace, name } = register;
    return { dnsNames: [`${name}.${namespace}.svc`, `${name}.${namespace}`], ips: [] };
  }
  const host = new URL(register.url).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? { dnsNames: [host], ips: [] } : { dnsNames: [], ips: [host] };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
