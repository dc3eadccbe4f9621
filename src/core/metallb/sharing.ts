/** What decides whether two Services may have the same IP (MetalLB allocator, all versions 0.12–0.16). */
export interface SharingTerms {
  /** `allow-shared-ip`; empty means "does not share". Not namespaced. */
  readonly key: string;
  /**
   * Empty with `externalTrafficPolicy: Cluster`; with Local the sorted selector `k=v,k=v`, so that both Services have
   * the same pods. Local with an empty selector is empty as well, as in MetalLB (internal/allocator/k8salloc).
   */
  readonly backend: string;
  /** `protocol/port` of every Service port, e.g. `TCP/443`. */
  readonly ports: readonly string[];
}

/**
 * MetalLB's sharing rule, exactly: both keys set and equal, backends equal, no port in common.
 * Source: checkSharing and sharingOK, the same in 0.12.1, 0.13.12, 0.14.2, 0.15.3 and 0.16.1.
 */
export function mayShare(one: SharingTerms, other: SharingTerms): boolean {
  return (
    one.key !== '' &&
    one.key === other.key &&
    one.backend === other.backend &&
    !one.ports.some((port) => other.ports.includes(port))
  );
}

/** Why two Services may not share, in words for a message. Only when {@link mayShare} is false. */
export function whyNotShare(a: SharingTerms, b: SharingTerms): string {
  if (a.key === '' && b.key === '') return 'neither asks to share';
  if (a.key !== b.key) return 'their sharing keys differ';
  if (a.backend !== b.backend) return 'their externalTrafficPolicy or selectors differ';
  return `both use ${a.ports.filter((port) => b.ports.includes(port)).join(' and ')}`;
}
