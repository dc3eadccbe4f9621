import { runRestart, type Seen } from '../../test/e2e/support/storms.ts';
import type { Measured } from '../figures.ts';

export interface StormOptions {
  readonly assigned: number;
  readonly extra: number;
}

/** 32,768 IPs. */
const POOL = { name: 'storm', addresses: ['10.200.0.0/17'] };
/** MetalLB's client writes about 20 statuses a second; unguarded 0.14 writes every one anew before the new ones. */
const MS_PER_SERVICE = 100;

/** MetalLB crashes, Services are created, it comes back: 0.13.12 with holdfast against 0.14.5 alone. */
export async function measureStorm({ assigned, extra }: StormOptions): Promise<Measured> {
  const storm = { assigned, extra, pool: POOL, deadlineMs: 60_000 + (assigned + extra) * MS_PER_SERVICE };
  const alone = await runRestart({ ...storm, metallb: '0.14.5' });
  const guarding = { mode: 'repair', replicas: 1, installed: 'after', readyWithinMs: 300_000 } as const;
  const guarded = await runRestart({ ...storm, metallb: '0.13.12', guarding });
  const [ours, theirs] = [lastIpSeconds(guarded), lastIpSeconds(alone)];
  const { moved, doubledEver, pendingEnd } = guarded.row;
  return {
    figures: [
      {
        id: 'storm.last-ip',
        what: `restart with ${assigned} + ${extra} Services: last IP, 0.13.12 guarded against 0.14.5 alone`,
        value: ours / theirs,
        unit: '×',
        target: { atMost: 0.5 },
        from: `${ours.toFixed(1)} / ${theirs.toFixed(1)} s; guarded: ${moved} moved, ${doubledEver} doubled, ${pendingEnd} pending`,
      },
    ],
    plots: [],
    skipped: [],
  };
}

function lastIpSeconds({ row }: Seen): number {
  return (row.msToLastIp ?? Number.NaN) / 1000;
}
