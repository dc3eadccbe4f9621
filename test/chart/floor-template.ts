import { floorManifests } from '../../src/kube/floor/policy.ts';
import { writeYaml } from '../../src/yaml/write.ts';

/** What stands in the template for a setting: how it is generated, and what helm puts there instead. */
interface Hole {
  readonly generated: string;
  readonly template: string;
}

const USERS: Hole = { generated: '["USERS"]', template: '{{ include "holdfast.floor.users" . }}' };
const CLASSES: Hole = { generated: '["", "CLASSES"]', template: '{{ include "holdfast.floor.classes" . }}' };
const LABELS: Hole = {
  generated: 'labels:\n    LABELS: ""\n',
  template: 'labels: {{- include "holdfast.labels" . | nindent 4 }}\n',
};

/** The same lists that the command line makes of its flags. */
const HEAD = `{{- /* Made by "npm run chart:copies" from what "holdfast floor" prints. */ -}}
{{- define "holdfast.floor.list" -}}
[{{ range $i, $text := . }}{{ if $i }}, {{ end }}{{ toRawJson $text }}{{ end }}]
{{- end }}
{{- define "holdfast.floor.users" -}}
{{- $account := printf "system:serviceaccount:%s" .Values.metallb.namespace -}}
{{- $accounts := list (printf "%s:controller" $account) (printf "%s:metallb-controller" $account) -}}
{{- include "holdfast.floor.list" (concat $accounts .Values.metallb.users) -}}
{{- end }}
{{- define "holdfast.floor.classes" -}}
{{- include "holdfast.floor.list" (concat (list "") .Values.lbClasses) -}}
{{- end }}
{{- if .Values.floor.enabled }}
`;

/** The floor as a template of the chart. */
export function floorTemplate(): string {
  return `${HEAD}${[USERS, CLASSES, LABELS].reduce(withHole, documents())}{{- end }}\n`;
}

function documents(): string {
  const spec = { metallbUsers: ['USERS'], lbClasses: ['CLASSES'], anyIp: false, labels: { LABELS: '' } };
  const text = floorManifests(spec).map(writeYaml).join('---\n');
  if (text.includes('{{')) throw new Error('an expression of the floor would be read as a template of helm');
  return text;
}

/** @throws Error when the setting does not stand there as it is: quoted, say, by YAML. */
function withHole(text: string, { generated, template }: Hole): string {
  if (!text.includes(generated)) throw new Error(`the floor has no ${JSON.stringify(generated)}`);
  return text.replaceAll(generated, template);
}
