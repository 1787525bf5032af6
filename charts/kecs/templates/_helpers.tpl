{{- define "kecs.fullname" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "kecs.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* Labels of every object; call with (dict "root" $ "component" "operator"). */}}
{{- define "kecs.labels" -}}
{{ include "kecs.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "kecs.selector" -}}
app.kubernetes.io/name: kecs
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Configuration that operator and gateway must share, or their ARNs differ. */}}
{{- define "kecs.env" -}}
- { name: KECS_REGION, value: {{ .Values.region | quote }} }
- { name: KECS_ACCOUNT_ID, value: {{ .Values.accountId | quote }} }
- { name: KECS_NAMESPACE, valueFrom: { fieldRef: { fieldPath: metadata.namespace } } }
- { name: KECS_LOG_LEVEL, value: {{ .Values.log.level | quote }} }
- { name: KECS_LOG_FORMAT, value: {{ .Values.log.format | quote }} }
- { name: KECS_STOPPED_TASK_RETENTION, value: {{ .Values.stoppedTaskRetentionSeconds | quote }} }
{{- end -}}

{{/* Where containers of tasks reach the agent; empty where there is none. */}}
{{- define "kecs.agentUrl" -}}
{{- if .Values.agent.enabled -}}
{{- .Values.agent.url | default (printf "http://%s-agent.%s.svc:8083" (include "kecs.fullname" .) .Release.Namespace) -}}
{{- end -}}
{{- end -}}

{{- define "kecs.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "kecs.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Probes on the admin port, alike for both. */}}
{{- define "kecs.probes" -}}
startupProbe:
  httpGet: { path: /health/live, port: admin }
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /health/live, port: admin }
  periodSeconds: 10
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /health/ready, port: admin }
  periodSeconds: 2
{{- end -}}

{{/* Where the Pods may run; call with the component's values. */}}
{{- define "kecs.scheduling" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
