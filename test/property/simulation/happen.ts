import { METALLB } from './api-server.ts';
import { manifest, nameAt, sharingOf } from './manifest.ts';
import type { Operation } from './operation.ts';
import type { Replica } from './replica.ts';
import { annotated, REQUEST, SHARING, type SimService, versionOf, withIps } from './sim-service.ts';
import type { Simulation } from './simulation.ts';

type Kind = Operation['kind'];
type Of<K extends Kind> = Extract<Operation, { kind: K }>;
type Happening<K extends Kind> = (simulation: Simulation, operation: Of<K>) => void;

/** Makes the operations of the scenario happen, one after the other, while everything else goes on. */
export function begin(simulation: Simulation): void {
  const [...left] = simulation.scenario.operations;
  const next = () => {
    const operation = left.shift();
    if (operation === undefined) return;
    simulation.scheduler.note(`* ${JSON.stringify(operation)}`);
    happen(simulation, operation);
    simulation.scheduler.post('script', '', next);
  };
  next();
}

function happen<K extends Kind>(simulation: Simulation, operation: Of<K>): void {
  const happening = HAPPENINGS[operation.kind] as Happening<K>;
  happening(simulation, operation);
}

const HAPPENINGS: { readonly [K in Kind]: Happening<K> } = {
  create,
  delete: remove,
  type: ({ server }, { service, type }) =>
    server.update(nameAt(service), (one) => ({ ...one, spec: { ...one.spec, type } })),
  request: (simulation, { service, ip }) =>
    simulation.server.update(nameAt(service), (one) => annotated(one, { [REQUEST]: simulation.ip(ip) })),
  sharing: ({ server }, { service, key, port }) => {
    const ports = [{ protocol: 'TCP', port: 80 + port }];
    const change = { [SHARING]: undefined, ...sharingOf(key) };
    server.update(nameAt(service), (one) => annotated({ ...one, spec: { ...one.spec, ports } }, change));
  },
  touch: ({ server, scheduler }, { service }) =>
    server.update(nameAt(service), (one) => annotated(one, { touched: String(scheduler.now) })),
  status: writeStatus,
  crash: (simulation, { replica, restarts }) => {
    const at = replica % simulation.scenario.replicas;
    simulation.replicas[at]?.crash();
    if (restarts) simulation.scheduler.post('kubelet', `starts replica ${at}`, () => simulation.revive(at));
  },
  cut: (simulation, { replica }) => replicaAt(simulation, replica)?.cut(),
  repeat: (simulation, { replica, events }) => replicaAt(simulation, replica)?.repeatEvents(events),
  fault: (simulation, { replica, lost, count }) => {
    const fault = lost ? 'lost' : 'answer-lost';
    for (let i = 0; i < count; i += 1) replicaAt(simulation, replica)?.faults.push(fault);
  },
  upkeep: (simulation, { replica }) => void replicaAt(simulation, replica)?.upkeep(),
  metallb: (simulation, { controller, startup }) => {
    if (controller < simulation.scenario.controllers) simulation.startMetallb(controller, startup);
  },
  time: (simulation, { seconds }) => simulation.pass(seconds * 1000),
  hold: ({ scheduler }, { what, steps }) => scheduler.hold(what, steps),
};

function replicaAt({ replicas, scenario }: Simulation, index: number): Replica | undefined {
  return replicas[index % scenario.replicas];
}

function create(simulation: Simulation, { service, key, port, request, like, fate }: Of<'create'>): void {
  const { server, cluster } = simulation;
  const name = nameAt(service);
  if (cluster.services.has(name)) return;
  const copied = like === undefined ? undefined : cluster.services.get(nameAt(like));
  const wanted = simulation.ip(request);
  const asked = { ...sharingOf(key), ...(wanted === undefined ? {} : { [REQUEST]: wanted }) };
  const made = manifest(name, { ...copied?.metadata.annotations, ...asked }, 80 + port);
  void server.create(made, { stored: fate !== 'refused', dryRun: fate === 'dry-run' });
}

/** A Service goes at once, or waits a while for its finalizer. */
function remove({ cluster, server, clock, scheduler }: Simulation, { service, slowly }: Of<'delete'>): void {
  const name = nameAt(service);
  const uid = cluster.services.get(name)?.metadata.uid;
  const end = () => {
    if (cluster.services.get(name)?.metadata.uid === uid) cluster.remove(name);
  };
  if (!slowly) {
    end();
    return;
  }
  const deletionTimestamp = new Date(clock.now()).toISOString();
  server.update(name, (one) => ({ ...one, metadata: { deletionTimestamp, ...one.metadata } }));
  scheduler.post('finalizer', `lets ${name} go`, end);
}

/** Somebody writes a status by hand (PATCH), or something like MetalLB with its user name (PUT). */
function writeStatus(simulation: Simulation, { service, ip, metallb, dryRun }: Of<'status'>): void {
  const stored = simulation.cluster.services.get(nameAt(service));
  if (stored === undefined) return;
  const address = simulation.ip(ip);
  const change = (one: SimService) => withIps(one, address === undefined ? [] : [address]);
  const who = metallb ? { user: METALLB, upon: versionOf(stored) } : { user: 'jane', upon: undefined };
  void simulation.server.writeStatus({ ...who, name: stored.metadata.name, dryRun, change });
}
