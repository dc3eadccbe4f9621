import type { ServerResponse } from 'node:http';
import type { ReviewAnswer } from '../review/admission-types.ts';

/**
 * Writes the whole answer with its length, but does not end the response, so that the socket stays open. Does nothing
 * if nobody listens any more.
 */
export function writeAnswer(response: ServerResponse, answer: ReviewAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(answer.body));
  response.writeHead(answer.httpStatus, { 'Content-Type': 'application/json', 'Content-Length': bytes.length });
  response.write(bytes);
}

/** Writes the answer and ends the response. */
export function sendAnswer(response: ServerResponse, answer: ReviewAnswer): void {
  response.cork();
  writeAnswer(response, answer);
  response.end();
}
