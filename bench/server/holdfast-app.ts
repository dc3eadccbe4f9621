/**
 * The whole of holdfast between the socket and the log, as cli/serve.ts composes it, beside a cluster in memory.
 * `node holdfast-app.ts FOLDER IPS PENDING`; the decision log goes to standard error.
 */
import { Admission } from '../../src/app/admission.ts';
import { ClaimKeeper } from '../../src/app/claim-keeper.ts';
import { MemoryClaims } from '../../src/app/memory-claims.ts';
import { Readiness } from '../../src/app/readiness.ts';
import { metallbUsers } from '../../src/cli/metallb-users.ts';
import { reportTo } from '../../src/cli/report.ts';
import { createAdmissionApp } from '../../src/http/admission-app.ts';
import { startTlsServer } from '../../src/http/tls-server.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { filledState } from './guard-state.ts';
import { readTlsFiles } from './tls-files.ts';

const [, , folder = '.', ips = '100000', pending = '64'] = process.argv;

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const state = filledState(Number(ips), Number(pending), clock);
const log = createLogger({ level: 'info' });
const metrics = new Metrics({ version: 'bench' });
const reader = { read: () => Promise.reject(new Error('the measured reviews need no live read')) };
const store = new MemoryClaims();
const readiness = new Readiness([]);
readiness.watchStaleness(() => undefined);
const admission = new Admission({
  state,
  readiness,
  reader,
  sink: reportTo(log, metrics, () => {}),
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
const server = await startTlsServer({
  host: '127.0.0.1',
  port: 0,
  certificate: readTlsFiles(folder),
  app: createAdmissionApp({
    handle: admission.handle,
    onAnswer: ({ httpStatus }) => metrics.answered(httpStatus),
    onCrash: (error) => log.error({ error }, 'a request failed outside the decision'),
  }),
});
process.on('SIGTERM', () => void server.close({ drainMs: 100, lameDuckMs: 0 }).then(() => process.exit(0)));
console.log(server.address.port);
