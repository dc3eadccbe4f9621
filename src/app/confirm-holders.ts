import type { IpAddress } from '../core/net/ip.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { ClusterState } from './cluster-state.ts';
import type { ServiceReader } from './ports.ts';

/** What to confirm: every holder of `ips`, other than the Service with uid `except`, within `budgetMs` milliseconds. */
export interface Confirmation {
  readonly state: ClusterState;
  readonly reader: ServiceReader;
  readonly ips: readonly IpAddress[];
  readonly except: string;
  readonly budgetMs: number;
}

/**
 * Reads the holders of some IPs live and brings the ledger up to date with what it finds. What cannot be read in time
 * stays as the ledger has it: an IP is never taken for free because the API server was slow.
 */
export async function confirmHolders({ state, reader, ips, except, budgetMs }: Confirmation): Promise<void> {
  const holders = new Map<string, ServiceView>();
  for (const ip of ips) {
    for (const { service } of state.ledger.holdersOf(ip)) {
      if (service.ref.uid !== except) holders.set(service.ref.uid, service);
    }
  }
  const confirmed = Promise.all([...holders.values()].map((holder) => confirm(holder, state, reader)));
  await Promise.race([confirmed, timeout(budgetMs)]);
}

async function confirm(holder: ServiceView, state: ClusterState, reader: ServiceReader): Promise<void> {
  const found = await reader.read(holder.ref).catch(() => holder);
  if (found === 'gone' || found.ref.uid !== holder.ref.uid) state.ledger.remove(holder.ref.uid);
  if (found !== 'gone' && found !== holder) state.ledger.upsert(found);
}

function timeout(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
