import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseManifests } from './apply-yaml.ts';
import { ensureMetallb, metallbSources } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { flags } from './flags.ts';
import { freePorts } from './free-port.ts';
import type { Manifest } from './kube-types.ts';
import { metallbRbac } from './metallb-rbac.ts';
import type { Exit, ManagedProcess } from './processes.ts';
import { type MetallbVersion, readsConfigMap } from './versions.ts';

export type MetallbOptions = {
  /** In messages and for the log file; default `metallb`. */
  readonly name?: string;
  /** `--lb-class` (not in 0.12). */
  readonly lbClass?: string;
  readonly logLevel?: 'debug' | 'info';
};

/** A running MetalLB controller. */
export class MetallbController {
  readonly version: MetallbVersion;
  readonly name: string;
  readonly process: ManagedProcess;
  readonly #refusedAt: number[] = [];

  constructor(version: MetallbVersion, name: string, process: ManagedProcess) {
    this.version = version;
    this.name = name;
    this.process = process;
    process.onLine((line) => {
      if (isRefusedWrite(line)) this.#refusedAt.push(Date.now());
    });
  }

  /** Its whole log. */
  logs(): string {
    return this.process.logs();
  }

  /** Status writes that were refused (by a webhook, or its absence), since a time in ms or ever; counted from its log. */
  refusedWrites(sinceMs = 0): number {
    return this.#refusedAt.filter((at) => at >= sinceMs).length;
  }

  /** SIGKILL: a crash. */
  async kill(): Promise<Exit> {
    return this.process.kill();
  }

  /** SIGTERM, as a rollout does. */
  async stop(): Promise<Exit> {
    return this.process.stop();
  }
}

/** Installs what MetalLB's manifests install, except the Deployment: CRDs (from Go's module cache) and RBAC. */
export async function installMetallb(cluster: Cluster, version: MetallbVersion): Promise<void> {
  await ensureMetallb(version);
  if (!readsConfigMap(version)) {
    const definitions = await metallbCrds(version);
    await Promise.all(definitions.map((definition) => cluster.applyObjects([definition])));
    await cluster.applyObjects([controllerPod]);
  }
  await cluster.applyObjects(metallbRbac(version));
}

/** The CustomResourceDefinitions of one release (0.13 and later), as its module carries them. */
export async function metallbCrds(version: MetallbVersion): Promise<readonly Manifest[]> {
  const folder = join(await metallbSources(version), 'config', 'crd', 'bases');
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.flatMap((file) => parseManifests(readFileSync(join(folder, file), 'utf8')));
}

let started = 0;

/** Starts a controller as MetalLB's ServiceAccount; several may run at once. Call {@link installMetallb} first. */
export async function startMetallb(
  cluster: Cluster,
  version: MetallbVersion,
  options: MetallbOptions = {},
): Promise<MetallbController> {
  const command = await ensureMetallb(version);
  const name = options.name ?? 'metallb';
  started += 1;
  const child = await cluster.run({
    // Each start has a log of its own.
    name: `${name}-${version}-${started}`,
    command,
    args: await controllerArguments(cluster, version, options),
    env: { METALLB_NAMESPACE: 'metallb-system', METALLB_POD_NAME: controllerPod.metadata.name },
  });
  return new MetallbController(version, name, child);
}

async function controllerArguments(
  cluster: Cluster,
  version: MetallbVersion,
  options: MetallbOptions,
): Promise<readonly string[]> {
  const [metrics = 0, health = 0] = await freePorts(2);
  const { lbClass } = options;
  return flags({
    kubeconfig: cluster.kubeconfig('metallb'),
    namespace: 'metallb-system',
    port: metrics,
    'log-level': options.logLevel ?? 'info',
    ...(readsConfigMap(version) ? {} : { 'webhook-mode': 'disabled' }),
    ...(version === '0.16.1' ? { 'health-probe-port': health } : {}),
    ...(lbClass === undefined ? {} : { 'lb-class': lbClass }),
  });
}

/** 0.16 reads its own Pod to own its ConfigurationState; nothing runs this one. */
const controllerPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'controller-0', namespace: 'metallb-system' },
  spec: { containers: [{ name: 'controller', image: 'quay.io/metallb/controller' }] },
};

/**
 * The line every version writes after a failed UpdateStatus. A conflict is no refusal: MetalLB wrote upon an older version
 * than the stored one, as happens to any controller, and writes again at the next event.
 */
function isRefusedWrite(line: string): boolean {
  const failed = line.includes('"op":"updateServiceStatus"') || line.includes('op=updateServiceStatus');
  return failed && !line.includes('the object has been modified');
}
