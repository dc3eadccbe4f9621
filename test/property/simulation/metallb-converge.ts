import type { MetallbMemory } from './metallb-memory.ts';
import { ALLOCATED_FROM, annotated, annotationOf, ipsOf, REQUEST, type SimService, withIps } from './sim-service.ts';

const POOL_REQUEST = 'metallb.universe.tf/address-pool';

/**
 * What MetalLB makes of a Service of one family (convergeBalancer of 0.13 to 0.16, as our notes on its behaviour have
 * it): the IP in the status is kept if memory, pool and request allow; otherwise it is given up, and the requested or
 * lowest free one is taken.
 */
export function converge(service: SimService, memory: MetallbMemory): SimService {
  const { name } = service.metadata;
  if (service.spec.type !== 'LoadBalancer') {
    memory.unassign(name);
    return annotated(service, { [ALLOCATED_FROM]: undefined });
  }
  const kept = keptIp(service, memory);
  if (kept === undefined) memory.unassign(name);
  const ip = kept ?? allocated(service, memory);
  if (ip === undefined) return cleared(service);
  const [first, ...others] = ipsOf(service);
  const status = first === ip && others.length === 0 ? service : withIps(service, [ip]);
  return annotated(status, { [ALLOCATED_FROM]: memory.poolOf(ip) });
}

function keptIp(service: SimService, memory: MetallbMemory): string | undefined {
  const [ip, ...others] = ipsOf(service);
  if (ip === undefined || others.length > 0 || !memory.assign(service, ip)) return undefined;
  const [pool, wanted] = [annotationOf(service, POOL_REQUEST), annotationOf(service, REQUEST)];
  if (pool !== undefined && pool !== memory.poolOf(ip)) return undefined;
  return wanted === undefined || wanted === ip ? ip : undefined;
}

function allocated(service: SimService, memory: MetallbMemory): string | undefined {
  const [pool, wanted] = [annotationOf(service, POOL_REQUEST), annotationOf(service, REQUEST)];
  const ip = wanted ?? memory.first(service, pool);
  if (ip === undefined || (pool !== undefined && pool !== memory.poolOf(ip))) return undefined;
  return memory.assign(service, ip) ? ip : undefined;
}

function cleared(service: SimService): SimService {
  const bare = annotated(service, { [ALLOCATED_FROM]: undefined });
  return ipsOf(service).length === 0 ? bare : withIps(bare, []);
}
