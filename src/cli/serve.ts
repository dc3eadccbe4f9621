import { Admission } from '../app/admission.ts';
import { BirthEvents } from '../app/birth-events.ts';
import { ClusterState } from '../app/cluster-state.ts';
import { DecisionFeed } from '../app/decision-feed.ts';
import type { MeasuredWrite } from '../app/measured-claims.ts';
import { Nudges } from '../app/nudges.ts';
import type { Clock, ObjectEvent } from '../app/ports.ts';
import { Readiness } from '../app/readiness.ts';
import { type Config, configWarnings } from '../config/schema.ts';
import type { Scope } from '../core/facts.ts';
import { nameOf } from '../core/service-ref.ts';
import { createAdmissionApp } from '../http/admission-app.ts';
import { hostPort } from '../http/listen.ts';
import { createOpsApp } from '../http/ops-app.ts';
import { startPlainServer } from '../http/plain-server.ts';
import { type RunningTlsServer, startTlsServer } from '../http/tls-server.ts';
import { createClient } from '../kube/client.ts';
import { loadCluster } from '../kube/cluster.ts';
import { EventRecorder } from '../kube/event-recorder.ts';
import { explain } from '../kube/explain.ts';
import { followCluster } from '../kube/follow-cluster.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { serviceReader, serviceWriter } from '../kube/readers.ts';
import type { SupervisedWatch, WatchState } from '../kube/watch-types.ts';
import { createLogger, type Log } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { certificatesOf } from './certificates/certificates.ts';
import type { ClientCa } from './certificates/client-ca.ts';
import { NoCertificateError } from './certificates/source.ts';
import { claimsOf } from './claims.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { showFigures } from './figures.ts';
import { metallbUsers } from './metallb-users.ts';
import { pageSource } from './page-source.ts';
import { persist } from './persist.ts';
import { reportTo } from './report.ts';
import { ShedLog } from './shed-log.ts';
import { untilSignal } from './signals.ts';
import { Upkeep } from './upkeep.ts';
import { packageVersion } from './version.ts';

/** How long the end of background work may take. */
const BACKGROUND_END_MS = 1_000;
/** How often pinned Services that are pending are looked for. */
const NUDGE_EVERY_MS = 10_000;

/** The composition root of the server: reads top to bottom as the list of its parts. @returns the exit code */
export async function serve(config: Config): Promise<ExitCode> {
  const version = packageVersion();
  const log = createLogger({ level: config.logLevel });
  const metrics = new Metrics({ version, mode: config.mode });
  /** Nothing new is begun after it. */
  const leaving = new AbortController();
  /** The last call has been answered. */
  const stopping = new AbortController();
  const cluster = loadCluster({ kubeconfig: config.kubeconfig });
  const client = createClient(cluster, { version });
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const state = new ClusterState({ graceMs: config.claimGraceMs, stickyMs: config.stickyForMs }, clock);
  const usesClaims = config.mode !== 'audit';
  const caches = ['services', 'pools', 'namespaces'] as const;
  const readiness = new Readiness(usesClaims ? [...caches, 'claims', 'adoption'] : caches, [
    'certificate',
    'registration',
  ]);
  for (const warning of configWarnings(config)) log.warn({}, warning);
  log.info({ version, mode: config.mode, server: client.server, from: cluster.source }, 'holdfast starts');

  const feed = new DecisionFeed(clock.now);
  const ops = await startPlainServer({
    ...config.opsListen,
    option: '--ops-listen',
    app: createOpsApp({
      readiness: () => readiness.report(),
      metrics: () => metrics.render(),
      page: pageSource({ version, mode: config.mode, state, readiness, feed, signal: stopping.signal }),
    }),
  });
  const reader = serviceReader(client);
  const excluded = config.mode === 'repair' ? config.poolExclusion : 'release';
  const scope: Scope = { classes: config.lbClasses, excluded };
  const heard = {
    onState: (label: string, { kind, ...rest }: WatchState) => {
      log[kind === 'live' || kind === 'starting' || kind === 'stopped' ? 'info' : 'warn'](
        rest,
        `watch ${label}: ${kind}`,
      );
    },
    onHandlerError: (error: unknown, where: string) => log.error({ error, where }, 'a watch event could not be used'),
  };
  const watches = followCluster({ client, state, readiness, metallbNamespace: config.metallbNamespace, ...heard });
  const claimWatches: SupervisedWatch[] = [];
  const heardOfClaims = {
    onWrite: (write: MeasuredWrite, seconds: number) => metrics.claimWritten(write, seconds),
    onWatch: (watch: SupervisedWatch) => claimWatches.push(watch),
  };
  const installCrd = config.register.kind !== 'none';
  const events = new EventRecorder({
    client,
    defaultNamespace: 'default',
    now: clock.now,
    onFailure: ({ reason }, error) => log.warn({ reason }, `an Event could not be written: ${explain(error)}`),
  });
  const tell = (event: ObjectEvent) => events.record(event);
  const births = new BirthEvents(clock, tell);
  state.ledger.whenCreated((review, { ref }) => births.created(review, ref));
  const claims = usesClaims
    ? claimsOf({
        client,
        state,
        readiness,
        reader,
        clock,
        scope,
        metallbNamespace: config.metallbNamespace,
        log,
        signal: stopping.signal,
        leaving: leaving.signal,
        installCrd,
        tell,
        ...heard,
        ...heardOfClaims,
      })
    : undefined;
  const claimsDone = claims?.run();
  const upkeep = new Upkeep({ watches, state, readiness });
  showFigures(metrics, { state, readiness, events, clock, watches: () => [...watches, ...claimWatches] });
  const nudges = new Nudges({
    state,
    writer: serviceWriter(client),
    clock,
    scope,
    onFailure: ({ ref }, error) =>
      log.warn({ service: nameOf(ref) }, `a pending Service could not be touched: ${explain(error)}`),
  });
  const admission = new Admission({
    state,
    readiness,
    reader,
    sink: reportTo({ log, metrics, feed, tell, births }),
    clock,
    mode: config.mode,
    pin: config.pin,
    requestConflict: config.requestConflict,
    scope,
    store: claims?.store,
    keeper: claims?.keeper,
    nudges,
    metallbUsers: metallbUsers(config),
  });

  const looking = setInterval(() => config.mode === 'repair' && nudges.look(), NUDGE_EVERY_MS);
  const begun = begin({ config, client, readiness, log, admission, metrics, clock, signal: leaving.signal });
  const ended = await Promise.race([untilSignal(), begun.then(() => untilSignal())]);
  log.info({ signal: ended }, 'holdfast stops: unready, then drains');
  readiness.drain();
  leaving.abort();
  const open = await begun.catch(() => undefined);
  clearInterval(looking);
  await open?.tls.close({ drainMs: config.shutdownDrainMs, lameDuckMs: config.drainDelayMs });
  log.info({}, 'the admission port is closed');
  stopping.abort();
  // A call to the API server that is still under way is not worth waiting for: what it does is done again elsewhere.
  await Promise.race([
    Promise.all([open?.kept, claimsDone, ...watches.map((watch) => watch.stop())]),
    new Promise((resolve) => setTimeout(resolve, BACKGROUND_END_MS)),
  ]);
  upkeep.stop();
  nudges.stop();
  await ops.close({ drainMs: 1000, lameDuckMs: 0 });
  client.close();
  log.info({}, 'holdfast has stopped');
  return EXIT.ok;
}

interface Beginning {
  readonly config: Config;
  readonly client: KubeClient;
  readonly readiness: Readiness;
  readonly log: Log;
  readonly admission: Admission;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Open {
  readonly tls: RunningTlsServer;
  /** Resolves when certificates and registration are no longer looked after. */
  readonly kept: Promise<void>;
}

/** Certificate, admission port, registration: in this order, each tried until it works or holdfast is told to stop. */
async function begin(parts: Beginning): Promise<Open | undefined> {
  const { config, readiness, log, admission, metrics, clock, signal } = parts;
  const { keeper, clientCa } = certificatesOf(parts);
  const certificate = await keeper.first();
  const clients = await clientsOf(parts, clientCa);
  if (certificate === undefined || clients === undefined) return undefined;
  const shed = new ShedLog({ log, metrics, now: () => clock.monotonic() });
  const tls = await startTlsServer({
    ...config.listen,
    option: '--listen',
    certificate,
    ...clients,
    onRefused: (why, from) => log.warn({ from }, `a client of the admission port was turned away: ${why}`),
    onTooMany: () => shed.connection(),
    app: createAdmissionApp({
      handle: admission.handle,
      onShed: (why) => shed.review(why),
      onAnswer: ({ httpStatus }) => metrics.answered(httpStatus),
      onCrash: (error) => log.error({ error }, 'a request failed outside the decision'),
    }),
  });
  keeper.serveWith(tls);
  readiness.met('certificate');
  log.info({ at: hostPort(tls.address.address, tls.address.port) }, 'admission port is open');
  const kept = keeper.run();
  await persist({ log, signal }, 'the webhook configuration', async () => {
    // The API server is never sent to a guard that only answers 503.
    if (config.register.kind !== 'none') await readiness.untilMayDecide(signal);
    if (!signal.aborted) await keeper.register();
  });
  if (!signal.aborted) {
    readiness.met('registration');
    log.info({ mode: config.mode }, 'holdfast is ready');
  }
  return { tls, kept };
}

/** @returns undefined when the signal came before the CA of the clients could be read */
async function clientsOf({ config, log, signal }: Beginning, ca: ClientCa | undefined) {
  if (ca === undefined) return {};
  const mayPass = (error: unknown) => error instanceof NoCertificateError;
  const pem = await persist({ log, signal }, 'the CA of clients', () => ca.read(), mayPass);
  return pem === undefined ? undefined : { clients: { ca: pem, names: config.clientCheck?.names ?? [] } };
}
