import type { IncomingMessage } from 'node:http';

/** What came of reading a request body. `head` of a body that is too large is its first chunk, for the uid. */
export type BodyRead =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'tooLarge'; readonly head: Buffer; readonly bytesRead: number; readonly announced?: number }
  | { readonly kind: 'aborted' };

/**
 * Reads the body, at most `maxBytes` of it. A body that announces or sends more is not read any further: the stream is
 * left paused. Never rejects: a client that goes away is `aborted`, and there is nobody to answer.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<BodyRead> {
  const announced = announcedLength(request);
  const limit = announced !== undefined && announced > maxBytes ? 0 : maxBytes;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let total = 0;
    const onData = (chunk: Buffer) => {
      total += chunk.length;
      chunks.push(chunk);
      if (total <= limit) return;
      request.off('data', onData).pause();
      const head = chunks[0] ?? chunk;
      resolve({ kind: 'tooLarge', head, bytesRead: total, ...(announced === undefined ? {} : { announced }) });
    };
    // Only the first of these counts: a promise is settled once.
    const onGone = () => resolve({ kind: 'aborted' });
    request
      .on('data', onData)
      .on('end', () => resolve({ kind: 'whole', bytes: joined(chunks, total) }))
      .on('error', onGone)
      .on('close', onGone);
  });
}

/** Most reviews (1.4 to 4 KB) come in one chunk, which then needs no copy. */
function joined(chunks: readonly Buffer[], total: number): Buffer {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, total);
}

/** What `Content-Length` says, in bytes. */
export function announcedLength(request: IncomingMessage): number | undefined {
  const header = request.headers['content-length'];
  return header === undefined ? undefined : Number(header);
}

/**
 * Throws away what the client still sends, until it stops or `maxMs` have passed. Closing a socket with unread bytes
 * makes the kernel send a reset, and the client would lose the answer that it has not read yet.
 */
export function discardRest(request: IncomingMessage, maxMs: number): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, maxMs);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    request.once('end', done).once('error', done).once('close', done).resume();
  });
}
