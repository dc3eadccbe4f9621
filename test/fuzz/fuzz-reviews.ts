import { rehearse } from '../../src/app/rehearsal.ts';
import { parseReview } from '../../src/http/parse-review.ts';
import type { AdmissionReviewOut, Hook } from '../../src/review/admission-types.ts';
import { answerProblem } from '../../src/review/problem.ts';
import { METALLB_USER } from '../gen/review.ts';
import type { Random } from '../parity/random.ts';
import type { Corpus } from './corpus.ts';
import { mutateBytes, mutateJson } from './mutate.ts';

/** What came of many inputs. */
export interface Fuzzed {
  readonly inputs: number;
  /** How often each HTTP status was answered, or each kind of event was taken. */
  readonly counts: ReadonlyMap<string, number>;
  /** Inputs that were not treated as they should have been, at most ten, with what happened. */
  readonly wrong: readonly string[];
}

const ORIGIN = { endpoint: 'POST /validate', contentType: 'application/json', contentEncoding: undefined };
const BUDGET_MS = 5_000;

/** Sends mutated reviews through the real path from bytes to answer, in a world of the recorded storm. */
export async function reviewFuzzer({ recording, reviews }: Corpus, random: Random) {
  let now = Date.now();
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  // Reservations of writes that are never stored end with time.
  const clock = { now: () => (now += 50), monotonic: () => now };
  const { admission } = await rehearse(recording, {
    mode: 'repair',
    sink: { decided: () => {}, abstained: () => {} },
    clock,
    scope: { classes: [] },
    metallbUsers: [METALLB_USER],
  });
  const texts = reviews.map((review) => Buffer.from(JSON.stringify(review)));

  const one = async (): Promise<void> => {
    const index = random.below(reviews.length);
    const hook: Hook = random.chance(50) ? 'mutate' : 'validate';
    const bytes = random.chance(30)
      ? mutateBytes(texts[index] ?? Buffer.alloc(0), random)
      : Buffer.from(JSON.stringify(mutateJson(reviews[index], random)) ?? '');
    try {
      const parsed = parseReview(bytes, ORIGIN);
      const { httpStatus, body } =
        parsed.kind === 'problem'
          ? answerProblem(parsed.problem)
          : await admission.handle(parsed.value, { hook, budgetMs: BUDGET_MS });
      counts.set(String(httpStatus), (counts.get(String(httpStatus)) ?? 0) + 1);
      const problem = problemOf(httpStatus, body);
      if (problem !== undefined) note(`${problem}: ${JSON.stringify(body)}`, bytes);
    } catch (error) {
      note(`threw ${error instanceof Error ? error.stack : String(error)}`, bytes);
    }
  };
  const note = (what: string, bytes: Buffer): void => {
    if (wrong.length < 10) wrong.push(`${what}\n  input: ${bytes.toString('utf8').slice(0, 2_000)}`);
  };
  return { one, result: (inputs: number): Fuzzed => ({ inputs, counts, wrong }) };
}

/** @returns what is wrong with an answer; nothing that is asked may cost a 500 */
function problemOf(httpStatus: number, { apiVersion, kind, response }: AdmissionReviewOut): string | undefined {
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview') return 'no AdmissionReview';
  if (typeof response.uid !== 'string' || typeof response.allowed !== 'boolean') return 'no valid response';
  if (httpStatus >= 500) return `HTTP ${httpStatus}`;
  if (!response.allowed && (response.status?.message ?? '') === '') return 'refused without a word';
  if (httpStatus !== 200 && response.allowed) return 'allowed with an HTTP error';
  if (response.patch === undefined) return undefined;
  return isPatch(response.patch) ? undefined : 'a patch that is none';
}

function isPatch(base64: string): boolean {
  const operations: unknown = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
  return Array.isArray(operations) && operations.length > 0;
}
