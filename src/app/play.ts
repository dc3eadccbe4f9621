import type { AdmissionResponseOut } from '../review/admission-types.ts';
import { type JsonObject, objectAt } from '../review/json.ts';
import { applyPatch } from './apply-patch.ts';
import { changesIps, type World } from './world.ts';

/** Takes the write that a review offers. @returns the review of what is to be stored; undefined when it is refused */
export type Admit = (offered: JsonObject) => Promise<JsonObject | undefined>;

/** Asks a hook about one AdmissionReview. */
export type Ask = (review: JsonObject) => Promise<Pick<AdmissionResponseOut, 'allowed' | 'patch'>>;

/** The hooks that are registered. */
export interface Hooks {
  /** Undefined in the modes that repair nothing. */
  readonly mutate: Ask | undefined;
  readonly validate: Ask;
}

/** The API server that guards nothing. */
export const unguarded: Admit = async (review) => review;

/**
 * The way of a status write through an API server: the mutating hook, its patch, and the validating hook if the set of
 * IPs still changes (each hook's matchConditions look at the object as it is by then).
 */
export function through({ mutate, validate }: Hooks): Admit {
  return async (offered) => {
    const mutated = mutate === undefined ? offered : await mutatedBy(mutate, offered);
    if (mutated === undefined || !changesIps(mutated)) return mutated;
    return (await validate(mutated)).allowed ? mutated : undefined;
  };
}

/**
 * Plays recorded reviews into a world, in order: each write of a status is offered on top of what the world holds, and
 * stored as `admit` lets it; everything else happens as it was recorded.
 */
export async function play(reviews: readonly JsonObject[], world: World, admit: Admit): Promise<void> {
  for (const review of reviews) {
    if (objectAt(review, 'request').subResource !== 'status') {
      world.follow(review);
      continue;
    }
    const offered = world.offer(review);
    const admitted = offered === undefined ? undefined : await admit(offered);
    if (admitted !== undefined) world.store(admitted);
  }
}

async function mutatedBy(mutate: Ask, offered: JsonObject): Promise<JsonObject | undefined> {
  const { allowed, patch } = await mutate(offered);
  if (!allowed || patch === undefined) return allowed ? offered : undefined;
  const request = objectAt(offered, 'request');
  return { ...offered, request: { ...request, object: applyPatch(objectAt(request, 'object'), patch) } };
}
