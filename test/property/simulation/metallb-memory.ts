import type { PoolSpec } from './pools.ts';
import { annotationOf, SHARING, type SimService } from './sim-service.ts';

interface Allocation {
  readonly ip: string;
  readonly key: string;
  readonly ports: readonly string[];
}

/** MetalLB's allocator: which Service has which IP, in memory only. Nothing that the API server refuses is undone. */
export class MetallbMemory {
  readonly #pools: readonly PoolSpec[];
  readonly #byService = new Map<string, Allocation>();

  constructor(pools: readonly PoolSpec[]) {
    this.#pools = pools;
  }

  /** @returns whether the Service may have the IP; if so it has, and no other one */
  assign(service: SimService, ip: string): boolean {
    if (this.poolOf(ip) === undefined || !this.#isFree(service, ip)) return false;
    this.#byService.set(service.metadata.name, { ip, ...termsOf(service) });
    return true;
  }

  has(name: string): boolean {
    return this.#byService.has(name);
  }

  unassign(name: string): boolean {
    return this.#byService.delete(name);
  }

  /** The lowest free IP, of this pool or of any. */
  first(service: SimService, pool: string | undefined): string | undefined {
    return this.#pools
      .filter(({ name }) => pool === undefined || pool === name)
      .flatMap(({ ips }) => ips)
      .find((ip) => this.#isFree(service, ip));
  }

  poolOf(ip: string): string | undefined {
    return this.#pools.find(({ ips }) => ips.includes(ip))?.name;
  }

  #isFree(service: SimService, ip: string): boolean {
    const mine = termsOf(service);
    return [...this.#byService].every(
      ([name, other]) =>
        name === service.metadata.name ||
        other.ip !== ip ||
        (mine.key !== '' && mine.key === other.key && !mine.ports.some((port) => other.ports.includes(port))),
    );
  }
}

function termsOf(service: SimService): Pick<Allocation, 'key' | 'ports'> {
  return {
    key: annotationOf(service, SHARING) ?? '',
    ports: service.spec.ports.map(({ protocol, port }) => `${protocol}/${port}`),
  };
}
