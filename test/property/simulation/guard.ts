import { Admission } from '../../../src/app/admission.ts';
import { ClaimKeeper, type KeeperParts } from '../../../src/app/claim-keeper.ts';
import { ClaimUpkeep } from '../../../src/app/claim-upkeep.ts';
import type { ClusterState } from '../../../src/app/cluster-state.ts';
import { Nudges } from '../../../src/app/nudges.ts';
import type { ClaimStore, DecisionSink, ServiceReader, ServiceWriter } from '../../../src/app/ports.ts';
import type { Readiness } from '../../../src/app/readiness.ts';
import type { ClaimTerms } from '../../../src/core/claims/standing.ts';
import { METALLB } from './api-server.ts';
import { claimsOver, type Line, readerOver } from './ports.ts';

/** Test doubles that break one rule of the protocol each; the default breaks none. */
export interface Sabotage {
  readonly reader?: (real: ServiceReader, state: ClusterState) => ServiceReader;
  readonly store?: (real: ClaimStore, line: Line) => ClaimStore;
  readonly keeper?: (parts: KeeperParts) => ClaimKeeper;
  readonly terms?: (real: ClaimTerms) => ClaimTerms;
}

/** What a guard is made with. */
export interface GuardParts {
  readonly line: Line;
  readonly state: ClusterState;
  readonly readiness: Readiness;
  readonly pin: 'create' | 'repair';
  readonly writer: ServiceWriter;
  readonly sink: DecisionSink;
  readonly sabotage: Sabotage;
}

/** The real use cases of one replica. */
export interface Guard {
  readonly admission: Admission;
  readonly upkeep: ClaimUpkeep;
  readonly nudges: PatientNudges;
}

/** Puts the real use cases together over a line to the simulated API server. */
export function guardOf({ line, state, readiness, pin, writer, sink, sabotage }: GuardParts): Guard {
  const { clock } = line;
  const [liveReader, liveStore] = [readerOver(line), claimsOver(line)];
  const reader = sabotage.reader?.(liveReader, state) ?? liveReader;
  const store = sabotage.store?.(liveStore, line) ?? liveStore;
  const keeperParts = { ownership: state.ownership, store, reader, clock };
  const keeper = sabotage.keeper?.(keeperParts) ?? new ClaimKeeper(keeperParts);
  const scope = { classes: [] };
  const nudges = new PatientNudges({ state, clock, scope, writer, onFailure: () => {} });
  const upkeep = new ClaimUpkeep({ state, store, reader, clock, scope });
  const parts = { state, readiness, reader, sink, clock, pin, scope, store, keeper, nudges };
  const admission = new Admission({ ...parts, mode: 'repair', requestConflict: 'warn', metallbUsers: [METALLB] });
  return { admission, upkeep, nudges };
}

/** The real ones, except that they set no timers: whom they expect is nudged when the simulation says so. */
export class PatientNudges extends Nudges {
  readonly #expected = new Set<string>();

  override expect(uid: string): void {
    this.#expected.add(uid);
  }

  /** Some time has passed. */
  async nudgeAll(): Promise<void> {
    this.look();
    for (const uid of this.#expected) if (!(await this.nudge(uid, 0))) this.#expected.delete(uid);
  }
}
