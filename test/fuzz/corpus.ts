import { readRecording } from '../../src/cli/replay.ts';
import type { JsonObject } from '../../src/review/json.ts';
import { fixture } from '../record/save.ts';

/** What is mutated: recorded reviews of every hook, and the objects that a watch brings. */
export interface Corpus {
  readonly recording: ReturnType<typeof readRecording>;
  readonly reviews: readonly JsonObject[];
  readonly services: readonly JsonObject[];
  readonly pools: readonly JsonObject[];
  readonly namespaces: readonly JsonObject[];
  readonly claims: readonly JsonObject[];
}

/** The recorded restart storm and everyday life, and reviews of pools and namespaces made of their objects. */
export function corpus(): Corpus {
  const storm = readRecording(fixture('restart-storm-0.13.12.ndjson.gz'));
  const everyday = readRecording(fixture('everyday-0.16.1.ndjson.gz'));
  const pools = [...(storm.pools ?? []), ...(everyday.pools ?? [])];
  const namespaces = [...storm.namespaces, ...everyday.namespaces];
  return {
    recording: storm,
    reviews: [
      ...sample(storm.reviews, 40),
      ...everyday.reviews,
      ...pools.map((pool) => reviewOf(pool, 'metallb.io', 'ipaddresspools')),
      ...namespaces.map((namespace) => reviewOf(namespace, '', 'namespaces')),
    ],
    services: sample(storm.services, 40),
    pools,
    namespaces,
    claims: [CLAIM],
  };
}

/** Evenly spread over all. */
function sample<T>(from: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, Math.floor(from.length / count));
  return from.filter((_, i) => i % step === 0).slice(0, count);
}

function reviewOf(object: JsonObject, group: string, resource: string): JsonObject {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: `change-${resource}`,
      resource: { group, version: 'v1', resource },
      operation: 'UPDATE',
      userInfo: { username: 'alice' },
      oldObject: object,
      object,
      dryRun: false,
    },
  };
}

const HOLDER = { namespace: 'default', name: 'held-0001', uid: 'u1', basis: 'status', since: '2026-01-01T00:00:00Z' };
const CLAIM: JsonObject = {
  apiVersion: 'holdfast.dev/v1alpha1',
  kind: 'IPClaim',
  metadata: { name: '10.200.0.7', uid: 'c1', resourceVersion: '7' },
  spec: {
    ip: '10.200.0.7',
    family: 'IPv4',
    holder: 'default/held-0001',
    state: 'Held',
    sharingKey: '',
    holders: [HOLDER],
    history: [{ ...HOLDER, from: '2025-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z', because: 'Deleting' }],
  },
};
