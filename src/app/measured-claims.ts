import type { ClaimStore, Clock } from './ports.ts';

/** How a write of a claim went. `taken`: somebody was faster. */
export interface MeasuredWrite {
  readonly verb: 'create' | 'update' | 'delete';
  readonly outcome: 'done' | 'taken' | 'failed';
}

/** The same store; `hear` is told of every write and how long it took, in seconds. */
export function measuredClaims(
  store: ClaimStore,
  clock: Pick<Clock, 'monotonic'>,
  hear: (write: MeasuredWrite, seconds: number) => void,
): ClaimStore {
  const measured = async <T>(verb: MeasuredWrite['verb'], write: Promise<T>, isDone: (answer: T) => boolean) => {
    const start = clock.monotonic();
    const tell = (outcome: MeasuredWrite['outcome']) => hear({ verb, outcome }, (clock.monotonic() - start) / 1000);
    try {
      const answer = await write;
      tell(isDone(answer) ? 'done' : 'taken');
      return answer;
    } catch (error) {
      tell('failed');
      throw error;
    }
  };
  return {
    read: (ip) => store.read(ip),
    create: (claim, within) => measured('create', store.create(claim, within), (answer) => answer !== 'exists'),
    update: (claim, within) =>
      measured('update', store.update(claim, within), (answer) => answer !== 'conflict' && answer !== 'gone'),
    remove: (claim) => measured('delete', store.remove(claim), (answer) => answer === 'removed'),
  };
}
