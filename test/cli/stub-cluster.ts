import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Claim } from '../../src/core/claims/claim.ts';
import { claimToJson } from '../../src/review/claim-json.ts';
import type { ServiceJson } from '../gen/service.ts';
import { IP_ADDRESS_POOL, type Resource } from '../support/stub-apiserver/resources.ts';
import { StubApiServer } from '../support/stub-apiserver/server.ts';
import type { KubeObject } from '../support/stub-apiserver/store.ts';
import { type Ended, runHoldfast, temporaryFolder } from './holdfast-process.ts';
import { writeKubeconfig } from './serving.ts';

export const IP_CLAIM: Resource = {
  prefix: '/apis/holdfast.dev/v1alpha1',
  plural: 'ipclaims',
  kind: 'IPClaim',
  namespaced: false,
  status: false,
};

const PODS: Resource = { prefix: '/api/v1', plural: 'pods', kind: 'Pod', namespaced: true, status: true };

/** An API server in memory with whatever a test puts there, and holdfast commands against it. */
export class StubCluster {
  readonly stub: StubApiServer;
  readonly #folder = temporaryFolder();

  private constructor(stub: StubApiServer) {
    this.stub = stub;
  }

  /** @param kinds what is installed besides Kubernetes itself */
  static async start(...kinds: readonly ('pools' | 'claims')[]): Promise<StubCluster> {
    const resources = [PODS, ...kinds.map((kind) => (kind === 'pools' ? IP_ADDRESS_POOL : IP_CLAIM))];
    const namespaces = ['default', 'kube-system', 'metallb-system', 'holdfast-system'];
    return new StubCluster(await StubApiServer.start({ resources, namespaces }));
  }

  get kubeconfig(): string {
    return writeKubeconfig(this.stub, this.#folder.path);
  }

  async stop(): Promise<void> {
    await this.stub.stop();
    this.#folder.remove();
  }

  /** A Service as test/gen makes it; the stub gives uid and version. */
  service(made: ServiceJson): KubeObject {
    const { resourceVersion: _version, ...metadata } = made.metadata;
    this.stub.put('/api/v1/services', { ...made, metadata });
    return this.read(String(metadata.name));
  }

  read(name: string): KubeObject {
    const found = this.stub.read(`/api/v1/namespaces/default/services/${name}`);
    if (found === undefined) throw new Error(`there is no Service ${name}`);
    return found;
  }

  pool(name: string, addresses: readonly string[], annotations: Record<string, string> = {}): void {
    const metadata = { name, namespace: 'metallb-system', annotations };
    this.stub.put('/apis/metallb.io/v1beta1/ipaddresspools', { metadata, spec: { addresses } });
  }

  claim(claim: Claim): void {
    this.stub.put('/apis/holdfast.dev/v1alpha1/ipclaims', claimToJson(claim));
  }

  /** A running Pod of MetalLB's controller. */
  controller(name: string, image: string): void {
    const metadata = { name, namespace: 'metallb-system' };
    const spec = { containers: [{ name: 'controller', image }] };
    this.stub.put('/api/v1/pods', { metadata, spec, status: { phase: 'Running' } });
  }

  file(name: string, text: string): string {
    const path = join(this.#folder.path, name);
    writeFileSync(path, text);
    return path;
  }

  run(command: string, ...args: readonly string[]): Promise<Ended> {
    return runHoldfast(command, '--kubeconfig', this.kubeconfig, ...args);
  }

  /** Runs a command with `--output json`. */
  async ask<T>(
    command: string,
    ...args: readonly string[]
  ): Promise<{ readonly code: number | null; readonly said: T }> {
    const { code, stdout, stderr } = await this.run(command, ...args, '--output', 'json');
    if (stderr !== '') throw new Error(stderr);
    return { code, said: JSON.parse(stdout) as T };
  }
}

/** Lines that do not fit into 80 columns, end in a blank, or have colours although nobody looks at a terminal. */
export function badLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.length > 80 || line.endsWith(' ') || line.includes('\u001b'));
}
