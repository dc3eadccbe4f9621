import { ipFromBigInt } from '../net/ip.ts';
import type { IpRange } from '../net/ip-range.ts';

/**
 * How many IPs of a range can be given out: without those that avoidBuggyIPs leaves out (last octet 0 or 255, IPv4 only).
 * Counted by arithmetic: the size of the range costs nothing.
 */
export function usableIps({ family, first, last }: IpRange, avoidBuggyIps: boolean): bigint {
  const all = last - first + 1n;
  if (!avoidBuggyIps || family === 'IPv6') return all;
  return all - endingIn(0n, first, last) - endingIn(255n, first, last);
}

/** How many numbers from `first` to `last` have this last octet. */
function endingIn(octet: bigint, first: bigint, last: bigint): bigint {
  const upTo = (value: bigint) => (value - octet + 256n) / 256n;
  return upTo(last) - upTo(first - 1n);
}

/** A range as an operator writes it: a CIDR where it is one, else `first-last`. */
export function rangeText({ family, first, last }: IpRange): string {
  const size = last - first + 1n;
  const hostBits = size.toString(2).length - 1;
  const isBlock = size === 1n << BigInt(hostBits) && first % size === 0n;
  const from = ipFromBigInt(first, family);
  return isBlock ? `${from}/${(family === 'IPv4' ? 32 : 128) - hostBits}` : `${from}-${ipFromBigInt(last, family)}`;
}
