import { Address4, Address6 } from 'ip-address';

/** Address family, in the words of `spec.ipFamilies`. */
export type Family = 'IPv4' | 'IPv6';

declare const brand: unique symbol;

/**
 * An IP in its one canonical text: dotted decimal, or RFC 5952 for IPv6; IPv4-mapped IPv6 becomes IPv4, as in Go's
 * net.ParseIP, which MetalLB uses. Two IPs are equal if and only if their texts are. Made only by {@link parseIp}.
 */
export type IpAddress = string & { readonly [brand]: 'IpAddress' };

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
/** IPv6 whose low 32 bits are an IPv4 address (RFC 4291 §2.5.5.2). */
const MAPPED_PREFIX = 0xffffn;

const DOT = '.'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);

/**
 * Parses one IP as strictly as Go's net.ParseIP does: no leading zeros, no zone id, no surrounding blanks.
 * @returns the canonical IP, or undefined when the text is not one; {@link explainBadIp} says why.
 */
export function parseIp(text: string): IpAddress | undefined {
  if (text.includes(':')) return parseIpv6(text);
  return IPV4.test(text) ? (text as IpAddress) : undefined;
}

function parseIpv6(text: string): IpAddress | undefined {
  if (/[%/\s]/.test(text) || !Address6.isValid(text) || hasLooseTail(text)) return undefined;
  const address = new Address6(text);
  const value = address.bigInt();
  if (value >> 32n === MAPPED_PREFIX) return Address4.fromBigInt(value & 0xffffffffn).correctForm() as IpAddress;
  return address.correctForm() as IpAddress;
}

/** True for an IPv6 text that ends in something like dotted decimal which is not strict IPv4. */
function hasLooseTail(text: string): boolean {
  const tail = text.slice(text.lastIndexOf(':') + 1);
  return tail.includes('.') && !IPV4.test(tail);
}

/** Says in a few words why `text` is not an IP that holdfast accepts. Only for texts that {@link parseIp} refused. */
export function explainBadIp(text: string): string {
  if (text.includes('%')) return 'it carries a zone id';
  if (/(?:^|[.:])0\d+(?:\.|$)/.test(text) && text.includes('.')) {
    return 'it has leading zeros, which some programs read as octal';
  }
  return 'it is not an IP address';
}

/** The family of an IP. */
export function familyOf(ip: IpAddress): Family {
  return ip.includes(':') ? 'IPv6' : 'IPv4';
}

/** The IP as a number: 32 bits for IPv4, 128 for IPv6. Values of different families are not comparable. */
export function ipToBigInt(ip: IpAddress): bigint {
  return BigInt(ipToNumber(ip));
}

/** The same as a plain number for IPv4, which is faster; comparisons between number and bigint are exact. */
export function ipToNumber(ip: IpAddress): number | bigint {
  return familyOf(ip) === 'IPv6' ? new Address6(ip).bigInt() : ipv4ToNumber(ip);
}

/** The last octet of an IPv4 address, 0–255; undefined for IPv6. (MetalLB's avoidBuggyIPs looks at nothing else.) */
export function lastOctet(ip: IpAddress): number | undefined {
  return familyOf(ip) === 'IPv4' ? Number(ip.slice(ip.lastIndexOf('.') + 1)) : undefined;
}

/** The 32 bits of an IPv4 address. */
export function ipv4ToNumber(ip: IpAddress): number {
  let value = 0;
  let octet = 0;
  for (let i = 0; i < ip.length; i += 1) {
    const code = ip.charCodeAt(i);
    if (code === DOT) {
      value = value * 256 + octet;
      octet = 0;
    } else octet = octet * 10 + code - ZERO;
  }
  return value * 256 + octet;
}

/** The inverse of {@link ipToBigInt}. */
export function ipFromBigInt(value: bigint, family: Family): IpAddress {
  const address = family === 'IPv4' ? Address4.fromBigInt(value) : Address6.fromBigInt(value);
  return address.correctForm() as IpAddress;
}

const NO_IPS: readonly IpAddress[] = Object.freeze([]);

/** A set of IPs as a sorted list without repeats, so that order and text form never matter in a comparison. */
export function canonicalSet(ips: readonly IpAddress[]): readonly IpAddress[] {
  // Nearly every Service has one IP: nothing to sort out.
  const [first, ...others] = ips.length < 2 ? ips : new Set(ips);
  // An array literal has no spare room; one for each Service is kept.
  if (first === undefined) return NO_IPS;
  return others.length === 0 ? [first] : [first, ...others].sort();
}

/** Those of `ips` that are not in `others`. */
export function without(ips: readonly IpAddress[], others: readonly IpAddress[]): readonly IpAddress[] {
  return ips.filter((ip) => !others.includes(ip));
}
