import type { ServiceMode } from '../../src/app/mode.ts';
import { through } from '../../src/app/play.ts';
import type { Recording } from '../../src/app/recording.ts';
import type { Claim } from '../../src/core/claims/claim.ts';
import { IP_CLAIMS } from '../../src/kube/paths.ts';
import { claimFromJson } from '../../src/review/claim-json.ts';
import { temporaryFolder } from '../cli/holdfast-process.ts';
import { claimsAgainst } from '../record/claims-against.ts';
import { witness } from '../record/witness.ts';
import { IP_ADDRESS_POOL } from '../support/stub-apiserver/resources.ts';
import { StubApiServer } from '../support/stub-apiserver/server.ts';
import { type Account, account } from './account.ts';
import { DemoGuard } from './guard.ts';
import { Latency } from './latency.ts';
import { seedStub, stubStorage } from './seed-stub.ts';

/** What came of the recordings with a real holdfast in one mode. */
export interface GuardedRun {
  readonly mode: ServiceMode;
  readonly storm: Account;
  readonly day: Account;
  /** Answers about the storm. */
  readonly latency: Latency;
  /** The message of the first refusal in the storm. */
  readonly firstRefusal: string | undefined;
  /** About which IPs the IPClaims say something else than the statuses, after the storm. */
  readonly wrongClaims: readonly string[];
}

/** The two recordings, one after the other. */
export interface Recordings {
  readonly storm: Recording;
  readonly day: Recording;
}

/** Plays both against one `holdfast serve` process beside a stub API server of its own. */
export async function guardedRun(recordings: Recordings, mode: ServiceMode): Promise<GuardedRun> {
  const folder = temporaryFolder();
  const stub = await StubApiServer.start({ resources: [IP_ADDRESS_POOL] });
  try {
    const services = { storm: seedStub(stub, recordings.storm), day: seedStub(stub, recordings.day) };
    const guard = await DemoGuard.start(stub, folder.path, mode);
    try {
      const storage = stubStorage(stub);
      const latency = new Latency();
      const refusals: string[] = [];
      const hooks = guard.hooks(({ status }, ms) => {
        latency.add(ms);
        if (status !== undefined) refusals.push(status.message);
      });
      const storm = await account(recordings.storm, { services: services.storm, storage, admit: through(hooks) });
      const elsewhere = witness(services.day).ledger.owners();
      const wrongClaims = claimsAgainst(claimsIn(stub), new Map([...elsewhere, ...storm.owners]));
      const day = await account(recordings.day, { services: services.day, storage, admit: through(guard.hooks()) });
      return { mode, storm, day, latency, firstRefusal: refusals[0], wrongClaims };
    } finally {
      await guard.stop();
    }
  } finally {
    await stub.stop();
    folder.remove();
  }
}

/** @throws Error when one cannot be read */
function claimsIn(stub: StubApiServer): readonly Claim[] {
  return stub.store.list(stub.registry.parse(IP_CLAIMS).resource).map(({ key, json }) => {
    const claim = claimFromJson(JSON.parse(json));
    if (claim === undefined) throw new Error(`the IPClaim ${key} is damaged`);
    return claim;
  });
}
