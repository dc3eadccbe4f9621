import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { test } from 'node:test';
import { Drain } from '../../../src/http/drain.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';

const ROUND = 500;
const ROUNDS = 20;
/** What one answer and its request take, more or less. */
const PAYLOAD = 500;

/** Requests on 16 connections, one after the other on each, as a server sees them. */
function answer(server: EventEmitter, sockets: readonly EventEmitter[], count: number): void {
  let open: { readonly response: EventEmitter; readonly socket: EventEmitter }[] = [];
  for (let i = 0; i < count; i += 1) {
    const socket = sockets[i % sockets.length] ?? new EventEmitter();
    const response = Object.assign(new EventEmitter(), { payload: Array.from({ length: PAYLOAD }, (_, n) => n + 0.5) });
    server.emit('request', { socket }, response);
    open.push({ response, socket });
    if (open.length < sockets.length) continue;
    for (const { response: done } of open) done.emit('close');
    open = [];
  }
}

test('nothing of an answered request is kept, not even until the next full collection', () => {
  const server = new EventEmitter();
  new Drain(server as Server, 'connection');
  const sockets = Array.from({ length: 16 }, () => new EventEmitter());
  for (const socket of sockets) server.emit('connection', socket);
  answer(server, sockets, ROUND);
  // What the drain has by now is old; what comes is young, and goes in young collections if nothing old points to it.
  collectGarbage({ type: 'major' });
  const before = process.memoryUsage().heapUsed;
  for (let round = 0; round < ROUNDS; round += 1) {
    answer(server, sockets, ROUND);
    collectGarbage({ type: 'minor' });
  }
  collectGarbage({ type: 'minor' });
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 4_000_000, `${Math.round(grown / 1000)} kB more after ${ROUND * ROUNDS} answers`);
});
