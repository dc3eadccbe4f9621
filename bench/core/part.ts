import { fileURLToPath } from 'node:url';
import type { Figure, Measured } from '../figures.ts';
import { runForJson } from '../support/process.ts';
import type { CoreTimes } from './measure.ts';

const MEASURE = fileURLToPath(new URL('measure.ts', import.meta.url));

type Curve = readonly (readonly [size: number, micros: number])[];

/** What decisions and choices of an IP cost, and whether that grows with the cluster. @param loopMs for each loop */
export async function measureCore(loopMs: number): Promise<Measured> {
  const times = (await runForJson({
    command: process.execPath,
    args: [MEASURE, String(loopMs)],
    cpu: 0,
  })) as CoreTimes;
  const { parse, decideUnchanged, unchangedByIps, gainedByIps, nextIpv4, nextIpv6, nextInSlash16 } = times;
  const figures: Figure[] = [
    {
      id: 'core.decision-against-parse',
      what: 'a decision with all its look-ups, 100,000 IPs, against JSON.parse of its review',
      value: last(gainedByIps) / parse,
      unit: '×',
      from: `${last(gainedByIps).toFixed(2)} / ${parse.toFixed(2)} µs`,
    },
    growth('core.decision-growth', 'a decision among 100,000 IPs against one among 1,000', gainedByIps),
    growth('core.next-ipv4-growth', 'the next IPv4 address with 100,000 taken against 1,000', nextIpv4),
    growth('core.next-ipv6-growth', 'the next IPv6 address with 100,000 taken against 1,000', nextIpv6),
    perSecond('core.unchanged', 'decisions a second, nothing changes', decideUnchanged, 500_000),
    perSecond('core.lookups', 'decisions a second with look-ups, an IP is gained', last(gainedByIps), 200_000),
    micros('core.next-in-slash-16', 'the next IP of a /16 with 60,000 taken', nextInSlash16),
    micros('core.next-in-slash-64', 'the next IP of an IPv6 /64 with 100,000 taken', last(nextIpv6)),
  ];
  const series = [
    { name: 'decide, no IP changes', points: unchangedByIps },
    { name: 'decide, an IP is gained', points: gainedByIps },
    { name: 'next IPv4 address', points: nextIpv4 },
    { name: 'next IPv6 address', points: nextIpv6 },
  ];
  return { figures, plots: [{ plot: 'core', series }], skipped: [] };
}

/** The largest size against the smallest; a little more is the processor's cache, not the algorithm. */
function growth(id: string, what: string, curve: Curve): Figure {
  const [[, small] = [0, Number.NaN]] = curve;
  const large = last(curve);
  return {
    id,
    what,
    value: large / small,
    unit: '×',
    target: { atMost: 2 },
    from: `${large.toFixed(2)} / ${small.toFixed(2)} µs`,
  };
}

function perSecond(id: string, what: string, micros: number, atLeast: number): Figure {
  return { id, what, value: 1e6 / micros, unit: '/s', target: { atLeast }, from: `${micros.toFixed(2)} µs each` };
}

function micros(id: string, what: string, value: number): Figure {
  return { id, what, value, unit: 'µs', target: { atMost: 2 }, from: what };
}

function last(curve: Curve): number {
  return curve.at(-1)?.[1] ?? Number.NaN;
}
