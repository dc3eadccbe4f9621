import type { Deed } from '../app/history.ts';
import { isObject, type JsonObject, objectAt, objectsAt, stringAt } from '../review/json.ts';
import type { KubeClient } from './kube-client.ts';
import { namespacePath } from './paths.ts';
import type { ServiceName } from './readers.ts';

/**
 * What holdfast told about a Service, the latest first. Kubernetes keeps Events for an hour (kube-apiserver
 * `--event-ttl`). @throws KubeError
 */
export async function ownEvents(client: KubeClient, { namespace, name }: ServiceName): Promise<readonly Deed[]> {
  const fieldSelector = `involvedObject.kind=Service,involvedObject.name=${name}`;
  const list = await client.get(`${namespacePath(namespace)}/events`, { query: { fieldSelector } });
  return (isObject(list) ? objectsAt(list, 'items') : [])
    .filter((event) => stringAt(objectAt(event, 'source'), 'component') === 'holdfast')
    .map((event) => deedOf(event, `${namespace}/${name}`))
    .toSorted((one, other) => other.at.localeCompare(one.at));
}

function deedOf(event: JsonObject, service: string): Deed {
  return {
    at: stringAt(event, 'lastTimestamp') ?? stringAt(event, 'firstTimestamp') ?? '',
    service,
    reason: stringAt(event, 'reason') ?? '',
    count: typeof event.count === 'number' ? event.count : 1,
    message: stringAt(event, 'message') ?? '',
  };
}
