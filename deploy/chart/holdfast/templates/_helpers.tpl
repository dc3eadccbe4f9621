{{/* One name for everything: two releases in one cluster would fight over the same webhook configurations anyway. */}}
{{- define "holdfast.name" -}}holdfast{{- end }}

{{- define "holdfast.selector" -}}
app.kubernetes.io/name: holdfast
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "holdfast.labels" -}}
{{ include "holdfast.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "holdfast.image" -}}
{{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}

{{/* Seconds of a duration such as 1m30s, 500ms or 0, rounded up. */}}
{{- define "holdfast.seconds" -}}
{{- $total := 0.0 -}}
{{- range regexFindAll "[0-9.]+(ms|s|m|h)" . -1 -}}
{{- $number := regexFind "[0-9.]+" . | float64 -}}
{{- $unit := regexFind "[a-z]+" . -}}
{{- $total = addf $total (mulf $number (get (dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0) $unit)) -}}
{{- end -}}
{{- ceil $total | int -}}
{{- end }}

{{/* What every Pod of holdfast may do on its node: nothing (Pod Security "restricted"). */}}
{{- define "holdfast.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "holdfast.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Secrets that are mounted, by name: mounts and volumes say the same. Whole folders, so that a new certificate arrives. */}}
{{- define "holdfast.secrets" -}}
{{- $secrets := dict -}}
{{- with .Values.certificate.existingSecret }}{{ $_ := set $secrets "tls" . }}{{ end -}}
{{- with .Values.clientCa.existingSecret }}{{ $_ := set $secrets "client-ca" . }}{{ end -}}
{{- toJson $secrets -}}
{{- end }}
