import { type IpAddress, ipFromBigInt, ipv4ToNumber } from '../net/ip.ts';
import type { IpRange } from '../net/ip-range.ts';
import { ipv6Groups, ipv6Text } from './ipv6-groups.ts';

/**
 * How far into a range a block reaches. IPs are taken one by one, so what lies further away never comes first; and
 * numbers up to here are exact, so that the way to the next free IP needs no bigint, not even in a /64.
 */
const REACH = 2 ** 52;

/** The IPs of a range by their distance from its first one. */
export interface IpBlock {
  /** Number of IPs, at most 2^52. */
  readonly size: number;
  /** The IP at `offset`, which must be an integer in 0 … size-1. */
  at(offset: number): IpAddress;
  /** The offset of an IP of the same family; undefined when it is not in the block. */
  offsetOf(ip: IpAddress): number | undefined;
}

export function blockOf(range: IpRange): IpBlock {
  const size = Number(range.last - range.first) + 1;
  return range.family === 'IPv4'
    ? new Ipv4Block(Number(range.first), size)
    : new Ipv6Block(ipv6Groups(ipFromBigInt(range.first, 'IPv6')), Math.min(size, REACH));
}

class Ipv4Block implements IpBlock {
  readonly size: number;
  readonly #first: number;

  constructor(first: number, size: number) {
    this.#first = first;
    this.size = size;
  }

  at(offset: number): IpAddress {
    const value = this.#first + offset;
    return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as IpAddress;
  }

  offsetOf(ip: IpAddress): number | undefined {
    return within(this.size, ipv4ToNumber(ip) - this.#first);
  }
}

class Ipv6Block implements IpBlock {
  readonly size: number;
  readonly #first: readonly number[];
  /** What stands before the last group, in units of the group above it and as text. */
  #before = -1;
  #head = '';

  constructor(first: readonly number[], size: number) {
    this.#first = first;
    this.size = size;
  }

  /** Neighbours differ in their last group only: the text before it is made once for 65,535 of them. */
  at(offset: number): IpAddress {
    const sum = (this.#first[7] ?? 0) + offset;
    const last = sum % 0x10000;
    // A last group of zero may belong to a run of zeros, which is written otherwise.
    if (last === 0) return this.#whole(offset);
    const before = (sum - last) / 0x10000;
    if (before !== this.#before) {
      const digits = last.toString(16).length;
      this.#head = this.#whole(offset).slice(0, -digits);
      this.#before = before;
    }
    return `${this.#head}${last.toString(16)}` as IpAddress;
  }

  #whole(offset: number): IpAddress {
    const groups = [...this.#first];
    for (let i = 7, carry = offset; carry > 0 && i >= 0; i -= 1) {
      const sum = (groups[i] ?? 0) + carry;
      carry = Math.floor(sum / 0x10000);
      groups[i] = sum % 0x10000;
    }
    return ipv6Text(groups);
  }

  offsetOf(ip: IpAddress): number | undefined {
    const groups = ipv6Groups(ip);
    let distance = 0;
    for (let i = 0; i < 8; i += 1) {
      distance = distance * 0x10000 + (groups[i] ?? 0) - (this.#first[i] ?? 0);
      // The groups still to come cannot bring it back, and above 2^53 the numbers would no longer be exact.
      if (Math.abs(distance) > REACH) return undefined;
    }
    return within(this.size, distance);
  }
}

function within(size: number, offset: number): number | undefined {
  return offset >= 0 && offset < size ? offset : undefined;
}
