import type { IpAddress } from '../core/net/ip.ts';
import type { ForeignReview, Review } from '../review/decode.ts';
import type { DecisionSubject } from './ports.ts';

const NO_IPS: readonly IpAddress[] = [];

/** What a review is about, in the words of the log: the object, and the IPs before and after. */
export function subjectOf(review: Exclude<Review, ForeignReview>): DecisionSubject {
  switch (review.kind) {
    case 'status-update': {
      const { was, becomes } = review;
      return {
        object: was.ref,
        kind: 'Service',
        oldIps: was.assigned,
        newIps: [...becomes.assigned, ...becomes.malformed],
      };
    }
    case 'service-create':
    case 'service-update': {
      const { ref, assigned } = review.service;
      return { object: ref, kind: 'Service', oldIps: assigned, newIps: assigned };
    }
    case 'pool-change': {
      const object = { namespace: review.namespace, name: review.was.name, uid: review.poolUid };
      return { object, kind: 'IPAddressPool', oldIps: NO_IPS, newIps: NO_IPS };
    }
    case 'namespace-change':
      return {
        object: { namespace: '', name: review.name, uid: review.namespaceUid },
        kind: 'Namespace',
        oldIps: NO_IPS,
        newIps: NO_IPS,
      };
  }
}
