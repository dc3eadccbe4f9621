import { unguarded } from '../../src/app/play.ts';
import { readRecording } from '../../src/cli/replay.ts';
import { fixture } from '../record/save.ts';
import { witness } from '../record/witness.ts';
import { account } from './account.ts';
import { type GuardedRun, guardedRun } from './guarded-run.ts';
import { Page } from './page.ts';
import {
  type Findings,
  refusedIn,
  repairedIn,
  tellDay,
  tellEnd,
  tellEnforce,
  tellOpening,
  tellRepair,
  tellResult,
  tellWithout,
} from './story.ts';

const startedAt = performance.now();
const page = new Page(process.stdout);

try {
  const problems = await demo();
  for (const problem of problems) process.stderr.write(`demo: ${problem}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** @returns what is not as it must be */
async function demo(): Promise<readonly string[]> {
  const storm = readRecording(fixture('restart-storm-0.13.12.ndjson.gz'));
  const day = readRecording(fixture('everyday-0.16.1.ndjson.gz'));
  const { ledger } = witness(storm.services);
  tellOpening(page, { assigned: ledger.assigned.size, waiting: ledger.pending.size });
  const without = await account(storm, { services: storm.services, admit: unguarded });
  tellWithout(page, without);
  const enforce = await guardedRun({ storm, day }, 'enforce');
  tellEnforce(page, enforce);
  const repair = await guardedRun({ storm, day }, 'repair');
  tellRepair(page, repair);
  const findings = { without, enforce, repair };
  tellDay(page, findings);
  tellResult(page, findings);
  tellEnd(page, findings, (performance.now() - startedAt) / 1000);
  return problemsOf(findings);
}

function problemsOf({ without, enforce, repair }: Findings): readonly string[] {
  const { storm } = repair;
  return [
    ...problem(
      without.moved === 0 || without.doubled === 0,
      'unguarded, nothing moved or doubled: this proves nothing',
    ),
    ...[enforce, repair].flatMap(problemsWith),
    ...problem(refusedIn(storm) > 0, `in repair, ${refusedIn(storm)} writes of MetalLB's were refused`),
    ...problem(storm.pending > 0, `in repair, ${storm.pending} Services are still without an IP`),
  ];
}

/** What holds in both modes. */
function problemsWith({ mode, storm, day, wrongClaims }: GuardedRun): readonly string[] {
  const changed = refusedIn(day) + repairedIn(day);
  const found = [
    ...problem(storm.moved > 0, `${storm.moved} Services lost their IP`),
    ...problem(storm.doubled > 0, `${storm.doubled} IPs had two owners`),
    ...problem(changed > 0, `${changed} writes of an ordinary day were refused or repaired`),
    ...wrongClaims,
  ];
  return found.map((what) => `in ${mode}, ${what}`);
}

function problem(there: boolean, what: string): readonly string[] {
  return there ? [what] : [];
}
