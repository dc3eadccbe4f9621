import { type JsonObject, objectAt } from '../review/json.ts';
import type { World } from './world.ts';

/** Decides about one AdmissionReview. @returns whether the write may be stored */
export type Ask = (review: JsonObject) => Promise<boolean>;

/** The API server that guards nothing. */
export const unguarded: Ask = async () => true;

/**
 * Plays recorded reviews into a world, in order: each write of a status is offered on top of what the world holds, and
 * stored when `ask` allows it; everything else happens as it was recorded.
 */
export async function play(reviews: readonly JsonObject[], world: World, ask: Ask): Promise<void> {
  for (const review of reviews) {
    if (objectAt(review, 'request').subResource !== 'status') {
      world.follow(review);
      continue;
    }
    const offered = world.offer(review);
    if (offered !== undefined && (await ask(offered))) world.store(offered);
  }
}
