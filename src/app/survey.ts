import type { Claim } from '../core/claims/claim.ts';
import type { Scope } from '../core/facts.ts';
import type { Pool } from '../core/metallb/pool.ts';
import type { ServiceView } from '../core/service-view.ts';
import { ClusterState, type NamespaceView } from './cluster-state.ts';
import { PinPrefix } from './pin-prefix.ts';

/** A pool as the cluster has it, with holdfast's own annotation. */
export interface SeenPool {
  readonly pool: Pool;
  /** `holdfast.dev/allow-strand` as written. */
  readonly allowStrand: string | undefined;
}

/** Where the pools were read: 0.12 keeps them in a ConfigMap, later versions in custom resources. */
export type PoolSource = 'crd' | 'configmap' | 'none';

/** What was asked and may not, or need not, be looked at: words for the report. */
export interface Unread {
  readonly what: string;
  readonly why: string;
}

/** A look at a whole cluster, each kind listed once. Claims come before Services, so that none looks older than it is. */
export interface Survey {
  /** Epoch ms. */
  readonly takenAt: number;
  readonly services: readonly ServiceView[];
  readonly pools: readonly SeenPool[];
  readonly poolSource: PoolSource;
  readonly namespaces: readonly NamespaceView[];
  /** Undefined: IPClaims do not exist in this cluster. */
  readonly claims: readonly Claim[] | undefined;
  /** Names of IPClaims that cannot be read. */
  readonly damagedClaims: readonly string[];
  readonly unread: readonly Unread[];
}

/** How long things last, for judging claims. Milliseconds. */
export interface SurveyTerms {
  readonly graceMs: number;
  readonly stickyMs: number;
}

/** What holdfast would know if it had started at the moment of the survey. */
export function stateOf(survey: Survey, terms: SurveyTerms): ClusterState {
  const state = new ClusterState(terms, { now: () => survey.takenAt });
  state.ledger.replaceAll(survey.services, 0);
  state.book.replaceAll(survey.claims ?? [], 0);
  state.replaceNamespaces(survey.namespaces);
  state.replacePools(survey.poolSource === 'none' ? undefined : survey.pools.map(({ pool }) => pool));
  return state;
}

/** The prefix that this MetalLB was seen to write; undefined when it has written none. The newest Service counts. */
export function learntPrefix(services: readonly ServiceView[]): PinPrefix['current'] | undefined {
  const written = services.filter(({ annotations }) => Object.keys(annotations).some((key) => NOTE.test(key)));
  const newest = written.toSorted((one, other) => other.version - one.version)[0];
  if (newest === undefined) return undefined;
  const prefix = new PinPrefix();
  prefix.learn(newest);
  return prefix.current;
}

const NOTE = /^metallb\.(?:io|universe\.tf)\/ip-allocated-from-pool$/;

/** Which Services are looked at, and under which scope. */
export interface Viewpoint {
  readonly survey: Survey;
  readonly state: ClusterState;
  readonly scope: Scope;
}
