import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/kube/watch-clock.ts';
import { ApiStatus } from '../../support/stub-apiserver/api-status.ts';
import { IP_ADDRESS_POOL } from '../../support/stub-apiserver/resources.ts';
import type { StubApiServer, StubOptions } from '../../support/stub-apiserver/server.ts';
import type { KubeObject } from '../../support/stub-apiserver/store.ts';
import { clientOf, service, startStub } from './helpers.ts';
import { toItem, type Watching, type WatchSetup, watchServices } from './watch-recorder.ts';

const SERVICES = '/api/v1/services';
const A = '/api/v1/namespaces/default/services/a';
const TIMEOUT = { timeout: 20_000 };

interface Scene extends Watching {
  readonly stub: StubApiServer;
}

/** A stub with these Services, and a watch of them that is live. */
async function live(
  t: TestContext,
  names: readonly string[],
  setup: WatchSetup = {},
  options: StubOptions = {},
): Promise<Scene> {
  const stub = await startStub(t, options);
  for (const name of names) stub.put(SERVICES, service(name));
  const watching = watchServices(t, clientOf(t, stub), setup);
  await watching.recorder.untilState('live');
  return { stub, ...watching };
}

function note(name: string, text: string): KubeObject {
  return { metadata: { namespace: 'default', name, annotations: { note: text } } };
}

test('what is there is listed, what changes is told', TIMEOUT, async (t) => {
  const { stub, recorder, watch } = await live(t, ['a', 'b']);
  assert.deepEqual(recorder.lists[0]?.names, ['a', 'b']);
  assert.equal(recorder.lists[0]?.at.absent, false);
  stub.put(SERVICES, service('c'));
  stub.put(SERVICES, note('a', 'changed'));
  stub.remove('/api/v1/namespaces/default/services/b');
  await recorder.until(() => recorder.calls.includes('deleted b'));
  assert.deepEqual(recorder.calls.slice(-3), ['upserted c', 'upserted a', 'deleted b']);
  assert.equal(recorder.present.get('a')?.note, 'changed');
  assert.deepEqual([watch.status().lists, watch.status().synced, watch.status().events], [1, true, 3]);
});

test('the first list is paged, and the watch starts where it stands', TIMEOUT, async (t) => {
  const names = Array.from({ length: 25 }, (_, index) => `s${index + 10}`);
  const { stub, recorder } = await live(t, names, { timing: { pageSize: 10 } });
  assert.equal(stub.requests.count('list', SERVICES), 3);
  assert.deepEqual(recorder.names, names);
  assert.equal(stub.requests.of('watch')[0]?.query.get('resourceVersion'), recorder.lists[0]?.at.resourceVersion);
  assert.equal(stub.requests.of('watch')[0]?.query.get('allowWatchBookmarks'), 'true');
});

test('the server is asked to end each watch after a random time between the limits', TIMEOUT, async (t) => {
  const clock = { ...systemClock, random: () => 0.5 };
  const { stub } = await live(t, [], { clock });
  assert.equal(stub.requests.of('watch')[0]?.query.get('timeoutSeconds'), '450');
});

test('after a cut it goes on where it was: nothing is missed, nothing is listed again', TIMEOUT, async (t) => {
  const { stub, recorder, watch } = await live(t, ['a']);
  stub.put(SERVICES, service('b'));
  await recorder.until(() => recorder.present.has('b'));
  const seen = watch.status().resourceVersion;
  stub.watchers.cut();
  stub.put(SERVICES, service('c'));
  stub.remove(A);
  await recorder.until(() => recorder.calls.includes('deleted a'));
  assert.deepEqual(recorder.names, ['b', 'c']);
  assert.equal(stub.requests.count('list'), 1);
  assert.equal(stub.requests.of('watch')[1]?.query.get('resourceVersion'), seen);
});

test('an end in good order is followed by the next watch without a word', TIMEOUT, async (t) => {
  const { stub, recorder } = await live(t, ['a']);
  stub.put(SERVICES, service('b'));
  await recorder.until(() => recorder.present.has('b'));
  stub.watchers.end();
  await stub.requests.reached('watch', SERVICES, 2);
  stub.put(SERVICES, service('c'));
  await recorder.until(() => recorder.present.has('c'));
  assert.deepEqual(
    recorder.states.map(({ kind }) => kind),
    ['live'],
  );
});

test('bookmarks move the resourceVersion on, so that a compaction does no harm', TIMEOUT, async (t) => {
  const { stub, recorder, watch } = await live(t, ['a']);
  stub.put('/api/v1/namespaces', { metadata: { name: 'elsewhere' } });
  const now = String(stub.store.resourceVersion);
  stub.watchers.bookmark();
  while (watch.status().resourceVersion !== now) await new Promise(setImmediate);
  stub.watchers.cut();
  await recorder.untilState('live', 2);
  assert.equal(stub.requests.of('watch').at(-1)?.query.get('resourceVersion'), now);
  assert.equal(watch.status().lists, 1);
});

test('a 410 as the answer to a watch lists again, and the sink sees what is gone', TIMEOUT, async (t) => {
  const { stub, recorder } = await live(t, ['a', 'b']);
  stub.watchers.stall();
  stub.remove(A);
  stub.put(SERVICES, service('c'));
  stub.compact();
  stub.watchers.cut();
  await recorder.until(() => recorder.lists.length === 2);
  assert.deepEqual(recorder.lists[1]?.names, ['b', 'c']);
  await recorder.untilState('live', 2);
});

test('a 410 as an event in the stream lists again as well', TIMEOUT, async (t) => {
  const { stub, recorder, watch } = await live(t, ['a']);
  stub.watchers.stall();
  stub.remove(A);
  stub.watchers.fail(new ApiStatus(410, 'too old resource version'));
  await recorder.until(() => recorder.lists.length === 2);
  assert.deepEqual(recorder.names, []);
  assert.equal(watch.status().lists, 2);
});

test('a 410 in the middle of the pages starts the list again from its first page', TIMEOUT, async (t) => {
  const stub = await startStub(t);
  for (const name of ['a', 'b', 'c']) stub.put(SERVICES, service(name));
  stub.faults.add({ verb: 'list', path: SERVICES, action: { kind: 'delay', ms: 0 } });
  stub.faults.add({ verb: 'list', path: SERVICES, action: { kind: 'run', run: () => stub.compact() } });
  const { recorder } = watchServices(t, clientOf(t, stub), { timing: { pageSize: 2 } });
  await recorder.untilState('live');
  assert.deepEqual(
    recorder.lists.map(({ names }) => names),
    [['a', 'b', 'c']],
  );
});

test('a watch that falls silent is cut, and what it kept back comes with the next', TIMEOUT, async (t) => {
  const { stub, recorder } = await live(t, ['a'], { timing: { silenceMs: 60 } }, { bookmarkMs: 10 });
  stub.watchers.stall();
  stub.put(SERVICES, service('b'));
  await recorder.until(() => recorder.present.has('b'));
  assert.equal(stub.requests.count('list'), 1);
  assert.deepEqual(
    recorder.states.filter(({ kind }) => kind === 'retrying'),
    [],
    'resumed at once, one silence is nothing to tell',
  );
});

test('as long as bookmarks come, nothing is cut', TIMEOUT, async (t) => {
  const { stub, watch } = await live(t, ['a'], { timing: { silenceMs: 600 } }, { bookmarkMs: 5 });
  while (watch.status().events < 300) await new Promise(setImmediate);
  assert.equal(stub.requests.count('watch'), 1);
});

test('watches that stay silent from their start mean a lost resourceVersion: list again', TIMEOUT, async (t) => {
  const setup = { timing: { silenceMs: 30 } };
  const { recorder } = await live(t, ['a'], setup, { bookmarkMs: 3_600_000 });
  await recorder.until(() => recorder.lists.length >= 2);
  const message = recorder.states.find(({ kind }) => kind === 'retrying');
  assert.match(JSON.stringify(message), /cannot watch services: nothing came for 0.03 s, not even a bookmark/);
});

test('an error that is not 410, again and again, ends in a new list too', TIMEOUT, async (t) => {
  const { stub, recorder } = await live(t, ['a']);
  stub.faults.add({ verb: 'watch', times: 2, action: { kind: 'error-event', status: 500 } });
  stub.watchers.cut();
  await recorder.until(() => recorder.lists.length === 2);
  await recorder.untilState('live', 4);
});

test('a resource that does not exist is absent and empty, until it appears', TIMEOUT, async (t) => {
  const stub = await startStub(t);
  const path = '/apis/metallb.io/v1beta1/ipaddresspools';
  const { recorder, watch } = watchServices(t, clientOf(t, stub), { path, label: 'pools' });
  await recorder.untilState('absent');
  assert.deepEqual(recorder.lists, [{ names: [], at: { resourceVersion: '', absent: true } }]);
  assert.equal(watch.status().synced, true);
  await stub.requests.reached('list', path, 4);
  assert.equal(recorder.lists.length, 1, 'absence is told once');
  stub.registry.add(IP_ADDRESS_POOL);
  stub.put(path, { metadata: { namespace: 'metallb-system', name: 'main' } });
  await recorder.untilState('live');
  assert.deepEqual(recorder.names, ['main']);
  assert.equal(recorder.lists[1]?.at.absent, false);
});

test('a CRD that is deleted and made again takes its objects with it and back', TIMEOUT, async (t) => {
  const stub = await startStub(t);
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const crd = {
    metadata: { name: 'ipclaims.holdfast.dev' },
    spec: {
      group: 'holdfast.dev',
      scope: 'Cluster',
      names: { plural: 'ipclaims', kind: 'IPClaim' },
      versions: [{ name: 'v1alpha1', served: true }],
    },
  };
  const path = '/apis/holdfast.dev/v1alpha1/ipclaims';
  stub.put(crds, crd);
  stub.put(path, { metadata: { name: '192.0.2.1' } });
  const { recorder } = watchServices(t, clientOf(t, stub), { path });
  await recorder.untilState('live');
  assert.deepEqual(recorder.names, ['192.0.2.1']);
  stub.remove(`${crds}/ipclaims.holdfast.dev`);
  await recorder.untilState('absent');
  assert.deepEqual(recorder.names, []);
  stub.put(crds, crd);
  await recorder.untilState('live', 2);
});

test('not allowed is said once, and once more when the reason changes; it goes on trying', TIMEOUT, async (t) => {
  const stub = await startStub(t);
  const forbid = (message: string, times: number): void =>
    stub.faults.add({ verb: 'list', path: SERVICES, times, action: { kind: 'answer', status: 403, message } });
  forbid('cannot list services', 5);
  forbid('cannot list services at all', 2);
  const { recorder, watch } = watchServices(t, clientOf(t, stub));
  await recorder.untilState('live');
  assert.deepEqual(
    recorder.states.map(({ kind }) => kind),
    ['forbidden', 'forbidden', 'live'],
  );
  assert.match(JSON.stringify(recorder.states[0]), /not allowed: cannot list services\. Does the role/);
  assert.equal(watch.status().lists, 8);
});

test('an API server that is not there yet is waited for', TIMEOUT, async (t) => {
  const stub = await startStub(t);
  stub.put(SERVICES, service('a'));
  await stub.refuse();
  const { recorder, watch } = watchServices(t, clientOf(t, stub));
  await recorder.untilState('retrying');
  assert.match(JSON.stringify(recorder.states[0]), /cannot reach http.*\(ECONNREFUSED\): is the API server up\?/);
  assert.deepEqual([watch.status().synced, watch.status().lastContactAt], [false, undefined]);
  await stub.listen();
  await recorder.untilState('live');
  assert.deepEqual(recorder.names, ['a']);
});

test('through an outage the list is kept, and the watch goes on from it', TIMEOUT, async (t) => {
  const { stub, recorder } = await live(t, ['a']);
  stub.put(SERVICES, service('b'));
  await recorder.until(() => recorder.present.has('b'));
  await stub.refuse();
  await recorder.until(() => /ECONNREFUSED/.test(JSON.stringify(recorder.states)));
  stub.put(SERVICES, service('c'));
  await stub.listen();
  await recorder.until(() => recorder.present.has('c'));
  assert.equal(stub.requests.count('list'), 1);
});

for (const status of [401, 429, 500, 503, 504]) {
  test(`a list answered with ${status} is tried again until it works`, TIMEOUT, async (t) => {
    const stub = await startStub(t);
    stub.put(SERVICES, service('a'));
    stub.faults.add({ verb: 'list', times: 4, action: { kind: 'answer', status } });
    const { recorder } = watchServices(t, clientOf(t, stub));
    await recorder.untilState('live');
    assert.deepEqual(recorder.names, ['a']);
  });
}

test('a sink that throws is reported, and the events after go on', TIMEOUT, async (t) => {
  const errors: string[] = [];
  const scene = await live(t, [], { onHandlerError: (error, where) => errors.push(`${where}: ${String(error)}`) });
  const { stub, recorder, watch } = scene;
  const upserted = recorder.upserted.bind(recorder);
  recorder.upserted = (item) => {
    if (item.name === 'bad') throw new Error('cannot take it');
    upserted(item);
  };
  for (const name of ['one', 'bad', 'two']) stub.put(SERVICES, service(name));
  await recorder.until(() => recorder.present.has('two'));
  assert.deepEqual(recorder.names, ['one', 'two']);
  assert.deepEqual(errors, ['upserted: Error: cannot take it']);
  assert.deepEqual([watch.status().handlerErrors, watch.status().streams], [1, 1]);
});

test('a list that the sink could not take is offered again before anything counts as synced', TIMEOUT, async (t) => {
  const stub = await startStub(t);
  stub.put(SERVICES, service('a'));
  const { recorder, watch } = watchServices(t, clientOf(t, stub));
  const replaced = recorder.replaced.bind(recorder);
  let refusals = 0;
  const synced: boolean[] = [];
  recorder.replaced = (items, at) => {
    synced.push(watch.status().synced);
    if (refusals++ < 2) throw new Error('not now');
    replaced(items, at);
  };
  await recorder.untilState('live');
  assert.deepEqual(synced, [false, false, false]);
  assert.equal(watch.status().synced, true);
});

test('a projector that throws leaves what was known; one that says undefined takes it away', TIMEOUT, async (t) => {
  const project = (raw: unknown): ReturnType<typeof toItem> | undefined => {
    const item = toItem(raw);
    if (item.note === 'poison') throw new Error('cannot read it');
    return item.note === 'uninteresting' ? undefined : item;
  };
  const { stub, recorder, watch } = await live(t, ['a', 'b'], { project });
  stub.put(SERVICES, note('a', 'poison'));
  stub.put(SERVICES, note('b', 'uninteresting'));
  await recorder.until(() => recorder.calls.includes('deleted b'));
  assert.deepEqual(recorder.names, ['a']);
  assert.equal(watch.status().handlerErrors, 1);
});

test('rubbish in the stream breaks it and nothing else', TIMEOUT, async (t) => {
  const { stub, recorder } = await live(t, ['a']);
  stub.put(SERVICES, service('b'));
  await recorder.until(() => recorder.present.has('b'));
  stub.watchers.inject('{"type":"ADDED","object":\n');
  await recorder.untilState('live', 2);
  stub.put(SERVICES, service('c'));
  await recorder.until(() => recorder.present.has('c'));
});

test('a very large object with characters of several bytes arrives whole', TIMEOUT, async (t) => {
  const { stub, recorder } = await live(t, []);
  const text = 'ä€😀'.repeat(200_000);
  stub.put(SERVICES, note('big', text));
  await recorder.until(() => recorder.present.has('big'));
  assert.equal(recorder.present.get('big')?.note, text);
});

test('selectors are part of the list and of the watch', TIMEOUT, async (t) => {
  const stub = await startStub(t);
  const labelled = (name: string, on: string): KubeObject => ({
    metadata: { namespace: 'default', name, labels: { on } },
  });
  stub.put(SERVICES, labelled('a', 'yes'));
  stub.put(SERVICES, labelled('b', 'no'));
  const { recorder } = watchServices(t, clientOf(t, stub), { query: { labelSelector: 'on=yes' } });
  await recorder.untilState('live');
  assert.deepEqual(recorder.names, ['a']);
  stub.put(SERVICES, labelled('a', 'no'));
  stub.put(SERVICES, labelled('b', 'yes'));
  await recorder.until(() => recorder.present.has('b'));
  assert.deepEqual(recorder.names, ['b']);
});

test('after stop nothing is called and nothing is asked any more', TIMEOUT, async (t) => {
  const { stub, recorder, watch } = await live(t, ['a']);
  await watch.stop();
  assert.equal(recorder.calls.at(-1), 'state stopped');
  const asked = stub.requests.all.length;
  stub.put(SERVICES, service('b'));
  await new Promise(setImmediate);
  assert.deepEqual([recorder.calls.at(-1), stub.requests.all.length], ['state stopped', asked]);
});

test('stop does not wait for an API server that does not answer, nor for a backoff', TIMEOUT, async (t) => {
  const stub = await startStub(t);
  stub.faults.add({ verb: 'list', action: { kind: 'hang' } });
  const hanging = watchServices(t, clientOf(t, stub));
  await stub.requests.reached('list', SERVICES, 1);
  await hanging.watch.stop();
  stub.faults.add({ verb: 'list', action: { kind: 'answer', status: 500 } });
  const waiting = watchServices(t, clientOf(t, stub), { timing: { backoffMs: 3_600_000, backoffMaxMs: 3_600_000 } });
  await waiting.recorder.untilState('retrying');
  await waiting.watch.stop();
  assert.equal(waiting.watch.status().state.kind, 'stopped');
});
