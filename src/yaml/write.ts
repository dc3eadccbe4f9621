import { stringify } from 'yaml';

/** JSON as YAML, for people: no anchors, no wrapped lines. Ends with a newline. */
export function writeYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}
