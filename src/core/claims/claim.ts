import type { IpAddress } from '../net/ip.ts';
import type { ServiceRef } from '../service-ref.ts';

/** The durable record of who holds an IP: one object per IP, shared by all replicas. Creating it is the lock. */
export interface Claim {
  readonly ip: IpAddress;
  /** Who holds the IP; more than one only with a sharing key. Empty never: a claim without holders is deleted. */
  readonly holders: readonly ClaimHolder[];
  /** `allow-shared-ip` of the holders; empty means exclusive. */
  readonly sharingKey: string;
  /** Who held the IP before, the latest first; a few only. */
  readonly history: readonly PastHolder[];
  /** resourceVersion as a number; 0 while the claim is not stored. */
  readonly version: number;
  /** uid of the stored object; empty while the claim is not stored. */
  readonly uid: string;
}

/** One holder of a claim. */
export interface ClaimHolder {
  /** `uid` is empty for a Service that is only being created (it has none yet); so may `name` be (generateName). */
  readonly service: ServiceRef;
  /** uid of the review that created the Service; the watch finds the Service by it. Empty when not made at CREATE. */
  readonly reviewUid: string;
  /**
   * resourceVersion of the Service that was reviewed when the IP was given: a newer version without the IP proves that
   * the write was not stored, or that the IP has left. 0 for a Service being created.
   */
  readonly basis: number;
  /** When the IP was given, epoch ms. */
  readonly since: number;
  /** When the Service was seen to be gone, epoch ms; undefined while it is there. The claim is sticky from then on. */
  readonly goneSince: number | undefined;
}

/** A holder of the past. */
export interface PastHolder {
  readonly service: ServiceRef;
  /** Epoch ms. */
  readonly from: number;
  /** Epoch ms. */
  readonly to: number;
  /** A release reason, or why the claim ended without the IP ever being in the status. */
  readonly because: string;
}

/** How many past holders a claim remembers. */
export const HISTORY_LENGTH = 10;
