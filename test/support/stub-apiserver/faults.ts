/** A verb as RBAC names it. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export type FaultAction =
  /** Answered instead of being done. */
  | { readonly kind: 'answer'; readonly status: number; readonly message?: string; readonly retryAfterSeconds?: number }
  /** Done after this time. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Connection broken, nothing done. */
  | { readonly kind: 'drop' }
  /** Done, then the connection is broken instead of an answer. */
  | { readonly kind: 'drop-after-commit' }
  /** Never answered, nothing done. */
  | { readonly kind: 'hang' }
  /** Called before the request is done; a race is made by writing here. */
  | { readonly kind: 'run'; readonly run: () => void }
  /** Watch only: the stream opens and its first event is ERROR. */
  | { readonly kind: 'error-event'; readonly status: number };

export interface Fault {
  readonly verb?: Verb;
  /** A path that starts with this, or matches this. */
  readonly path?: string | RegExp;
  /** How many requests it meets (default 1). */
  readonly times?: number;
  readonly action: FaultAction;
}

/** The faults still to happen, in order; the first one that fits a request is taken. */
export class Faults {
  #pending: { readonly fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#pending.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#pending = [];
  }

  take(verb: Verb, path: string): FaultAction | undefined {
    const found = this.#pending.find(({ fault }) => fits(fault, verb, path));
    if (found === undefined) return undefined;
    found.left--;
    if (found.left <= 0) this.#pending = this.#pending.filter((other) => other !== found);
    return found.fault.action;
  }
}

function fits(fault: Fault, verb: Verb, path: string): boolean {
  if (fault.verb !== undefined && fault.verb !== verb) return false;
  if (fault.path === undefined) return true;
  return typeof fault.path === 'string' ? path.startsWith(fault.path) : fault.path.test(path);
}
