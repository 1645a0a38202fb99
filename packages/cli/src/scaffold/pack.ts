/** The files of a new pack: a web application, with what most have. */

const packYaml = String.raw`apiVersion: sherpack.io/v1
kind: Pack
type: application
metadata:
  name: <CHARTNAME>
  # Of the pack itself: a SemVer version, to be raised with every change of it.
  version: 0.1.0
  # Of what it deploys.
  appVersion: "1.16.0"
  description: A pack for Kubernetes
`;

const valuesYaml = String.raw`replicas: 1

image:
  repository: nginx
  # The pack's appVersion, unless it is said.
  tag: ""
  pullPolicy: IfNotPresent
imagePullSecrets: []

# Replace the name of the pack, or the names of all objects.
nameOverride: ""
fullnameOverride: ""

serviceAccount:
  create: true
  name: ""
  annotations: {}

podAnnotations: {}
podLabels: {}
podSecurityContext: {}
securityContext: {}

service:
  type: ClusterIP
  port: 80

ingress:
  enabled: false
  className: ""
  annotations: {}
  hosts:
    - host: chart-example.local
      paths:
        - path: /
          pathType: Prefix
  tls: []

autoscaling:
  enabled: false
  minReplicas: 1
  maxReplicas: 10
  targetCPUUtilizationPercentage: 80

resources: {}
livenessProbe:
  httpGet: {path: /, port: http}
readinessProbe:
  httpGet: {path: /, port: http}
nodeSelector: {}
tolerations: []
affinity: {}
`;

const schema = String.raw`{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "replicas": {"type": "integer", "minimum": 0},
    "image": {
      "type": "object",
      "properties": {
        "repository": {"type": "string", "minLength": 1},
        "tag": {"type": "string"},
        "pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]}
      },
      "required": ["repository"]
    },
    "service": {
      "type": "object",
      "properties": {
        "type": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535}
      }
    }
  }
}
`;

const helpers = String.raw`{# Names that Kubernetes takes have at most 63 characters. #}
{% macro name() %}{{ values.nameOverride | default(pack.name, true) | trunc(63) | trimsuffix("-") }}{% endmacro %}

{% macro fullname() %}
{%- if values.fullnameOverride -%}
{{ values.fullnameOverride | trunc(63) | trimsuffix("-") }}
{%- elif name() in release.name -%}
{{ release.name | trunc(63) | trimsuffix("-") }}
{%- else -%}
{{ (release.name ~ "-" ~ name()) | trunc(63) | trimsuffix("-") }}
{%- endif -%}
{% endmacro %}

{% macro selectorLabels() -%}
app.kubernetes.io/name: {{ name() }}
app.kubernetes.io/instance: {{ release.name }}
{%- endmacro %}

{% macro labels() -%}
{{ selectorLabels() }}
app.kubernetes.io/version: {{ pack.appVersion | quote }}
app.kubernetes.io/managed-by: {{ release.service }}
{%- endmacro %}

{% macro serviceAccountName() -%}
{{ values.serviceAccount.name or (fullname() if values.serviceAccount.create else "default") }}
{%- endmacro %}
`;

const IMPORT = '{%- import "_helpers.j2" as h with context -%}\n';

const deployment = String.raw`${IMPORT}apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ h.fullname() }}
  labels:
    {{- h.labels() | nindent(4) }}
spec:
  {%- if not values.autoscaling.enabled %}
  replicas: {{ values.replicas }}
  {%- endif %}
  selector:
    matchLabels:
      {{- h.selectorLabels() | nindent(6) }}
  template:
    metadata:
      {%- if values.podAnnotations %}
      annotations:
        {{- values.podAnnotations | toyaml | nindent(8) }}
      {%- endif %}
      labels:
        {{- h.labels() | nindent(8) }}
        {%- if values.podLabels %}
        {{- values.podLabels | toyaml | nindent(8) }}
        {%- endif %}
    spec:
      {%- if values.imagePullSecrets %}
      imagePullSecrets:
        {{- values.imagePullSecrets | toyaml | nindent(8) }}
      {%- endif %}
      serviceAccountName: {{ h.serviceAccountName() }}
      {%- if values.podSecurityContext %}
      securityContext:
        {{- values.podSecurityContext | toyaml | nindent(8) }}
      {%- endif %}
      containers:
        - name: {{ pack.name }}
          image: "{{ values.image.repository }}:{{ values.image.tag or pack.appVersion }}"
          imagePullPolicy: {{ values.image.pullPolicy }}
          ports:
            - {name: http, containerPort: {{ values.service.port }}, protocol: TCP}
          {%- for field in ["securityContext", "livenessProbe", "readinessProbe", "resources"] %}
          {%- if values[field] %}
          {{ field }}:
            {{- values[field] | toyaml | nindent(12) }}
          {%- endif %}
          {%- endfor %}
      {%- for field in ["nodeSelector", "affinity", "tolerations"] %}
      {%- if values[field] %}
      {{ field }}:
        {{- values[field] | toyaml | nindent(8) }}
      {%- endif %}
      {%- endfor %}
`;

const service = String.raw`${IMPORT}apiVersion: v1
kind: Service
metadata:
  name: {{ h.fullname() }}
  labels:
    {{- h.labels() | nindent(4) }}
spec:
  type: {{ values.service.type }}
  ports:
    - {name: http, port: {{ values.service.port }}, targetPort: http, protocol: TCP}
  selector:
    {{- h.selectorLabels() | nindent(4) }}
`;

const serviceAccount = String.raw`${IMPORT}
{%- if values.serviceAccount.create -%}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ h.serviceAccountName() }}
  labels:
    {{- h.labels() | nindent(4) }}
  {%- if values.serviceAccount.annotations %}
  annotations:
    {{- values.serviceAccount.annotations | toyaml | nindent(4) }}
  {%- endif %}
{%- endif %}
`;

const ingress = String.raw`${IMPORT}
{%- if values.ingress.enabled -%}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ h.fullname() }}
  labels:
    {{- h.labels() | nindent(4) }}
  {%- if values.ingress.annotations %}
  annotations:
    {{- values.ingress.annotations | toyaml | nindent(4) }}
  {%- endif %}
spec:
  {%- if values.ingress.className %}
  ingressClassName: {{ values.ingress.className }}
  {%- endif %}
  {%- if values.ingress.tls %}
  tls:
    {{- values.ingress.tls | toyaml | nindent(4) }}
  {%- endif %}
  rules:
    {%- for host in values.ingress.hosts %}
    - host: {{ host.host | quote }}
      http:
        paths:
          {%- for path in host.paths %}
          - path: {{ path.path }}
            pathType: {{ path.pathType }}
            backend:
              service:
                name: {{ h.fullname() }}
                port: {name: http}
          {%- endfor %}
    {%- endfor %}
{%- endif %}
`;

const hpa = String.raw`${IMPORT}
{%- if values.autoscaling.enabled -%}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ h.fullname() }}
  labels:
    {{- h.labels() | nindent(4) }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ h.fullname() }}}
  minReplicas: {{ values.autoscaling.minReplicas }}
  maxReplicas: {{ values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ values.autoscaling.targetCPUUtilizationPercentage }}}
{%- endif %}
`;

const test = String.raw`${IMPORT}apiVersion: v1
kind: Pod
metadata:
  name: {{ h.fullname() }}-test-connection
  labels:
    {{- h.labels() | nindent(4) }}
  annotations:
    sherpack.io/hook: test
spec:
  containers:
    - name: wget
      image: busybox
      command: [wget]
      args: ["{{ h.fullname() }}:{{ values.service.port }}"]
  restartPolicy: Never
`;

const notes = String.raw`{%- import "_helpers.j2" as h with context -%}
{{ release.name }} is installed. To reach it from this machine:

  kubectl --namespace {{ release.namespace }} port-forward service/{{ h.fullname() }} 8080:{{ values.service.port }}
`;

const unitTests = String.raw`# Run by: pack unittest <CHARTNAME>
suite: deployment
templates: [deployment.yaml]
release: {name: "<CHARTNAME>"}
tests:
  - it: runs what the pack is for
    asserts:
      - isKind: {of: Deployment}
      - equal: {path: metadata.name, value: "<CHARTNAME>"}
      - equal: {path: spec.replicas, value: 1}
      - equal: {path: "spec.template.spec.containers[0].image", value: "nginx:1.16.0"}
  - it: leaves the number of replicas to the autoscaler
    set: {autoscaling.enabled: true}
    asserts:
      - notExists: {path: spec.replicas}
`;

const ingressTests = String.raw`suite: ingress
templates: [ingress.yaml]
release: {name: "<CHARTNAME>"}
tests:
  - it: is not made unless it is asked for
    asserts:
      - hasDocuments: {count: 0}
  - it: leads to the service
    set: {ingress.enabled: true}
    asserts:
      - isKind: {of: Ingress}
      - equal:
          path: spec.rules[0].http.paths[0].backend.service.name
          value: "<CHARTNAME>"
`;

const ignore = String.raw`# What is left out of archives, one pattern a line.
/tests/
.git/
.gitignore
*.swp
*.bak
*.tmp
*.orig
*~
.DS_Store
.idea/
.vscode/
`;

/** Names and texts. */
export const packScaffold: readonly (readonly [name: string, text: string])[] = [
  ['Pack.yaml', packYaml],
  ['values.yaml', valuesYaml],
  ['values.schema.json', schema],
  ['.helmignore', ignore],
  ['templates/_helpers.j2', helpers],
  ['templates/deployment.yaml', deployment],
  ['templates/service.yaml', service],
  ['templates/serviceaccount.yaml', serviceAccount],
  ['templates/ingress.yaml', ingress],
  ['templates/hpa.yaml', hpa],
  ['templates/NOTES.txt', notes],
  ['templates/tests/test-connection.yaml', test],
  ['tests/deployment_test.yaml', unitTests],
  ['tests/ingress_test.yaml', ingressTests],
];
