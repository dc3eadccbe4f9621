import { ipRequestOf } from '../../../src/core/metallb/request.ts';
import { annotationOf, ipsOf, REQUEST, type SimService, viewOf } from './sim-service.ts';
import type { Simulation } from './simulation.ts';
import { nameOf, names } from './witness.ts';

/** Seconds between rounds: soon, past the grace, past every sticky claim, and past the longest backoff several times. */
const ROUNDS = [1, 2, 5, 10, 10, 30, 121, ...Array.from({ length: 10 }, () => 310)];
/** Rounds at the end in which nothing may happen any more. */
const SILENT = 2;
const STEPS = 10_000;

/** Heals everything, lets time pass until nothing happens any more, and checks what must be true then: I3 and I5. */
export async function atRest(simulation: Simulation): Promise<void> {
  const { scheduler, witness, replicas } = simulation;
  scheduler.calmDown();
  scheduler.note('* everything is healed and comes to rest');
  for (const [at, replica] of replicas.entries()) {
    replica.faults.length = 0;
    simulation.revive(at);
  }
  if (!(await scheduler.untilIdle(STEPS))) return witness.report('I3: no rest after everything was healed');
  for (const [i, seconds] of ROUNDS.entries()) {
    const written = simulation.server.statusWrites;
    scheduler.note(`* ${seconds} s pass`);
    simulation.pass(seconds * 1000);
    for (const replica of replicas) {
      replica.nudge();
      void replica.upkeep();
    }
    if (!(await scheduler.untilIdle(STEPS))) return witness.report(`I3: no rest in round ${i}`);
    const late = i >= ROUNDS.length - SILENT && simulation.server.statusWrites > written;
    if (late && pending(simulation).length === 0)
      witness.report('I3: nobody is pending, and still statuses are written');
  }
  checkPending(simulation);
  checkClaims(simulation);
}

function pending({ cluster }: Simulation): readonly SimService[] {
  return [...cluster.services.values()].filter(
    (service) => service.spec.type === 'LoadBalancer' && ipsOf(service).length === 0,
  );
}

/** I3: nobody waits who could have an IP that nobody has. */
function checkPending(simulation: Simulation): void {
  const free = simulation.pools.flatMap(({ ips }) => ips).filter((ip) => simulation.cluster.havingIp(ip).length === 0);
  for (const service of pending(simulation)) {
    const request = ipRequestOf(viewOf(service)).kind === 'ips' ? annotationOf(service, REQUEST) : undefined;
    const legal = free.filter((ip) => request === undefined || request === ip);
    if (legal.length > 0) simulation.witness.report(`I3: ${nameOf(service)} is pending, and ${legal.join()} is free`);
  }
}

/** I5: who has an IP has its claim; a claim without anybody ends, unless it waits for a name. */
function checkClaims({ cluster, pools, witness, terms, clock }: Simulation): void {
  const services = [...cluster.services.values()];
  for (const service of services) {
    for (const ip of ipsOf(service).filter((one) => pools.some(({ ips }) => ips.includes(one)))) {
      const claim = cluster.claims.get(ip);
      if (claim?.holders.some((holder) => holder.service.uid === service.metadata.uid)) continue;
      witness.report(`I5: ${nameOf(service)} has ${ip}, and no claim names it`);
    }
  }
  for (const { ip, holders } of cluster.claims.values()) {
    for (const holder of holders) {
      const owner = services.find((service) => names(holder, service));
      const has = owner !== undefined && (ipsOf(owner).includes(ip) || annotationOf(owner, REQUEST) === ip);
      const waits = owner === undefined && (holder.goneSince ?? 0) + terms.stickyMs > clock.now();
      if (!has && !waits)
        witness.report(`I5: the claim on ${ip} names ${holder.service.name}, which has nothing of it`);
    }
  }
}
