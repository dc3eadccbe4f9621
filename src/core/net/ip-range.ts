import { Address4, Address6 } from 'ip-address';
import { type Family, familyOf, type IpAddress, ipToBigInt, ipToNumber, parseIp } from './ip.ts';

/** A run of IPs of one family, both ends included. */
export interface IpRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Parses one entry of an IPAddressPool's `spec.addresses` (MetalLB ParseCIDR, same in all versions): a CIDR, or
 * `first-last`. A CIDR's host bits are masked off.
 * @returns the range, or undefined when the text is neither.
 */
export function parseIpRange(text: string): IpRange | undefined {
  return text.includes('-') ? parseFromTo(text) : parseCidr(text);
}

function parseFromTo(text: string): IpRange | undefined {
  const [from, to, ...rest] = text.split('-').map((part) => parseIp(part.trim()));
  if (from === undefined || to === undefined || rest.length > 0) return undefined;
  const family = familyOf(from);
  const first = ipToBigInt(from);
  const last = ipToBigInt(to);
  return family === familyOf(to) && first <= last ? { family, first, last } : undefined;
}

function parseCidr(text: string): IpRange | undefined {
  const [address, prefix, ...rest] = text.trim().split('/');
  const ip = address === undefined ? undefined : parseIp(address);
  if (ip === undefined || prefix === undefined || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return undefined;
  const family = familyOf(ip);
  if (Number(prefix) > (family === 'IPv4' ? 32 : 128)) return undefined;
  const block = family === 'IPv4' ? new Address4(`${ip}/${prefix}`) : new Address6(`${ip}/${prefix}`);
  return { family, first: block.startAddress().bigInt(), last: block.endAddress().bigInt() };
}

/** True when `ip` lies in `range`. */
export function rangeContains(range: IpRange, ip: IpAddress): boolean {
  if (familyOf(ip) !== range.family) return false;
  const value = ipToNumber(ip);
  return range.first <= value && value <= range.last;
}

/** True when two ranges have an IP in common. */
export function rangesOverlap(one: IpRange, other: IpRange): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}
