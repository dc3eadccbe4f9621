import type { Claim } from '../../../src/core/claims/claim.ts';
import type { Scheduler } from './scheduler.ts';
import { describe, ipsOf, type SimService, versionOf } from './sim-service.ts';

/** One change of a kind of object, as a watch tells it. */
export interface WatchEvent<T> {
  readonly type: 'put' | 'deleted';
  readonly object: T;
  readonly version: number;
}

/** A status write that was stored. */
export interface Commit {
  readonly before: SimService;
  readonly after: SimService;
  /** How many events of Services there were when admission began. */
  readonly admittedFrom: number;
}

/** Hears of what is stored, at the moment it is. */
export interface Witness {
  statusStored(commit: Commit): void;
  claimChanged(before: Claim | undefined, after: Claim | undefined): void;
}

/** What is stored: the truth of the simulation. Versions are those of one etcd. */
export class Cluster {
  readonly services = new Map<string, SimService>();
  readonly claims = new Map<string, Claim>();
  readonly serviceEvents: WatchEvent<SimService>[] = [];
  readonly claimEvents: WatchEvent<Claim>[] = [];
  readonly #scheduler: Scheduler;
  readonly #watchers = new Set<() => void>();
  witness: Witness | undefined;
  #version = 100;
  #uids = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get version(): number {
    return this.#version;
  }

  /** @param heard called after each change. @returns stops it */
  watch(heard: () => void): () => void {
    this.#watchers.add(heard);
    return () => this.#watchers.delete(heard);
  }

  newUid(): string {
    this.#uids += 1;
    return `uid-${this.#uids}`;
  }

  /** Stores a Service; without any change nothing happens, as in Kubernetes. */
  put(service: SimService): SimService {
    const before = this.services.get(service.metadata.name);
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(service)) return before;
    this.#version += 1;
    const stored = { ...service, metadata: { ...service.metadata, resourceVersion: String(this.#version) } };
    this.services.set(stored.metadata.name, stored);
    this.#tell(this.serviceEvents, { type: 'put', object: stored, version: this.#version }, describe(stored));
    return stored;
  }

  /** Stores a status that was admitted upon `before`, if that is still what is stored. */
  commitStatus(commit: Commit): 'stored' | 'conflict' {
    const { name } = commit.before.metadata;
    const present = this.services.get(name);
    if (present === undefined || versionOf(present) !== versionOf(commit.before)) return 'conflict';
    const after = this.put(commit.after);
    this.witness?.statusStored({ ...commit, after });
    return 'stored';
  }

  remove(name: string): void {
    const gone = this.services.get(name);
    if (gone === undefined) return;
    this.#version += 1;
    this.services.delete(name);
    const text = `${describe(gone)} is gone`;
    this.#tell(this.serviceEvents, { type: 'deleted', object: gone, version: this.#version }, text);
  }

  putClaim(claim: Claim): Claim {
    this.#version += 1;
    const before = this.claims.get(claim.ip);
    const stored = { ...claim, version: this.#version };
    this.claims.set(claim.ip, stored);
    this.#tell(this.claimEvents, { type: 'put', object: stored, version: this.#version }, describeClaim(stored));
    this.witness?.claimChanged(before, stored);
    return stored;
  }

  removeClaim(claim: Claim): void {
    this.#version += 1;
    this.claims.delete(claim.ip);
    const text = `claim ${claim.ip} is removed`;
    this.#tell(this.claimEvents, { type: 'deleted', object: claim, version: this.#version }, text);
    this.witness?.claimChanged(claim, undefined);
  }

  /** The Services that have `ip` in their status now. */
  havingIp(ip: string): readonly SimService[] {
    return [...this.services.values()].filter((service) => ipsOf(service).includes(ip));
  }

  #tell<T>(log: WatchEvent<T>[], event: WatchEvent<T>, text: string): void {
    log.push(event);
    this.#scheduler.note(`   = ${event.version} ${text}`);
    for (const heard of this.#watchers) heard();
  }
}

/** For traces. */
export function describeClaim({ ip, version, holders, sharingKey }: Claim): string {
  const names = holders.map(({ service: { name, uid }, reviewUid, basis, goneSince }) => {
    const who = uid === '' ? `${name} by ${reviewUid}` : `${name}/${uid}`;
    return `${who} upon ${basis}${goneSince === undefined ? '' : ', gone'}`;
  });
  return `claim ${ip}@${version} of ${names.join(' and ')}${sharingKey === '' ? '' : ` sharing ${sharingKey}`}`;
}
