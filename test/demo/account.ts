import { type Admit, play } from '../../src/app/play.ts';
import type { Recording } from '../../src/app/recording.ts';
import { type Storage, World } from '../../src/app/world.ts';
import { PIN_ANNOTATION } from '../../src/core/metallb/annotations.ts';
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
  readonly outcome: 'allowed' | 'repaired' | 'refused';
  /** The IPs that the Service has after it. */
  readonly stored: readonly string[];
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
  /** Services with a pin of holdfast's, at the end. */
  readonly pinned: number;
  /** Who has which IP at the end: IP → `namespace/name`. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
}

/** From where, into which storage and past which guard a recording is played. */
export interface Setting {
  readonly services: readonly JsonObject[];
  readonly storage?: Storage;
  readonly admit: Admit;
}

/** Plays a recording from `services` on, each write as `admit` lets it, and counts what comes of it. */
export async function account(
  { reviews }: Pick<Recording, 'reviews'>,
  { services, storage, admit }: Setting,
): Promise<Account> {
  const { ledger, storage: watched } = witness(services, storage);
  const writes: Write[] = [];
  await play(reviews, new World(services, watched), async (offered) => {
    const seen = look(offered, ledger);
    const admitted = await admit(offered);
    writes.push({ ...seen, ...outcome(seen, admitted) });
    return admitted;
  });
  const { moved, doubled } = harmIn(ledger);
  const { assigned, pending } = ledger;
  const pinned = ledger
    .services()
    .filter(({ metadata }) => metadata.annotations?.[PIN_ANNOTATION] !== undefined).length;
  const counts = { moved: moved.size, doubled: doubled.size, assigned: assigned.size, pending: pending.size, pinned };
  return { writes, ...counts, owners: ledger.owners() };
}

type Seen = Omit<Write, 'outcome' | 'stored'>;

function look(review: JsonObject, ledger: OwnerLedger): Seen {
  const request = objectAt(review, 'request');
  const service = `${String(request.namespace)}/${String(request.name)}`;
  const [was, becomes] = [ipsIn(request, 'oldObject'), ipsIn(request, 'object')];
  const thefts = becomes
    .filter((ip) => !was.includes(ip))
    .flatMap((ip) => ledger.ownersOf(ip).map((owner) => ({ ip, owner })));
  const [theft] = thefts.filter(({ owner }) => owner !== service);
  return { service, was, becomes, ...(theft === undefined ? {} : { theft }) };
}

function outcome({ was, becomes }: Seen, admitted: JsonObject | undefined): Pick<Write, 'outcome' | 'stored'> {
  if (admitted === undefined) return { outcome: 'refused', stored: was };
  const stored = ipsIn(objectAt(admitted, 'request'), 'object');
  const same = [...stored].sort().join() === [...becomes].sort().join();
  return { outcome: same ? 'allowed' : 'repaired', stored };
}

function ipsIn(request: JsonObject, key: 'object' | 'oldObject'): readonly string[] {
  return serviceIps(objectAt(request, key) as unknown as Service);
}
