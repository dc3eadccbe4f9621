/**
 * The words and numbers of the page.
 * @typedef {import('../core/map/occupied-ip.ts').OccupiedState} State
 */

/** @type {Readonly<Record<State, { label: string, meaning: string }>>} */
export const STATES = {
  assigned: { label: 'Assigned', meaning: 'in the status of its Service' },
  shared: { label: 'Shared', meaning: "several Services share it by MetalLB's rule" },
  reserved: { label: 'Reserved', meaning: 'promised to a Service that does not have it in its status yet' },
  sticky: { label: 'Sticky', meaning: 'its Service is gone; one of the same name gets it back' },
  conflict: { label: 'In conflict', meaning: 'several Services have it that may not share it' },
};

/** @type {readonly State[]} */
export const STATE_ORDER = ['assigned', 'shared', 'reserved', 'sticky', 'conflict'];

const GROUPED = new Intl.NumberFormat('en');
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/**
 * A count as people read it: exact up to a million, then rounded, then a power of two (an IPv6 range).
 * @param {string | number} count a whole number, as text when it may be long
 */
export function countText(count) {
  const value = BigInt(count);
  if (value < 1_000_000n) return GROUPED.format(value);
  if (value < 1n << 40n) return COMPACT.format(value);
  const bits = value.toString(2).length;
  return value === 1n << BigInt(bits - 1) ? `2^${bits - 1}` : `about 2^${roundedBits(value, bits)}`;
}

/** @param {bigint} value @param {number} bits */
function roundedBits(value, bits) {
  return value * 2n >= 3n << BigInt(bits - 1) ? bits : bits - 1;
}

/** @param {number} ms epoch */
export function timeText(ms) {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @param {number} ms epoch */
export function clockText(ms) {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** @param {number} number */
function two(number) {
  return String(number).padStart(2, '0');
}

const STEPS = /** @type {const} */ ([
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
]);

/** A span in its largest unit, as kubectl writes an age: `3 d`. @param {number} ms */
export function spanText(ms) {
  const [unit, length] = STEPS.find(([, step]) => ms >= 2 * step) ?? ['s', 1000];
  return `${Math.max(0, Math.floor(ms / length))} ${unit}`;
}

/** @param {{ namespace: string, name: string }} service */
export function serviceText({ namespace, name }) {
  const shown = name === '' ? '(being created)' : name;
  return namespace === '' ? shown : `${namespace}/${shown}`;
}
