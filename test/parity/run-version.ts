import type { MetallbVersion } from '../control-plane/versions.ts';
import { playTogether, type Round, type Stages } from './play-together.ts';
import type { Script } from './script.ts';
import { setStage } from './stage.ts';

/** How a version is run. */
export interface RunOptions {
  /** Epoch ms: no script begins after it. */
  readonly untilMs?: number;
  /** Hears of each round. */
  readonly onRound?: (round: Round) => void;
}

/** Plays the scripts one after the other on one pair of clusters. @returns as many rounds as there was time for */
export async function runScripts(
  stages: Stages,
  scripts: readonly Script[],
  options: RunOptions = {},
): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (const script of scripts) {
    if (Date.now() > (options.untilMs ?? Number.POSITIVE_INFINITY)) break;
    const round = await playTogether(stages, script);
    options.onRound?.(round);
    rounds.push(round);
  }
  return rounds;
}

/** Starts a cluster with holdfast (`--sticky-for stickyFor`) and one without, for as long as `use` takes. */
export async function withStages<T>(
  version: MetallbVersion,
  stickyFor: string,
  use: (stages: Stages) => Promise<T>,
): Promise<T> {
  const guarded = await setStage(version, { guarded: true, stickyFor });
  try {
    const alone = await setStage(version, { guarded: false, stickyFor });
    try {
      return await use({ guarded, alone });
    } finally {
      await alone.stop();
    }
  } finally {
    await guarded.stop();
  }
}
