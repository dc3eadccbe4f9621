/** One thing that must have happened before holdfast may decide. */
export type Condition = 'services' | 'pools' | 'namespaces' | 'registration';

/**
 * Which caches have seen the whole cluster. The only source of `/readyz`, and of the right to decide: until everything
 * is there, admission answers 503 and the failurePolicy applies. (MetalLB 0.13 moved IPs because it decided earlier.)
 */
export class Readiness {
  readonly #missing: Map<Condition, string>;
  #draining = false;

  /** @param needed each condition with the words that /readyz prints while it is missing */
  constructor(needed: Readonly<Partial<Record<Condition, string>>>) {
    this.#missing = new Map(Object.entries(needed) as [Condition, string][]);
  }

  /** The condition holds from now on. */
  met(condition: Condition): void {
    this.#missing.delete(condition);
  }

  /** Shutdown has begun: `/readyz` turns to 503, decisions go on for calls already under way. */
  drain(): void {
    this.#draining = true;
  }

  /** True when every cache has synced: decisions may be made. */
  get mayDecide(): boolean {
    return this.#missing.size === 0;
  }

  /** What `/readyz` answers. */
  report(): { readonly ready: boolean; readonly waitingFor: readonly string[] } {
    const waitingFor = [...this.#missing.values(), ...(this.#draining ? ['shutting down'] : [])];
    return { ready: waitingFor.length === 0, waitingFor };
  }
}
