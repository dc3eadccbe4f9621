import type http from 'node:http';
import type { Verb } from './faults.ts';
import type { Body } from './writes.ts';

const VERB_OF_METHOD: Readonly<Record<string, Verb>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

export function verbOf(method: string, url: URL): Verb {
  const write = VERB_OF_METHOD[method];
  if (write !== undefined) return write;
  if (['1', 'true'].includes(url.searchParams.get('watch') ?? '')) return 'watch';
  return isCollection(url.pathname) ? 'list' : 'get';
}

/** `/api/v1/services`, `/api/v1/namespaces`, `/api/v1/namespaces/x/services`; one segment more is an object. */
function isCollection(path: string): boolean {
  const segments = path.split('/').slice(path.startsWith('/api/') ? 3 : 4);
  return segments.length === 1 || (segments[0] === 'namespaces' && segments.length === 3 && segments[2] !== 'status');
}

export async function readBody(request: http.IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return { contentType: request.headers['content-type'] ?? '', json: text === '' ? undefined : JSON.parse(text) };
}

export function answer(response: http.ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(text);
}
