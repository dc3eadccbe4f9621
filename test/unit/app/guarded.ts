import assert from 'node:assert/strict';
import { Admission } from '../../../src/app/admission.ts';
import type { AdmissionParts } from '../../../src/app/admission-parts.ts';
import { applyPatch } from '../../../src/app/apply-patch.ts';
import { Nudges } from '../../../src/app/nudges.ts';
import type { DecisionRecord } from '../../../src/app/ports.ts';
import { Readiness } from '../../../src/app/readiness.ts';
import type { AdmissionResponseOut, Hook } from '../../../src/review/admission-types.ts';
import { isObject, type JsonObject, objectAt } from '../../../src/review/json.ts';
import type { PatchOperation } from '../../../src/review/json-patch.ts';
import { METALLB_USER } from '../../gen/review.ts';
import { Replica, Shared } from './replica.ts';

/** What came of one call. */
export interface Answered {
  readonly http: number;
  readonly response: AdmissionResponseOut;
  /** The decoded patch; undefined when there is none. */
  readonly patch: readonly PatchOperation[] | undefined;
  /** The review with the patch applied, as the next hook would get it. */
  readonly next: JsonObject;
}

/** A replica in mode repair that answers reviews: claims in memory, recorders all around. */
export class Guarded extends Replica {
  readonly records: DecisionRecord[] = [];
  readonly failures: string[] = [];
  readonly nudged: string[] = [];
  readonly unpinned: string[] = [];
  readonly admission: Admission;

  constructor(more: Partial<AdmissionParts> = {}, shared = new Shared()) {
    super(shared);
    const { state, keeper } = this;
    const { reader, store, clock } = shared;
    this.admission = new Admission({
      state,
      readiness: new Readiness([]),
      reader,
      sink: {
        decided: (record) => this.records.push(record),
        abstained: (reason, message) => this.failures.push(`${reason}: ${message}`),
      },
      clock,
      mode: 'repair',
      pin: 'create',
      requestConflict: 'warn',
      scope: { classes: [] },
      metallbUsers: [METALLB_USER],
      store,
      keeper,
      nudges: new Expectations({ nudged: this.nudged, unpinned: this.unpinned }, { state, clock }),
      ...more,
    });
  }

  mutate(review: JsonObject, budgetMs = 1000): Promise<Answered> {
    return this.#call('mutate', review, budgetMs);
  }

  validate(review: JsonObject, budgetMs = 1000): Promise<Answered> {
    return this.#call('validate', review, budgetMs);
  }

  /** Both hooks, as the API server asks them. @returns what the mutating one said, and whether it may be stored */
  async write(review: JsonObject): Promise<Answered & { readonly allowed: boolean }> {
    const mutated = await this.mutate(review);
    const { response } = await this.validate(mutated.next);
    return { ...mutated, allowed: mutated.response.allowed && response.allowed };
  }

  async #call(hook: Hook, review: JsonObject, budgetMs: number): Promise<Answered> {
    const { httpStatus, body } = await this.admission.handle(review, { hook, budgetMs });
    const { response } = body;
    const request = objectAt(review, 'request');
    assert.equal(response.uid, request.uid);
    assert.equal(response.patch === undefined, response.patchType === undefined);
    const object = objectAt(request, 'object');
    const patched = response.patch === undefined ? object : applyPatch(object, response.patch);
    const next = { ...review, request: { ...request, object: patched } };
    return { http: httpStatus, response, patch: operations(response.patch), next };
  }
}

/** Remembers whom it should nudge. */
class Expectations extends Nudges {
  readonly #heard: { readonly nudged: string[]; readonly unpinned: string[] };

  constructor(
    heard: { readonly nudged: string[]; readonly unpinned: string[] },
    parts: Pick<ConstructorParameters<typeof Nudges>[0], 'state' | 'clock'>,
  ) {
    super({ ...parts, scope: { classes: [] }, writer: { annotate: async () => {} }, onFailure: () => {} });
    this.#heard = heard;
  }

  override expect(uid: string): void {
    this.#heard.nudged.push(uid);
  }

  override async unpin(uid: string): Promise<boolean> {
    this.#heard.unpinned.push(uid);
    return true;
  }
}

function operations(patch: string | undefined): readonly PatchOperation[] | undefined {
  if (patch === undefined) return undefined;
  const decoded: unknown = JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
  assert.ok(Array.isArray(decoded) && decoded.every(isObject));
  return decoded as unknown as readonly PatchOperation[];
}
