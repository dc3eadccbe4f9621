import { familyOf, type IpAddress, ipToBigInt } from '../core/net/ip.ts';

/**
 * The object name of the claim on an IP: IPv4 as it is; IPv6 in full, 39 characters, with `-` for `:`. A name must be an
 * RFC 1123 subdomain, which allows neither `:` nor the empty group at an end of `::1`. One IP has one name. The name is
 * never parsed back: the IP stands in the spec.
 */
export function claimName(ip: IpAddress): string {
  if (familyOf(ip) === 'IPv4') return ip;
  const digits = ipToBigInt(ip).toString(16).padStart(32, '0');
  return digits.replaceAll(/.{4}(?=.)/g, '$&-');
}
