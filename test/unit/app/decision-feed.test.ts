import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DecisionFeed, FEED_LENGTH, type FeedEntry } from '../../../src/app/decision-feed.ts';
import type { Decision } from '../../../src/core/decision.ts';
import { ipOf } from '../../gen/claim.ts';
import { recordOf } from '../../gen/decision-record.ts';

const allow = (reason: 'Assigned' | 'Unchanged' | 'StrandAllowed'): Decision => ({
  kind: 'allow',
  reason,
  effects: [],
});
const redirect: Decision = {
  kind: 'repair',
  reason: 'Redirected',
  final: [ipOf('192.0.2.9')],
  holder: { namespace: 'default', name: 'holder', uid: 'uid-holder' },
  effects: [],
  message: 'gets 192.0.2.9',
};

describe('the decision feed', () => {
  test('tells what was asked, decided and stored, and whose the IP is; never who the user is', () => {
    const feed = new DecisionFeed(() => 1000);
    feed.add(recordOf('new', 'Theft', { decision: redirect, actor: 'metallb' }));
    const [entry] = feed.after(0);
    assert.deepEqual(entry, {
      number: 1,
      at: 1000,
      verdict: 'repaired',
      reason: 'Redirected',
      kind: 'Service',
      namespace: 'default',
      name: 'new',
      oldIps: [],
      newIps: ['192.0.2.7'],
      storedIps: ['192.0.2.9'],
      holder: 'default/holder',
      writer: 'MetalLB',
      dryRun: false,
      message: 'gets 192.0.2.9',
    } satisfies FeedEntry);
    feed.add(recordOf('new', 'Theft'));
    assert.doesNotMatch(JSON.stringify(feed.after(0)), /alice/);
  });

  test('calls a refusal what it is in this mode', () => {
    const feed = new DecisionFeed(() => 0);
    for (const mode of ['audit', 'enforce'] as const) feed.add(recordOf('a', 'Move', { mode }));
    feed.add(recordOf('a', 'RequestTaken', { warnOnly: true }));
    assert.deepEqual(
      feed.after(0).map(({ verdict }) => verdict),
      ['would refuse', 'refused', 'warned'],
    );
  });

  test('leaves out what changes nothing, and the second look at a write that was repaired', () => {
    let now = 0;
    const feed = new DecisionFeed(() => now);
    const unchanged = { oldIps: ['192.0.2.7'], newIps: ['192.0.2.7'], decision: allow('Unchanged') };
    feed.add(recordOf('a', 'Move', unchanged));
    feed.add(recordOf('b', 'Move', { decision: redirect }));
    const second = recordOf('b', 'Move', { newIps: ['192.0.2.9'], decision: allow('Assigned') });
    feed.add(second);
    feed.add(recordOf('c', 'Move', { newIps: ['192.0.2.9'], decision: allow('Assigned') }));
    feed.add(recordOf('pool', 'Strand', { oldIps: [], newIps: [], decision: allow('StrandAllowed') }));
    now = 60_000;
    feed.add(second);
    assert.deepEqual(
      feed.after(0).map(({ name, reason }) => `${name} ${reason}`),
      ['b Redirected', 'c Assigned', 'pool StrandAllowed', 'b Assigned'],
    );
  });

  test('keeps the last ones only, and tells listeners until they leave', () => {
    const feed = new DecisionFeed(() => 0);
    const heard: number[] = [];
    const leave = feed.listen(({ number }) => heard.push(number));
    for (let i = 0; i < FEED_LENGTH + 5; i += 1) {
      if (i === 2) leave();
      feed.add(recordOf('a', 'Theft'));
    }
    assert.deepEqual(heard, [1, 2]);
    const kept = feed.after(0);
    assert.deepEqual([kept.length, kept[0]?.number, kept.at(-1)?.number], [FEED_LENGTH, 6, FEED_LENGTH + 5]);
    assert.deepEqual(
      feed.after(FEED_LENGTH + 3).map(({ number }) => number),
      [FEED_LENGTH + 4, FEED_LENGTH + 5],
    );
  });
});
