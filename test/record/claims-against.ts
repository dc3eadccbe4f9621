import type { Claim } from '../../src/core/claims/claim.ts';
import { nameOf } from '../../src/core/service-ref.ts';

/**
 * Compares the claims with who has which IP in a status.
 * @param owners IP → `namespace/name`, as an onlooker saw it
 * @returns a sentence for each IP about which they differ
 */
export function claimsAgainst(
  claims: readonly Claim[],
  owners: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const claimed = new Map<string, string>(claims.map(({ ip, holders }) => [ip, names(holders.map(holderName))]));
  return [...new Set([...owners.keys(), ...claimed.keys()])].flatMap((ip) => {
    const [status, claim] = [names(owners.get(ip) ?? []), claimed.get(ip) ?? names([])];
    return status === claim ? [] : [`${ip} is in the status of ${status}, and its claim names ${claim}`];
  });
}

function holderName({ service }: Claim['holders'][number]): string {
  return nameOf(service);
}

function names(all: readonly string[]): string {
  return all.length === 0 ? 'nobody' : [...all].sort().join(', ');
}
