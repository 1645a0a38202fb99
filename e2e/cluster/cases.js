// Life cycles of releases: charts, and what is done with them. A step is a command line without the program: NAME is the
// release, NS its namespace, and a word that begins with @ a state of the chart. A function is given the cluster's `api` and changes
// it beside: `api(method, path, body, contentType)`.

const chartYaml = (version, more = '') =>
  `apiVersion: v2\nname: app\nversion: ${version}\nappVersion: "${version}"\n${more}`;

/** A ConfigMap whose data changes with the chart's version and values. */
const CONFIG = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-config
  labels: {app: {{ .Chart.Name }}}
data:
  version: {{ .Chart.Version | quote }}
  revision: {{ .Release.Revision | quote }}
  isInstall: {{ .Release.IsInstall | quote }}
  color: {{ .Values.color | default "none" | quote }}
`;
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}-web}
spec:
  replicas: {{ .Values.replicas | default 1 }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers:
      - {name: web, image: "nginx:{{ .Chart.AppVersion }}", ports: [{containerPort: 80}]}
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}-web}
spec:
  selector: {app: {{ .Release.Name }}}
  ports: [{name: http, port: 80}]
`;

const job = (name, { annotations = {}, outcome, generate = false } = {}) => `apiVersion: batch/v1
kind: Job
metadata:
  ${generate ? `generateName: ${name}-` : `name: {{ .Release.Name }}-${name}`}
  annotations: ${JSON.stringify(annotations)}
spec:
  backoffLimit: 0
  template:
    metadata: {labels: {job: ${name}${outcome === undefined ? '' : `, e2e-outcome: ${outcome}`}}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: busybox}]
`;
const hook = (events, { weight, policy, ...more } = {}) => ({
  'helm.sh/hook': events,
  ...(weight !== undefined && { 'helm.sh/hook-weight': String(weight) }),
  ...(policy !== undefined && { 'helm.sh/hook-delete-policy': policy }),
  ...more,
});
const pod = (name, annotations, outcome) => `apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-${name}
  annotations: ${JSON.stringify(annotations)}
  labels: ${JSON.stringify(outcome === undefined ? {} : { 'e2e-outcome': outcome })}
spec:
  restartPolicy: Never
  containers: [{name: main, image: busybox}]
`;
const configMap = (name, { annotations = {}, labels = {}, data = 'a: b', namespace = '' } = {}) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  ${namespace === '' ? '' : `namespace: ${namespace}`}
  annotations: ${JSON.stringify(annotations)}
  labels: ${JSON.stringify(labels)}
data: {${data}}
`;
const crd = (plural, kind, { field = 'size' } = {}) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.e2e.example}
spec:
  group: e2e.example
  scope: Namespaced
  # The singular is of the kind, which is another in each namespace: definitions of earlier cases may be still on their way out.
  names: {plural: ${plural}, kind: ${kind}}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {${field}: {type: integer}}}
`;

/** The states of a chart: files by name. */
const states = (...all) =>
  Object.fromEntries(
    all.map((files, i) => [
      `@${i + 1}`,
      { 'Chart.yaml': chartYaml(`${i + 1}.0.0`), 'values.yaml': 'color: red\n', ...files },
    ]),
  );
const t = (name) => `templates/${name}.yaml`;
const simple = (...more) => states({ [t('config')]: CONFIG }, { [t('config')]: CONFIG }, ...more);

const FULL = [
  ['install', 'NAME', '@1'],
  ['status', 'NAME'],
  ['upgrade', 'NAME', '@2', '--set', 'color=blue'],
  ['history', 'NAME', '-o', 'json'],
  ['rollback', 'NAME', '1'],
  ['get', 'values', 'NAME', '--revision', '2'],
  ['list', '-o', 'json'],
  ['uninstall', 'NAME'],
  ['status', 'NAME'],
];

/** name, charts, steps. */
export const cases = [
  ['a ConfigMap', simple(), FULL],
  [
    'a Deployment and its Service',
    states(
      { [t('deployment')]: DEPLOYMENT, [t('service')]: SERVICE },
      { [t('deployment')]: DEPLOYMENT, [t('service')]: SERVICE },
    ),
    [
      ['install', 'NAME', '@1', '--wait'],
      ['upgrade', 'NAME', '@2', '--set', 'replicas=3', '--wait'],
      ['rollback', 'NAME', '--wait'],
      ['uninstall', 'NAME', '--wait'],
    ],
  ],
  [
    'all sorts of kinds',
    states(
      {
        [t('all')]: [
          'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: {{ .Release.Name }}}\n',
          'apiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Release.Name }}-s}\nstringData: {password: abc}\n',
          'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: {{ .Release.Name }}}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get]}]\n',
          'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: {{ .Release.Name }}}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ .Release.Name }}}\nsubjects: [{kind: ServiceAccount, name: {{ .Release.Name }}}]\n',
          'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: {{ .Release.Name }}}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n',
          'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: {{ .Release.Name }}}\nspec: {minAvailable: 1, selector: {matchLabels: {a: b}}}\n',
          'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: {{ .Release.Name }}}\nspec: {schedule: "0 0 1 1 *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}\n',
          'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: {{ .Release.Name }}}\nspec: {rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]}\n',
          'apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: {{ .Release.Name }}}\nspec: {serviceName: a, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: b}]}}}\n',
        ].join('---\n'),
      },
      { [t('all')]: 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: {{ .Release.Name }}}\n' },
    ),
    FULL,
  ],
  [
    'objects that come and go',
    states(
      { [t('a')]: configMap('one'), [t('b')]: configMap('two') },
      { [t('b')]: configMap('two', { data: 'c: d' }), [t('c')]: configMap('three') },
    ),
    FULL,
  ],
  [
    'objects that are kept',
    states(
      {
        [t('a')]: configMap('kept', { annotations: { 'helm.sh/resource-policy': 'keep' } }),
        [t('b')]: configMap('kept-too', { annotations: { 'helm.sh/resource-policy': 'keep' } }),
        [t('c')]: CONFIG,
      },
      { [t('b')]: configMap('kept-too', { annotations: { 'helm.sh/resource-policy': 'keep' } }), [t('c')]: CONFIG },
    ),
    [
      ['install', 'NAME', '@1'],
      ['upgrade', 'NAME', '@2'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'hooks of every event',
    states(
      Object.fromEntries(
        [
          'pre-install',
          'post-install',
          'pre-upgrade',
          'post-upgrade',
          'pre-rollback',
          'post-rollback',
          'pre-delete',
          'post-delete',
        ]
          .map((event) => [t(event), configMap(`on-${event}`, { annotations: hook(event) })])
          .concat([[t('config'), CONFIG]]),
      ),
      Object.fromEntries(
        ['pre-upgrade', 'post-upgrade', 'pre-rollback', 'post-rollback', 'pre-delete,post-delete']
          .map((event, i) => [t(`e${i}`), configMap(`on-e${i}`, { annotations: hook(event) })])
          .concat([[t('config'), CONFIG]]),
      ),
    ),
    FULL,
  ],
  [
    'jobs as hooks, in the order of weights',
    states({
      [t('a')]: job('last', { annotations: hook('pre-install', { weight: 5 }) }),
      [t('b')]: job('first', { annotations: hook('pre-install', { weight: -5 }) }),
      [t('c')]: job('after', { annotations: hook('post-install') }),
      [t('d')]: CONFIG,
    }),
    [
      ['install', 'NAME', '@1'],
      ['get', 'hooks', 'NAME'],
      ['status', 'NAME'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'hooks that are deleted when done',
    states({
      [t('a')]: job('gone', { annotations: hook('pre-install,pre-upgrade', { policy: 'hook-succeeded' }) }),
      [t('b')]: job('stays', { annotations: hook('post-install,post-upgrade', { policy: 'before-hook-creation' }) }),
      [t('c')]: job('kept', { annotations: hook('post-install', { policy: 'hook-failed' }) }),
      [t('d')]: CONFIG,
    }),
    [
      ['install', 'NAME', '@1'],
      ['upgrade', 'NAME', '@1'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a hook before installation that fails',
    states({
      [t('a')]: job('bad', { annotations: hook('pre-install'), outcome: 'fail' }),
      [t('b')]: CONFIG,
    }),
    [
      ['install', 'NAME', '@1', '--timeout', '20s'],
      ['status', 'NAME'],
      ['list', '--failed', '-o', 'json'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a hook after installation that fails and is deleted',
    states({
      [t('a')]: job('bad', { annotations: hook('post-install', { policy: 'hook-failed' }), outcome: 'fail' }),
      [t('b')]: CONFIG,
    }),
    [
      ['install', 'NAME', '@1', '--timeout', '20s'],
      ['status', 'NAME'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a hook before an upgrade that fails',
    states(
      { [t('b')]: CONFIG },
      { [t('a')]: job('bad', { annotations: hook('pre-upgrade'), outcome: 'fail' }), [t('b')]: CONFIG },
    ),
    [
      ['install', 'NAME', '@1'],
      ['upgrade', 'NAME', '@2', '--timeout', '20s'],
      ['history', 'NAME', '-o', 'json'],
      ['rollback', 'NAME'],
      ['history', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'hooks that are not run',
    states({ [t('a')]: job('bad', { annotations: hook('pre-install'), outcome: 'fail' }), [t('b')]: CONFIG }),
    [
      ['install', 'NAME', '@1', '--no-hooks'],
      ['uninstall', 'NAME', '--no-hooks'],
    ],
  ],
  [
    'tests that pass',
    states({
      [t('a')]: pod('test-a', hook('test')),
      [t('b')]: pod('test-b', hook('test-success', { policy: 'hook-succeeded' })),
      [t('c')]: CONFIG,
    }),
    [
      ['install', 'NAME', '@1'],
      ['test', 'NAME'],
      ['status', 'NAME'],
      ['test', 'NAME', '--filter', 'name=NAME-test-a'],
      ['test', 'NAME', '--filter', '!name=NAME-test-a'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'tests that fail',
    states({ [t('a')]: pod('test-a', hook('test'), 'fail'), [t('c')]: CONFIG }),
    [
      ['install', 'NAME', '@1'],
      ['test', 'NAME', '--timeout', '20s'],
      ['status', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a CRD and one of its kind',
    states(
      {
        'crds/things.yaml': crd('NSthings', 'NSThing'),
        [t('thing')]: 'apiVersion: e2e.example/v1\nkind: NSThing\nmetadata: {name: a}\nspec: {size: 1}\n',
      },
      {
        'crds/things.yaml': crd('NSthings', 'NSThing', { field: 'other' }),
        [t('thing')]: 'apiVersion: e2e.example/v1\nkind: NSThing\nmetadata: {name: a}\nspec: {size: 2}\n',
      },
    ),
    [...FULL.slice(0, -1), ['install', 'NAME', '@1', '--skip-crds'], ['uninstall', 'NAME']],
  ],
  [
    'a kind that is none',
    states({ [t('a')]: 'apiVersion: none.example/v1\nkind: None\nmetadata: {name: a}\n' }, { [t('a')]: CONFIG }),
    [
      ['install', 'NAME', '@1'],
      ['install', 'NAME', '@2'],
      ['upgrade', 'NAME', '@1'],
      ['history', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a field that is none',
    states(
      { [t('a')]: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nnonsense: true\n' },
      { [t('a')]: 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: text}]}\n' },
    ),
    [
      ['install', 'NAME', '@1'],
      ['status', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
      ['install', 'NAME', '@2'],
      ['uninstall', 'NAME'],
      ['install', 'NAME', '@1', '--server-side=false'],
      ['install', 'NAME', '@1', '--server-side=false', '--disable-openapi-validation'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'fields that cannot be changed',
    states(
      { [t('a')]: job('work'), [t('b')]: CONFIG },
      { [t('a')]: job('work', { outcome: 'hang' }), [t('b')]: CONFIG },
    ),
    [
      ['install', 'NAME', '@1'],
      ['upgrade', 'NAME', '@2'],
      ['history', 'NAME', '-o', 'json'],
      ['upgrade', 'NAME', '@2', '--force-replace'],
      ['upgrade', 'NAME', '@2', '--force-replace', '--server-side=false'],
      ['rollback', 'NAME', '1'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a selector that cannot be changed, undone',
    states(
      { [t('a')]: DEPLOYMENT, [t('b')]: CONFIG },
      {
        [t('a')]: DEPLOYMENT.replaceAll('{app: {{ .Release.Name }}}', '{app: other}'),
        [t('b')]: CONFIG,
        [t('c')]: configMap('fresh'),
      },
    ),
    [
      ['install', 'NAME', '@1'],
      ['upgrade', 'NAME', '@2', '--rollback-on-failure', '--timeout', '20s'],
      ['history', 'NAME', '-o', 'json'],
      ['upgrade', 'NAME', '@2', '--cleanup-on-fail'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'an installation that is undone',
    states({ [t('a')]: job('bad', { annotations: hook('post-install'), outcome: 'fail' }), [t('b')]: CONFIG }),
    [
      ['install', 'NAME', '@1', '--rollback-on-failure', '--timeout', '20s'],
      ['list', '-o', 'json'],
      ['status', 'NAME'],
    ],
  ],
  [
    'pods that never get ready',
    states({ [t('a')]: job('slow', { outcome: 'hang' }), [t('b')]: CONFIG }),
    [
      ['install', 'NAME', '@1', '--wait', '--wait-for-jobs', '--timeout', '4s'],
      ['status', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'jobs that are waited for',
    states({ [t('a')]: job('work'), [t('b')]: CONFIG }),
    [
      ['install', 'NAME', '@1', '--wait', '--wait-for-jobs'],
      ['uninstall', 'NAME', '--wait'],
    ],
  ],
  [
    'a job that fails while it is waited for',
    states({ [t('a')]: job('work', { outcome: 'fail' }), [t('b')]: CONFIG }),
    [
      ['install', 'NAME', '@1', '--wait', '--wait-for-jobs', '--timeout', '8s'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'an object that another has',
    states({ [t('a')]: configMap('taken'), [t('b')]: CONFIG }),
    [
      (api) => api('POST', '/api/v1/namespaces/NS/configmaps', { metadata: { name: 'taken' }, data: { x: 'y' } }),
      ['install', 'NAME', '@1'],
      ['install', 'NAME', '@1', '--take-ownership'],
      ['install', 'NAME', '@1', '--take-ownership', '--force-conflicts'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'an object of another release',
    states({ [t('a')]: configMap('taken') }, { [t('b')]: CONFIG }),
    [
      ['install', 'other', '@1'],
      ['install', 'NAME', '@1'],
      ['install', 'NAME', '@2'],
      ['upgrade', 'NAME', '@1'],
      ['uninstall', 'NAME'],
      ['uninstall', 'other'],
    ],
  ],
  [
    'a field that another manager has',
    simple(),
    [
      ['install', 'NAME', '@1'],
      (api) =>
        api(
          'PATCH',
          '/api/v1/namespaces/NS/configmaps/NAME-config?fieldManager=other&force=true',
          { apiVersion: 'v1', kind: 'ConfigMap', data: { color: 'theirs' } },
          'application/apply-patch+yaml',
        ),
      ['upgrade', 'NAME', '@2', '--set', 'color=blue'],
      ['upgrade', 'NAME', '@2', '--set', 'color=blue', '--force-conflicts'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'client-side apply',
    states(
      { [t('deployment')]: DEPLOYMENT, [t('config')]: CONFIG },
      { [t('deployment')]: DEPLOYMENT, [t('config')]: CONFIG },
    ),
    [
      ['install', 'NAME', '@1', '--server-side=false'],
      (api) =>
        api(
          'PATCH',
          '/apis/apps/v1/namespaces/NS/deployments/NAME-web?fieldManager=other',
          { spec: { replicas: 4 } },
          'application/merge-patch+json',
        ),
      ['upgrade', 'NAME', '@2'],
      ['upgrade', 'NAME', '@1', '--set', 'replicas=2'],
      ['rollback', 'NAME', '1'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'from client-side apply to the server and back',
    states(
      { [t('deployment')]: DEPLOYMENT, [t('config')]: CONFIG },
      { [t('deployment')]: DEPLOYMENT, [t('config')]: CONFIG },
    ),
    [
      ['install', 'NAME', '@1', '--server-side=false'],
      ['upgrade', 'NAME', '@2', '--server-side=true'],
      ['upgrade', 'NAME', '@1', '--server-side=false', '--set', 'replicas=2'],
      ['rollback', 'NAME', '2'],
      ['get', 'metadata', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'values that are reused, and reset',
    simple(),
    [
      ['install', 'NAME', '@1', '--set', 'color=green,a.b=1'],
      ['upgrade', 'NAME', '@2'],
      ['get', 'values', 'NAME'],
      ['upgrade', 'NAME', '@2', '--reset-values'],
      ['get', 'values', 'NAME', '-o', 'yaml'],
      ['upgrade', 'NAME', '@2', '--reuse-values', '--set', 'a.c=2'],
      ['get', 'values', 'NAME', '--all', '-o', 'json'],
      ['upgrade', 'NAME', '@2', '--reset-then-reuse-values', '--set', 'a.b=null'],
      ['get', 'values', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'labels of the release',
    simple(),
    [
      ['install', 'NAME', '@1', '--labels', 'team=a,stage=b'],
      ['list', '-l', 'team=a', '-o', 'json'],
      ['list', '-l', 'team=b', '-o', 'json'],
      ['upgrade', 'NAME', '@2', '--labels', 'team=null,more=c'],
      ['get', 'metadata', 'NAME', '-o', 'json'],
      ['upgrade', 'NAME', '@2', '--labels', 'owner=me'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a history that is bounded',
    simple(),
    [
      ['install', 'NAME', '@1'],
      ...['a', 'b', 'c', 'd'].map((color) => [
        'upgrade',
        'NAME',
        '@2',
        '--set',
        `color=${color}`,
        '--history-max',
        '3',
      ]),
      ['history', 'NAME', '-o', 'json'],
      ['history', 'NAME', '--max', '1', '-o', 'json'],
      ['rollback', 'NAME', '1'],
      ['rollback', 'NAME', '3', '--history-max', '2'],
      ['history', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a history that is kept, and the name used again',
    simple(),
    [
      ['install', 'NAME', '@1', '--description', 'mine'],
      ['uninstall', 'NAME', '--keep-history', '--description', 'gone'],
      ['list', '--uninstalled', '-o', 'json'],
      ['status', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME', '--keep-history'],
      ['install', 'NAME', '@2'],
      ['rollback', 'NAME', '1'],
      ['uninstall', 'NAME', '--keep-history'],
      ['install', 'NAME', '@2', '--replace'],
      ['history', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'upgrade that installs',
    simple(),
    [
      ['upgrade', 'NAME', '@1'],
      ['upgrade', '--install', 'NAME', '@1'],
      ['upgrade', '--install', 'NAME', '@2', '-o', 'json'],
      ['uninstall', 'NAME', '--keep-history'],
      ['upgrade', '--install', 'NAME', '@2'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'only tried',
    states(
      { [t('config')]: CONFIG, [t('s')]: 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n' },
      { [t('config')]: CONFIG },
    ),
    [
      ['install', 'NAME', '@1', '--dry-run=client'],
      ['install', 'NAME', '@1', '--dry-run=server', '--hide-secret'],
      ['install', 'NAME', '@1'],
      ['upgrade', 'NAME', '@2', '--dry-run=server'],
      ['upgrade', 'NAME', '@2', '--dry-run=client', '-o', 'json'],
      ['rollback', 'NAME', '--dry-run=client'],
      ['uninstall', 'NAME', '--dry-run'],
      ['history', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'notes, and all that can be got',
    states(
      {
        [t('config')]: CONFIG,
        'templates/NOTES.txt': 'Thank you for {{ .Chart.Name }}.\n\n',
      },
      {
        'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.1.0\n',
        'charts/sub/templates/NOTES.txt': 'From below.',
        'charts/sub/templates/c.yaml': configMap('below'),
      },
    ),
    [
      ['install', 'NAME', '@1', '--render-subchart-notes'],
      ['upgrade', 'NAME', '@2', '--render-subchart-notes'],
      ['upgrade', 'NAME', '@1'],
      ['get', 'notes', 'NAME'],
      ['get', 'all', 'NAME'],
      ['get', 'manifest', 'NAME'],
      ['get', 'metadata', 'NAME'],
      [
        'get',
        'all',
        'NAME',
        '--template',
        '{{ .Release.Name }} {{ .Release.Info.Status }} {{ .Release.Chart.Metadata.Version }}',
      ],
      ['status', 'NAME', '-o', 'yaml'],
      ['upgrade', 'NAME', '@1', '--hide-notes'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a namespace of the chart, and another one for an object',
    states({
      [t('ns')]: 'apiVersion: v1\nkind: Namespace\nmetadata: {name: NS-more}\n',
      [t('config')]: configMap('elsewhere', { namespace: 'NS-more' }),
    }),
    [
      ['install', 'NAME', '@1'],
      ['upgrade', 'NAME', '@1'],
      ['uninstall', 'NAME', '--wait', '--timeout', '30s'],
    ],
  ],
  [
    'a name that is in use, and names that are none',
    simple(),
    [
      ['install', 'NAME', '@1'],
      ['install', 'NAME', '@1'],
      ['install', 'NAME', '@1', '--replace'],
      ['install', 'Not_a_name', '@1'],
      ['upgrade', 'none', '@1'],
      ['rollback', 'none'],
      ['rollback', 'NAME', '9'],
      ['rollback', 'NAME'],
      ['status', 'none'],
      ['history', 'none'],
      ['get', 'all', 'none'],
      ['test', 'none'],
      ['uninstall', 'none'],
      ['uninstall', 'none', '--ignore-not-found'],
      ['uninstall', 'NAME', 'none'],
      ['install', '@1'],
    ],
  ],
  [
    'what is looked up',
    states({
      [t('a')]: `apiVersion: v1
kind: ConfigMap
metadata: {name: found}
data:
  kept: {{ (lookup "v1" "ConfigMap" .Release.Namespace "found").data | default dict | dig "kept" "first" | quote }}
  count: {{ len (lookup "v1" "ConfigMap" .Release.Namespace "").items | quote }}
  none: {{ lookup "v1" "Secret" .Release.Namespace "none" | toJson | quote }}
  kube: {{ .Capabilities.KubeVersion.Version }}
  has: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" | quote }}
  hasNot: {{ .Capabilities.APIVersions.Has "e2e.example/v1" | quote }}
`,
    }),
    [
      ['install', 'NAME', '@1'],
      ['upgrade', 'NAME', '@1'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'templates that fail',
    states(
      { [t('config')]: CONFIG },
      { [t('config')]: CONFIG, [t('bad')]: '{{ fail "no" }}' },
      { [t('config')]: 'a: [' },
      { [t('config')]: CONFIG, 'values.schema.json': '{"properties": {"color": {"type": "integer"}}}' },
    ),
    [
      ['install', 'NAME', '@2'],
      ['install', 'NAME', '@3'],
      ['install', 'NAME', '@4'],
      ['install', 'NAME', '@1'],
      ['upgrade', 'NAME', '@2'],
      ['upgrade', 'NAME', '@4'],
      ['history', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a webhook that refuses',
    states(
      {
        [t('hook')]: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: NS-webhook}
webhooks:
- name: refuse.e2e.example
  admissionReviewVersions: [v1]
  sideEffects: None
  timeoutSeconds: 2
  failurePolicy: Fail
  clientConfig: {url: "https://127.0.0.1:1/refuse"}
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NS}}
  rules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]
`,
      },
      { [t('deployment')]: DEPLOYMENT },
    ),
    [
      ['install', 'guard', '@1'],
      ['install', 'NAME', '@2'],
      ['status', 'NAME', '-o', 'json'],
      ['uninstall', 'NAME'],
      ['uninstall', 'guard'],
    ],
  ],
  [
    'a quota that refuses the fifth object',
    states({
      [t('a')]: 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: one}\n',
      [t('b')]: 'apiVersion: v1\nkind: Secret\nmetadata: {name: two}\n',
      [t('c')]: configMap('three'),
      [t('d')]:
        'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: four}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n',
      [t('e')]: SERVICE,
      [t('f')]: DEPLOYMENT,
    }),
    [
      (api) =>
        api('POST', '/api/v1/namespaces/NS/resourcequotas', {
          metadata: { name: 'few' },
          spec: { hard: { 'count/services': '0' } },
        }),
      ['install', 'NAME', '@1'],
      ['status', 'NAME', '-o', 'json'],
      ['upgrade', 'NAME', '@1'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a record of a hundred objects',
    states(
      {
        [t('many')]:
          '{{- range until 100 }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: many-{{ . }}}\ndata: {a: {{ repeat 500 "x" }}}\n{{- end }}\n',
      },
      {
        [t('many')]:
          '{{- range until 90 }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: many-{{ . }}}\ndata: {a: {{ repeat 500 "y" }}}\n{{- end }}\n',
      },
    ),
    [
      ['install', 'NAME', '@1'],
      ['upgrade', 'NAME', '@2'],
      ['rollback', 'NAME'],
      ['uninstall', 'NAME'],
    ],
  ],
  [
    'a record that is too large',
    states({ [t('config')]: CONFIG, [t('big')]: '# {{ randBytes 900000 }}\n' }),
    [
      ['install', 'NAME', '@1'],
      ['list', '-o', 'json'],
    ],
  ],
  [
    'a cascade that is asked for',
    states({ [t('deployment')]: DEPLOYMENT }),
    [
      ['install', 'NAME', '@1', '--wait'],
      ['uninstall', 'NAME', '--cascade', 'foreground', '--wait'],
      ['install', 'NAME', '@1'],
      ['uninstall', 'NAME', '--cascade', 'nonsense'],
      ['uninstall', 'NAME', '--cascade', 'orphan'],
    ],
  ],
  [
    'nothing at all',
    states({}, { [t('config')]: CONFIG }),
    [
      ['install', 'NAME', '@1'],
      ['upgrade', 'NAME', '@2'],
      ['rollback', 'NAME'],
      ['uninstall', 'NAME'],
    ],
  ],
];
