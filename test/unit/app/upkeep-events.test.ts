import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClaimUpkeep } from '../../../src/app/claim-upkeep.ts';
import type { ObjectEvent } from '../../../src/app/ports.ts';
import { claimOn, unboundHolder } from '../../gen/claim.ts';
import { createdBy, ips, pinned, service, sharing, version } from '../../gen/service.ts';
import { Replica, START } from './replica.ts';

const X = '192.0.2.7';

/** A replica whose upkeep tells what it does. */
function telling(): { readonly replica: Replica; readonly told: readonly ObjectEvent[]; pass: () => Promise<unknown> } {
  const replica = new Replica();
  const told: ObjectEvent[] = [];
  const { state, shared } = replica;
  const { store, reader, clock } = shared;
  const parts = { state, store, reader, clock, scope: { classes: [] } };
  const upkeep = new ClaimUpkeep({ ...parts, tell: (event) => told.push(event) });
  return { replica, told, pass: () => upkeep.pass() };
}

const said = ({ object, type, reason, message }: ObjectEvent) => [object.uid, type, reason, message];

test('an adopted IP is an event on each of its holders, once', async () => {
  const { replica, told, pass } = telling();
  replica.stored(service('web', ips(X), sharing('k', 80)), service('two', ips(X), sharing('k', 81)));
  await pass();
  await pass();
  const message = `${X} is claimed for this Service, which had it already.`;
  assert.deepEqual(
    told.map(said).sort(([one = ''], [other = '']) => one.localeCompare(other)),
    [
      ['uid-two', 'Normal', 'Adopted', message],
      ['uid-web', 'Normal', 'Adopted', message],
    ],
  );
});

test('an IP that was pinned at CREATE is not adopted when its claim is bound', async () => {
  const { replica, told, pass } = telling();
  await replica.claimed(claimOn(X, { holders: [unboundHolder('web', 'review-1', { since: START })] }));
  replica.stored(service('web', pinned(X), createdBy('review-1')));
  await pass();
  assert.deepEqual([await replica.holders(X), told], [['web'], []]);
});

test('what another replica did is its event, and a Service that leaves is none', async () => {
  const { replica, told, pass } = telling();
  replica.stored(service('web', ips(X)));
  await replica.claimedUnseen(claimOn(X));
  await pass();
  replica.stored(service('web', version(101)));
  await pass();
  assert.deepEqual(told, []);
});
