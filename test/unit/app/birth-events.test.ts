import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { BirthEvents } from '../../../src/app/birth-events.ts';
import type { ObjectEvent } from '../../../src/app/ports.ts';
import { createReview } from '../../gen/review.ts';
import { createdBy, newService, pinned, service } from '../../gen/service.ts';
import { Guarded } from './guarded.ts';

describe('a Service that is pinned when it is created', () => {
  let guard: Guarded;
  let told: ObjectEvent[];
  let births: BirthEvents;

  beforeEach(() => {
    guard = new Guarded();
    told = [];
    births = new BirthEvents(guard.shared.clock, (event) => told.push(event));
    guard.state.ledger.whenCreated((review, { ref }) => births.created(review, ref));
    guard.stored(service('kubernetes'));
  });

  async function created(more: Parameters<typeof createReview>[1] = {}): Promise<void> {
    const before = guard.records.length;
    await guard.mutate(createReview(newService('web'), more));
    for (const record of guard.records.slice(before)) births.expect(record);
  }

  test('has its event once it is seen, with its uid, and once only', async () => {
    await created();
    assert.deepEqual(told, []);
    const seen = service('web', pinned('192.0.2.0'), createdBy('create-web'));
    guard.stored(seen).stored(seen);
    assert.deepEqual(told, [
      {
        kind: 'Service',
        object: { namespace: 'default', name: 'web', uid: 'uid-web' },
        type: 'Normal',
        reason: 'Pinned',
        message: 'New Service default/web is pinned to 192.0.2.0.',
      },
    ]);
  });

  test('has none after a dry run, from another review, or after two minutes', async () => {
    await created({ dryRun: true });
    guard.stored(service('dry', createdBy('create-web')), service('other', createdBy('elsewhere')));
    await created({ uid: 'create-late' });
    guard.shared.now += 120_000;
    await created({ uid: 'create-next' });
    guard.stored(service('late', createdBy('create-late')));
    assert.deepEqual(told, []);
  });
});
