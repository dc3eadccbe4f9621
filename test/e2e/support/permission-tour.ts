import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isStatus } from '../../control-plane/api-error.ts';
import type { Cluster } from '../../control-plane/cluster.ts';
import { type Service, servicePath } from '../../control-plane/kube-types.ts';
import type { Exit, ManagedProcess } from '../../control-plane/processes.ts';
import { createService } from '../../control-plane/services.ts';
import { Guard } from './guard.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const SECRET = '/api/v1/namespaces/holdfast-system/secrets/holdfast-certificate';
const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ipclaims.holdfast.dev';
const CLAIMS = '/apis/holdfast.dev/v1alpha1/ipclaims';
const COLUMN = '/spec/versions/0/additionalPrinterColumns/0/name';

export const FLAGS = ['--sticky-for=1s', '--claim-grace=1s', '--drain-delay=0', '--log-level=debug'];

type Configuration = 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations';

interface Claim {
  readonly spec: { readonly state: string; readonly holders: readonly Record<string, unknown>[] };
}

interface Event {
  readonly involvedObject: { readonly name: string };
  readonly type: string;
  readonly count?: number;
}

/** A holdfast with its role and nothing else, and what makes it use one permission or another. */
export class Tour {
  readonly guard: Guard;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster, ports: { readonly port: number; readonly opsPort: number }) {
    this.#cluster = cluster;
    this.guard = new Guard(cluster, { mode: 'repair', flags: FLAGS }, { ...ports, registered: ports.port });
  }

  get #admin() {
    return this.#cluster.client();
  }

  /** A pending Service, pinned at CREATE. @returns it, and the IP that it is to get */
  async pending(name: string): Promise<{ readonly service: Service; readonly ip: string }> {
    const service = await createService(this.#cluster, { name });
    const ip = service.metadata.annotations?.['metallb.universe.tf/loadBalancerIPs'];
    assert.ok(ip !== undefined, `${name} is pinned`);
    return { service, ip };
  }

  /** A Service that has its IP, as MetalLB gives it. */
  async assigned(name: string): Promise<string> {
    const { ip } = await this.pending(name);
    await this.#give(name, ip, 'metallb');
    return ip;
  }

  /** MetalLB offers the IP of a pending Service to another one: that is redirected, and the first one is woken up. */
  async wake(name: string): Promise<void> {
    const { ip } = await this.pending(name);
    await createService(this.#cluster, { name: `${name}-thief` });
    await this.#give(`${name}-thief`, ip, 'metallb');
  }

  /** Resolves when holdfast has touched the Service. */
  untilWoken(name: string): Promise<void> {
    return until(`${name} is touched`, async () => {
      const { annotations = {} } = (await this.#admin.get<Service>(servicePath('default', name))).metadata;
      return annotations['holdfast.dev/repaired'] !== undefined;
    });
  }

  /** Somebody wants to give the Service the IP of another one, and is refused. */
  async refuse(name: string, ip: string): Promise<void> {
    await assert.rejects(this.#give(name, ip, 'human'), (error) => isStatus(error, 403));
  }

  /** How often the refusal of a Service was counted on its Event. */
  async refusalsTold(name: string): Promise<number> {
    const { items } = await this.#admin.list<Event>('/api/v1/namespaces/default/events');
    const warnings = items.filter(({ involvedObject, type }) => involvedObject.name === name && type === 'Warning');
    return Math.max(0, ...warnings.map(({ count = 0 }) => count));
  }

  async remove(name: string): Promise<void> {
    await this.#admin.delete(servicePath('default', name));
  }

  /** As if the holder had been gone for an hour. */
  async ageClaim(ip: string): Promise<void> {
    const { spec } = await this.#admin.get<Claim>(`${CLAIMS}/${ip}`);
    const goneSince = new Date(Date.now() - 3_600_000).toISOString();
    const holders = spec.holders.map((holder) => ({ ...holder, goneSince }));
    await this.#admin.patch(`${CLAIMS}/${ip}`, 'merge', { spec: { holders, state: 'Sticky' } });
  }

  untilUnclaimed(ip: string): Promise<void> {
    return until(`the claim of ${ip} is gone`, async () => !(await this.#exists(`${CLAIMS}/${ip}`)));
  }

  async removeCrd(): Promise<void> {
    await this.#admin.delete(CRD).catch(unlessMissing);
    await until('the CRD is gone', async () => !(await this.#exists(CRD)));
  }

  async removeSecret(): Promise<void> {
    await this.#admin.delete(SECRET).catch(unlessMissing);
  }

  async removeConfiguration(kind: Configuration): Promise<void> {
    await this.#admin.delete(`${ADMISSION}/${kind}/holdfast`).catch(unlessMissing);
  }

  /** As an older release of holdfast had it. */
  async ageCrd(): Promise<void> {
    await this.#admin.patch(CRD, 'json', [{ op: 'replace', path: COLUMN, value: 'Older' }]);
  }

  /** An operator wants another serving certificate. */
  async renewCertificate(): Promise<void> {
    await this.#admin.patch(SECRET, 'merge', { metadata: { annotations: { 'holdfast.dev/renew': 'tls' } } });
  }

  /** Somebody weakens a webhook. */
  async weaken(kind: Configuration): Promise<void> {
    const value = [{ op: 'replace', path: '/webhooks/0/timeoutSeconds', value: 1 }];
    await this.#admin.patch(`${ADMISSION}/${kind}/holdfast`, 'json', value);
  }

  untilStrong(kind: Configuration): Promise<void> {
    return until(`${kind} are put back`, async () => {
      const path = `${ADMISSION}/${kind}/holdfast`;
      const { webhooks } = await this.#admin.get<{ webhooks: readonly [{ timeoutSeconds: number }] }>(path);
      return webhooks[0].timeoutSeconds > 1;
    });
  }

  /** `holdfast unregister`, as holdfast. */
  async unregister(): Promise<{ readonly exit: Exit; readonly process: ManagedProcess }> {
    const args = [MAIN, 'unregister', `--kubeconfig=${this.#cluster.kubeconfig('holdfast')}`];
    const process_ = await this.#cluster.run({ name: 'unregister', command: process.execPath, args });
    return { exit: await process_.exited, process: process_ };
  }

  async #give(name: string, ip: string, as: 'metallb' | 'human'): Promise<void> {
    const path = `${servicePath('default', name)}/status`;
    const service = await this.#admin.get<Service>(servicePath('default', name));
    await this.#cluster.client(as).replace(path, { ...service, status: { loadBalancer: { ingress: [{ ip }] } } });
  }

  async #exists(path: string): Promise<boolean> {
    return this.#admin.get(path).then(
      () => true,
      (error: unknown) => {
        unlessMissing(error);
        return false;
      },
    );
  }
}

/** Asks every 100 ms. @throws Error when 40 s pass first */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 40_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not after 40 s: ${what}`);
    await delay(100);
  }
}

function unlessMissing(error: unknown): void {
  if (!isStatus(error, 404)) throw error;
}
