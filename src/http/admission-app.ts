import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type express from 'express';
import type { HandleReview, Hook } from '../review/admission-types.ts';
import { answerProblem } from '../review/problem.ts';
import { type AdmitOptions, type AnswerInfo, admitRoute } from './admit-route.ts';
import { bareApp } from './bare-app.ts';
import { LoadGate } from './load-gate.ts';
import { sendAnswer } from './send-answer.ts';

/** See `createAdmissionApp`. */
export interface AdmissionAppOptions {
  /** The application. */
  readonly handle: HandleReview;
  /** Largest body that is read, in bytes. */
  readonly maxBodyBytes?: number;
  /** What a call without `?timeout=` may take, in milliseconds. */
  readonly defaultTimeoutMs?: number;
  /** How much is taken on at a time; see {@link LoadGate}. */
  readonly gate?: LoadGate;
  /** Hears of every review that was refused because there are too many; must not throw. */
  readonly onShed?: (why: string) => void;
  /** Hears of every answer after it was sent; must not throw. */
  readonly onAnswer?: (info: AnswerInfo) => void;
  /** Hears of what `handle` threw; the caller has got a 500 with the uid by then, or gets it next. */
  readonly onCrash?: (error: unknown) => void;
}

/**
 * 7 MiB. A request to the API server may have 3 MiB (its limit on a body; etcd takes 1.5 MiB of it), a review carries
 * the object twice (object and oldObject) and some hundred bytes around them: 2 × 3 MiB, and one for JSON that grew when
 * the API server wrote it anew. express.json would refuse anything above 100 kB.
 */
export const MAX_BODY_BYTES = 7 * 1024 * 1024;

/** The API server's own default for `timeoutSeconds`. */
const DEFAULT_TIMEOUT_MS = 10_000;

const HOOKS: readonly Hook[] = ['validate', 'mutate'];

/**
 * The app behind the webhook: `POST /validate` and `POST /mutate`. Every answer, also to garbage, is an AdmissionReview,
 * with the uid whenever it can be read. Bad input: 400 (empty, not JSON, cut off), 404, 405, 413, 415.
 *
 * The two routes for which every write of a status waits are found before express, which gives each request and
 * response another prototype: that costs more than a decision (docs/adr/0024). Express has all the rest.
 */
export function createAdmissionApp(options: AdmissionAppOptions): RequestListener {
  const full: AdmitOptions = {
    maxBodyBytes: MAX_BODY_BYTES,
    defaultTimeoutMs: DEFAULT_TIMEOUT_MS,
    gate: options.gate ?? new LoadGate(),
    onShed: () => {},
    onAnswer: () => {},
    onCrash: () => {},
    ...options,
  };
  const crashed: Crashed = (error, response) => {
    full.onCrash(error);
    const message = 'the request failed inside holdfast; its log has the cause. The failurePolicy applies.';
    sendAnswer(response, answerProblem({ code: 500, reason: 'InternalError', message }));
  };
  const admit = new Map(HOOKS.map((hook) => [`/${hook}`, admitRoute(hook, full)]));
  const rest = expressApp(admit, full, crashed);
  return (request, response) => {
    const route = request.method === 'POST' ? admit.get(pathOf(request.url ?? '')) : undefined;
    if (route === undefined) rest(request, response);
    else route(request, response).catch((error: unknown) => crashed(error, response));
  };
}

type Admit = ReturnType<typeof admitRoute>;
type Crashed = (error: unknown, response: ServerResponse) => void;

/** All that may be asked; a request line with a whole URL in it finds its route here. */
function expressApp(admit: ReadonlyMap<string, Admit>, options: AdmitOptions, crashed: Crashed): express.Express {
  const app = bareApp();
  for (const [path, route] of admit) app.post(path, route);
  for (const hook of HOOKS) app.all(`/${hook}`, refuse(405, hook, options));
  app.use(refuse(404, 'unknown', options));
  app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    crashed(error, response);
  });
  return app;
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** Answers a call to a path or with a method that is not served; the body is not looked at. */
function refuse(code: 404 | 405, hook: Hook | 'unknown', { onAnswer }: AdmitOptions) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const startedAt = performance.now();
    if (code === 405) response.setHeader('Allow', 'POST');
    const reason = code === 405 ? 'MethodNotAllowed' : 'NotFound';
    const { method, url = '' } = request;
    const what = `${method} ${url.split('?', 1)[0]}`;
    const message =
      code === 405 ? `${what} is not allowed; use POST` : `there is no ${what}; use POST /validate or POST /mutate`;
    sendAnswer(response, answerProblem({ code, reason, message }));
    const micros = Math.round((performance.now() - startedAt) * 1000);
    onAnswer({ hook, httpStatus: code, bytesIn: 0, micros });
  };
}
