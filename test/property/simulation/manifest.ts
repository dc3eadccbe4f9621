import { NAMESPACE, SHARING, type SimService } from './sim-service.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

/** The name of the Service with this index. */
export function nameAt(index: number): string {
  return NAMES[index] ?? 'a';
}

/** The annotation of a sharing key by number; 0: none. */
export function sharingOf(key: number): Readonly<Record<string, string>> {
  return key === 0 ? {} : { [SHARING]: `key-${key}` };
}

/** A manifest of an IPv4 Service as a user writes it. */
export function manifest(name: string, annotations: Readonly<Record<string, string>>, port = 80): SimService {
  return {
    metadata: { namespace: NAMESPACE, name, annotations },
    spec: {
      type: 'LoadBalancer',
      ipFamilies: ['IPv4'],
      clusterIPs: ['10.96.0.10'],
      ports: [{ protocol: 'TCP', port }],
    },
    status: { loadBalancer: {} },
  };
}
