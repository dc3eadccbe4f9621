import type { Figure, Measured } from '../figures.ts';
import type { SubjectName } from './subjects.ts';
import { loadInTurns, type ServerOptions } from './turns.ts';

const CONNECTIONS = 16;

/** What each layer adds to the one before, the bare server first. */
const LAYERS: readonly { readonly id: string; readonly what: string; readonly subject: SubjectName }[] = [
  { id: 'http', what: 'limits, deadline, drain, less parsing', subject: 'holdfast, http only' },
  { id: 'decision', what: 'decoding, look-ups, decision, claim, encoding', subject: 'holdfast, not logged' },
  { id: 'log', what: 'the log line, the metrics, the feed of the page', subject: 'holdfast' },
];

/** Where the CPU time of a review goes: holdfast up to one layer after the other, beside the bare server, in turn. */
export async function measureLayers(options: Pick<ServerOptions, 'ips' | 'rounds' | 'measureMs'>): Promise<Measured> {
  const subjects: SubjectName[] = ['bare node', ...LAYERS.map(({ subject }) => subject)];
  const results = await loadInTurns({ ...options, connections: [CONNECTIONS], subjects });
  const micros = subjects.map((name) => results.median(name, CONNECTIONS, 'serverMicros'));
  const figures = LAYERS.map(({ id, what }, i): Figure => {
    const [before = Number.NaN, upTo = Number.NaN] = [micros[i], micros[i + 1]];
    const from = `${before.toFixed(0)} → ${upTo.toFixed(0)} µs, bare node ${micros[0]?.toFixed(0)} µs`;
    return { id: `layers.${id}`, what, value: upTo - before, unit: 'µs', from };
  });
  return { figures, plots: [], skipped: results.skipped };
}
