import { inForce, type Parsed, type Permission, parsePermission } from '../core/break-glass.ts';
import type { Advice, Judgement } from '../core/decision.ts';
import { ALLOW_STRAND_ANNOTATION } from '../core/metallb/annotations.ts';
import type { Pools } from '../core/metallb/pool.ts';
import { describeStranded, type Stranded, strandedBy } from '../core/rules/no-strand.ts';
import { isGuardedClass } from '../core/scope.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { NamespaceReview, PoolReview } from '../review/decode.ts';
import type { AdmissionParts } from './admission-parts.ts';

/** How many Services a refusal lists; the rest is counted. */
const LISTED = 10;

/** The guard of the pools: an edit that strands assigned IPs is refused, with the list of Services it would hit. */
export class PoolGuard {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** Judges an UPDATE or DELETE of a pool. */
  judgePool(review: PoolReview): Judgement {
    const before = this.#withPool(review.was);
    const after = review.becomes === undefined ? without(before, review.was.name) : this.#withPool(review.becomes);
    const stranded = strandedBy({ before, after }, this.#guarded());
    const permission = this.#permission(review);
    const advice = review.becomes === undefined ? [] : voidGlass(permission);
    if (stranded.length === 0) {
      return { kind: 'allow', reason: advice[0]?.reason ?? 'NothingStranded', effects: [], advice };
    }
    if (permission?.ok) {
      const { untilText, reason } = permission.permission;
      const glass = { annotation: 'allow-strand' as const, until: untilText, why: reason };
      return { kind: 'allow', reason: 'StrandAllowed', effects: [], glass };
    }
    const hint = permission === undefined ? '' : ` Its ${ALLOW_STRAND_ANNOTATION} is void: ${permission.problem}.`;
    return refusal(`This change of pool ${review.was.name}`, stranded, hint);
  }

  #permission({ allowStrand }: PoolReview): Parsed<Permission> | undefined {
    return allowStrand === undefined ? undefined : inForce(parsePermission(allowStrand), this.#parts.clock.now());
  }

  /** Judges new labels of a namespace; the caller only warns. */
  judgeNamespace({ name, labels }: NamespaceReview): Judgement {
    const before = this.#parts.state.pools;
    if (before.kind === 'unknown') return { kind: 'allow', reason: 'NothingStranded', effects: [] };
    const after = { ...before, namespaces: new Map([...before.namespaces, [name, labels]]) };
    const stranded = strandedBy({ before, after }, this.#guarded());
    if (stranded.length === 0) return { kind: 'allow', reason: 'NothingStranded', effects: [] };
    return refusal(`This change of the labels of namespace ${name}`, stranded, '');
  }

  /** All pools, this one as given: the reviewed object is newer than the cache. */
  #withPool(pool: PoolReview['was']): Pools {
    const { pools } = this.#parts.state;
    const others = pools.kind === 'known' ? pools.pools.filter(({ name }) => name !== pool.name) : [];
    const namespaces = pools.kind === 'known' ? pools.namespaces : new Map<string, Record<string, string>>();
    return { kind: 'known', pools: [...others, pool], namespaces };
  }

  *#guarded(): Generator<ServiceView> {
    const { state, scope } = this.#parts;
    for (const service of state.ledger.services())
      if (isGuardedClass(service, scope) && !service.deleting) yield service;
  }
}

function voidGlass(permission: Parsed<Permission> | undefined): readonly Advice[] {
  if (permission === undefined || permission.ok) return [];
  return [{ reason: 'GlassVoid', text: `${ALLOW_STRAND_ANNOTATION}: ${permission.problem}` }];
}

function without(pools: Pools, name: string): Pools {
  return pools.kind === 'unknown' ? pools : { ...pools, pools: pools.pools.filter((pool) => pool.name !== name) };
}

function refusal(what: string, stranded: readonly Stranded[], hint: string): Judgement {
  const listed = stranded.slice(0, LISTED).map(describeStranded).join(', ');
  const more = stranded.length > LISTED ? `, and ${stranded.length - LISTED} more` : '';
  const message =
    `${what} would strand the IPs of ${stranded.length} Service${stranded.length === 1 ? '' : 's'}: ${listed}${more}. ` +
    'Speakers would withdraw them. Move these Services first, or add the addresses to another pool before; to do it all ' +
    `the same, put ${ALLOW_STRAND_ANNOTATION}: "until=<RFC 3339 time> reason=<why>" on the pool.${hint}`;
  const [first] = stranded;
  return {
    kind: 'refuse',
    violations: [{ reason: 'Strand', ip: first?.ip, holder: first?.service, message, more: stranded.length - 1 }],
  };
}
