import type { Claim, ClaimHolder } from '../../../src/core/claims/claim.ts';
import type { Cluster, Commit, Witness } from './cluster.ts';
import type { PoolSpec } from './pools.ts';
import { annotationOf, ipsOf, REQUEST, SHARING, type SimService } from './sim-service.ts';

/** Checks I1, I2 and I5 at each moment something is stored. It knows the truth and nothing of holdfast's rules' code. */
export class TruthWitness implements Witness {
  readonly violations: string[] = [];
  readonly #cluster: Cluster;
  readonly #guarded: ReadonlySet<string>;

  constructor(cluster: Cluster, pools: readonly PoolSpec[]) {
    this.#cluster = cluster;
    this.#guarded = new Set(pools.flatMap(({ ips }) => ips));
  }

  report(what: string): void {
    this.violations.push(what);
  }

  statusStored(commit: Commit): void {
    const [before, after] = [ipsOf(commit.before), ipsOf(commit.after)];
    const isGuarded = (ip: string) => this.#guarded.has(ip);
    for (const ip of after.filter((one) => !before.includes(one) && isGuarded(one))) this.#gained(ip, commit);
    for (const ip of before.filter((one) => !after.includes(one) && isGuarded(one))) this.#lost(ip, commit);
  }

  claimChanged(before: Claim | undefined, after: Claim | undefined): void {
    if (before === undefined) return;
    const left = before.holders.filter((one) => !after?.holders.some((other) => sameHolder(one, other)));
    for (const holder of left) {
      const has = this.#cluster.havingIp(before.ip).find((service) => names(holder, service));
      if (has !== undefined) this.report(`I5: the claim on ${before.ip} no longer names ${nameOf(has)}, which has it`);
    }
  }

  #gained(ip: string, { after, admittedFrom }: Commit): void {
    for (const other of this.#others(after).filter((one) => ipsOf(one).includes(ip))) {
      const shared = this.#during(other, admittedFrom).some((then) => mayShare(then, after));
      if (!shared) this.report(`I1: ${nameOf(after)} got ${ip}, which ${nameOf(other)} has`);
    }
    const claim = this.#cluster.claims.get(ip);
    if (!claim?.holders.some((holder) => names(holder, after))) {
      this.report(`I5: ${nameOf(after)} got ${ip} without a claim that names it`);
    }
  }

  #lost(ip: string, { before, admittedFrom }: Commit): void {
    if (before.spec.type !== 'LoadBalancer' || before.metadata.deletionTimestamp !== undefined) return;
    const [request, pin] = [annotationOf(before, REQUEST), annotationOf(before, 'holdfast.dev/pin')];
    if (request !== undefined && request !== pin && request !== ip) return;
    const contested = this.#cluster.serviceEvents
      .map(({ object }) => object)
      .filter((object) => object.metadata.uid !== before.metadata.uid)
      .some((other) =>
        this.#during(other, admittedFrom).some((then) => ipsOf(then).includes(ip) && !mayShare(then, before)),
      );
    if (!contested) this.report(`I2: ${nameOf(before)} lost ${ip} without a reason`);
  }

  #others({ metadata: { uid } }: SimService): readonly SimService[] {
    return [...this.#cluster.services.values()].filter(({ metadata }) => metadata.uid !== uid);
  }

  /** Everything that this Service was from that event on, with what it was just before. */
  #during({ metadata: { uid } }: SimService, from: number): readonly SimService[] {
    const mine = (at: number) => this.#cluster.serviceEvents[at]?.object.metadata.uid === uid;
    const events = this.#cluster.serviceEvents;
    let start = from;
    while (start > 0 && !mine(start - 1)) start -= 1;
    return events.slice(Math.max(0, start - 1)).flatMap(({ object, type }, i) => {
      const known = object.metadata.uid === uid && (type === 'put' || start - 1 + i >= from);
      return known ? [object] : [];
    });
  }
}

export function nameOf({ metadata }: SimService): string {
  return `${metadata.name}/${metadata.uid}`;
}

/** MetalLB's sharing rule for Services of `externalTrafficPolicy: Cluster`. */
export function mayShare(one: SimService, other: SimService): boolean {
  const key = annotationOf(one, SHARING) ?? '';
  const ports = other.spec.ports.map(({ port }) => port);
  return key !== '' && key === annotationOf(other, SHARING) && !one.spec.ports.some(({ port }) => ports.includes(port));
}

/** True when this holder is that Service: by uid, or by the review that created it. */
export function names({ service, reviewUid }: ClaimHolder, { metadata }: SimService): boolean {
  if (service.uid !== '') return service.uid === metadata.uid;
  return reviewUid !== '' && metadata.annotations?.['holdfast.dev/claim'] === reviewUid;
}

function sameHolder(one: ClaimHolder, other: ClaimHolder): boolean {
  if (one.service.uid !== '' && one.service.uid === other.service.uid) return true;
  return one.reviewUid !== '' && one.reviewUid === other.reviewUid;
}
