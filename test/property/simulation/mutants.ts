import { type Claimant, ClaimKeeper, type KeeperParts } from '../../../src/app/claim-keeper.ts';
import type { ClusterState } from '../../../src/app/cluster-state.ts';
import type { ClaimStore, ServiceReader } from '../../../src/app/ports.ts';
import type { IpAddress } from '../../../src/core/net/ip.ts';
import type { Sabotage } from './guard.ts';
import { call, type Line } from './ports.ts';

/** Ways to break the protocol. Each must be found out, or the simulation proves nothing. */
export const MUTANTS: Readonly<Record<string, Sabotage>> = {
  'holders are not read live': { reader: (_, state) => cachedReader(state) },
  'claims are removed whatever became of them': { store: carelessStore },
  'claims are taken after the answer': { keeper: (parts) => new LateKeeper(parts) },
  'the cache is trusted instead of the lock': { keeper: (parts) => new TrustingKeeper(parts) },
  'the grace is shorter than a request may take': { terms: (terms) => ({ ...terms, graceMs: 20_000 }) },
};

function cachedReader({ ledger }: ClusterState): ServiceReader {
  return { read: async ({ name }) => [...ledger.services()].find(({ ref }) => ref.name === name) ?? 'gone' };
}

function carelessStore(real: ClaimStore, line: Line): ClaimStore {
  return {
    read: (ip) => real.read(ip),
    create: (claim) => real.create(claim),
    update: (claim) => real.update(claim),
    remove: ({ ip }) =>
      call(line, `removes whatever claim ${ip} is`, () => {
        const stored = line.cluster.claims.get(ip);
        if (stored === undefined) return 'gone';
        line.cluster.removeClaim(stored);
        return 'removed';
      }),
  };
}

class LateKeeper extends ClaimKeeper {
  override async hold(ip: IpAddress, claimant: Claimant): Promise<'held' | 'taken'> {
    void super.hold(ip, claimant).catch(() => {});
    return 'held';
  }
}

/** What its own cache does not know of does not exist: the API server's "already exists" is not believed. */
class TrustingKeeper extends ClaimKeeper {
  constructor(parts: KeeperParts) {
    const { store } = parts;
    const create: ClaimStore['create'] = async (claim) => {
      const stored = await store.create(claim);
      return stored === 'exists' ? { ...claim, version: 1, uid: 'none' } : stored;
    };
    super({
      ...parts,
      store: {
        create,
        read: (ip) => store.read(ip),
        update: (one) => store.update(one),
        remove: (one) => store.remove(one),
      },
    });
  }
}
