/** What became of one call. */
export type Fate =
  /** A decision, HTTP 200. */
  | 'decided'
  /** Refused with HTTP 503 or 429, an AdmissionReview and a reason. */
  | 'refused'
  /** Its connection was closed, or took too long, before a request could be sent: the server has too many. */
  | 'no connection'
  /** The caller has as many calls under way as it makes at a time. */
  | 'not made'
  /** Sent, and no answer until long after the caller's time was over. */
  | 'no answer'
  /** The connection broke under it. */
  | 'broken'
  /** Something else, or an answer that is none. */
  | 'wrong';

export const FATES: readonly Fate[] = [
  'decided',
  'refused',
  'no connection',
  'not made',
  'no answer',
  'broken',
  'wrong',
];

/** One call of the webhook, as the caller sees it. */
export interface Call {
  /** When it is made; performance.now(). */
  readonly dueAt: number;
  readonly uid: string;
  /** Number of its phase. */
  readonly phase: number;
}

/** A call that is over. */
export interface Ended {
  readonly call: Call;
  readonly fate: Fate;
  /** From the moment it was due. */
  readonly ms: number;
  /** What is wrong, of a `wrong` one. */
  readonly why?: string;
}

interface Answer {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly response?: {
    readonly uid?: unknown;
    readonly allowed?: unknown;
    readonly status?: { readonly message?: unknown; readonly code?: unknown };
  };
}

/** Judges the bytes of an answer. @param retryAfter whether the head has that header */
export function judgeAnswer(
  { uid }: Call,
  { status, body, retryAfter }: { readonly status: number; readonly body: string; readonly retryAfter: boolean },
): { readonly fate: 'decided' | 'refused' | 'wrong'; readonly why?: string } {
  const wrong = (why: string) => ({ fate: 'wrong' as const, why: `${why}: HTTP ${status} ${body.slice(0, 300)}` });
  let answer: Answer;
  try {
    answer = JSON.parse(body) as Answer;
  } catch {
    return wrong('no JSON');
  }
  const { apiVersion, kind, response } = answer;
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview') return wrong('no AdmissionReview');
  if (typeof response?.allowed !== 'boolean') return wrong('no response');
  if (response.uid !== uid) return wrong(`another uid than ${uid}`);
  const { message } = response.status ?? {};
  if (!response.allowed && (typeof message !== 'string' || message === '')) return wrong('refused without a word');
  if (status === 200) return { fate: 'decided' };
  if (status !== 503 && status !== 429) return wrong('an HTTP status that is no refusal');
  if (response.allowed) return wrong('allowed with an HTTP error');
  return retryAfter ? { fate: 'refused' } : wrong('a refusal without Retry-After');
}
