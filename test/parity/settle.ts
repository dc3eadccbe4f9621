import type { Stage } from './stage.ts';

const GIVE_UP_MS = 15_000;
/** MetalLB works off "look at all Services again" beside its queue, at once; changes of pools take a way of their own. */
const BREATH_MS = { service: 80, pools: 350 } as const;

/** What was changed last. */
export type After = keyof typeof BREATH_MS;

/**
 * Waits until MetalLB has nothing more to do: after it has answered once, no Service changes for a breath and until it
 * has answered again.
 * @returns false when that does not come about within 15 s
 */
export async function settle(
  { follower, heartbeat }: Pick<Stage, 'follower' | 'heartbeat'>,
  after: After,
): Promise<boolean> {
  const deadline = Date.now() + GIVE_UP_MS;
  await heartbeat.beat();
  while (Date.now() < deadline) {
    const before = follower.changes;
    await follower.quiet(BREATH_MS[after], deadline - Date.now());
    await heartbeat.beat();
    if (follower.changes === before) return true;
  }
  return false;
}
