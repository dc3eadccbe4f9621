import type { Cluster } from '../control-plane/cluster.ts';
import { startCluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb, startMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { observeServices, type ServiceObserver } from '../control-plane/observer.ts';
import { createService, createServices, serviceIps } from '../control-plane/services.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import { Recorder } from './recorder.ts';
import { type Saved, save } from './save.ts';
import { startingState } from './starting-state.ts';

const POOL = { name: 'everyday', addresses: ['10.210.0.0/24', 'fd00:210::/120'] };
const REQUEST = 'metallb.io/loadBalancerIPs';
/** Nothing comes from MetalLB any more. */
const QUIET_MS = 2000;

/** Records an ordinary day on a dual-stack cluster: every change of an IP has a reason, and a guard refuses nothing. */
export async function recordEveryday(metallb: MetallbVersion): Promise<Saved> {
  const cluster = await startCluster({ dualStack: true });
  const recorder = await Recorder.start();
  try {
    await installMetallb(cluster, metallb);
    await applyPools(cluster, metallb, [POOL]);
    await recorder.register(cluster);
    const observer = await observeServices(cluster);
    await startMetallb(cluster, metallb);
    await createServices(cluster, { count: 12, prefix: 'old' });
    await observer.waitUntilAssigned(12);
    await observer.waitForQuiet(QUIET_MS, 30_000);
    const start = await startingState(cluster);
    recorder.begin();
    await aDay(cluster, observer);
    await observer.waitForQuiet(QUIET_MS, 30_000);
    const reviews = recorder.reviews.length;
    await anotherOrder(cluster, 'old-0005');
    await observer.waitForQuiet(QUIET_MS, 30_000);
    if (recorder.reviews.length > reviews) throw new Error('the API server asked about a mere change of order');
    await observer.stop();
    return await save(cluster, `everyday-${metallb}.ndjson.gz`, [...start, ...recorder.reviews]);
  } finally {
    await cluster.stop();
    await recorder.stop();
  }
}

/** What people do to Services, one thing after the other. */
async function aDay(cluster: Cluster, observer: ServiceObserver): Promise<void> {
  await createServices(cluster, { count: 8, prefix: 'new' });
  await observer.waitUntilAssigned(20);

  await edit(cluster, 'old-0002', { metadata: { annotations: { [REQUEST]: '10.210.0.77' } } });
  await until(observer, 'old-0002', (ips) => ips === '10.210.0.77');

  const freed = ipsNow(observer, 'old-0003');
  await cluster.client('human').delete(servicePath('default', 'old-0003'));
  await createService(cluster, { name: 'heir', annotations: { [REQUEST]: freed } }, 'human');
  await until(observer, 'heir', (ips) => ips === freed);

  await edit(cluster, 'old-0004', { spec: { type: 'ClusterIP' } });
  await until(observer, 'old-0004', (ips) => ips === '');
  await edit(cluster, 'old-0004', { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false } });
  await until(observer, 'old-0004', (ips) => ips !== '');

  await edit(cluster, 'old-0005', { spec: { ipFamilyPolicy: 'PreferDualStack' } });
  await until(observer, 'old-0005', (ips) => ips.includes(':') && ips.includes('.'));
}

async function edit(cluster: Cluster, name: string, change: object): Promise<void> {
  await cluster.client('human').patch(servicePath('default', name), 'merge', change);
}

/** Writes the same IPs in the opposite order: nothing that a guard is asked about. */
async function anotherOrder(cluster: Cluster, name: string): Promise<void> {
  const client = cluster.client('human');
  const service = await client.get<Service>(servicePath('default', name));
  const ingress = service.status?.loadBalancer?.ingress?.toReversed();
  await client.patch(`${servicePath('default', name)}/status`, 'merge', { status: { loadBalancer: { ingress } } });
}

async function until(observer: ServiceObserver, name: string, holds: (ips: string) => boolean): Promise<void> {
  if (await observer.waitUntil(() => holds(ipsNow(observer, name)), 30_000)) return;
  throw new Error(`Service ${name} has "${ipsNow(observer, name)}" after 30 s, which is not what was waited for`);
}

function ipsNow(observer: ServiceObserver, name: string): string {
  const service = observer.ledger.get(`default/${name}`);
  return service === undefined ? '' : serviceIps(service).join();
}
