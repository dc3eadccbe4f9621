import type { ServiceOptions } from '../../control-plane/services.ts';

type Family = 'IPv4' | 'IPv6';
type Policy = 'SingleStack' | 'PreferDualStack' | 'RequireDualStack';

/** One life of a Service: how it is created, what its user makes of it, and which families it has at the end. */
export interface FamilyCase {
  readonly name: string;
  readonly policy: Policy;
  readonly families: readonly Family[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The user asks for the IP that the Service has, before the edit. */
  readonly requestsOwn?: true;
  /** What the user changes; without it the Service is only created. */
  readonly edit?: { readonly policy: Policy; readonly families: readonly Family[] };
  /** The families that it must have in the end; more is fine. Default: all that it asks for. */
  readonly atLeast?: readonly Family[];
}

const V4: readonly Family[] = ['IPv4'];
const V6: readonly Family[] = ['IPv6'];
const BOTH: readonly Family[] = ['IPv4', 'IPv6'];
const V6_FIRST: readonly Family[] = ['IPv6', 'IPv4'];

export const FAMILY_CASES: readonly FamilyCase[] = [
  { name: 'prefer', policy: 'PreferDualStack', families: BOTH },
  { name: 'require', policy: 'RequireDualStack', families: BOTH },
  { name: 'prefer-v6-first', policy: 'PreferDualStack', families: V6_FIRST },
  { name: 'require-v6-first', policy: 'RequireDualStack', families: V6_FIRST },
  { name: 'single-v6', policy: 'SingleStack', families: V6 },
  { name: 'v4-to-prefer', policy: 'SingleStack', families: V4, edit: { policy: 'PreferDualStack', families: BOTH } },
  { name: 'v4-to-require', policy: 'SingleStack', families: V4, edit: { policy: 'RequireDualStack', families: BOTH } },
  {
    name: 'v6-to-prefer',
    policy: 'SingleStack',
    families: V6,
    edit: { policy: 'PreferDualStack', families: V6_FIRST },
  },
  {
    name: 'v6-to-require',
    policy: 'SingleStack',
    families: V6,
    edit: { policy: 'RequireDualStack', families: V6_FIRST },
  },
  { name: 'prefer-to-v4', policy: 'PreferDualStack', families: BOTH, edit: { policy: 'SingleStack', families: V4 } },
  {
    name: 'require-to-v6',
    policy: 'RequireDualStack',
    families: V6_FIRST,
    edit: { policy: 'SingleStack', families: V6 },
  },
  {
    name: 'prefer-to-require',
    policy: 'PreferDualStack',
    families: BOTH,
    edit: { policy: 'RequireDualStack', families: BOTH },
  },
  {
    name: 'require-to-prefer',
    policy: 'RequireDualStack',
    families: BOTH,
    edit: { policy: 'PreferDualStack', families: BOTH },
  },
  {
    // The loss bug of 0.14.9 and later: first the second family comes, then both go, because one is requested.
    name: 'requested-v4-to-prefer',
    policy: 'SingleStack',
    families: V4,
    requestsOwn: true,
    edit: { policy: 'PreferDualStack', families: BOTH },
    atLeast: V4,
  },
  {
    // Up to 0.14.8 both families are needed or none is given: the one that is there would go.
    name: 'v4-pool-to-prefer',
    policy: 'SingleStack',
    families: V4,
    annotations: { 'metallb.universe.tf/address-pool': 'v4-only' },
    edit: { policy: 'PreferDualStack', families: BOTH },
    atLeast: V4,
  },
];

/** The Service as it is created. */
export function asCreated({ name, policy, families, annotations }: FamilyCase, prefix: string): ServiceOptions {
  const spec = { ipFamilyPolicy: policy, ipFamilies: families };
  return { name: `${prefix}-${name}`, spec, ...(annotations && { annotations }) };
}

/** The families it must have in the end. */
export function familiesInTheEnd({ families, edit, atLeast }: FamilyCase): readonly Family[] {
  return atLeast ?? edit?.families ?? families;
}
