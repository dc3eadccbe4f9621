import type { Pool } from '../control-plane/metallb-pools.ts';
import type { ServiceOptions } from '../control-plane/services.ts';

/** One thing a user does. `what` is its name in tables. */
export type Edit =
  | { readonly kind: 'create'; readonly what: string; readonly service: ServiceOptions }
  | { readonly kind: 'delete'; readonly what: string; readonly namespace: string; readonly name: string }
  | {
      readonly kind: 'patch';
      readonly what: string;
      readonly namespace: string;
      readonly name: string;
      readonly patch: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'namespace';
      readonly what: string;
      readonly namespace: string;
      readonly labels: Readonly<Record<string, string | null>>;
    }
  | {
      readonly kind: 'pool';
      readonly what: string;
      readonly name: string;
      readonly spec: Readonly<Record<string, unknown>>;
    }
  /** Delete and create again under another name: IPAddressPools cannot be renamed. */
  | { readonly kind: 'rename-pool'; readonly what: string; readonly name: string; readonly becomes: Pool };

/** One random cluster: where it starts and what happens to it. Replayable from its JSON. */
export interface Script {
  readonly seed: number;
  readonly layout: number;
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly pools: readonly Pool[];
  readonly edits: readonly Edit[];
}

/** `namespace/name` of the Service that an edit is about; undefined for pools and namespaces. */
export function targetOf(edit: Edit): string | undefined {
  if (edit.kind === 'create') return `${edit.service.namespace ?? 'default'}/${edit.service.name}`;
  return edit.kind === 'delete' || edit.kind === 'patch' ? `${edit.namespace}/${edit.name}` : undefined;
}
