/** A cache that must have seen the whole cluster before holdfast may decide. */
export type Cache = 'services' | 'pools' | 'namespaces' | 'claims' | 'adoption';

/** What else must have happened before a replica calls itself ready; decisions do not depend on it. */
export type Step = 'certificate' | 'registration';

/** The words in which `/readyz` names what is missing. */
const WAITING: Readonly<Record<Cache | Step, string>> = {
  services: 'the first complete list of Services',
  pools: 'the first complete list of IPAddressPools',
  namespaces: 'the first complete list of Namespaces',
  claims: 'the first complete list of IPClaims',
  adoption: 'claims for the IPs that were assigned before',
  certificate: 'the serving certificate',
  registration: 'the webhook configuration',
};

/**
 * Whether this replica may decide. The only source of `/readyz`, and of the right to decide: until every cache is
 * there, admission answers 503 and the failurePolicy applies. (MetalLB 0.13 moved IPs because it decided earlier.)
 */
export class Readiness {
  readonly #caches: Set<Cache>;
  readonly #steps: Set<Step>;
  #stale: () => string | undefined = () => undefined;
  readonly #waiters: (() => void)[] = [];
  #draining = false;

  constructor(caches: readonly Cache[], steps: readonly Step[] = []) {
    this.#caches = new Set(caches);
    this.#steps = new Set(steps);
  }

  /** The cache is complete, or the step is done, from now on. */
  met(what: Cache | Step): void {
    this.#caches.delete(what as Cache);
    this.#steps.delete(what as Step);
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  /** @param check asked for every decision; says why the caches are too old to decide, or undefined */
  watchStaleness(check: () => string | undefined): void {
    this.#stale = check;
  }

  /** Shutdown has begun: `/readyz` turns to 503, calls already on their way are still decided. */
  drain(): void {
    this.#draining = true;
  }

  /** Resolves when decisions may be made, or when `signal` aborts. */
  untilMayDecide(signal: AbortSignal): Promise<void> {
    return this.untilMet([...this.#caches], signal);
  }

  /** Resolves when these caches are complete, or when `signal` aborts. */
  async untilMet(caches: readonly Cache[], signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    while (!signal.aborted && caches.some((cache) => this.#caches.has(cache))) {
      await Promise.race([aborted, new Promise<void>((resolve) => this.#waiters.push(resolve))]);
    }
  }

  /** True when every cache is complete and fresh. */
  get mayDecide(): boolean {
    return this.#caches.size === 0 && this.#stale() === undefined;
  }

  /** Why nothing may be decided, in the words of `/readyz`. */
  undecidedBecause(): readonly string[] {
    const stale = this.#stale();
    return [...[...this.#caches].map((cache) => WAITING[cache]), ...(stale === undefined ? [] : [stale])];
  }

  /** What `/readyz` answers. */
  report(): { readonly ready: boolean; readonly waitingFor: readonly string[] } {
    const steps = [...this.#steps].map((step) => WAITING[step]);
    const waitingFor = [...this.undecidedBecause(), ...steps, ...(this.#draining ? ['the end: shutting down'] : [])];
    return { ready: waitingFor.length === 0, waitingFor };
  }
}
