import type { JsonObject } from '../../src/review/json.ts';
import { startCluster } from '../control-plane/cluster.ts';
import { restartStorm } from '../control-plane/storm.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import { Recorder } from './recorder.ts';
import { type Saved, save } from './save.ts';
import { startingState } from './starting-state.ts';

/** Records MetalLB's restart among 250 assigned and 20 pending Services, without a guard. */
export async function recordStorm(metallb: MetallbVersion): Promise<Saved> {
  const cluster = await startCluster();
  const recorder = await Recorder.start();
  let start: readonly JsonObject[] = [];
  let saved: Saved | undefined;
  try {
    await restartStorm(cluster, {
      metallb,
      beforeServices: () => recorder.register(cluster),
      beforeRestart: async () => {
        start = await startingState(cluster);
        recorder.begin();
      },
      atEnd: async () => {
        saved = await save(cluster, `restart-storm-${metallb}.ndjson.gz`, [...start, ...recorder.reviews]);
      },
    });
  } finally {
    await cluster.stop();
    await recorder.stop();
  }
  if (saved === undefined) throw new Error('the storm ended without its end');
  return saved;
}
