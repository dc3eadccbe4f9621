import type { Claim } from '../core/claims/claim.ts';
import type { IpAddress } from '../core/net/ip.ts';
import type { ClaimStore } from './ports.ts';

/**
 * Claims in memory, with the API server's rules: one object per IP, versions that only grow, an update or a removal
 * only of the version that was read. For rehearsals and simulations.
 */
export class MemoryClaims implements ClaimStore {
  readonly #byIp = new Map<IpAddress, Claim>();
  #version = 0;

  /** Every stored claim. */
  all(): readonly Claim[] {
    return [...this.#byIp.values()];
  }

  async read(ip: IpAddress): Promise<Claim | undefined> {
    return this.#byIp.get(ip);
  }

  async create(claim: Claim): Promise<Claim | 'exists'> {
    if (this.#byIp.has(claim.ip)) return 'exists';
    return this.#store({ ...claim, uid: `claim-${this.#version + 1}` });
  }

  async update(claim: Claim): Promise<Claim | 'conflict' | 'gone'> {
    const stored = this.#byIp.get(claim.ip);
    if (stored === undefined || stored.uid !== claim.uid) return 'gone';
    return stored.version === claim.version ? this.#store(claim) : 'conflict';
  }

  async remove(claim: Claim): Promise<'removed' | 'conflict' | 'gone'> {
    const stored = this.#byIp.get(claim.ip);
    if (stored === undefined || stored.uid !== claim.uid) return 'gone';
    if (stored.version !== claim.version) return 'conflict';
    this.#byIp.delete(claim.ip);
    return 'removed';
  }

  #store(claim: Claim): Claim {
    this.#version += 1;
    const stored = { ...claim, version: this.#version };
    this.#byIp.set(claim.ip, stored);
    return stored;
  }
}
