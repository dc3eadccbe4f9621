import { createReview, statusReview } from '../gen/review.ts';
import { annotations, ips, newService } from '../gen/service.ts';
import { at, POOLS } from './inventory.ts';
import type { Showcase } from './showcase.ts';

/** One decision of each kind, in an order that reads like a day. */
export async function letThingsHappen(showcase: Showcase): Promise<void> {
  const { hooks } = showcase;
  const made = newService('checkout', (one) => ({ ...one, metadata: { ...one.metadata, namespace: 'shop' } }));
  await hooks.mutate?.(createReview(made, { namespace: 'shop' }));
  await moveAway(showcase);
  await steal(showcase);
  const [pool] = POOLS;
  await hooks.validate(poolReview(pool ?? {}));
  await hooks.validate(byHand());
  const web = at('default', 'web', ips('198.51.100.1'));
  await hooks.validate(
    statusReview(
      { ...web, metadata: { ...annotations(allowMove('198.51.100.1'))(web).metadata } },
      ips('198.51.100.99')(web),
    ),
  );
}

/** MetalLB gives the IP of the gateway to a new Service. */
export async function steal({ hooks, stub }: Showcase, name = 'newcomer'): Promise<void> {
  const was = at('default', name);
  stub.put('/api/v1/services', was);
  const stored = stub.read(`/api/v1/namespaces/default/services/${name}`) as typeof was;
  await hooks.mutate?.(statusReview(stored, ips('198.51.100.2')(stored)));
}

/** MetalLB takes an IP away for no reason. */
async function moveAway({ hooks }: Showcase): Promise<void> {
  const was = at('media', 'stream', ips('203.0.113.60', '2001:db8:5::10'));
  await hooks.mutate?.(statusReview(was, ips('203.0.113.63', '2001:db8:5::10')(was)));
}

/** Somebody edits a status by hand. */
function byHand() {
  const was = at('payments', 'gateway', ips('198.51.100.75'));
  return statusReview(was, ips('198.51.100.90')(was), { userInfo: { username: 'alice' } });
}

function allowMove(ip: string) {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  return { 'holdfast.dev/allow-move': `${ip} until=${until} reason=renumbering` };
}

function poolReview(was: { readonly [key: string]: unknown }) {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'review-pool',
      resource: { group: 'metallb.io', version: 'v1beta1', resource: 'ipaddresspools' },
      namespace: 'metallb-system',
      name: 'public',
      operation: 'UPDATE',
      userInfo: { username: 'alice' },
      oldObject: was,
      object: { ...was, spec: { addresses: ['198.51.100.0/26'] } },
    },
  };
}
