import type { NamespaceView } from '../app/cluster-state.ts';
import type { PoolSource, SeenPool, Survey, Unread } from '../app/survey.ts';
import type { Claim } from '../core/claims/claim.ts';
import { ALLOW_STRAND_ANNOTATION } from '../core/metallb/annotations.ts';
import type { ServiceView } from '../core/service-view.ts';
import { claimFromJson } from '../review/claim-json.ts';
import { isObject, type JsonObject, objectAt, objectsAt, stringAt, stringMapAt } from '../review/json.ts';
import { poolToCore } from '../review/pool-to-core.ts';
import { serviceToView } from '../review/service-to-view.ts';
import { readYaml } from '../yaml/read.ts';
import { isKubeError } from './errors.ts';
import type { KubeClient } from './kube-client.ts';
import { IP_CLAIMS, NAMESPACES, namespacePath, poolsPath, SERVICES } from './paths.ts';
import { objectId } from './watch-events.ts';

/** What {@link takeSurvey} may be told. */
export interface SurveyOptions {
  readonly metallbNamespace: string;
  readonly now: () => number;
  /** Hears after each page how many objects of a kind are there so far. */
  readonly progress?: (what: string, count: number) => void;
}

/** Objects per page: large enough to be quick, small enough for an answer of a few MB. */
const PAGE_SIZE = 500;
/** A page of 500 Services from a busy API server. */
const PAGE_MS = 60_000;

/**
 * Lists everything that says who has which IP, page by page. Nothing of holdfast or MetalLB needs to be installed.
 * @throws KubeError when Services cannot be listed; what else may not be read is told in `unread`
 */
export async function takeSurvey(client: KubeClient, options: SurveyOptions): Promise<Survey> {
  const unread: Unread[] = [];
  const look = new Look(client, options, unread);
  const damaged: string[] = [];
  const claims = await look.list('claims', IP_CLAIMS, (raw) => readClaim(raw, damaged));
  const { source, pools } = await readPools(client, look, options);
  const namespaces = (await look.list('namespaces', NAMESPACES, namespaceView)) ?? [];
  const services = await look.need('Services', SERVICES, (raw): ServiceView => serviceToView(raw));
  return {
    takenAt: options.now(),
    services,
    pools,
    poolSource: source,
    namespaces,
    claims,
    damagedClaims: damaged,
    unread,
  };
}

class Look {
  readonly #client: KubeClient;
  readonly #options: SurveyOptions;
  readonly #unread: Unread[];

  constructor(client: KubeClient, options: SurveyOptions, unread: Unread[]) {
    this.#client = client;
    this.#options = options;
    this.#unread = unread;
  }

  /** A list that must succeed. A list that outlives its token (410) is begun again, once. */
  async need<T>(what: string, path: string, project: (raw: JsonObject) => T | undefined): Promise<readonly T[]> {
    try {
      return await this.#pages(what, path, project);
    } catch (error) {
      if (!isKubeError(error, 'gone')) throw error;
      return this.#pages(what, path, project);
    }
  }

  /** @returns undefined when the kind does not exist here, or may not be listed (then it is told) */
  async list<T>(
    what: string,
    path: string,
    project: (raw: JsonObject) => T | undefined,
  ): Promise<readonly T[] | undefined> {
    try {
      return await this.need(what, path, project);
    } catch (error) {
      if (isKubeError(error, 'not-found')) return undefined;
      if (!isKubeError(error, 'forbidden')) throw error;
      this.#unread.push({ what, why: error.failure.message });
      return undefined;
    }
  }

  async #pages<T>(what: string, path: string, project: (raw: JsonObject) => T | undefined): Promise<readonly T[]> {
    const found: T[] = [];
    let seen = 0;
    for await (const { items } of this.#client.list(path, { pageSize: PAGE_SIZE, timeoutMs: PAGE_MS })) {
      for (const item of items) {
        const projected = isObject(item) ? project(item) : undefined;
        if (projected !== undefined) found.push(projected);
      }
      seen += items.length;
      this.#options.progress?.(what, seen);
    }
    return found;
  }
}

interface FoundPools {
  readonly source: PoolSource;
  readonly pools: readonly SeenPool[];
}

async function readPools(client: KubeClient, look: Look, { metallbNamespace }: SurveyOptions): Promise<FoundPools> {
  const pools = await look.list('pools', poolsPath(metallbNamespace), seenPool);
  if (pools !== undefined) return { source: 'crd', pools };
  const legacy = await configMapPools(client, metallbNamespace);
  return legacy === undefined ? { source: 'none', pools: [] } : { source: 'configmap', pools: legacy };
}

/** MetalLB up to 0.12 reads its pools from ConfigMap `config`; undefined when there is none, or it cannot be read. */
async function configMapPools(client: KubeClient, namespace: string): Promise<readonly SeenPool[] | undefined> {
  const raw = await client.get(`${namespacePath(namespace)}/configmaps/config`).catch((error: unknown) => {
    if (isKubeError(error, 'not-found', 'forbidden')) return undefined;
    throw error;
  });
  const read = readYaml(isObject(raw) ? (stringAt(objectAt(raw, 'data'), 'config') ?? '') : '');
  const config = read.kind === 'read' ? read.documents[0]?.value : undefined;
  if (!isObject(config)) return undefined;
  return objectsAt(config, 'address-pools').map((entry) =>
    seenPool({
      metadata: { name: stringAt(entry, 'name') ?? '' },
      spec: {
        addresses: entry.addresses,
        autoAssign: entry['auto-assign'],
        avoidBuggyIPs: entry['avoid-buggy-ips'],
      },
    }),
  );
}

function seenPool(raw: JsonObject): SeenPool {
  const annotations = stringMapAt(objectAt(raw, 'metadata'), 'annotations');
  return { pool: poolToCore(raw), allowStrand: annotations[ALLOW_STRAND_ANNOTATION] };
}

function readClaim(raw: JsonObject, damaged: string[]): Claim | undefined {
  const claim = claimFromJson(raw);
  if (claim === undefined) damaged.push(objectId(raw).name);
  return claim;
}

function namespaceView(raw: JsonObject): NamespaceView {
  const metadata = objectAt(raw, 'metadata');
  return { name: stringAt(metadata, 'name') ?? '', labels: stringMapAt(metadata, 'labels') };
}
