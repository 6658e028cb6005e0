{{/* The first part of every name; the release's name alone when it says vexaa. */}}
{{- define "vexaa.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selects the controller's pods: never changes for a release. */}}
{{- define "vexaa.selector" -}}
app.kubernetes.io/name: vexaa
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: controller
{{- end -}}

{{- define "vexaa.labels" -}}
{{ include "vexaa.selector" . }}
{{ include "vexaa.commonLabels" . }}
{{- end -}}

{{- define "vexaa.commonLabels" -}}
app.kubernetes.io/part-of: vexaa
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "vexaa.controllerImage" -}}
{{ .Values.controller.image.repository }}:{{ default .Chart.AppVersion .Values.controller.image.tag }}
{{- end -}}

{{- define "vexaa.runnerImage" -}}
{{ .Values.runner.image.repository }}:{{ default .Chart.AppVersion .Values.runner.image.tag }}
{{- end -}}

{{/* config.yaml: what follows from the release, overridden by .Values.config. */}}
{{- define "vexaa.config" -}}
{{- $name := include "vexaa.fullname" . -}}
{{- $database := dict "passwordFile" "/etc/vexaa/database/password" -}}
{{- $kubernetes := dict
      "ownerConfigMap" (printf "%s-owner" $name)
      "instance" .Release.Name
      "runnerImage" (include "vexaa.runnerImage" .)
      "imagePullPolicy" .Values.runner.image.pullPolicy
      "runnerServiceAccount" (printf "%s-runner" $name) -}}
{{- $progress := dict "address" "0.0.0.0" "port" 8082
      "url" (printf "http://%s-controller:8082/progress" $name) -}}
{{- $admin := dict "address" "0.0.0.0" "port" 8080 -}}
{{- $election := dict "leaseName" (printf "%s-controller" $name) -}}
{{- $config := dict "database" $database "kubernetes" $kubernetes
      "leaderElection" $election
      "progress" $progress "admin" $admin -}}
{{- toYaml (mergeOverwrite $config (deepCopy .Values.config)) -}}
{{- end -}}

{{/* What both containers of the controller's pod share. */}}
{{- define "vexaa.container" -}}
resources: {{- toYaml .Values.controller.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
- {name: config, mountPath: /etc/vexaa/config, readOnly: true}
- {name: database, mountPath: /etc/vexaa/database, readOnly: true}
{{- range $name, $secret := .Values.secrets.stores }}
- {name: store-{{ $name }}, mountPath: /etc/vexaa/stores/{{ $name }}, readOnly: true}
{{- end }}
{{- range $name, $map := .Values.storeCAs }}
- {name: ca-{{ $name }}, mountPath: /etc/vexaa/ca/{{ $name }}, readOnly: true}
{{- end }}
{{- end -}}
