import { parseGoDuration } from './go-duration.ts';

/** The longest timeout that a webhook configuration may ask for (Kubernetes: `timeoutSeconds` is 1 to 30). */
const MAX_TIMEOUT_MS = 30_000;
/** Kept back so that the answer is on the wire before the API server gives up: 10 %, and no less than this. */
const MIN_RESERVE_MS = 100;

/**
 * Milliseconds that a decision may take, given the request URL with its `?timeout=` (a Go duration). Without a usable
 * timeout the caller's default counts, as the API server does (10 s). At least half of a very short timeout is left.
 */
export function budgetOf(url: string, defaultTimeoutMs: number): number {
  const asked = parseGoDuration(timeoutText(url));
  const timeout = Math.min(asked === undefined || asked <= 0 ? defaultTimeoutMs : asked, MAX_TIMEOUT_MS);
  const reserve = Math.max(timeout / 10, MIN_RESERVE_MS);
  return Math.max(timeout - reserve, timeout / 2);
}

/** Answers a question again that was just asked: the API server asks with the same URL again and again. */
export function rememberingLast(answer: typeof budgetOf): typeof budgetOf {
  let last: { readonly url: string; readonly defaultTimeoutMs: number; readonly budget: number } | undefined;
  return (url, defaultTimeoutMs) => {
    if (last?.url !== url || last.defaultTimeoutMs !== defaultTimeoutMs) {
      last = { url, defaultTimeoutMs, budget: answer(url, defaultTimeoutMs) };
    }
    return last.budget;
  };
}

function timeoutText(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? '' : (new URLSearchParams(url.slice(query + 1)).get('timeout') ?? '');
}
