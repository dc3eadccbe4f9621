/**
 * What a choice of the allocator costs, in µs per choose and take. Prints only. `node bench/allocator.ts`
 */
import { Allocator } from '../src/core/allocator/allocator.ts';
import type { Family, IpAddress } from '../src/core/net/ip.ts';
import { pool, pools } from '../test/gen/pool.ts';
import { view } from '../test/gen/service.ts';

const TAKEN = 60_000;
const CHOICES = 5_000;

function measure(name: string, addresses: readonly string[], family: Family): void {
  const taken = new Set<IpAddress>();
  const allocator = new Allocator({ isTaken: (ip) => taken.has(ip), sharedUnder: () => [], mayJoin: () => false });
  allocator.setPools(pools([pool('main', addresses)]));
  const wish = { service: view('any'), families: [family], preferDualStack: false };
  const take = (times: number): void => {
    for (let i = 0; i < times; i += 1) for (const ip of allocator.choose(wish)?.ips ?? []) taken.add(ip);
  };
  const time = (what: string, times: number, run: () => void): void => {
    const start = performance.now();
    run();
    const micros = ((performance.now() - start) * 1000) / times;
    console.log(`${name.padEnd(10)} ${what.padEnd(44)} ${micros.toFixed(2).padStart(8)} µs`);
  };
  time(`the first ${TAKEN}`, TAKEN, () => take(TAKEN));
  time(`${CHOICES} more`, CHOICES, () => take(CHOICES));
  const freed = [...taken].filter((_, i) => i % 13 === 0).slice(0, CHOICES);
  time(`${freed.length} releases, all over the range`, freed.length, () => {
    for (const ip of freed) {
      taken.delete(ip);
      allocator.freed(ip);
    }
  });
  time(`${freed.length} choices of released IPs`, freed.length, () => take(freed.length));
  const fresh = new Allocator({ isTaken: (ip) => taken.has(ip), sharedUnder: () => [], mayJoin: () => false });
  fresh.setPools(pools([pool('main', addresses)]));
  time(`first choice of a new allocator (${taken.size} taken)`, 1, () => fresh.choose(wish));
}

for (const round of ['cold', 'warm']) {
  console.log(round);
  measure('IPv4 /16', ['10.0.0.0/16'], 'IPv4');
  measure('IPv6 /64', ['2001:db8::/64'], 'IPv6');
}
