import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HandleReview, Hook, ReviewAnswer } from '../review/admission-types.ts';
import { answerProblem, type Problem } from '../review/problem.ts';
import { budgetOf, rememberingLast } from './budget.ts';
import { type LoadGate, overloaded } from './load-gate.ts';
import { parseReview, uidFromHead, uidFromJson } from './parse-review.ts';
import { announcedLength, type BodyRead, discardRest, readBody } from './read-body.ts';
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
  /** Refuses what cannot be answered in time. */
  readonly gate: LoadGate;
  readonly onAnswer: (info: AnswerInfo) => void;
  /** Hears of every review that was refused because there are too many. */
  readonly onShed: (why: string) => void;
  readonly onCrash: (error: unknown) => void;
}

/** How long the rest of a body that is too large is thrown away, so that the client can read the answer. */
const LINGER_MS = 1000;

/** Seconds. MetalLB does not look at it; others may. */
const RETRY_AFTER_S = '1';

const budget = rememberingLast(budgetOf);

/** The handler of `POST /validate` and `POST /mutate`: bytes in, a valid AdmissionReview out, whatever happens. */
export function admitRoute(hook: Hook, options: AdmitOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const startedAt = performance.now();
    const { gate, maxBodyBytes } = options;
    const cameAt = startedAt - gate.waited();
    const room = Math.min(announcedLength(request) ?? maxBodyBytes, maxBodyBytes);
    if (!gate.mayRead(room)) return refuseUnread({ hook, request, response, startedAt }, options);
    const body = await readBody(request, maxBodyBytes);
    if (body.kind === 'aborted') return gate.leave(room);
    const answer =
      body.kind === 'tooLarge'
        ? tooLarge(body, hook, maxBodyBytes)
        : await answerOf(body.bytes, { hook, request, response, cameAt }, options);
    gate.leave(room);
    await (body.kind === 'tooLarge' ? sendAndHangUp(request, response, answer) : sendAnswer(response, answer));
    const bytesIn = body.kind === 'tooLarge' ? body.bytesRead : body.bytes.length;
    const micros = Math.round((performance.now() - startedAt) * 1000);
    options.onAnswer({ hook, httpStatus: answer.httpStatus, bytesIn, micros });
  };
}

interface Call {
  readonly hook: Hook;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The earliest moment at which its bytes may have arrived; performance.now(). */
  readonly cameAt: number;
}

async function answerOf(bytes: Buffer, call: Call, options: AdmitOptions) {
  const { hook, request, response, cameAt } = call;
  const { handle, onCrash, onShed, gate } = options;
  const [budgetMs, spentMs] = [budget(request.url ?? '', options.defaultTimeoutMs), performance.now() - cameAt];
  const refusal = gate.refusal({ budgetMs, spentMs });
  if (refusal !== undefined) {
    onShed(refusal.message);
    response.setHeader('Retry-After', RETRY_AFTER_S);
    return answerProblem(withUid(refusal, bytes));
  }
  const parsed = parseReview(bytes, {
    endpoint: `POST /${hook}`,
    contentType: request.headers['content-type'],
    contentEncoding: request.headers['content-encoding'],
  });
  if (parsed.kind === 'problem') return answerProblem(parsed.problem);
  gate.deciding();
  try {
    return await handle(parsed.value, { hook, budgetMs: Math.max(0, budgetMs - spentMs) });
  } catch (error) {
    onCrash(error);
    return crashed(uidFromJson(parsed.value));
  } finally {
    gate.decided();
  }
}

function crashed(uid: string | undefined): ReviewAnswer {
  const message = 'the review failed inside holdfast; its log has the cause. The failurePolicy applies.';
  return answerProblem({ code: 500, reason: 'InternalError', message, ...(uid === undefined ? {} : { uid }) });
}

/** There is no room for the body: it is thrown away, and the connection with it. */
async function refuseUnread(
  { hook, request, response, startedAt }: Omit<Call, 'cameAt'> & { readonly startedAt: number },
  { onShed, onAnswer }: AdmitOptions,
): Promise<void> {
  const refusal = overloaded('too many large reviews are being read');
  onShed(refusal.message);
  response.setHeader('Retry-After', RETRY_AFTER_S);
  await sendAndHangUp(request, response, answerProblem(refusal));
  const micros = Math.round((performance.now() - startedAt) * 1000);
  onAnswer({ hook, httpStatus: refusal.code, bytesIn: 0, micros });
}

function withUid(problem: Problem, bytes: Buffer): Problem {
  const uid = uidFromHead(bytes.subarray(0, 1024));
  return uid === undefined ? problem : { ...problem, uid };
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
