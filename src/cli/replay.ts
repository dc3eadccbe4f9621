import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { play, through } from '../app/play.ts';
import type { DecisionRecord } from '../app/ports.ts';
import { parseRecording, type Recording } from '../app/recording.ts';
import { hooksOf, rehearse } from '../app/rehearsal.ts';
import type { DecisionLine } from '../telemetry/decision-log.ts';
import type { ReplayOptions } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { metallbUsers } from './metallb-users.ts';
import { replayTable } from './output/replay-table.ts';
import { decisionLine } from './report.ts';
import { whyUnreadable } from './why-unreadable.ts';

/** A recording that cannot be played, with every problem and its line. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/**
 * Plays a recording through the real decision path, without a cluster: each write is offered on top of what the guard
 * has let through before. @returns ok, or findings when something was (or in audit would be) refused
 */
export async function runReplay(options: ReplayOptions): Promise<ExitCode> {
  const recording = readRecording(options.file);
  const lines = await replay(recording, options);
  const text =
    options.output === 'json' ? lines.map((line) => `${JSON.stringify(line)}\n`).join('') : replayTable(lines);
  process.stdout.write(text);
  return lines.some(({ verdict }) => verdict === 'deny' || verdict === 'wouldDeny') ? EXIT.findings : EXIT.ok;
}

/** Reads ndjson, gzipped when the name ends in `.gz`. @throws RecordingError with every bad line */
export function readRecording(file: string): Recording {
  const parsed = parseRecording(textOf(file));
  if (parsed.ok) return parsed.recording;
  const problems = parsed.problems.map(({ line, what }) =>
    line === 0 ? `${file}: ${what}` : `${file}:${line}: ${what}`,
  );
  throw new RecordingError(
    `${problems.join('\n')}\nA recording has one JSON object a line: AdmissionReviews, and before` +
      ' them optionally a ServiceList, an IPAddressPoolList and a NamespaceList',
  );
}

function textOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw new RecordingError(`cannot read ${file}: ${whyUnreadable(error)}`);
  }
}

/** The decisions on a recording, one line for each write that would have reached the guard. */
export async function replay(
  recording: Recording,
  options: Pick<ReplayOptions, 'mode' | 'metallbNamespace' | 'metallbUsers' | 'lbClasses'>,
): Promise<readonly DecisionLine[]> {
  const { mode, lbClasses } = options;
  const records: DecisionRecord[] = [];
  const failures: string[] = [];
  const { admission, world } = await rehearse(recording, {
    sink: {
      decided: (record) => records.push(record),
      abstained: (reason, message) => failures.push(`${reason}: ${message}`),
    },
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    mode,
    scope: { classes: lbClasses },
    metallbUsers: metallbUsers(options),
  });
  const lines: DecisionLine[] = [];
  const admit = through(hooksOf(admission, mode));
  await play(recording.reviews, world, async (review) => {
    const admitted = await admit(review);
    const telling = mostTelling(records.splice(0));
    if (telling !== undefined) lines.push(decisionLine(telling));
    return admitted;
  });
  if (failures.length > 0)
    throw new RecordingError(`${failures.length} reviews got no decision:\n${failures.join('\n')}`);
  return lines;
}

/** Both hooks may have decided about one write: a refusal is the last word, and a repair says more than "allowed". */
function mostTelling(records: readonly DecisionRecord[]): DecisionRecord | undefined {
  const of = (kind: DecisionRecord['decision']['kind']) => records.find(({ decision }) => decision.kind === kind);
  return of('refuse') ?? of('repair') ?? of('allow');
}
