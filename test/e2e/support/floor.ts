import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../control-plane/cluster.ts';
import { servicePath } from '../../control-plane/kube-types.ts';
import { shell } from './shell.ts';

/** As an operator does it: `holdfast floor … | kubectl apply -f -`. */
export async function installFloor(cluster: Cluster, flags = ''): Promise<void> {
  const { code, stdout, stderr } = await shell(cluster, `holdfast floor ${flags} | kubectl apply -f -`, '', 'admin');
  assert.equal(code, 0, `${stdout}${stderr}`);
}

/** Resolves once a wipe of this Service by hand, as a dry run, is refused by the floor. @throws Error after 30 s. */
export async function floorIsInForce(cluster: Cluster, name: string): Promise<void> {
  const path = `${servicePath('default', name)}/status`;
  const body = { status: { loadBalancer: { ingress: [] } } };
  const contentType = 'application/merge-patch+json';
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await cluster
      .client('human')
      .send({ method: 'PATCH', path, query: { dryRun: 'All' }, body, contentType });
    if (answer.status === 403 && answer.body.includes('holdfast-floor')) return;
    if (Date.now() > deadline)
      throw new Error(`after 30 s the floor lets a wipe pass: ${answer.status} ${answer.body}`);
    await delay(25);
  }
}

/** As {@link installFloor}, the other way round. */
export async function removeFloor(cluster: Cluster): Promise<void> {
  const { code, stdout, stderr } = await shell(cluster, 'holdfast floor | kubectl delete -f -', '', 'admin');
  assert.equal(code, 0, `${stdout}${stderr}`);
}
