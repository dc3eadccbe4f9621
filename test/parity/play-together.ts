import { type Difference, differencesOf, staysInStep } from './compare-steps.ts';
import type { Pair } from './explain.ts';
import { type Fault, type Intervention, inMemory, interventions, standingFaults } from './faults.ts';
import { begin, finish, prepare } from './play-script.ts';
import type { Script } from './script.ts';
import type { Stage } from './stage.ts';
import type { Step } from './step.ts';

/** The same cluster with and without holdfast. */
export interface Stages {
  readonly guarded: Stage;
  readonly alone: Stage;
}

/** One script, played with the guard and, as long as both are in step, without it. */
export interface Round {
  readonly script: Script;
  /** Ends with the edit at which the plays parted, if they did. */
  readonly alone: readonly Step[];
  readonly guarded: readonly Step[];
  readonly differences: readonly Difference[];
  readonly faults: readonly Fault[];
  readonly interventions: readonly Intervention[];
  /** How often, counted at each edit, somebody waits for an IP that MetalLB's memory keeps for a request in vain. */
  readonly heldInMemory: number;
}

/**
 * Plays a script on both stages edit by edit. What holdfast refuses is not done on the other one either. Once the plays
 * have parted, for whatever reason, nothing is compared any more; beside the guard the script goes on, and its steps are
 * still held to what must always be true.
 */
export async function playTogether(stages: Stages, script: Script): Promise<Round> {
  const { version, isSticky } = stages.guarded;
  await Promise.all([prepare(stages.guarded, script), prepare(stages.alone, script)]);
  const [alone, guarded, differences, faults]: [Step[], Step[], Difference[], Fault[]] = [[], [], [], []];
  let inStep = true;
  let heldInMemory = 0;
  for (const [number, edit] of script.edits.entries()) {
    const begun = await begin(stages.guarded, edit);
    const isRefused = begun.outcome.kind === 'refused';
    const other = inStep && !isRefused ? await begin(stages.alone, edit) : undefined;
    const [step, beside] = await Promise.all([
      finish(stages.guarded, begun),
      other === undefined ? undefined : finish(stages.alone, other),
    ]);
    if (inStep) {
      const unchanged = { ...(alone.at(-1) ?? step), outcome: begun.outcome, allocations: [], decisions: [] };
      const past = alone.map((one, i) => ({ alone: one, guarded: guarded[i] ?? one }));
      const remembered = inMemory([...guarded, step], version);
      const pair: Pair = { number, alone: beside ?? unchanged, guarded: step, past, version, isSticky, remembered };
      const found = differencesOf(pair);
      differences.push(...found);
      alone.push(pair.alone);
      inStep = staysInStep(found);
    }
    guarded.push(step);
    const { services, pools } = step;
    const remembered = inMemory(guarded, version);
    const standing = standingFaults(services, { pools, version, remembered });
    const all = standingFaults(services, { pools, version }).length;
    heldInMemory += all - standing.length;
    const isNew = (fault: Omit<Fault, 'edit'>) =>
      !faults.some(({ service, what }) => service === fault.service && what === fault.what);
    faults.push(...standing.filter(isNew).map((fault) => ({ edit: number, ...fault })));
  }
  return {
    script,
    alone,
    guarded,
    differences,
    faults,
    interventions: interventions(guarded, { version, isSticky }),
    heldInMemory,
  };
}
