import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { freePorts } from '../control-plane/free-port.ts';
import { installMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { Tour, until } from './support/permission-tour.ts';
import { done, grantAllBut, granted } from './support/permissions.ts';

const POLICY = fileURLToPath(new URL('support/audit-of-holdfast.yaml', import.meta.url));
const MUTATING = 'mutatingwebhookconfigurations';
const VALIDATING = 'validatingwebhookconfigurations';
const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';

/** What makes holdfast need a permission: `before` it starts, or `while` it runs. Without either, its start is enough. */
interface Need {
  readonly before?: (tour: Tour) => Promise<void>;
  readonly while?: (tour: Tour) => Promise<unknown>;
}

/** Services of the tour whose end is left for later. */
const LEFT = ['end-a', 'end-b', 'end-c', 'end-d'] as const;
const ips = new Map<string, string>();

async function leave(tour: Tour, name: (typeof LEFT)[number]): Promise<void> {
  await tour.remove(name);
}

const NEEDS: Readonly<Record<string, Need>> = {
  'patch events': { while: (tour) => tour.refuse('victim-b', ips.get('owner') ?? '') },
  'list services': {},
  'watch services': {},
  'list namespaces': {},
  'watch namespaces': {},
  'list ipaddresspools.metallb.io': {},
  'watch ipaddresspools.metallb.io': {},
  'get ipaddresspools.metallb.io': { while: (tour) => tour.pending('pinned') },
  'list ipclaims.holdfast.dev': {},
  'watch ipclaims.holdfast.dev': {},
  'create ipclaims.holdfast.dev': {},
  'get ipclaims.holdfast.dev': { before: (tour) => leave(tour, 'end-a') },
  'get services': { before: (tour) => leave(tour, 'end-b') },
  'update ipclaims.holdfast.dev': { before: (tour) => leave(tour, 'end-c') },
  'delete ipclaims.holdfast.dev': {
    before: async (tour) => {
      await leave(tour, 'end-d');
      await tour.ageClaim(ips.get('end-d') ?? '');
    },
  },
  'patch services': { while: (tour) => tour.wake('sleeper') },
  'create events': { while: (tour) => tour.refuse('victim-a', ips.get('owner') ?? '') },
  [`get ${CRDS}`]: {},
  [`update ${CRDS}`]: { before: (tour) => tour.ageCrd() },
  'get secrets': {},
  'update secrets': { before: (tour) => tour.renewCertificate() },
  'create secrets': { before: (tour) => tour.removeSecret() },
  [`get ${MUTATING}.admissionregistration.k8s.io`]: {},
  [`get ${VALIDATING}.admissionregistration.k8s.io`]: {},
  [`update ${MUTATING}.admissionregistration.k8s.io`]: { before: (tour) => tour.weaken(MUTATING) },
  [`update ${VALIDATING}.admissionregistration.k8s.io`]: { before: (tour) => tour.weaken(VALIDATING) },
  [`create ${MUTATING}.admissionregistration.k8s.io`]: { before: (tour) => tour.removeConfiguration(MUTATING) },
  [`create ${VALIDATING}.admissionregistration.k8s.io`]: { before: (tour) => tour.removeConfiguration(VALIDATING) },
  [`create ${CRDS}`]: { before: (tour) => tour.removeCrd() },
};

/** These are needed by `holdfast unregister` alone. */
const UNREGISTER = ['list', 'delete'].flatMap((verb) =>
  [MUTATING, VALIDATING].map((kind) => `${verb} ${kind}.admissionregistration.k8s.io`),
);

describe('the role of holdfast', () => {
  let cluster: Cluster;
  let tour: Tour;

  before(async () => {
    cluster = await startCluster({ auditLog: true, apiServerFlags: [`--audit-policy-file=${POLICY}`] });
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [{ name: 'main', addresses: ['192.0.2.0/24'] }]);
    await grantAllBut(cluster, undefined);
    const [port = 0, opsPort = 0] = await freePorts(2);
    tour = new Tour(cluster, { port, opsPort });
  });
  after(() => cluster.stop());

  test('a tour through all that holdfast does: every permission is used, and none is missing', async () => {
    await tour.guard.start();
    assert.equal((await tour.unregister()).exit.code, 0);
    await tour.guard.kill();

    await tour.ageCrd();
    await tour.renewCertificate();
    await tour.guard.start();
    ips.set('owner', await tour.assigned('owner'));
    for (const name of ['victim-a', 'victim-b']) {
      await tour.pending(name);
      await tour.refuse(name, ips.get('owner') ?? '');
    }
    for (const name of LEFT) ips.set(name, await tour.assigned(name));
    const ended = await tour.assigned('ended');
    await tour.remove('ended');
    await tour.wake('waiting');
    await Promise.all([MUTATING, VALIDATING].map((kind) => tour.weaken(kind as typeof MUTATING)));

    await tour.untilWoken('waiting');
    await tour.untilUnclaimed(ended);
    for (const kind of [MUTATING, VALIDATING] as const) await tour.untilStrong(kind);
    // A repetition is counted at most every 30 s.
    await until('the refusal is counted again', async () => {
      await tour.refuse('victim-a', ips.get('owner') ?? '');
      return (await tour.refusalsTold('victim-a')) > 1;
    });

    const { used, forbidden, other } = done(cluster);
    assert.deepEqual(forbidden, []);
    assert.deepEqual([...other], []);
    assert.deepEqual([...used].sort(), [...new Set(granted().map(({ text }) => text))].sort());
    assert.doesNotMatch(tour.guard.process.logs(), /forbidden|not allowed/);
  });

  for (const [text, need] of Object.entries(NEEDS)) {
    test(`without "${text}" the log says what is missing`, async () => {
      const permission = granted().find((one) => one.text === text);
      assert.ok(permission, `the role does not grant "${text}" any more: take it out of this table`);
      if (need.while === undefined) {
        await tour.guard.kill();
        await need.before?.(tour);
        await grantAllBut(cluster, permission);
        await tour.guard.launch();
      } else {
        if (!tour.guard.process.isRunning) await tour.guard.start();
        await grantAllBut(cluster, permission);
        await need.while(tour);
      }
      const { verb, resource, group } = permission;
      await tour.guard.process.waitForLine(
        new RegExp(`cannot ${verb} resource \\\\"${resource}\\\\" in API group \\\\"${group}\\\\"`),
        20_000,
      );
      await grantAllBut(cluster, undefined);
      await tour.guard.process.waitForLine(/"msg":"holdfast is ready"/, 30_000);
    });
  }

  for (const text of UNREGISTER) {
    test(`without "${text}" unregister fails and says what is missing`, async () => {
      await tour.guard.kill();
      await tour.guard.start();
      await tour.guard.kill();
      await grantAllBut(
        cluster,
        granted().find((one) => one.text === text),
      );
      const { exit, process } = await tour.unregister();
      assert.equal(exit.code, 1, process.tail());
      const [verb, resource = ''] = text.split(/[ .]/);
      assert.match(process.tail(), new RegExp(`cannot ${verb} resource "${resource}"`));
      await grantAllBut(cluster, undefined);
    });
  }

  test('nothing is granted that is not on this list', () => {
    const known = [...Object.keys(NEEDS), ...UNREGISTER];
    assert.deepEqual([...new Set(granted().map(({ text }) => text))].sort(), known.sort());
  });
});
