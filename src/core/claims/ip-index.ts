import type { IpAddress } from '../net/ip.ts';

const NONE: readonly IpAddress[] = [];

/** Key → IPs. Nearly every key has one IP, which then stands there itself: a set for each would cost 200 bytes more. */
export class IpIndex {
  readonly #byKey = new Map<string, IpAddress | Set<IpAddress>>();

  /** The IPs under `key`, in the order in which they came. */
  get(key: string): readonly IpAddress[] {
    const known = this.#byKey.get(key);
    if (known === undefined) return NONE;
    return typeof known === 'string' ? [known] : [...known];
  }

  add(key: string, ip: IpAddress): void {
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, ip);
    else if (typeof known !== 'string') known.add(ip);
    else if (known !== ip) this.#byKey.set(key, new Set([known, ip]));
  }

  remove(key: string, ip: IpAddress): void {
    const known = this.#byKey.get(key);
    if (known === ip) this.#byKey.delete(key);
    if (known === undefined || typeof known === 'string') return;
    known.delete(ip);
    if (known.size === 0) this.#byKey.delete(key);
  }
}
