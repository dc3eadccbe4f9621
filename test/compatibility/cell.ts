import assert from 'node:assert/strict';
import { ApiError } from '../control-plane/api-error.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb, type MetallbController, startMetallb } from '../control-plane/metallb.ts';
import { applyPools, poolPath } from '../control-plane/metallb-pools.ts';
import { observeServices, type ServiceObserver } from '../control-plane/observer.ts';
import { createServices, serviceIps } from '../control-plane/services.ts';
import { type MetallbVersion, metallbVersions, readsConfigMap } from '../control-plane/versions.ts';
import { floorIsInForce, installFloor, removeFloor } from '../e2e/support/floor.ts';
import { type Guard, prepareGuard } from '../e2e/support/guard.ts';
import { shell } from '../e2e/support/shell.ts';

/** One MetalLB beside holdfast on one Kubernetes. */
export interface Cell {
  readonly metallb: MetallbVersion;
  /** From the restart of MetalLB until the last of the Services that waited has its IP, in ms; undefined when it failed. */
  readonly restartMs: number | undefined;
  /** What went wrong; undefined when all is well. */
  readonly problem: string | undefined;
}

const FIRST = 20;
const LATE = 6;
const CLAIMS = '/apis/holdfast.dev/v1alpha1/ipclaims';

/** What the steps of a cell share. */
interface Run {
  readonly cluster: Cluster;
  readonly metallb: MetallbVersion;
  readonly observer: ServiceObserver;
  /** The first three octets of the pool: each version has its own, so that nothing of another is taken for its own. */
  readonly network: string;
}

/**
 * A small life of a cluster: MetalLB and holdfast (`repair`) are installed, Services get IPs and pins, MetalLB crashes and
 * comes back with Services waiting, people move what they must not, and at last holdfast is gone and the floor holds.
 * Leaves the cluster as it was. @returns ms from the restart of MetalLB until the last Service that waited has its IP
 * @throws Error naming what did not hold; then the cluster is as it happens to be
 */
export async function runCell(cluster: Cluster, metallb: MetallbVersion): Promise<number> {
  const network = `10.20${metallbVersions.indexOf(metallb)}.0`;
  await installMetallb(cluster, metallb);
  await applyPools(cluster, metallb, [{ name: poolOf(metallb), addresses: [`${network}.0/24`] }]);
  const guard = await prepareGuard(cluster, { mode: 'repair' });
  await guard.start();
  const observer = await observeServices(cluster);
  const run = { cluster, metallb, observer, network };
  try {
    const { restartMs, controller } = await restart(run);
    await claimsMatch(run);
    await movesAreRefused(run);
    nothingWasLost(run, guard);
    await guard.stop();
    await floorHolds(run);
    await controller.kill();
    await cleanUp(run);
    return restartMs;
  } catch (error) {
    throw withWhatHoldfastSaid(error, guard);
  } finally {
    await observer.stop();
  }
}

/** Why a Service waits is most often told by the guard, and its log goes with the cluster. */
function withWhatHoldfastSaid(cause: unknown, guard: Guard): Error {
  const refused = guard.refusals().map(({ reason, service, ips }) => `${reason} ${service} ${ips}`);
  const said = [...refused, ...guard.errors].join('\n  ') || 'nothing';
  return new Error(`${cause instanceof Error ? cause.message : String(cause)}\nholdfast said:\n  ${said}`, { cause });
}

async function restart(run: Run): Promise<{ readonly restartMs: number; readonly controller: MetallbController }> {
  const { cluster, metallb, observer } = run;
  const first = await startMetallb(cluster, metallb);
  await createServices(cluster, { count: FIRST, prefix: 'first' });
  await observer.waitUntilAssigned(FIRST);
  await observer.waitForQuiet(500, 20_000);
  await first.kill();
  if (!readsConfigMap(metallb)) await allArePinned(run);
  await createServices(cluster, { count: LATE, prefix: 'late' });
  const startedAt = Date.now();
  const controller = await startMetallb(cluster, metallb);
  await observer.waitUntilAssigned(FIRST + LATE);
  const { lastGainAtMs = startedAt } = observer.snapshot();
  assert.ok(await observer.waitForQuiet(1500, 30_000), 'Services still change 30 s after the restart');
  return { restartMs: lastGainAtMs - startedAt, controller };
}

async function services({ cluster }: Run): Promise<readonly Service[]> {
  const { items } = await cluster.client().list<Service>(servicePath('default'));
  return items.filter(({ spec }) => spec.type === 'LoadBalancer');
}

async function allArePinned(run: Run): Promise<void> {
  for (const service of await services(run)) {
    const pin = service.metadata.annotations?.['holdfast.dev/pin'];
    assert.deepEqual(pin?.split(','), serviceIps(service), `the pin of ${service.metadata.name}`);
  }
}

/** Every IP in a status has a claim of its Service, and there is no other claim. */
async function claimsMatch(run: Run): Promise<void> {
  const { items } = await run.cluster.client().list<{ spec: { ip: string; holder: string; state: string } }>(CLAIMS);
  const claimed = items.map(({ spec }) => `${spec.ip} ${spec.holder} ${spec.state}`);
  const assigned = (await services(run)).map(
    (service) => `${serviceIps(service).join()} default/${service.metadata.name} Held`,
  );
  assert.deepEqual(claimed.sort(), assigned.sort(), 'claims and statuses');
}

async function movesAreRefused(run: Run): Promise<void> {
  assert.match(await refusalOfMove(run, 'first-0000'), /holdfast: \[Move\]/);
}

/** What the API server says to a person who moves the IP of a Service. @throws Error when it is stored */
async function refusalOfMove({ cluster, network }: Run, name: string): Promise<string> {
  const status = { loadBalancer: { ingress: [{ ip: `${network}.250` }] } };
  const write = cluster.client('human').patch(`${servicePath('default', name)}/status`, 'merge', { status });
  const error = await write.then(
    () => assert.fail(`a move of ${name} by hand was stored`),
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof ApiError && error.status === 403, String(error));
  return error.message;
}

function nothingWasLost({ observer }: Run, guard: Guard): void {
  const { moves, doubled, pending } = observer.snapshot();
  assert.deepEqual({ moves, doubled, pending }, { moves: [], doubled: [], pending: [] });
  assert.deepEqual(guard.errors, [], 'errors that holdfast logged');
}

/** holdfast is gone, with its webhooks: a person is refused all the same, and MetalLB does what users request. */
async function floorHolds(run: Run): Promise<void> {
  const { cluster, metallb, observer, network } = run;
  const { code, stderr } = await shell(cluster, 'holdfast unregister', '', 'admin');
  assert.equal(code, 0, stderr);
  await installFloor(cluster, readsConfigMap(metallb) ? '--any-ip' : '');
  await floorIsInForce(cluster, 'first-0001');
  assert.match(await refusalOfMove(run, 'first-0001'), /ValidatingAdmissionPolicy 'holdfast-floor' .*\[Move\]/);
  const wanted = `${network}.240`;
  await cluster.client('human').patch(servicePath('default', 'first-0002'), 'merge', await request(run, wanted));
  const follows = await observer.waitUntil((ledger) => ledger.ownersOf(wanted).includes('default/first-0002'), 20_000);
  assert.ok(follows, `MetalLB did not give first-0002 the requested ${wanted} while the floor is in force`);
  await removeFloor(cluster);
}

/** An edit that requests an IP in the way that this Service already has one, if it is pinned. */
async function request({ cluster, metallb }: Run, ip: string): Promise<object> {
  if (readsConfigMap(metallb)) return { spec: { loadBalancerIP: ip } };
  const { metadata } = await cluster.client().get<Service>(servicePath('default', 'first-0002'));
  const key = Object.keys(metadata.annotations ?? {}).find((one) => one.endsWith('/loadBalancerIPs'));
  return { metadata: { annotations: { [key ?? 'metallb.universe.tf/loadBalancerIPs']: ip } } };
}

async function cleanUp(run: Run): Promise<void> {
  const { cluster, metallb } = run;
  const client = cluster.client();
  await Promise.all((await services(run)).map(({ metadata }) => client.delete(servicePath('default', metadata.name))));
  await client.delete(CLAIMS);
  if (!readsConfigMap(metallb)) await client.delete(poolPath(poolOf(metallb)));
}

function poolOf(metallb: MetallbVersion): string {
  return `pool-${metallb}`;
}
