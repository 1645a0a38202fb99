// The charts that are measured: what `create` makes, and one as large as one likes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The chart of `helm create`. */
export function smallChart(folder, helm) {
  execFileSync(helm, ['create', join(folder, 'small')], { stdio: 'ignore' });
  return join(folder, 'small');
}

const helpers = `{{- define "big.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
{{- define "big.container" -}}
- name: {{ printf "%s-%d" .root.Release.Name .index | quote }}
  image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  env:
    {{- range $name, $value := .root.Values.env }}
    - name: {{ $name | upper }}
      value: {{ $value | quote }}
    {{- end }}
  resources:
    {{- toYaml .root.Values.resources | nindent 4 }}
{{- end }}
`;

const values = `image: {repository: registry.example/big, tag: "", pullPolicy: IfNotPresent}
containers: 15
env: {host: db.example, port: "5432", mode: fast}
resources:
  limits: {cpu: 500m, memory: 256Mi}
  requests: {cpu: 100m, memory: 128Mi}
`;

const template = (i) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-${i}
  labels:
    {{- include "big.labels" . | nindent 4 }}
spec:
  selector:
    matchLabels: { part: "${i}" }
  template:
    metadata:
      labels: { part: "${i}" }
    spec:
      containers:
        {{- range $i := until (int .Values.containers) }}
        {{- include "big.container" (dict "root" $ "index" $i) | nindent 8 }}
        {{- end }}
`;

/** A chart of `templates` Deployments of 15 containers each. */
export function bigChart(folder, templates) {
  const chart = join(folder, `big-${templates}`);
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: big\nversion: 1.0.0\nappVersion: "1.0"\n');
  writeFileSync(join(chart, 'values.yaml'), values);
  writeFileSync(join(chart, 'templates', '_helpers.tpl'), helpers);
  for (let i = 0; i < templates; i++) writeFileSync(join(chart, 'templates', `part-${i}.yaml`), template(i));
  return chart;
}
