import { type Ask, play } from '../../src/app/play.ts';
import type { Recording } from '../../src/app/recording.ts';
import { type Storage, World } from '../../src/app/world.ts';
import { type JsonObject, objectAt } from '../../src/review/json.ts';
import type { Service } from '../control-plane/kube-types.ts';
import type { OwnerLedger } from '../control-plane/owner-ledger.ts';
import { serviceIps } from '../control-plane/services.ts';
import { harmIn, witness } from '../record/witness.ts';

/** One write that was offered. */
export interface Write {
  /** `namespace/name`. */
  readonly service: string;
  readonly was: readonly string[];
  readonly becomes: readonly string[];
  /** An IP that it takes while somebody else has it, and who that is. */
  readonly theft?: { readonly ip: string; readonly owner: string };
  readonly allowed: boolean;
}

/** What came of a recording, counted by an onlooker. */
export interface Account {
  readonly writes: readonly Write[];
  /** Services that lost an IP they had. */
  readonly moved: number;
  /** IPs that two Services had at some instant. */
  readonly doubled: number;
  /** LoadBalancer Services with an IP, and without, at the end. */
  readonly assigned: number;
  readonly pending: number;
}

/** Plays a recording from `services` on, each write as `ask` decides, and counts what comes of it. */
export async function account(
  { reviews }: Pick<Recording, 'reviews'>,
  {
    services,
    storage,
    ask,
  }: { readonly services: readonly JsonObject[]; readonly storage?: Storage; readonly ask: Ask },
): Promise<Account> {
  const onlooker = witness(services, storage);
  const writes: Write[] = [];
  await play(reviews, new World(services, onlooker.storage), async (review) => {
    const write = look(review, onlooker.ledger);
    const allowed = await ask(review);
    writes.push({ ...write, allowed });
    return allowed;
  });
  const { moved, doubled } = harmIn(onlooker.ledger);
  const { assigned, pending } = onlooker.ledger;
  return { writes, moved: moved.size, doubled: doubled.size, assigned: assigned.size, pending: pending.size };
}

function look(review: JsonObject, ledger: OwnerLedger): Omit<Write, 'allowed'> {
  const request = objectAt(review, 'request');
  const service = `${String(request.namespace)}/${String(request.name)}`;
  const [was, becomes] = [ipsIn(request, 'oldObject'), ipsIn(request, 'object')];
  const thefts = becomes
    .filter((ip) => !was.includes(ip))
    .flatMap((ip) => ledger.ownersOf(ip).map((owner) => ({ ip, owner })));
  const [theft] = thefts.filter(({ owner }) => owner !== service);
  return { service, was, becomes, ...(theft === undefined ? {} : { theft }) };
}

function ipsIn(request: JsonObject, key: 'object' | 'oldObject'): readonly string[] {
  return serviceIps(objectAt(request, key) as unknown as Service);
}
