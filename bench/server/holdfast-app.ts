/**
 * The whole of holdfast between the socket and the log, as cli/serve.ts composes it, beside a cluster in memory.
 * `node holdfast-app.ts FOLDER IPS PENDING [UP-TO]`; the decision log goes to standard error. UP-TO says how far a review
 * gets: `http` (read, parsed and answered), `decision` (neither logged nor counted) or `log` (everything, the default).
 */
import { Admission } from '../../src/app/admission.ts';
import { BirthEvents } from '../../src/app/birth-events.ts';
import { ClaimKeeper } from '../../src/app/claim-keeper.ts';
import { DecisionFeed } from '../../src/app/decision-feed.ts';
import { MemoryClaims } from '../../src/app/memory-claims.ts';
import { Readiness } from '../../src/app/readiness.ts';
import { metallbUsers } from '../../src/cli/metallb-users.ts';
import { reportTo } from '../../src/cli/report.ts';
import { createAdmissionApp } from '../../src/http/admission-app.ts';
import { uidFromJson } from '../../src/http/parse-review.ts';
import { startTlsServer } from '../../src/http/tls-server.ts';
import type { HandleReview } from '../../src/review/admission-types.ts';
import { encodeForeign } from '../../src/review/encode.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { filledState } from './guard-state.ts';
import { readTlsFiles } from './tls-files.ts';

const [, , folder = '.', ips = '100000', pending = '64', upTo = 'log'] = process.argv;

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const state = filledState(Number(ips), Number(pending), clock);
const log = createLogger({ level: 'info' });
const metrics = new Metrics({ version: 'bench' });
const reader = { read: () => Promise.reject(new Error('the measured reviews need no live read')) };
const store = new MemoryClaims();
const readiness = new Readiness([]);
readiness.watchStaleness(() => undefined);
const tell = (): void => undefined;
const report = reportTo({
  log,
  metrics,
  feed: new DecisionFeed(clock.now),
  tell,
  births: new BirthEvents(clock, tell),
});
const admission = new Admission({
  state,
  readiness,
  reader,
  sink: upTo === 'log' ? report : { decided: tell, abstained: tell },
  clock,
  mode: 'repair',
  pin: 'create',
  requestConflict: 'warn',
  scope: { classes: [] },
  store,
  keeper: new ClaimKeeper({ ownership: state.ownership, store, reader, clock }),
  nudges: undefined,
  metallbUsers: metallbUsers({ metallbNamespace: 'metallb-system', metallbUsers: [] }),
});
const allowed: HandleReview = (body) => Promise.resolve(encodeForeign(uidFromJson(body) ?? ''));
const server = await startTlsServer({
  host: '127.0.0.1',
  port: 0,
  certificate: readTlsFiles(folder),
  app: createAdmissionApp({
    handle: upTo === 'http' ? allowed : admission.handle,
    onAnswer: ({ httpStatus }) => metrics.answered(httpStatus),
    onCrash: (error) => log.error({ error }, 'a request failed outside the decision'),
  }),
});
process.on('SIGTERM', () => void server.close({ drainMs: 100, lameDuckMs: 0 }).then(() => process.exit(0)));
console.log(server.address.port);
