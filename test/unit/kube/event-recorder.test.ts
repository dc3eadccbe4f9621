import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectEvent } from '../../../src/app/ports.ts';
import { EventRecorder } from '../../../src/kube/event-recorder.ts';
import type { KubeClient } from '../../../src/kube/kube-client.ts';

/** An EventRecorder whose client and clock belong to the test. */
class Bench {
  now = 1_000_000;
  readonly created: Record<string, unknown>[] = [];
  readonly patched: unknown[] = [];
  readonly failures: string[] = [];
  fails = false;
  readonly recorder: EventRecorder;

  constructor() {
    const client = {
      create: async (_path: string, body: Record<string, unknown>) => {
        if (this.fails) throw new Error('forbidden');
        this.created.push(body);
      },
      patch: async (_path: string, patch: { readonly body: unknown }) => {
        this.patched.push(patch.body);
      },
    } as unknown as KubeClient;
    const onFailure = (event: ObjectEvent) => this.failures.push(event.reason);
    this.recorder = new EventRecorder({ client, defaultNamespace: 'default', now: () => this.now, onFailure });
  }
}

const event = (message: string, more: Partial<ObjectEvent> = {}): ObjectEvent => ({
  kind: 'Service',
  object: { namespace: 'shop', name: 'web', uid: 'uid-web' },
  type: 'Warning',
  reason: 'Move',
  message,
  ...more,
});

test('an event stands on the object that the operator will look at', () => {
  const { recorder, created } = new Bench();
  recorder.record(event('192.0.2.7 would move'));
  assert.partialDeepStrictEqual(created, [
    {
      metadata: { namespace: 'shop' },
      involvedObject: { apiVersion: 'v1', kind: 'Service', name: 'web', namespace: 'shop', uid: 'uid-web' },
      type: 'Warning',
      reason: 'Move',
      message: '192.0.2.7 would move',
      source: { component: 'holdfast' },
      firstTimestamp: '1970-01-01T00:16:40Z',
      count: 1,
    },
  ]);
});

test('the same event again is counted, and the count is written every half minute', () => {
  const bench = new Bench();
  for (let i = 0; i < 100; i += 1) bench.recorder.record(event('same'));
  assert.deepEqual([bench.created.length, bench.patched.length], [1, 0]);
  bench.now += 30_000;
  bench.recorder.record(event('same'));
  assert.deepEqual(bench.patched, [{ count: 101, lastTimestamp: '1970-01-01T00:17:10Z' }]);
});

test('after ten minutes it is an event of its own', () => {
  const bench = new Bench();
  bench.recorder.record(event('same'));
  bench.now += 600_001;
  bench.recorder.record(event('same'));
  assert.equal(bench.created.length, 2);
});

test('a storm is cut to 25 at once and 5 a second; what is dropped is counted', () => {
  const bench = new Bench();
  for (let i = 0; i < 100; i += 1) bench.recorder.record(event(`move ${i}`));
  assert.deepEqual([bench.created.length, bench.recorder.dropped], [25, 75]);
  bench.now += 2_000;
  for (let i = 100; i < 200; i += 1) bench.recorder.record(event(`move ${i}`));
  assert.equal(bench.created.length, 35);
});

test('a cluster-scoped object has its events in the default namespace, a long message is cut', () => {
  const { recorder, created } = new Bench();
  recorder.record(event('x'.repeat(5000), { kind: 'Namespace', object: { namespace: '', name: 'team', uid: '' } }));
  assert.partialDeepStrictEqual(created, [
    {
      metadata: { namespace: 'default' },
      involvedObject: { kind: 'Namespace', name: 'team' },
      message: 'x'.repeat(1024),
    },
  ]);
});

test('an event that cannot be written is told, and nothing else happens', async () => {
  const bench = new Bench();
  bench.fails = true;
  bench.recorder.record(event('lost'));
  await new Promise(setImmediate);
  assert.deepEqual(bench.failures, ['Move']);
});
