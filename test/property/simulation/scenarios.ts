import fc from 'fast-check';
import type { Operation, Scenario } from './operation.ts';

/** How large scenarios are. */
export interface Size {
  /** Default 1. */
  readonly fewestReplicas?: number;
  readonly replicas: number;
  readonly controllers: number;
  readonly operations: number;
  readonly choices: number;
}

const service = fc.nat(4);
const ip = fc.nat(3);
const replica = fc.nat(2);
const key = fc.constantFrom(0, 0, 0, 1, 1, 2);
const port = fc.nat(2);
const maybeIp = fc.option(ip, { nil: undefined, freq: 2 });

const create: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constant('create' as const),
  service,
  key,
  port,
  request: fc.option(ip, { nil: undefined, freq: 1 }),
  like: fc.option(service, { nil: undefined, freq: 1 }),
  fate: fc.constantFrom('stored' as const, 'stored', 'stored', 'stored', 'refused', 'dry-run'),
});

const status: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constant('status' as const),
  service,
  ip: maybeIp,
  metallb: fc.boolean(),
  dryRun: fc.constantFrom(false, false, false, true),
});

/** By how often they happen. */
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: create },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      service,
      slowly: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('type' as const),
      service,
      type: fc.constantFrom('ClusterIP' as const, 'LoadBalancer'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('request' as const), service, ip: maybeIp }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sharing' as const), service, key, port }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('touch' as const), service }) },
  { weight: 4, arbitrary: status },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      replica,
      restarts: fc.constantFrom(true, true, true, false),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), replica }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('repeat' as const), replica, events: fc.integer({ min: 1, max: 8 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      replica,
      lost: fc.boolean(),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('upkeep' as const), replica }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('metallb' as const),
      controller: fc.nat(1),
      startup: fc.constantFrom('cache-order' as const, 'assigned-first'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('time' as const), seconds: fc.constantFrom(1, 30, 61, 130, 700) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('hold' as const),
      what: fc.constantFrom(
        ...(['storing', 'storing', 'asking', 'hearing-services', 'hearing-services', 'hearing-claims'] as const),
        ...(['calling', 'answering'] as const),
      ),
      steps: fc.constantFrom(5, 20, 60, 200),
    }),
  },
);

/** Scenarios up to this size; counterexamples shrink towards the fewest replicas, one controller and the calm order. */
export function scenarios(size: Size): fc.Arbitrary<Scenario> {
  const { fewestReplicas = 1, replicas, controllers, operations, choices } = size;
  return fc.record({
    start: fc.array(fc.record({ ip: maybeIp, key, port }), { maxLength: 4 }),
    pools: fc.constantFrom([2], [3], [4], [2, 1]),
    replicas: fc.integer({ min: fewestReplicas, max: replicas }),
    controllers: fc.integer({ min: 1, max: controllers }),
    stickyMs: fc.constantFrom(0, 600_000),
    pin: fc.constantFrom('create' as const, 'create', 'repair'),
    operations: fc.array(operation, { maxLength: operations, size: 'max' }),
    choices: fc.array(fc.nat(255), { maxLength: choices, size: 'max' }),
  });
}
