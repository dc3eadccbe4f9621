import type { JsonObject } from '../../src/review/json.ts';
import type { ServiceJson } from './service.ts';

/** Who writes. */
export const METALLB_USER = 'system:serviceaccount:metallb-system:controller';

/** An AdmissionReview of an UPDATE of `services/status`. */
export function statusReview(was: ServiceJson, becomes: ServiceJson, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: `review-${String(was.metadata.name)}`,
      kind: { group: '', version: 'v1', kind: 'Service' },
      resource: { group: '', version: 'v1', resource: 'services' },
      subResource: 'status',
      namespace: was.metadata.namespace,
      name: was.metadata.name,
      operation: 'UPDATE',
      userInfo: { username: METALLB_USER },
      oldObject: was,
      object: becomes,
      dryRun: false,
      ...more,
    },
  };
}

/** An AdmissionReview of a CREATE of a {@link newService}, as a mutating hook sees it. */
export function createReview(made: ServiceJson, more: JsonObject = {}): JsonObject {
  return statusReview(made, made, {
    uid: `create-${String(made.metadata.name)}`,
    subResource: undefined,
    operation: 'CREATE',
    userInfo: { username: 'alice' },
    oldObject: null,
    ...more,
  });
}
