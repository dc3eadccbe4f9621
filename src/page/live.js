/**
 * Fetches the state again and again while somebody looks, and at once after a decision.
 * @typedef {import('./page.js').PageState} PageState
 */

const EVERY_MS = 4000;
/** A storm of decisions is one reason to look, not a hundred. */
const SOON_MS = 600;

/**
 * @param {(state: PageState) => void} show called when something changed
 * @param {(text: string) => void} tell how the connection is
 * @returns {() => void} asks for a look soon
 */
export function followState(show, tell) {
  let etag = '';
  let soon = 0;
  const look = async () => {
    try {
      const answer = await fetch('api/state', { headers: etag === '' ? {} : { 'If-None-Match': etag } });
      if (answer.status === 200) {
        etag = answer.headers.get('ETag') ?? '';
        show(await answer.json());
      } else if (answer.status !== 304) throw new Error(`HTTP ${answer.status}`);
      tell('live');
    } catch (error) {
      tell(`no connection, trying again (${error instanceof Error ? error.message : String(error)})`);
    }
  };
  const whenSeen = () => {
    if (document.visibilityState === 'visible') void look();
  };
  document.addEventListener('visibilitychange', whenSeen);
  setInterval(whenSeen, EVERY_MS);
  whenSeen();
  return () => {
    clearTimeout(soon);
    soon = window.setTimeout(whenSeen, SOON_MS);
  };
}

/** @param {(id: string, entry: import('../app/decision-feed.ts').FeedEntry) => void} hear */
export function followDecisions(hear) {
  const source = new EventSource('api/decisions');
  source.addEventListener('message', ({ data, lastEventId }) => hear(lastEventId, JSON.parse(data)));
  source.addEventListener('error', () => {
    // A refusal (too many pages, or shutting down) ends an EventSource for good: begin another.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => followDecisions(hear), EVERY_MS);
  });
}
