import type { PoolReader, ServiceReader, ServiceWriter } from '../app/ports.ts';
import { poolToCore } from '../review/pool-to-core.ts';
import { serviceToView } from '../review/service-to-view.ts';
import { isKubeError } from './errors.ts';
import { isObject, type JsonObject } from './json.ts';
import type { CallOptions, KubeClient } from './kube-client.ts';
import { poolsPath, servicePath } from './paths.ts';
import type { RawService } from './raw-types.ts';

/** Which Service. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Reads one Service live, past every cache.
 * @returns its JSON as stored now, or `gone` when there is none. @throws KubeError when the API server cannot be asked
 */
export async function readService(
  client: KubeClient,
  { namespace, name }: ServiceName,
  options: CallOptions = {},
): Promise<RawService | 'gone'> {
  return readObject(client, servicePath(namespace, name), options);
}

async function readObject(client: KubeClient, path: string, options: CallOptions): Promise<JsonObject | 'gone'> {
  try {
    const raw = await client.get(path, options);
    return isObject(raw) ? raw : 'gone';
  } catch (error) {
    if (isKubeError(error, 'not-found')) return 'gone';
    throw error;
  }
}

/** Milliseconds a live read within an admission call may take: well below the webhook's timeout of 5 s. */
const LIVE_READ_MS = 2_000;

/** The live reads that a decision needs, in the words of the core. */
export function serviceReader(client: KubeClient): ServiceReader {
  return {
    read: async (ref) => {
      const raw = await readService(client, ref, { timeoutMs: LIVE_READ_MS });
      return raw === 'gone' ? 'gone' : serviceToView({ ...raw });
    },
  };
}

/** The pools of this MetalLB, live, in the words of the core. */
export function poolReader(client: KubeClient, metallbNamespace: string): PoolReader {
  return {
    read: async (name) => {
      const path = `${poolsPath(metallbNamespace)}/${encodeURIComponent(name)}`;
      const raw = await readObject(client, path, { timeoutMs: LIVE_READ_MS });
      return raw === 'gone' ? 'gone' : poolToCore(raw);
    },
  };
}

/** Annotates Services; the uid makes sure that a Service of the same name is not meant. */
export function serviceWriter(client: KubeClient): ServiceWriter {
  return {
    annotate: async ({ namespace, name, uid }, annotations, version) => {
      const resourceVersion = version === undefined ? {} : { resourceVersion: String(version) };
      const body = { metadata: { uid, ...resourceVersion, annotations } };
      await client
        .patch(servicePath(namespace, name), { kind: 'merge', body }, { timeoutMs: LIVE_READ_MS })
        .catch((error) => {
          if (!isKubeError(error, 'not-found', 'conflict')) throw error;
        });
    },
  };
}
