import { play, unguarded } from '../../src/app/play.ts';
import type { Recording } from '../../src/app/recording.ts';
import { World } from '../../src/app/world.ts';
import type { OwnerLedger } from '../control-plane/owner-ledger.ts';
import { harmIn, witness } from './witness.ts';

/** What a recording holds, and what came of it where nobody guarded. Counts. */
export interface WhatHappened {
  /** Services at the start. */
  readonly services: number;
  /** Writes of a status that change its set of IPs. */
  readonly statusWrites: number;
  /** CREATE, UPDATE and DELETE of Services themselves. */
  readonly otherWrites: number;
  /** Services that lost an IP they had. */
  readonly moved: number;
  /** IPs that two Services had at some instant, and at the end. */
  readonly doubled: number;
  readonly doubledAtEnd: number;
}

/** Plays a recording without a guard. @returns the counts, and the ledger of all Services at the end */
export async function whatHappened(
  recording: Recording,
): Promise<{ readonly counts: WhatHappened; readonly ledger: OwnerLedger }> {
  const { ledger, storage } = witness(recording.services);
  let statusWrites = 0;
  await play(recording.reviews, new World(recording.services, storage), async (review) => {
    statusWrites += 1;
    return unguarded(review);
  });
  const { moved, doubled } = harmIn(ledger);
  const counts = {
    services: recording.services.length,
    statusWrites,
    otherWrites: recording.reviews.length - statusWrites,
    moved: moved.size,
    doubled: doubled.size,
    doubledAtEnd: ledger.doubledNow().length,
  };
  return { counts, ledger };
}
