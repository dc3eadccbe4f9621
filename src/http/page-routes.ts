import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type express from 'express';
import type { DecisionFeed } from '../app/decision-feed.ts';
import { CachedJson } from './cached-json.ts';
import { EventStreams } from './event-streams.ts';
import { isInsideName } from './inside-name.ts';

/** What the page shows. */
export interface PageSource {
  /** The cluster as JSON; a second of age does no harm. */
  readonly state: () => unknown;
  readonly feed: DecisionFeed;
  /** Ends the streams of decisions: the server is about to stop. */
  readonly signal: AbortSignal;
}

const PAGE = new URL('../page/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Every file of the page by its path; read once at start, so that no request ever names a file. */
const FILES: ReadonlyMap<string, { readonly type: string; readonly body: Buffer }> = new Map(
  readdirSync(PAGE).map((name) => {
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    return [name === 'index.html' ? '/' : `/${name}`, { type, body: readFileSync(new URL(name, PAGE)) }];
  }),
);

/** The paths that {@link addPageRoutes} serves. */
export const PAGE_PATHS: readonly string[] = [...FILES.keys(), '/api/state', '/api/decisions'];

/**
 * Only its own files, scripts and answers; no inline script, no frame around it, no form. Text becomes nodes, never
 * markup: Trusted Types make the browser refuse anything else.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** The page (`/` and its files), `/api/state` (JSON) and `/api/decisions` (server-sent events). Read-only: GET and HEAD. */
export function addPageRoutes(app: express.Express, { state, feed, signal }: PageSource): void {
  const streams = new EventStreams(feed, signal);
  const json = new CachedJson(state);
  app.all([...PAGE_PATHS], (request: express.Request, response: express.Response, next: express.NextFunction) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (isInsideName(request.headers.host)) next();
    else {
      response.writeHead(403, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
      response.end(
        'the page is shown under an IP, localhost or a name of the cluster only; use kubectl port-forward\n',
      );
    }
  });
  for (const [path, { type, body }] of FILES) app.get(path, (_request, response) => send(response, type, body));
  app.get('/api/state', (request, response) => {
    const { body, etag } = json.get();
    response.setHeader('ETag', etag);
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { 'Cache-Control': 'no-store' }).end();
    else send(response, 'application/json; charset=utf-8', body);
  });
  app.get('/api/decisions', (request, response) => streams.open(request, response));
}

function send(response: ServerResponse, type: string, body: Buffer): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length, 'Cache-Control': 'no-store' });
  response.end(body);
}
