import type { ServerResponse } from 'node:http';
import type { ReviewAnswer } from '../review/admission-types.ts';

/**
 * Writes the whole answer with its length, but does not end the response, so that the socket stays open. Does nothing
 * if nobody listens any more.
 */
export function writeAnswer(response: ServerResponse, answer: ReviewAnswer): void {
  if (response.headersSent || response.destroyed) return;
  response.write(begin(response, answer));
}

/** Writes the answer and ends the response: head and body in one piece, which Node does for texts only. */
export function sendAnswer(response: ServerResponse, answer: ReviewAnswer): void {
  if (response.headersSent || response.destroyed) response.end();
  else response.end(begin(response, answer));
}

/** @returns the body, whose length the head names */
function begin(response: ServerResponse, { httpStatus, body }: ReviewAnswer): string {
  const text = JSON.stringify(body);
  response.writeHead(httpStatus, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  return text;
}
