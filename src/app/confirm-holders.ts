import type { IpAddress } from '../core/net/ip.ts';
import type { ServiceRef } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { ClusterState } from './cluster-state.ts';
import type { ClaimStore, Clock, ServiceReader } from './ports.ts';

/** What to confirm: every holder of `ips`, other than the Service `except`, within `budgetMs` milliseconds. */
export interface Confirmation {
  readonly state: ClusterState;
  readonly reader: ServiceReader;
  readonly store: ClaimStore | undefined;
  readonly clock: Clock;
  readonly ips: readonly IpAddress[];
  readonly except: ServiceView;
  readonly budgetMs: number;
}

/**
 * Reads the claims and the holders of some IPs live and brings the caches up to date with what it finds. What cannot be
 * read in time stays as the caches have it: an IP is never taken for free because the API server was slow.
 * @returns the IPs of which everything was read
 */
export async function confirmHolders(confirmation: Confirmation): Promise<ReadonlySet<IpAddress>> {
  const confirmed = new Set<IpAddress>();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, confirmation.budgetMs);
  });
  const confirm = async (ip: IpAddress) => {
    if (await confirmIp(ip, confirmation)) confirmed.add(ip);
  };
  await Promise.race([Promise.all(confirmation.ips.map(confirm)), late]);
  clearTimeout(timer);
  return confirmed;
}

/** @returns false when something could not be read */
async function confirmIp(ip: IpAddress, confirmation: Confirmation): Promise<boolean> {
  const { state, store, except, clock } = confirmation;
  if (store !== undefined && state.book.get(ip) !== undefined && !(await confirmClaim(ip, state, store))) return false;
  const holders = state.ownership.othersHolding(ip, except, clock.now()).map(({ service }) => service.ref);
  const read = await Promise.all(
    holders.filter(({ uid }) => uid !== '').map((ref) => confirmService(ref, confirmation)),
  );
  return read.every(Boolean);
}

async function confirmClaim(ip: IpAddress, { book }: ClusterState, store: ClaimStore): Promise<boolean> {
  const cached = book.get(ip);
  const found = await store.read(ip).catch(() => 'unread' as const);
  if (found === 'unread') return false;
  if (found !== undefined) book.put(found);
  else if (cached !== undefined) book.missing(cached);
  return true;
}

async function confirmService(ref: ServiceRef, { state, reader }: Confirmation): Promise<boolean> {
  const found = await reader.read(ref).catch(() => undefined);
  if (found === undefined) return false;
  if (found === 'gone' || found.ref.uid !== ref.uid) state.ledger.remove(ref.uid);
  if (found !== 'gone') state.ledger.upsert(found);
  return true;
}
