{{/*
The chart has no manifest of its own: what `kubectl apply -k` installs is read from files/ and given
the release's namespace, labels and values. A mend of a manifest is a mend of the chart.
*/}}

{{/* The name by which the guard knows the operator, and the subject of its bindings. */}}
{{- define "nova-pci.inNamespace" -}}
{{- .text | replace "nova-pci-system" .root.Release.Namespace -}}
{{- end -}}

{{- define "nova-pci.labels" -}}
app.kubernetes.io/name: nova-pci-operator
app.kubernetes.io/part-of: nova-pci-operator
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/*
Every document of a file: {root, path, namespace: of those that name none, without: kinds,
annotations: of kind -> more}
*/}}
{{- define "nova-pci.documents" -}}
{{- $root := .root -}}
{{- $without := default (list) .without -}}
{{- $annotations := default (dict) .annotations -}}
{{- $namespace := default $root.Release.Namespace .namespace -}}
{{- $clusterWide := list "Namespace" "ClusterRole" "ClusterRoleBinding" "MutatingAdmissionPolicy" "MutatingAdmissionPolicyBinding" "ValidatingAdmissionPolicy" "ValidatingAdmissionPolicyBinding" "MutatingWebhookConfiguration" -}}
{{- $text := include "nova-pci.inNamespace" (dict "root" $root "text" ($root.Files.Get .path)) -}}
{{- range regexSplit "(?m)^---\\s*$" $text -1 }}
{{- $object := fromYaml . }}
{{- $kind := default "" $object.kind }}
{{- if and $kind (not (has $kind $without)) }}
{{- if not (has $kind $clusterWide) }}
{{- $_ := set $object.metadata "namespace" (default $namespace $object.metadata.namespace) }}
{{- end }}
{{- $_ := set $object.metadata "labels" (merge (fromYaml (include "nova-pci.labels" $root)) (default (dict) $object.metadata.labels)) }}
{{- with get $annotations $kind }}
{{- $_ := set $object.metadata "annotations" (merge . (default (dict) $object.metadata.annotations)) }}
{{- end }}
---
{{ toYaml $object }}
{{- end }}
{{- end }}
{{- end -}}
