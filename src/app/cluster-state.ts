import { Ledger } from '../core/ledger/ledger.ts';
import type { Pool, Pools } from '../core/metallb/pool.ts';

/** What holdfast knows of the cluster: the ledger, the pools, the labels of namespaces. Written by the watchers. */
export class ClusterState {
  readonly ledger = new Ledger();
  readonly #pools = new Map<string, Pool>();
  readonly #namespaces = new Map<string, Readonly<Record<string, string>>>();
  #poolsReadable = false;
  #snapshot: Pools | undefined;

  /** The pools as the core wants them; `unknown` while the CRD is absent. The same object until something changes. */
  get pools(): Pools {
    this.#snapshot ??= this.#poolsReadable
      ? { kind: 'known', pools: [...this.#pools.values()], namespaces: new Map(this.#namespaces) }
      : { kind: 'unknown' };
    return this.#snapshot;
  }

  /** A complete list of pools; undefined when the CRD does not exist. */
  replacePools(pools: readonly Pool[] | undefined): void {
    this.#poolsReadable = pools !== undefined;
    this.#pools.clear();
    for (const pool of pools ?? []) this.#pools.set(pool.name, pool);
    this.#snapshot = undefined;
  }

  putPool(pool: Pool): void {
    this.#pools.set(pool.name, pool);
    this.#snapshot = undefined;
  }

  removePool(name: string): void {
    this.#pools.delete(name);
    this.#snapshot = undefined;
  }

  replaceNamespaces(namespaces: readonly NamespaceView[]): void {
    this.#namespaces.clear();
    for (const { name, labels } of namespaces) this.#namespaces.set(name, labels);
    this.#snapshot = undefined;
  }

  putNamespace({ name, labels }: NamespaceView): void {
    this.#namespaces.set(name, labels);
    this.#snapshot = undefined;
  }

  removeNamespace(name: string): void {
    this.#namespaces.delete(name);
    this.#snapshot = undefined;
  }
}

/** A Namespace, as far as pools look at it. */
export interface NamespaceView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}
