/** One step that may be taken next. */
interface Step {
  readonly actor: string;
  readonly label: string;
  readonly go: () => void;
  heldUntil: number;
}

/** Steps that may be held: storing what was admitted, asking a hook, hearing of events, calls and answers. */
export type StepKind = 'storing' | 'asking' | 'hearing-services' | 'hearing-claims' | 'calling' | 'answering';

const KINDS: Readonly<Record<StepKind, RegExp>> = {
  storing: /is stored$/,
  asking: / is asked of /,
  'hearing-services': /^holdfast-\d+ sees services/,
  'hearing-claims': /^holdfast-\d+ sees claims/,
  calling: / (reads|creates|updates|removes) /,
  answering: /answer/,
};

/**
 * Decides what happens next. Everything in the simulation that takes time waits here; one step is taken at a time, and
 * which one is read off a list of numbers. When the list is used up, the oldest step goes first: so the empty list is
 * the calm order, and a shrunk counterexample shows only the choices that matter.
 */
export class Scheduler {
  /** What happened, in order. */
  readonly trace: string[] = [];
  readonly #choices: readonly number[];
  readonly #waiting: Step[] = [];
  readonly #holds: { readonly kind: StepKind; readonly steps: number }[] = [];
  #chosen = 0;
  #taken = 0;
  #calm = false;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  /** How many steps were taken so far: the time of the simulation, apart from its clock. */
  get now(): number {
    return this.#taken;
  }

  /** Resolves when this step is chosen. @param actor whose step; those of one actor may be held together */
  wait(actor: string, label: string): Promise<void> {
    return new Promise((resolve) => this.post(actor, label, resolve));
  }

  /** Calls `go` when this step is chosen. */
  post(actor: string, label: string, go: () => void): void {
    const step = { actor, label, go, heldUntil: 0 };
    this.#waiting.push(step);
    const at = this.#holds.findIndex(({ kind }) => KINDS[kind].test(`${actor} ${label}`));
    for (const { steps } of at < 0 ? [] : this.#holds.splice(at, 1)) this.#hold(step, steps);
  }

  note(text: string): void {
    this.trace.push(`${String(this.#taken).padStart(4)} ${text}`);
  }

  /** A number below `count`, from the list. */
  pick(count: number): number {
    if (this.#calm || count < 2) return 0;
    const choice = this.#choices[this.#chosen] ?? 0;
    this.#chosen += 1;
    return choice % count;
  }

  /** Makes the next step of this kind, or one that waits already, wait for so many others. */
  hold(kind: StepKind, steps: number): void {
    const waiting = this.#waiting.filter((step) => KINDS[kind].test(`${step.actor} ${step.label}`));
    const step = waiting[this.pick(waiting.length)];
    if (step === undefined) this.#holds.push({ kind, steps });
    else this.#hold(step, steps);
  }

  /** From now on the oldest step goes first, and nothing is held. */
  calmDown(): void {
    this.#calm = true;
    this.#holds.length = 0;
    for (const step of this.#waiting) step.heldUntil = 0;
  }

  /** Takes steps until none waits. @returns false when that did not come about within `limit` steps */
  async untilIdle(limit: number): Promise<boolean> {
    for (let left = limit; left > 0; left -= 1) {
      await settled();
      const step = this.#next();
      if (step === undefined) return true;
      this.#taken += 1;
      if (step.label !== '') this.note(`${step.actor}: ${step.label}`);
      step.go();
    }
    return false;
  }

  #hold(step: Step, steps: number): void {
    step.heldUntil = this.#taken + steps;
    this.note(`   (held: ${step.actor} ${step.label})`);
  }

  #next(): Step | undefined {
    const free = this.#waiting.filter(({ heldUntil }) => heldUntil <= this.#taken);
    const candidates = free.length > 0 ? free : this.#waiting;
    const step = candidates[this.pick(candidates.length)];
    if (step !== undefined) this.#waiting.splice(this.#waiting.indexOf(step), 1);
    return step;
  }
}

/** Resolves when every promise that could go on has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
