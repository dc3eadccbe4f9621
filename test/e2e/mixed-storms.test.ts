import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Service } from '../control-plane/kube-types.ts';
import { serviceIps } from '../control-plane/services.ts';
import { type GuardedStorm, stormReport } from './support/report.ts';
import { SERVICE_MIX } from './support/service-mix.ts';
import { type Guarding, runRestart, runTwo, type Seen } from './support/storms.ts';

const rows: GuardedStorm[] = [];
after(() => console.log(`\n${stormReport(rows)}\n`));

const noted = async (storm: Promise<Seen>): Promise<Seen> => {
  const seen = await storm;
  rows.push(seen.row);
  return seen;
};

const GUARDING: Guarding = { name: 'mix ×2', mode: 'repair', replicas: 2, installed: 'after' };
const RESTART = { assigned: 96, extra: 24 } as const;
const TWO = { services: 120 } as const;
const STORM = { cluster: { dualStack: true }, mix: SERVICE_MIX, quietMs: 5_000, deadlineMs: 100_000 } as const;
/** On a machine that does nothing else silence comes in less than half of this. */
const SILENCE_MS = 90_000;

/** Unguarded two controllers never rest; what they do in this time is enough. */
const BASELINE_MS = 15_000;

/** A storm that moves nothing unguarded proves nothing. */
function isReal({ row: { moved, doubledEver } }: Seen): void {
  assert.ok(moved > 0 || doubledEver > 0, `moved ${moved}, two owners ${doubledEver}`);
}

/** Nothing moved (in either family), nothing doubled, everybody has all its families, and nobody writes any more. */
function zeros({ row, snapshot, silentAfterMs }: Seen): void {
  const { moves, doubled, pending, halfAssigned } = snapshot;
  assert.deepEqual(
    { moves, doubled, pending, halfAssigned },
    { moves: [], doubled: [], pending: [], halfAssigned: [] },
  );
  assert.ok(row.quiet && silentAfterMs <= SILENCE_MS, `last change after ${silentAfterMs} ms of ${row.followedMs}`);
}

/** Each Service has what it asked for: its IP, an IP of its pool, none that is avoided. */
function wishes({ services }: Seen): void {
  assert.deepEqual(services.flatMap(unmet), []);
}

function unmet(service: Service): readonly string[] {
  const { name, namespace, labels = {}, annotations = {} } = service.metadata;
  const [ip = ''] = serviceIps(service).filter((one) => one.includes('.'));
  const asked =
    annotations['holdfast.dev/pin'] === undefined ? annotations['metallb.universe.tf/loadBalancerIPs'] : undefined;
  const problems = [
    asked !== undefined && asked !== ip && `asked for ${asked}`,
    annotations['metallb.universe.tf/address-pool'] === 'asked' &&
      !ip.startsWith('10.211.') &&
      'asked for another pool',
    namespace === 'mix-team' && !ip.startsWith('10.212.') && 'is admitted to the pool of its namespace',
    labels.tier === 'gold' && !ip.startsWith('10.213.') && 'is admitted to the pool of its label',
    /^10\.21[14]\..*\.(?:0|255)$/.test(ip) && 'has an IP that its pool avoids',
  ].filter((problem) => problem !== false);
  return problems.map((problem) => `${name} ${problem}, and has ${ip}`);
}

describe('a mix of sharing, dual-stack, asking and picky Services', () => {
  test('restart storm, 0.13.12, unguarded: it is real', async () => {
    isReal(await noted(runRestart({ ...STORM, ...RESTART, metallb: '0.13.12', deadlineMs: BASELINE_MS })));
  });

  for (const metallb of ['0.13.12', '0.16.1'] as const) {
    test(`restart storm, ${metallb}: all zeros, and everybody has what it asked for`, async () => {
      const seen = await noted(runRestart({ ...STORM, metallb, ...RESTART, guarding: GUARDING }));
      zeros(seen);
      wishes(seen);
    });
  }

  test('two controllers, 0.16.1, unguarded: it is real', async () => {
    isReal(await noted(runTwo({ ...STORM, ...TWO, metallb: '0.16.1', deadlineMs: BASELINE_MS })));
  });

  for (const metallb of ['0.13.12', '0.15.3', '0.16.1'] as const) {
    test(`two controllers, ${metallb}: all zeros, and everybody has what it asked for`, async () => {
      const seen = await noted(runTwo({ ...STORM, metallb, ...TWO, guarding: GUARDING }));
      zeros(seen);
      wishes(seen);
    });
  }
});
