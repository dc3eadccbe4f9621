import { MemoryClaims } from '../../../src/app/memory-claims.ts';
import type { ClaimStore } from '../../../src/app/ports.ts';
import type { Claim } from '../../../src/core/claims/claim.ts';
import type { IpAddress } from '../../../src/core/net/ip.ts';

type Verb = keyof ClaimStore;

/** Claims in memory that remember what they were asked, and let another replica be faster. */
export class RecordingClaims implements ClaimStore {
  readonly memory = new MemoryClaims();
  /** `create 192.0.2.7`, in order. */
  readonly calls: string[] = [];
  readonly #before: { readonly verb: Verb; readonly run: () => Promise<unknown>; times: number }[] = [];

  /** Runs something before the next `times` calls of this kind. */
  before(verb: Verb, run: () => Promise<unknown>, times = 1): void {
    this.#before.push({ verb, run, times });
  }

  /** How often this was asked. */
  count(verb: Verb): number {
    return this.calls.filter((call) => call.startsWith(`${verb} `)).length;
  }

  async read(ip: IpAddress): Promise<Claim | undefined> {
    await this.#called('read', ip);
    // As from the wire: nothing in it is an object that was there before.
    return structuredClone(await this.memory.read(ip));
  }

  async create(claim: Claim): Promise<Claim | 'exists'> {
    await this.#called('create', claim.ip);
    return this.memory.create(claim);
  }

  async update(claim: Claim): Promise<Claim | 'conflict' | 'gone'> {
    await this.#called('update', claim.ip);
    return this.memory.update(claim);
  }

  async remove(claim: Claim): Promise<'removed' | 'conflict' | 'gone'> {
    await this.#called('remove', claim.ip);
    return this.memory.remove(claim);
  }

  async #called(verb: Verb, ip: IpAddress): Promise<void> {
    this.calls.push(`${verb} ${ip}`);
    const hook = this.#before.find((one) => one.verb === verb && one.times > 0);
    if (hook === undefined) return;
    hook.times -= 1;
    await hook.run();
  }
}
