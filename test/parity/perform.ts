import { ApiError } from '../control-plane/api-error.ts';
import { servicePath } from '../control-plane/kube-types.ts';
import { applyPools, poolPath } from '../control-plane/metallb-pools.ts';
import { createService } from '../control-plane/services.ts';
import type { Edit } from './script.ts';
import type { Stage } from './stage.ts';

/**
 * What became of an edit. `invalid`: the API server refused it by itself (or the Service is not there), as it does with
 * and without a guard; `refused`: holdfast did.
 */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'invalid' | 'refused'; readonly message: string };

/** Does what the user does. @throws what is no answer of the API server */
export async function perform(stage: Stage, edit: Edit): Promise<Outcome> {
  try {
    await send(stage, edit);
    return { kind: 'done' };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error;
    return { kind: error.message.includes('holdfast') ? 'refused' : 'invalid', message: error.message };
  }
}

async function send({ cluster, version }: Stage, edit: Edit): Promise<void> {
  const client = cluster.client('human');
  switch (edit.kind) {
    case 'create':
      await createService(cluster, edit.service, 'human');
      return;
    case 'delete':
      return client.delete(servicePath(edit.namespace, edit.name));
    case 'patch':
      await client.patch(servicePath(edit.namespace, edit.name), 'merge', edit.patch);
      return;
    case 'namespace':
      await client.patch(`/api/v1/namespaces/${edit.namespace}`, 'merge', { metadata: { labels: edit.labels } });
      return;
    case 'pool':
      await client.patch(poolPath(edit.name), 'merge', { spec: edit.spec });
      return;
    case 'rename-pool':
      await client.delete(poolPath(edit.name));
      return applyPools(cluster, version, [edit.becomes]);
  }
}
