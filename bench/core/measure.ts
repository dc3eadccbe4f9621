/** Times the core alone; prints one line of JSON ({@link CoreTimes}). `node measure.ts MS` (for each loop) */

import { gather } from '../../src/app/gather.ts';
import type { Clock } from '../../src/app/ports.ts';
import { Allocator } from '../../src/core/allocator/allocator.ts';
import { decideStatusWrite } from '../../src/core/decide.ts';
import type { Family, IpAddress } from '../../src/core/net/ip.ts';
import { decode, type StatusReview } from '../../src/review/decode.ts';
import { pool, pools } from '../../test/gen/pool.ts';
import { view } from '../../test/gen/service.ts';
import { filledState, pendingJson } from '../server/guard-state.ts';
import { ipAt, reviewJson, serviceJson } from '../server/reviews.ts';

/** Microseconds of one operation each. */
export interface CoreTimes {
  /** JSON.parse of a review: what nobody can do without. */
  readonly parse: number;
  /** To decide about facts that are gathered already, no IP changes. */
  readonly decideUnchanged: number;
  /** To gather the facts from the ledger and the claims and decide; no IP changes, and an IP is gained. */
  readonly unchangedByIps: readonly (readonly [ips: number, micros: number])[];
  readonly gainedByIps: readonly (readonly [ips: number, micros: number])[];
  /** To choose and take the next IP, by number of IPs taken. */
  readonly nextIpv4: readonly (readonly [taken: number, micros: number])[];
  readonly nextIpv6: readonly (readonly [taken: number, micros: number])[];
  /** The same in a /16 with 60,000 taken. */
  readonly nextInSlash16: number;
}

const [, , loopMs = '500'] = process.argv;
const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
const SIZES = [1_000, 3_000, 10_000, 30_000, 100_000];
const PENDING = 64;
const BATCH = 500;
let kept: unknown;

/** The least time of several, each long enough to measure: what the machine does besides only adds. */
function micros(run: (i: number) => unknown): number {
  let best = Infinity;
  for (let left = 5; left > 0; left -= 1) {
    const until = performance.now() + Number(loopMs) / 5;
    const startedAt = performance.now();
    let [runs, now] = [0, 0];
    do {
      for (let i = 0; i < BATCH; i += 1) kept = run(runs + i);
      runs += BATCH;
      now = performance.now();
    } while (now < until);
    best = Math.min(best, ((now - startedAt) * 1000) / runs);
  }
  return best;
}

function reviewOf(json: unknown): StatusReview {
  const decoded = decode(json);
  if (!decoded.ok || decoded.review.kind !== 'status-update') throw new Error('not a review of a status');
  return decoded.review;
}

/** Decisions about Services of a cluster with this many IPs. */
function decisions(ips: number) {
  const state = filledState(ips, PENDING, clock);
  const known = { ownership: state.ownership, pools: state.pools, scope: { classes: [] }, now: clock.now() };
  const reviews = (json: (i: number) => unknown) => Array.from({ length: PENDING }, (_, i) => reviewOf(json(i)));
  const unchanged = reviews((i) => reviewJson(serviceJson(`held-${i}`, i, ipAt(i)), i, ipAt(i)));
  const gained = reviews((i) => reviewJson(pendingJson(ips + i), ips + i, ipAt(ips + i)));
  const facts = unchanged.map((review) => gather(review, known));
  const at = <T>(list: readonly T[], i: number): T => list[i % PENDING] as T;
  return {
    decide: micros((i) => decideStatusWrite(at(facts, i))),
    unchanged: micros((i) => decideStatusWrite(gather(at(unchanged, i), known))),
    gained: micros((i) => decideStatusWrite(gather(at(gained, i), known))),
  };
}

/** Choosing and taking the next IPs of a range of which some are taken. */
function nextIp(range: string, family: Family, taken: number, choices: number): number {
  const times = Array.from({ length: 3 }, () => {
    const ips = new Set<IpAddress>();
    const allocator = new Allocator({ isTaken: (ip) => ips.has(ip), sharedUnder: () => [], mayJoin: () => false });
    allocator.setPools(pools([pool('main', [range])]));
    const wish = { service: view('any'), families: [family], preferDualStack: false };
    const take = (count: number) => {
      for (let i = 0; i < count; i += 1) for (const ip of allocator.choose(wish)?.ips ?? []) ips.add(ip);
    };
    take(taken);
    const startedAt = performance.now();
    take(choices);
    return ((performance.now() - startedAt) * 1000) / choices;
  });
  return Math.min(...times);
}

const review = JSON.stringify(reviewJson(pendingJson(1), 1, ipAt(1)));
const parse = micros(() => JSON.parse(review));
const bySize = SIZES.map((ips) => ({ ips, ...decisions(ips) }));
const times: CoreTimes = {
  parse,
  decideUnchanged: Math.min(...bySize.map(({ decide }) => decide)),
  unchangedByIps: bySize.map(({ ips, unchanged }) => [ips, unchanged]),
  gainedByIps: bySize.map(({ ips, gained }) => [ips, gained]),
  nextIpv4: SIZES.map((taken) => [taken, nextIp('10.0.0.0/8', 'IPv4', taken, 2_000)]),
  nextIpv6: SIZES.map((taken) => [taken, nextIp('2001:db8::/64', 'IPv6', taken, 2_000)]),
  nextInSlash16: nextIp('10.0.0.0/16', 'IPv4', 60_000, 5_000),
};
if (kept === undefined) throw new Error('nothing was measured');
console.log(JSON.stringify(times));
