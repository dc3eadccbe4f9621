import type { Advice } from '../decision.ts';
import { admitsLabels, poolOf } from '../metallb/pool.ts';
import { mayShare, whyNotShare } from '../metallb/sharing.ts';
import { nameOf } from '../service-ref.ts';
import type { Edit, Surroundings } from './known.ts';

/**
 * An edit that ends the sharing of an IP. MetalLB (0.13.9–0.16) moves the Service that was edited as soon as it looks,
 * or leaves it without any IP.
 */
export function sharingEnds({ was, becomes }: Edit, { ownership, now }: Surroundings): readonly Advice[] {
  if (was === undefined) return [];
  return was.assigned.flatMap((ip) => {
    const partner = ownership
      .othersHolding(ip, was, now)
      .find(({ service }) => mayShare(was.sharing, service.sharing) && !mayShare(becomes.sharing, service.sharing));
    if (partner === undefined) return [];
    const { ref, sharing } = partner.service;
    const text = `${ip} is shared with ${nameOf(ref)}, and now ${whyNotShare(becomes.sharing, sharing)}`;
    return [{ reason: 'SharingEnds' as const, text }];
  });
}

/** New labels by which the pool of an assigned IP no longer selects the Service: MetalLB takes the IP away. */
export function poolRefuses({ was, becomes }: Edit, { pools }: Surroundings): readonly Advice[] {
  if (was === undefined) return [];
  return was.assigned.flatMap((ip) => {
    const pool = poolOf(pools, ip);
    if (pool === undefined || !admitsLabels(pool, was) || admitsLabels(pool, becomes)) return [];
    const text = `${ip} goes: its pool ${pool.name} does not select the new labels of ${nameOf(becomes.ref)}`;
    return [{ reason: 'PoolRefuses' as const, text }];
  });
}
