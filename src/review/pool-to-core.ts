import { parsePermission } from '../core/break-glass.ts';
import { ALLOW_STRAND_ANNOTATION } from '../core/metallb/annotations.ts';
import type { Pool, ServiceAllocation } from '../core/metallb/pool.ts';
import type { LabelSelector } from '../core/metallb/selector.ts';
import { parseIpRange } from '../core/net/ip-range.ts';
import { isObject, type JsonObject, objectAt, objectsAt, stringAt, stringMapAt, stringsAt } from './json.ts';

/**
 * Turns a `metallb.io` IPAddressPool into the core's Pool (API v1beta1, MetalLB 0.13–0.16). Addresses that MetalLB
 * would refuse are skipped: its own webhook, or its config loader, tells the operator about them.
 */
export function poolToCore(pool: JsonObject): Pool {
  const spec = objectAt(pool, 'spec');
  const metadata = objectAt(pool, 'metadata');
  const allowed = parsePermission(stringMapAt(metadata, 'annotations')[ALLOW_STRAND_ANNOTATION] ?? '');
  return {
    name: stringAt(metadata, 'name') ?? '',
    ranges: stringsAt(spec, 'addresses').flatMap((text) => parseIpRange(text) ?? []),
    autoAssign: spec.autoAssign !== false,
    avoidBuggyIps: spec.avoidBuggyIPs === true,
    allocation: isObject(spec.serviceAllocation) ? allocation(spec.serviceAllocation) : undefined,
    ...(allowed.ok ? { mayStrandUntil: allowed.permission.until } : {}),
  };
}

function allocation(from: JsonObject): ServiceAllocation {
  return {
    priority: typeof from.priority === 'number' ? from.priority : 0,
    namespaces: stringsAt(from, 'namespaces'),
    namespaceSelectors: objectsAt(from, 'namespaceSelectors').map(selector),
    serviceSelectors: objectsAt(from, 'serviceSelectors').map(selector),
  };
}

function selector(from: JsonObject): LabelSelector {
  return {
    matchLabels: stringMapAt(from, 'matchLabels'),
    matchExpressions: objectsAt(from, 'matchExpressions').map((expression) => ({
      key: stringAt(expression, 'key') ?? '',
      operator: stringAt(expression, 'operator') ?? '',
      values: stringsAt(expression, 'values'),
    })),
  };
}
