import type { MetallbVersion } from '../control-plane/versions.ts';
import { compareSteps, type Difference } from './compare-steps.ts';
import { playScript, type Step } from './play-script.ts';
import type { Script } from './script.ts';
import { type Stage, setStage } from './stage.ts';

/** One script, played with and without the guard. */
export interface Round {
  readonly script: Script;
  readonly alone: readonly Step[];
  readonly guarded: readonly Step[];
  readonly differences: readonly Difference[];
}

/**
 * Plays every script beside holdfast, then without it on a new cluster; what holdfast refused is left out there. One
 * cluster runs at a time.
 * @param untilMs epoch ms: no guarded script begins after it; the others get as long again
 */
export async function runVersion(
  version: MetallbVersion,
  scripts: readonly Script[],
  untilMs = Number.POSITIVE_INFINITY,
): Promise<readonly Round[]> {
  const guarded = await withStage(version, true, (stage) => playAll(stage, scripts, () => new Set(), untilMs));
  const played = scripts.slice(0, guarded.length);
  const skipOf = (index: number) => refusedBy(guarded[index] ?? []);
  const alone = await withStage(version, false, (stage) =>
    playAll(stage, played, skipOf, untilMs + (untilMs - Date.now()) + 600_000),
  );
  return alone.map((steps, index) => {
    const script = played[index];
    const other = guarded[index];
    if (script === undefined || other === undefined) throw new Error(`layout ${index} was played only once`);
    return { script, alone: steps, guarded: other, differences: compareSteps(script, steps, other, version) };
  });
}

async function playAll(
  stage: Stage,
  scripts: readonly Script[],
  skipOf: (index: number) => ReadonlySet<number>,
  untilMs: number,
): Promise<readonly (readonly Step[])[]> {
  const played: (readonly Step[])[] = [];
  for (const [index, script] of scripts.entries()) {
    if (Date.now() > untilMs) break;
    played.push(await playScript(stage, script, skipOf(index)));
    const who = stage.guard === undefined ? 'alone' : 'guarded';
    process.stderr.write(`MetalLB ${stage.version}, ${who}: layout ${script.layout} done\n`);
  }
  return played;
}

async function withStage<T>(version: MetallbVersion, guarded: boolean, use: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await setStage(version, guarded);
  try {
    return await use(stage);
  } finally {
    await stage.stop();
  }
}

function refusedBy(steps: readonly Step[]): ReadonlySet<number> {
  return new Set(steps.flatMap(({ outcome }, number) => (outcome.kind === 'refused' ? [number] : [])));
}
