/**
 * An API server in memory with many Services, in a process of its own. Prints the path of a kubeconfig for it, then
 * answers for as long as it runs. `node stub.ts FOLDER SERVICES with-claims|without-claims`
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Claim } from '../../src/core/claims/claim.ts';
import { parseIp } from '../../src/core/net/ip.ts';
import { claimToJson } from '../../src/review/claim-json.ts';
import { type JsonObject, objectAt } from '../../src/review/json.ts';
import { IP_ADDRESS_POOL, type Resource } from '../../test/support/stub-apiserver/resources.ts';
import { StubApiServer } from '../../test/support/stub-apiserver/server.ts';
import type { Entry } from '../../test/support/stub-apiserver/store.ts';
import { ipAt, POOL_CIDR, serviceJson } from '../server/reviews.ts';

const [, , folder = '.', services = '10000', claims = 'with-claims'] = process.argv;

const IP_CLAIM: Resource = {
  prefix: '/apis/holdfast.dev/v1alpha1',
  plural: 'ipclaims',
  kind: 'IPClaim',
  namespaced: false,
  status: false,
};
/** What users and tools hang on a Service; with it a Service has 5 KB, as the real ones of a busy cluster. */
const NOTES = { 'example.com/notes': 'owner, runbook, cost centre; '.repeat(110) };

const stub = await StubApiServer.start({
  namespaces: ['default', 'kube-system', 'holdfast-system', 'metallb-system'],
  resources: [IP_ADDRESS_POOL, IP_CLAIM],
});
stub.put('/apis/metallb.io/v1beta1/ipaddresspools', {
  metadata: { namespace: 'metallb-system', name: 'bench' },
  spec: { addresses: [POOL_CIDR] },
});
for (let n = 0; n < Number(services); n += 1) {
  const entry = stub.put('/api/v1/services', noted(serviceJson(`held-${n}`, n, ipAt(n))));
  if (n === 0) process.stderr.write(`(a Service of the stub has ${entry.json.length} bytes)\n`);
  if (claims === 'with-claims') stub.put('/apis/holdfast.dev/v1alpha1/ipclaims', claimToJson(claimOn(n, entry)));
}
const kubeconfig = join(folder, 'kubeconfig');
writeFileSync(kubeconfig, stub.kubeconfig());
console.log(kubeconfig);

function noted(service: JsonObject): JsonObject {
  const metadata = objectAt(service, 'metadata');
  const { resourceVersion: _any, ...kept } = metadata;
  return { ...service, metadata: { ...kept, annotations: { ...objectAt(metadata, 'annotations'), ...NOTES } } };
}

function claimOn(n: number, { uid, resourceVersion }: Entry): Claim {
  const ip = parseIp(ipAt(n));
  if (ip === undefined) throw new Error(`no IP number ${n}`);
  const service = { namespace: 'default', name: `held-${n}`, uid };
  const holder = { service, reviewUid: '', basis: resourceVersion, since: Date.now(), goneSince: undefined };
  return { ip, holders: [holder], sharingKey: '', history: [], version: 0, uid: '' };
}
