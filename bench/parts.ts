import { measureCluster } from './cluster/latency.ts';
import { measureStorm } from './cluster/storm.ts';
import { measureCore } from './core/part.ts';
import type { Measured } from './figures.ts';
import { measureLayers } from './server/layers.ts';
import { measureServers } from './server/part.ts';
import { measureStart } from './start/part.ts';

/** The parts of the bench, by name. */
export type Parts = Readonly<Record<string, () => Promise<Measured>>>;

/** Everything that docs/performance.md says. */
export const LONG: Parts = {
  server: () =>
    measureServers({
      ips: 100_000,
      connections: [1, 16, 64],
      rounds: 5,
      measureMs: 2_000,
      subjects: ['holdfast', 'bare node', 'express', 'controller-runtime'],
    }),
  layers: () => measureLayers({ ips: 100_000, rounds: 40, measureMs: 400 }),
  core: () => measureCore(500),
  start: () => measureStart({ sizes: [10_000, 100_000], rounds: 3, adoption: true }),
  cluster: () => measureCluster({ rounds: 4, writes: 200 }),
  storm: () => measureStorm({ assigned: 5_000, extra: 500 }),
};

/** A minute for continuous integration: enough to see a clear loss. */
export const SHORT: Parts = {
  server: () =>
    measureServers({
      ips: 100_000,
      connections: [16],
      rounds: 3,
      measureMs: 1_000,
      subjects: ['holdfast', 'bare node'],
    }),
  layers: () => measureLayers({ ips: 100_000, rounds: 8, measureMs: 300 }),
  core: () => measureCore(100),
  start: () => measureStart({ sizes: [10_000], rounds: 1, adoption: false }),
  cluster: () => measureCluster({ rounds: 2, writes: 50 }),
  storm: () => measureStorm({ assigned: 250, extra: 25 }),
};
