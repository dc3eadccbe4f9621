import { isDeepStrictEqual } from 'node:util';
import type { ClaimStore } from '../app/ports.ts';
import type { Claim } from '../core/claims/claim.ts';
import type { IpAddress } from '../core/net/ip.ts';
import { claimFromJson, claimToJson } from '../review/claim-json.ts';
import { claimName } from '../review/claim-name.ts';
import { isKubeError } from './errors.ts';
import type { KubeClient } from './kube-client.ts';
import { IP_CLAIMS } from './paths.ts';
import { withMissingRule } from './rbac.ts';
import { objectId } from './watch-events.ts';

export interface ClaimStoreOptions {
  /** Until one call is answered, in milliseconds (default 2 s); for writes only where the caller does not say. */
  readonly callMs?: number;
  /** For looking what became of a write whose answer got lost (default 1 s). */
  readonly readBackMs?: number;
}

/**
 * Claims as IPClaim objects. Besides KubeError, a method rejects with Error when the stored object is damaged: its IP
 * is then neither free nor held by anybody known, and a person has to look.
 *
 * A write whose answer got lost (timeout, broken connection) is looked up: the answer is what became of it. When it was
 * not stored by then the KubeError is thrown, with `maybeApplied`: it may still arrive.
 */
export function claimStore(client: KubeClient, options: ClaimStoreOptions = {}): ClaimStore {
  const calls = new Calls(client, options);
  return {
    read: (ip) => calls.read(ip),
    create: (claim, withinMs) => calls.create({ ...claim, version: 0, uid: '' }, withinMs),
    update: (claim, withinMs) => calls.update(claim, withinMs),
    remove: (claim) => calls.remove(claim),
  };
}

class Calls {
  readonly #client: KubeClient;
  readonly #call: { readonly timeoutMs: number };
  readonly #readBackMs: number;

  constructor(client: KubeClient, { callMs = 2_000, readBackMs = 1_000 }: ClaimStoreOptions) {
    this.#client = client;
    this.#call = { timeoutMs: callMs };
    this.#readBackMs = readBackMs;
  }

  async read(ip: IpAddress, call = this.#call): Promise<Claim | undefined> {
    try {
      return parsed(await this.#client.get(pathOf(ip), call));
    } catch (error) {
      if (isKubeError(error, 'not-found')) return undefined;
      throw withMissingRule(error, permission('get'));
    }
  }

  async create(claim: Claim, withinMs?: number): Promise<Claim | 'exists'> {
    try {
      return parsed(await this.#client.create(IP_CLAIMS, claimToJson(claim), this.#write(withinMs)));
    } catch (error) {
      if (isKubeError(error, 'already-exists')) return 'exists';
      const found = await this.#afterLostAnswer(claim, 'create', error);
      if (found === undefined) throw error;
      return saysTheSame(found, claim) ? found : 'exists';
    }
  }

  async update(claim: Claim, withinMs?: number): Promise<Claim | 'conflict' | 'gone'> {
    try {
      return parsed(await this.#client.replace(pathOf(claim.ip), claimToJson(claim), this.#write(withinMs)));
    } catch (error) {
      if (isKubeError(error, 'conflict')) return 'conflict';
      if (isKubeError(error, 'not-found')) return 'gone';
      const found = await this.#afterLostAnswer(claim, 'update', error);
      if (found?.uid !== claim.uid) return 'gone';
      if (found.version === claim.version) throw error;
      return saysTheSame(found, claim) ? found : 'conflict';
    }
  }

  async remove(claim: Claim): Promise<'removed' | 'conflict' | 'gone'> {
    const { uid, version } = claim;
    try {
      await this.#client.delete(pathOf(claim.ip), { ...this.#call, uid, resourceVersion: String(version) });
      return 'removed';
    } catch (error) {
      if (isKubeError(error, 'conflict')) return 'conflict';
      if (isKubeError(error, 'not-found')) return 'gone';
      const found = await this.#afterLostAnswer(claim, 'delete', error);
      if (found?.uid !== uid) return 'removed';
      if (found.version === version) throw error;
      return 'conflict';
    }
  }

  /** All the time there is, but for what looking after a lost answer takes. */
  #write(withinMs: number | undefined): { readonly timeoutMs: number } {
    return withinMs === undefined ? this.#call : { timeoutMs: Math.max(withinMs - this.#readBackMs, withinMs / 2, 1) };
  }

  /** What is stored now, when the write that failed may have been stored. @throws `error` when it was not */
  async #afterLostAnswer({ ip }: Claim, verb: string, error: unknown): Promise<Claim | undefined> {
    if (!isKubeError(error) || !error.maybeApplied) throw withMissingRule(error, permission(verb));
    return this.read(ip, { timeoutMs: this.#readBackMs }).catch(() => {
      // Why the write failed says more than why looking after it failed too.
      throw error;
    });
  }
}

function pathOf(ip: IpAddress): string {
  return `${IP_CLAIMS}/${claimName(ip)}`;
}

function permission(verb: string) {
  return { verb, group: 'holdfast.dev', resource: 'ipclaims' };
}

function parsed(raw: unknown): Claim {
  const claim = claimFromJson(raw);
  if (claim !== undefined) return claim;
  throw new Error(`an IPClaim cannot be read: ${objectId(raw).name}; look at it with kubectl, and repair or delete it`);
}

function saysTheSame(found: Claim, wanted: Claim): boolean {
  return isDeepStrictEqual(claimToJson(found).spec, claimToJson(wanted).spec);
}
