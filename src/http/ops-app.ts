import type { ServerResponse } from 'node:http';
import type express from 'express';
import { bareApp } from './bare-app.ts';
import { addPageRoutes, PAGE_PATHS, type PageSource } from './page-routes.ts';

/** What the operations port shows; each is asked anew for every request. */
export interface OpsAppOptions {
  readonly readiness: () => { readonly ready: boolean; readonly waitingFor: readonly string[] };
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly page: PageSource;
}

const PROBES = ['/healthz', '/readyz', '/metrics'];

const TEXT = 'text/plain; charset=utf-8';

/**
 * The plain-HTTP app for probes, metrics and people: `/healthz` (the process answers), `/readyz` (200, or 503 with one
 * line for each thing that is missing), `/metrics`, and the page at `/`. GET and HEAD only.
 */
export function createOpsApp({ readiness, metrics, page }: OpsAppOptions): express.Express {
  const app = bareApp();
  app.get('/healthz', (_request, response) => send(response, 200, 'ok\n'));
  app.get('/readyz', (_request, response) => {
    const { ready, waitingFor } = readiness();
    if (ready) send(response, 200, 'ok\n');
    else send(response, 503, `not ready, waiting for:\n${waitingFor.map((line) => `${line}\n`).join('')}`);
  });
  app.get('/metrics', async (_request, response) => {
    const { contentType, body } = await metrics();
    send(response, 200, body, contentType);
  });
  addPageRoutes(app, page);
  app.all([...PROBES, ...PAGE_PATHS], (request, response) => {
    response.setHeader('Allow', 'GET, HEAD');
    send(response, 405, `${request.method} ${request.path} is not allowed; use GET\n`);
  });
  app.use((request: express.Request, response: express.Response) => {
    send(response, 404, `there is no ${request.path}; use /, /healthz, /readyz or /metrics\n`);
  });
  app.use((error: unknown, request: express.Request, response: express.Response, _next: express.NextFunction) => {
    const why = error instanceof Error ? error.message : String(error);
    send(response, 500, `${request.path} failed: ${why}\n`);
  });
  return app;
}

function send(response: ServerResponse, status: number, body: string, contentType = TEXT): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(body);
}
