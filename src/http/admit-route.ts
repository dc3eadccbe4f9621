import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HandleReview, Hook, ReviewAnswer } from '../review/admission-types.ts';
import { answerProblem } from '../review/problem.ts';
import { budgetOf, rememberingLast } from './budget.ts';
import { parseReview, uidFromHead, uidFromJson } from './parse-review.ts';
import { type BodyRead, discardRest, readBody } from './read-body.ts';
import { sendAnswer, writeAnswer } from './send-answer.ts';

/** One answered call, for metrics; `hook` is `unknown` when the path is none of ours. */
export interface AnswerInfo {
  readonly hook: Hook | 'unknown';
  readonly httpStatus: number;
  readonly bytesIn: number;
  /** From the first byte of the headers being parsed to the answer being handed to the socket. */
  readonly micros: number;
}

/** What the route works with; see `createAdmissionApp`. */
export interface AdmitOptions {
  readonly handle: HandleReview;
  readonly maxBodyBytes: number;
  readonly defaultTimeoutMs: number;
  readonly onAnswer: (info: AnswerInfo) => void;
  readonly onCrash: (error: unknown) => void;
}

/** How long the rest of a body that is too large is thrown away, so that the client can read the answer. */
const LINGER_MS = 1000;

const budget = rememberingLast(budgetOf);

/** The handler of `POST /validate` and `POST /mutate`: bytes in, a valid AdmissionReview out, whatever happens. */
export function admitRoute(hook: Hook, options: AdmitOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const startedAt = performance.now();
    const body = await readBody(request, options.maxBodyBytes);
    if (body.kind === 'aborted') return;
    const answer =
      body.kind === 'tooLarge'
        ? tooLarge(body, hook, options.maxBodyBytes)
        : await answerOf(body.bytes, { hook, request, startedAt }, options);
    await (body.kind === 'tooLarge' ? sendAndHangUp(request, response, answer) : sendAnswer(response, answer));
    const bytesIn = body.kind === 'tooLarge' ? body.bytesRead : body.bytes.length;
    const micros = Math.round((performance.now() - startedAt) * 1000);
    options.onAnswer({ hook, httpStatus: answer.httpStatus, bytesIn, micros });
  };
}

interface Call {
  readonly hook: Hook;
  readonly request: IncomingMessage;
  readonly startedAt: number;
}

async function answerOf(bytes: Buffer, call: Call, { handle, onCrash, defaultTimeoutMs }: AdmitOptions) {
  const { hook, request, startedAt } = call;
  const parsed = parseReview(bytes, {
    endpoint: `POST /${hook}`,
    contentType: request.headers['content-type'],
    contentEncoding: request.headers['content-encoding'],
  });
  if (parsed.kind === 'problem') return answerProblem(parsed.problem);
  const spent = performance.now() - startedAt;
  const budgetMs = Math.max(0, budget(request.url ?? '', defaultTimeoutMs) - spent);
  try {
    return await handle(parsed.value, { hook, budgetMs });
  } catch (error) {
    onCrash(error);
    return crashed(uidFromJson(parsed.value));
  }
}

function crashed(uid: string | undefined): ReviewAnswer {
  const message = 'the review failed inside holdfast; its log has the cause. The failurePolicy applies.';
  return answerProblem({ code: 500, reason: 'InternalError', message, ...(uid === undefined ? {} : { uid }) });
}

function tooLarge(body: Extract<BodyRead, { kind: 'tooLarge' }>, hook: Hook, maxBytes: number): ReviewAnswer {
  const size = body.announced === undefined ? 'is' : `has ${body.announced} bytes,`;
  const message = `the body of POST /${hook} ${size} larger than ${maxBytes} bytes; make the object smaller`;
  const uid = uidFromHead(body.head);
  return answerProblem({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message,
    ...(uid === undefined ? {} : { uid }),
  });
}

async function sendAndHangUp(request: IncomingMessage, response: ServerResponse, answer: ReviewAnswer): Promise<void> {
  response.setHeader('Connection', 'close');
  writeAnswer(response, answer);
  await discardRest(request, LINGER_MS);
  response.end();
}
