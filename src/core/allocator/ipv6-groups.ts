import type { IpAddress } from '../net/ip.ts';

const ZEROS: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0];

/** The eight 16-bit groups of a canonical IPv6 text. */
export function ipv6Groups(ip: IpAddress): readonly number[] {
  const [head = '', tail = ''] = ip.split('::');
  const left = hexGroups(head);
  const right = hexGroups(tail);
  const zeros = ZEROS.slice(left.length + right.length);
  return [...left, ...zeros, ...right];
}

function hexGroups(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

/**
 * The canonical text of eight 16-bit groups (RFC 5952): lower case, and `::` for the longest run of two or more zero
 * groups, the first one if there are several. The allocator's own because it writes one for every candidate.
 */
export function ipv6Text(groups: readonly number[]): IpAddress {
  const [from, to] = longestZeroRun(groups);
  let text = '';
  for (let i = 0; i < 8; i += 1) {
    if (i === from) {
      text += '::';
      i = to - 1;
    } else {
      text += i === 0 || i === to ? hex(groups[i]) : `:${hex(groups[i])}`;
    }
  }
  return text as IpAddress;
}

function hex(group: number | undefined): string {
  return (group ?? 0).toString(16);
}

/** @returns first group of the run and the group after it; [-1, -1] when no two zero groups stand together */
function longestZeroRun(groups: readonly number[]): readonly [number, number] {
  let from = -1;
  let length = 1;
  for (let i = 0, run = 0; i < 8; i += 1) {
    run = groups[i] === 0 ? run + 1 : 0;
    if (run > length) {
      length = run;
      from = i - run + 1;
    }
  }
  return from < 0 ? [-1, -1] : [from, from + length];
}
