import { floorManifests } from '../kube/floor/policy.ts';
import { CONFIGURATION_NAME, MANAGED_BY } from '../kube/webhook-config.ts';
import { writeYaml } from '../yaml/write.ts';
import type { FloorOptions } from './arguments.ts';
import { metallbUsers } from './metallb-users.ts';

/** The floor as `kubectl apply -f -` takes it: YAML documents, or one List as JSON. */
export function floorText(options: FloorOptions): string {
  const { lbClasses, anyIp } = options;
  const labels = { [MANAGED_BY]: CONFIGURATION_NAME };
  const items = floorManifests({ metallbUsers: metallbUsers(options), lbClasses, anyIp, labels });
  if (options.output === 'yaml') return items.map(writeYaml).join('---\n');
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 2)}\n`;
}
