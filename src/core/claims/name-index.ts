import { FewIndex } from '../few-index.ts';
import type { IpAddress } from '../net/ip.ts';
import type { ServiceRef } from '../service-ref.ts';

const NONE: readonly IpAddress[] = Object.freeze([]);

/** Names of Services → IPs. By namespace first: a text `namespace/name` for each would be kept for this alone. */
export class NameIndex {
  readonly #byNamespace = new Map<string, FewIndex<string, IpAddress>>();

  /** @param name `namespace/name` */
  get(name: string): readonly IpAddress[] {
    const slash = name.indexOf('/');
    return this.#byNamespace.get(name.slice(0, slash))?.get(name.slice(slash + 1)) ?? NONE;
  }

  add({ namespace, name }: ServiceRef, ip: IpAddress): void {
    const inside = this.#byNamespace.get(namespace) ?? new FewIndex<string, IpAddress>();
    this.#byNamespace.set(namespace, inside);
    inside.add(name, ip);
  }

  remove({ namespace, name }: ServiceRef, ip: IpAddress): void {
    const inside = this.#byNamespace.get(namespace);
    inside?.remove(name, ip);
    if (inside?.size === 0) this.#byNamespace.delete(namespace);
  }

  clear(): void {
    this.#byNamespace.clear();
  }
}
