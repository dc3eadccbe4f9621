import { canonicalSet, familyOf, type IpAddress, parseIp } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';
import { metallbAnnotation, PIN_ANNOTATION } from './annotations.ts';

/**
 * Which IPs a Service asks for. A pin is holdfast's own: `loadBalancerIPs` with the same value in `holdfast.dev/pin`;
 * it never counts as a user's wish. `invalid` is what MetalLB calls an error: it then leaves assigned IPs alone
 * (convergeBalancer returns before clearing, 0.13.12–0.16.1).
 */
export type IpRequest =
  | { readonly kind: 'none' }
  | { readonly kind: 'pin'; readonly ips: readonly IpAddress[] }
  | { readonly kind: 'ips'; readonly ips: readonly IpAddress[] }
  | { readonly kind: 'invalid'; readonly why: string };

/** Reads `loadBalancerIPs` (either prefix) and `spec.loadBalancerIP` as MetalLB's getDesiredLbIPs does. */
export function ipRequestOf(service: Pick<ServiceView, 'annotations' | 'loadBalancerIp'>): IpRequest {
  const annotation = metallbAnnotation(service.annotations, 'loadBalancerIPs') ?? '';
  const spec = service.loadBalancerIp ?? '';
  if (annotation === '' && spec === '') return { kind: 'none' };
  if (annotation !== '' && spec !== '') {
    return { kind: 'invalid', why: 'both spec.loadBalancerIP and the loadBalancerIPs annotation are set' };
  }
  if (spec !== '') return parseRequest([spec]);
  const request = parseRequest(annotation.split(',').map((part) => part.trim()));
  const pinned = service.annotations[PIN_ANNOTATION] === annotation;
  return request.kind === 'ips' && pinned ? { kind: 'pin', ips: request.ips } : request;
}

function parseRequest(texts: readonly string[]): IpRequest {
  const ips: IpAddress[] = [];
  for (const text of texts) {
    const ip = parseIp(text);
    if (ip === undefined) return { kind: 'invalid', why: `"${text}" is not an IP` };
    if (ips.some((other) => familyOf(other) === familyOf(ip))) {
      return { kind: 'invalid', why: `two ${familyOf(ip)} addresses are requested` };
    }
    ips.push(ip);
  }
  return { kind: 'ips', ips: canonicalSet(ips) };
}

/** The pool that a Service asks for by name (`address-pool`); undefined when it names none. */
export function poolRequestOf(service: Pick<ServiceView, 'annotations'>): string | undefined {
  return metallbAnnotation(service.annotations, 'address-pool') || undefined;
}
