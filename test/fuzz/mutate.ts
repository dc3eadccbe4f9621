import type { Random } from '../parity/random.ts';

/** Values that have broken parsers before: other types, extremes, odd IPs, odd Unicode, keys of Object.prototype. */
const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  ' ',
  'UPDATE',
  '0.0.0.0',
  '255.255.255.255',
  '192.0.2.007',
  '::ffff:192.0.2.1',
  'fe80::1%eth0',
  '2001:DB8::1',
  '192.0.2.1,',
  '999.1.1.1',
  '\u0000',
  '\ud800',
  'x'.repeat(5_000),
  '__proto__',
  [],
  {},
  [[[[[[]]]]]],
  [null],
  { ip: '192.0.2.1' },
  { ip: 5 },
  ['192.0.2.1', '192.0.2.1'],
];
const ODD_KEYS = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'ip',
  'ingress',
  'annotations',
  'metallb.io/loadBalancerIPs',
];

type Container = Record<string, unknown> | unknown[];

interface Place {
  readonly container: Container;
  readonly key: string;
}

/** A deep copy with 1 to 4 things removed, replaced by something odd, doubled, swapped, or added. */
export function mutateJson(original: unknown, random: Random): unknown {
  const copy: unknown = structuredClone(original);
  for (let i = 1 + random.below(4); i > 0; i -= 1) {
    const places = placesIn(copy);
    if (places.length === 0) return random.pick(ODD);
    mutateAt(random.pick(places), random.pick(places), random);
  }
  return copy;
}

function mutateAt({ container, key }: Place, other: Place, random: Random): void {
  const target = container as Record<string, unknown>;
  switch (random.below(6)) {
    case 0:
      if (Array.isArray(container)) container.splice(Number(key), 1);
      else delete target[key];
      return;
    case 1:
      target[key] = structuredClone((other.container as Record<string, unknown>)[other.key]);
      return;
    case 2:
      if (Array.isArray(container)) container.push(structuredClone(random.pick(ODD)));
      else define(target, random.pick(ODD_KEYS), random.pick(ODD));
      return;
    case 3:
      target[key] = [target[key], structuredClone(target[key])];
      return;
    default:
      target[key] = structuredClone(random.pick(ODD));
  }
}

/** As JSON.parse does it: `__proto__` becomes a key of its own. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value: structuredClone(value),
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const container = value as Container;
  return Object.entries(container).flatMap(([key, inner]) => [{ container, key }, ...placesIn(inner)]);
}

/** The bytes with some flipped, cut out, doubled, or cut off. */
export function mutateBytes(original: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(original);
  const at = random.below(bytes.length || 1);
  switch (random.below(5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(20))]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at - random.below(at + 1))]);
    default:
      for (let i = 1 + random.below(8); i > 0 && bytes.length > 0; i -= 1) {
        bytes[random.below(bytes.length)] = random.below(256);
      }
      return bytes;
  }
}
