import { cpSync, mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createService } from '../control-plane/services.ts';
import { type Arena, buildArena } from './arena.ts';
import { startWhatEnded, strike } from './faults.ts';
import { describe, LASTS_MS, type Schedule } from './schedule.ts';
import { edit } from './users.ts';
import { judge } from './verdict.ts';

/** What became of one schedule. */
export interface Outcome {
  readonly schedule: Schedule;
  /** Empty when every invariant held. */
  readonly violations: readonly string[];
  /** What happened when, and what users were told. */
  readonly log: readonly string[];
  /** The kind of each fault that struck, and of each edit that the cluster took. */
  readonly played: readonly string[];
  readonly tookMs: number;
  /** From the end of the last fault until everything was at rest. */
  readonly restMs: number;
  readonly redirects: number;
  readonly restores: number;
  readonly refusals: number;
}

/**
 * Plays one schedule on a cluster of its own.
 * @param keepIn where the logs of all processes are copied to when an invariant was violated, or the play broke off
 */
export async function play(schedule: Schedule, keepIn: string | undefined): Promise<Outcome> {
  const began = Date.now();
  const arena = await buildArena(schedule);
  let isClean = false;
  try {
    for (let i = 0; i < schedule.services; i += 1) await createService(arena.cluster, { name: `w${i}` }, 'human');
    await arena.observer.waitUntilAssigned(schedule.services);
    const { log, played } = await happen(arena);
    const healed = Date.now();
    const violations = await judge(arena);
    isClean = violations.length === 0;
    const decisions = arena.replicas.flatMap(({ guard }) => guard.decisions);
    const count = (reason: string) => decisions.filter((one) => one.reason === reason).length;
    return {
      schedule,
      violations,
      log,
      played,
      tookMs: Date.now() - began,
      restMs: Date.now() - healed,
      redirects: count('Redirected'),
      restores: count('Restored'),
      refusals: decisions.filter(({ verdict }) => verdict === 'deny').length,
    };
  } finally {
    if (!isClean && keepIn !== undefined) keepLogs(arena.cluster.folder, `${keepIn}/seed-${schedule.seed}`);
    await arena.stop();
  }
}

/** Everything at its time; returns when the last thing is over and all is mended. */
async function happen(arena: Arena): Promise<Pick<Outcome, 'log' | 'played'>> {
  const began = Date.now();
  const log: string[] = [];
  const played: string[] = [];
  const note = (text: string) => log.push(`${String(Date.now() - began).padStart(6)} ms  ${text}`);
  await Promise.all(
    arena.schedule.happenings.map(async (happening) => {
      await delay(happening.atMs);
      const what = describe(happening);
      if (happening.who === 'user') {
        const answer = await edit(arena.cluster, arena.schedule.metallb, happening.edit);
        if (answer === 'done') played.push(happening.edit.kind);
        note(`${what}: ${answer}`);
        return;
      }
      note(what);
      await strike(arena, happening.fault);
      played.push(happening.fault.kind);
      note(`${what}: over`);
    }),
  );
  await delay(Math.max(0, began + LASTS_MS - Date.now()));
  await startWhatEnded(arena);
  return { log, played };
}

function keepLogs(folder: string, into: string): void {
  mkdirSync(into, { recursive: true });
  cpSync(folder, into, { recursive: true, filter: (path) => !path.endsWith('/etcd') });
}
