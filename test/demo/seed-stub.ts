import type { Recording } from '../../src/app/recording.ts';
import type { Storage } from '../../src/app/world.ts';
import type { JsonObject } from '../../src/review/json.ts';
import type { StubApiServer } from '../support/stub-apiserver/server.ts';
import type { KubeObject } from '../support/stub-apiserver/store.ts';

const SERVICES = '/api/v1/services';

/**
 * Puts what a recording starts with into a stub API server. Services of a name that is there already are left out.
 * @returns the Services as stored: the recorded ones with versions of the stub
 */
export function seedStub(stub: StubApiServer, { namespaces, pools = [], services }: Recording): readonly JsonObject[] {
  for (const namespace of namespaces) stub.put('/api/v1/namespaces', namespace);
  for (const pool of pools) stub.put('/apis/metallb.io/v1beta1/ipaddresspools', pool);
  const storage = stubStorage(stub);
  return services.filter((service) => !isThere(stub, service)).map((service) => storage.save(service));
}

/** Lets a world keep its Services in a stub API server, so that watches of it see every change. */
export function stubStorage(stub: StubApiServer): Storage {
  const { resource } = stub.registry.parse(SERVICES);
  return {
    save: (service) => {
      const object: KubeObject = service;
      if (isThere(stub, service)) return JSON.parse(stub.store.update(resource, object).json);
      // With its own uid from the first event on: the recorded reviews know it, and a Service whose uid changed would be two.
      const { resourceVersion: _recorded, ...metadata } = object.metadata ?? {};
      return JSON.parse(stub.store.createAs(resource, { ...object, metadata }).json);
    },
    remove: (service) => {
      const { namespace, name = '' } = (service as KubeObject).metadata ?? {};
      stub.store.delete(resource, namespace, name);
    },
  };
}

function isThere(stub: StubApiServer, service: JsonObject): boolean {
  const { namespace, name = '' } = (service as KubeObject).metadata ?? {};
  return stub.store.has(stub.registry.parse(SERVICES).resource, namespace, name);
}
