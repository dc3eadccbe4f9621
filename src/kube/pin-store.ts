import type { PinStore } from '../app/pin-services.ts';
import { serviceToView } from '../review/service-to-view.ts';
import { isKubeError } from './errors.ts';
import type { KubeClient } from './kube-client.ts';
import { servicePath } from './paths.ts';
import { withMissingRule } from './rbac.ts';
import { readService } from './readers.ts';

/**
 * Writes annotations to exactly the version of a Service that was judged: uid and resourceVersion go along, so that the
 * API server refuses what would meet another state.
 */
export function pinStore(client: KubeClient): PinStore {
  return {
    write: async ({ ref: { namespace, name, uid }, version }, annotations) => {
      const nulled = Object.entries(annotations).map(([key, value]) => [key, value ?? null]);
      const metadata = { uid, resourceVersion: String(version), annotations: Object.fromEntries(nulled) };
      try {
        await client.patch(servicePath(namespace, name), { kind: 'merge', body: { metadata } });
        return 'written';
      } catch (error) {
        if (isKubeError(error, 'conflict', 'not-found')) return 'stale';
        throw withMissingRule(error, { verb: 'patch', group: '', resource: 'services' });
      }
    },
    read: async ({ ref }) => {
      const raw = await readService(client, ref);
      return raw === 'gone' ? 'gone' : serviceToView({ ...raw });
    },
  };
}
