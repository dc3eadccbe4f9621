import { type Ask, unguarded } from '../../src/app/play.ts';
import type { Recording } from '../../src/app/recording.ts';
import { readRecording } from '../../src/cli/replay.ts';
import type { AdmissionResponseOut } from '../../src/review/admission-types.ts';
import { temporaryFolder } from '../cli/holdfast-process.ts';
import { fixture } from '../record/save.ts';
import { witness } from '../record/witness.ts';
import { IP_ADDRESS_POOL } from '../support/stub-apiserver/resources.ts';
import { StubApiServer } from '../support/stub-apiserver/server.ts';
import { account } from './account.ts';
import { DemoGuard } from './guard.ts';
import { Latency } from './latency.ts';
import { Page } from './page.ts';
import { seedStub, stubStorage } from './seed-stub.ts';
import { type Findings, tellDay, tellEnd, tellGuarded, tellOpening, tellResult, tellWithout } from './story.ts';

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
  const [assigned, waiting] = [ledger.assigned.size, ledger.pending.size];
  tellOpening(page, { assigned, waiting });
  const without = await account(storm, { services: storm.services, ask: unguarded });
  tellWithout(page, without);
  const guarded = await withHoldfast(storm, day);
  const seconds = (performance.now() - startedAt) / 1000;
  const findings: Findings = { assigned, waiting, without, ...guarded, seconds };
  tellGuarded(page, findings);
  tellDay(page, findings.day);
  tellResult(page, findings);
  tellEnd(page, findings);
  return problemsOf(findings);
}

type Guarded = Pick<Findings, 'guarded' | 'day' | 'firstRefusal' | 'latency'>;

/** Both recordings, played against one holdfast process. */
async function withHoldfast(storm: Recording, day: Recording): Promise<Guarded> {
  const folder = temporaryFolder();
  const stub = await StubApiServer.start({ resources: [IP_ADDRESS_POOL] });
  try {
    const services = { storm: seedStub(stub, storm), day: seedStub(stub, day) };
    const guard = await DemoGuard.start(stub, folder.path);
    try {
      const storage = stubStorage(stub);
      const latency = new Latency();
      const refusals: AdmissionResponseOut[] = [];
      const askTimed: Ask = async (review) => {
        const answer = await latency.of(() => guard.ask(review));
        if (!answer.allowed) refusals.push(answer);
        return answer.allowed;
      };
      const guarded = await account(storm, { services: services.storm, storage, ask: askTimed });
      const ask: Ask = async (review) => (await guard.ask(review)).allowed;
      const ordinary = await account(day, { services: services.day, storage, ask });
      return { guarded, day: ordinary, firstRefusal: refusals[0], latency };
    } finally {
      await guard.stop();
    }
  } finally {
    await stub.stop();
    folder.remove();
  }
}

function problemsOf({ without, guarded, day }: Findings): readonly string[] {
  const refused = day.writes.filter(({ allowed }) => !allowed).length;
  return [
    ...(without.moved > 0 && without.doubled > 0 ? [] : ['unguarded, nothing moved or doubled: this proves nothing']),
    ...(guarded.moved === 0 ? [] : [`with holdfast ${guarded.moved} Services lost their IP`]),
    ...(guarded.doubled === 0 ? [] : [`with holdfast ${guarded.doubled} IPs had two owners`]),
    ...(refused === 0 ? [] : [`holdfast refused ${refused} writes of an ordinary day`]),
  ];
}
