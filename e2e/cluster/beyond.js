// Usage: node e2e/cluster/beyond.js
// What Helm has not: plans, policies for CRDs, waves, the order of HIP-0025 and health checks.
// Prints `N passed, N failed, N skipped`.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startControlPlane } from '../lib/control-plane.js';
import { suite } from '../lib/suite.js';

const { root, check, skip, write, end, startPack, helm } = suite('beyond');
const plane = await startControlPlane();
const home = join(root, 'home');
mkdirSync(home);

let count = 0;
/** A namespace, and pack in it. */
async function createScene() {
  const namespace = `beyond${++count}`;
  await plane.createNamespace(namespace);
  return {
    namespace,
    pack: (args, { env = {} } = {}) =>
      startPack([...args, '-n', namespace], { home, env: { KUBECONFIG: plane.kubeconfig, ...env } }).ended,
    get: async (path) => (await plane.api('GET', `/api/v1/namespaces/${namespace}/${path}`)).body,
    api: (method, path, body, options) => plane.api(method, path.replaceAll('NS', namespace), body, options),
  };
}
const shown = (result = '') => JSON.stringify(result, null, 1).replaceAll('\\n', '\n');

function chart(name, files) {
  const path = join(root, name);
  rmSync(path, { recursive: true, force: true });
  write(join(path, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`);
  for (const [file, text] of Object.entries(files)) write(join(path, file), text);
  return path;
}

// Plans.
{
  const SECRET = 'correct-horse-battery';
  const FILES = {
    'values.yaml': 'color: red\n',
    'templates/config.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {color: {{ .Values.color }}, random: {{ randAlphaNum 8 }}}\n',
    'templates/secret.yaml':
      'apiVersion: v1\nkind: Secret\nmetadata: {name: secret}\nstringData: {password: {{ .Values.password | quote }}}\n',
  };
  const path = chart('planned', FILES);
  const scene = await createScene();
  const file = join(root, 'plan.json');
  const plan = (...args) => scene.pack(['plan', ...args, '-o', file]);
  const apply = (options) => scene.pack(['apply', file], options);
  const isStale = ({ code, stderr }, why) =>
    code === 1 && stderr.includes('of no use any more') && stderr.includes(why);

  const first = await plan('install', 'rel', path, '--set', `password=${SECRET}`);
  check(
    'a plan shows what an installation makes',
    /\+ ConfigMap config/.test(first.stdout) && first.code === 0,
    shown(first),
  );
  const text = readFileSync(file, 'utf8');
  const hidden = [SECRET, Buffer.from(SECRET).toString('base64')];
  check(
    'nothing secret is in it',
    hidden.every((each) => !`${text}${first.stdout}${first.stderr}`.includes(each)),
  );
  check('nothing was made', (await scene.get('configmaps/config')).code === 404);
  const [, planned] = /"path": "data.random",\s+"after": "(\w+)"/.exec(text) ?? [];
  const applied = await apply();
  const made = await scene.get('configmaps/config');
  check(
    'what was reviewed is what is applied',
    applied.code === 0 && made.data?.random === planned,
    shown({ applied, made }),
  );
  check('a plan is good for once', isStale(await apply(), 'is at revision 1, and was not there'));

  await plan('upgrade', 'rel', path, '--set', 'color=blue');
  await scene.pack(['upgrade', 'rel', path, '--set', 'color=green']);
  check('a release that moved', isStale(await apply(), 'is at revision 2, and was at revision 1'));

  await plan('upgrade', 'rel', path, '--set', 'color=blue');
  await scene.api(
    'PATCH',
    '/api/v1/namespaces/NS/configmaps/config',
    { data: { color: 'pink' } },
    { contentType: 'application/merge-patch+json' },
  );
  check('a cluster that moved', isStale(await apply(), 'the cluster moved: ConfigMap config'));
  const conflicting = await plan('upgrade', 'rel', path, '--set', 'color=blue');
  check(
    'what the server would refuse is said, and not planned',
    conflicting.code === 1 &&
      conflicting.stdout.includes('the server refuses it') &&
      conflicting.stdout.includes('.data.color'),
    shown(conflicting),
  );
  await plan('upgrade', 'rel', path, '--set', 'color=blue', '--force-conflicts');
  writeFileSync(join(path, 'values.yaml'), 'color: yellow\n');
  check('a chart that moved', isStale(await apply(), 'was changed'));
  writeFileSync(join(path, 'values.yaml'), FILES['values.yaml']);
  const other = await apply({ env: { PACK_PLAN_KEY: 'ab'.repeat(32) } });
  check('another key', other.code === 1 && other.stderr.includes('made with another key'), shown(other));
  writeFileSync(file, readFileSync(file, 'utf8').replace('"color"', '"colour"').replace('data.color', 'data.colour'));
  const edited = await apply();
  check('a plan that was edited', edited.code === 1 && edited.stderr.includes('it was changed'), shown(edited));
  const again = await plan('upgrade', 'rel', path, '--set', 'color=blue', '--force-conflicts', '--detailed-exitcode');
  check('a change has its exit code', again.code === 2, shown(again));
  const done = await apply();
  check('an upgrade', done.code === 0 && (await scene.get('configmaps/config')).data.color === 'blue', shown(done));
  await plan('rollback', 'rel', '1');
  const back = await apply();
  const config = await scene.get('configmaps/config');
  check(
    'a rollback',
    back.code === 0 && config.data.color === 'red' && config.data.random === planned,
    shown({ back, config }),
  );
  const taken = await plan('install', 'rel', path, '--replace');
  check('none to install where the name is in use', taken.code === 1 && taken.stderr.includes('in use'), shown(taken));
  const without = await scene.pack(['plan', 'rollback', 'rel', '1']);
  check('a plan wants a file', without.code === 1 && without.stderr.includes('-o FILE'), shown(without));
  check('no half of a plan is left', !existsSync(`${file}.tmp`));
}

// A chart is linted for a cluster.
{
  const scene = await createScene();
  const path = chart('linted', {
    'values.yaml': '{}\n',
    'templates/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data:
  namespace: {{ (lookup "v1" "Namespace" "" .Release.Namespace).metadata.name | required "no such namespace" }}
  things: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" | required "no deployments" | quote }}
`,
  });
  const live = await scene.pack(['lint', path, '--dry-run=server']);
  check('lint asks the cluster', live.code === 0 && live.stdout.includes('0 chart(s) failed'), shown(live));
  const offline = await scene.pack(['lint', path]);
  check('and only then', offline.code === 1 && offline.stdout.includes('nil pointer'), shown(offline));
}

// Definitions of kinds.
{
  const scene = await createScene();
  const plural = `${scene.namespace}things`;
  const crd = (fields, versions = ['v1']) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.e2e.example}
spec:
  group: e2e.example
  scope: Namespaced
  names: {plural: ${plural}, kind: ${scene.namespace}Thing}
  versions:
${versions
  .map(
    (name, i) =>
      `  - {name: ${name}, served: true, storage: ${i === 0}, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {${fields}}}}}}}`,
  )
  .join('\n')}
`;
  const of = (...args) =>
    chart('defining', {
      'crds/thing.yaml': crd(...args),
      'templates/thing.yaml': `apiVersion: e2e.example/v1\nkind: ${scene.namespace}Thing\nmetadata: {name: a}\n`,
    });
  const fieldsOf = async () => {
    const { body } = await plane.api(
      'GET',
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.e2e.example`,
    );
    const [version] = body.spec?.versions ?? [];
    return Object.keys(version?.schema.openAPIV3Schema.properties.spec.properties ?? {}).join();
  };
  const [SIZE, COLOR] = ['size: {type: integer}', 'color: {type: string}'];
  const skipped = await scene.pack(['install', 'rel', of(SIZE), '--crds=skip']);
  check('none with skip', skipped.code === 1 && skipped.stderr.includes('no matches for kind'), shown(skipped));
  const installed = await scene.pack(['install', 'rel', of(SIZE)]);
  check('made with an installation', installed.code === 0 && (await fieldsOf()) === 'size', shown(installed));
  await scene.pack(['upgrade', 'rel', of(`${SIZE}, ${COLOR}`)]);
  check('left alone by an upgrade', (await fieldsOf()) === 'size');
  await scene.pack(['upgrade', 'rel', of(`${SIZE}, ${COLOR}`), '--crds=create']);
  check('left alone with create', (await fieldsOf()) === 'size');
  const next = of(`${SIZE}, ${COLOR}`);
  for (const [policy, isShown] of [
    ['upgrade', true],
    ['create', false],
  ]) {
    const shows = ({ code, stdout, stderr }) =>
      code === 0 && `${stdout}${stderr}`.includes(`CustomResourceDefinition ${plural}.e2e.example`) === isShown;
    const file = join(root, `crds-${policy}.plan`);
    for (const args of [
      ['diff', 'upgrade', 'rel', next],
      ['plan', 'upgrade', 'rel', next, '-o', file],
      ['upgrade', 'rel', next, '--diff', '--dry-run=server'],
    ]) {
      const seen = await scene.pack([...args, `--crds=${policy}`]);
      check(`${args[0]} shows the definition that --crds=${policy} changes: ${isShown}`, shows(seen), shown(seen));
    }
  }
  const upgraded = await scene.pack(['upgrade', 'rel', next, '--crds=upgrade']);
  check('changed with upgrade', upgraded.code === 0 && (await fieldsOf()) === 'color,size', shown(upgraded));
  const refused = await scene.pack(['upgrade', 'rel', of(COLOR), '--crds=upgrade']);
  const isRefused =
    refused.code === 1 && /spec\.versions\[v1\]\.schema\.spec\.size: the field would be dropped/.test(refused.stderr);
  check('not where a field would be lost', isRefused && (await fieldsOf()) === 'color,size', shown(refused));
  const tried = await scene.pack(['upgrade', 'rel', of(COLOR), '--crds=upgrade', '--dry-run=server']);
  check('nor in a dry run', tried.code === 1 && tried.stderr.includes('would be dropped'), shown(tried));
  const gone = await scene.pack(['upgrade', 'rel', of(`${SIZE}, ${COLOR}`, ['v2']), '--crds=upgrade']);
  check(
    'not where a version is stored that goes',
    gone.code === 1 && gone.stderr.includes('status.storedVersions'),
    shown(gone),
  );
  const forced = await scene.pack(['upgrade', 'rel', of(COLOR), '--crds=upgrade', '--force-crds']);
  check('unless told to', forced.code === 0 && (await fieldsOf()) === 'color', shown(forced));
  await plane.api('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.e2e.example`);
}

// Waves and health checks.
{
  const meta = (name, annotations = {}, labels = {}) => JSON.stringify({ name, annotations, labels });
  const wave = (number) => ({ 'sherpack.io/sync-wave': String(number) });
  const checked = (text) => ({ 'sherpack.io/health-check': text });
  const configMap = (name, annotations) => `apiVersion: v1\nkind: ConfigMap\nmetadata: ${meta(name, annotations)}\n`;
  const job = (outcome) => `apiVersion: batch/v1
kind: Job
metadata: ${meta('migrate', wave(-1))}
spec:
  backoffLimit: 0
  template:
    metadata: {labels: ${JSON.stringify(outcome === undefined ? {} : { 'e2e-outcome': outcome })}}
    spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}
`;
  const deployment = (annotations) => `apiVersion: apps/v1
kind: Deployment
metadata: ${meta('web', annotations)}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx}]}}
`;
  {
    const scene = await createScene();
    const path = chart('waves', { 'templates/all.yaml': [job('fail'), deployment()].join('---\n') });
    const failed = await scene.pack(['install', 'rel', path, '--timeout', '20s']);
    const { status } = await plane.api('GET', `/apis/apps/v1/namespaces/${scene.namespace}/deployments/web`);
    result('a wave whose job fails', failed.code === 1 && /Job\/\S+\/migrate not ready/.test(failed.stderr), failed);
    result('has none after it', status === 404, status);
    chart('waves', { 'templates/all.yaml': [job(), deployment(), configMap('late', wave(1))].join('---\n') });
    await scene.pack(['uninstall', 'rel', '--wait']);
    const good = await scene.pack(['install', 'rel', path, '--timeout', '60s', '--debug']);
    const order = [...good.stderr.matchAll(/msg=created kind=(\w+)/g)].map(([, kind]) => kind).join();
    result('waves are made one after the other', good.code === 0 && order === 'Job,Deployment,ConfigMap', good);
    chart('waves', { 'templates/all.yaml': [deployment(), configMap('late', wave('soon'))].join('---\n') });
    const refused = await scene.pack(['upgrade', 'rel', path]);
    const history = await scene.pack(['history', 'rel', '-o', 'json']);
    const isRefused =
      refused.code === 1 && refused.stderr.includes('ConfigMap late: sherpack.io/sync-wave is a whole number');
    result(
      'an annotation that says nothing is refused before anything is done',
      isRefused && history.stdout.match(/"revision"/g)?.length === 1,
      refused,
    );
  }
  {
    const scene = await createScene();
    const path = chart('checks', {
      'templates/a.yaml': configMap('gate', checked('jsonpath={.data.open}=yes')),
      'templates/b.yaml': configMap('after', { 'sherpack.io/wait-for': 'ConfigMap/gate' }),
    });
    const running = scene.pack(['install', 'rel', path, '--wait', '--timeout', '60s']);
    let [gate, tries] = [{}, 0];
    while (gate.metadata === undefined && tries++ < 100) {
      await sleep(100);
      gate = await scene.get('configmaps/gate').then((body) => (body.code === undefined ? body : {}));
    }
    await sleep(500);
    result('what waits for another is not made before', (await scene.get('configmaps/after')).code === 404);
    await scene.api(
      'PATCH',
      '/api/v1/namespaces/NS/configmaps/gate',
      { data: { open: 'yes' } },
      { contentType: 'application/merge-patch+json' },
    );
    const { code, stderr } = await running;
    result(
      'and is made when the other is as it should be',
      code === 0 && (await scene.get('configmaps/after')).code === undefined,
      stderr,
    );
  }
  const host = Object.values(networkInterfaces())
    .flat()
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  if (host === undefined) skip('a service that answers', 'this machine has no address but loopback');
  else {
    const scene = await createScene();
    let asked = 0;
    const server = createServer(({ url }, response) => {
      if (url === '/healthz') asked++;
      response.writeHead(url === '/healthz' && asked > 2 ? 200 : 503).end();
    });
    await new Promise((resolve) => server.listen(0, host, resolve));
    const { port } = server.address();
    // The API server passes requests on to pods alone: this one has the address of this machine.
    const pods = '/api/v1/namespaces/NS/pods';
    const containers = [{ name: 'main', image: 'busybox' }];
    await scene.api('POST', pods, { metadata: { name: 'here' }, spec: { schedulerName: 'nobody', containers } });
    const merge = { contentType: 'application/merge-patch+json' };
    const podIPs = [{ ip: host }];
    await scene.api('PATCH', `${pods}/here/status`, { status: { phase: 'Running', podIP: host, podIPs } }, merge);
    const path = chart('answers', {
      'templates/service.yaml': `apiVersion: v1
kind: Service
metadata: ${meta('remote', checked('http=web/healthz'))}
spec: {ports: [{name: web, port: 80, targetPort: ${port}}]}
`,
    });
    const targetRef = { kind: 'Pod', name: 'here', namespace: scene.namespace };
    await scene.api('POST', '/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices', {
      metadata: { name: 'remote', labels: { 'kubernetes.io/service-name': 'remote' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [host], conditions: { ready: true }, targetRef }],
      ports: [{ name: 'web', port, protocol: 'TCP' }],
    });
    await scene.api('POST', '/api/v1/namespaces/NS/endpoints', {
      metadata: { name: 'remote' },
      subsets: [{ addresses: [{ ip: host, targetRef }], ports: [{ name: 'web', port }] }],
    });
    const answered = await scene.pack(['install', 'rel', path, '--wait', '--timeout', '30s']);
    result('a service is asked until it answers', answered.code === 0 && asked === 3, { answered, asked });
    asked = -1000;
    const silent = await scene.pack(['upgrade', 'rel', path, '--wait', '--timeout', '3s']);
    const text =
      'Service/' +
      `${scene.namespace}/remote not ready. status: InProgress, message: port web answers /healthz with 503`;
    result('and what it answers is said when it does not', silent.code === 1 && silent.stderr.includes(text), silent);
    server.close();
  }
  {
    const scene = await createScene();
    const marker = join(plane.folder, `${scene.namespace}-ready`);
    const path = chart('commanded', {
      'templates/all.yaml': deployment({ ...checked(`command=echo not yet >&2; test -e ${marker}`) }),
      'templates/late.yaml': configMap('late', wave(1)),
    });
    const running = scene.pack(['install', 'rel', path, '--wait', '--timeout', '60s']);
    await sleep(4000);
    const { code: early } = await scene.get('configmaps/late');
    writeFileSync(marker, '');
    const done = await running;
    result(
      'a command is run in a pod until it ends well',
      early === 404 && done.code === 0 && (await scene.get('configmaps/late')).code === undefined,
      done,
    );
    rmSync(marker);
    const late = await scene.pack(['upgrade', 'rel', path, '--wait', '--timeout', '3s']);
    const text = `Deployment/${scene.namespace}/web not ready. status: InProgress, message: its command `;
    result('and what becomes of it is said when it does not', late.code === 1 && late.stderr.includes(text), late);
    chart('commanded', { 'templates/all.yaml': deployment(checked('command=["sleep", "600"]')) });
    const began = Date.now();
    const slow = await scene.pack(['upgrade', 'rel', path, '--wait', '--timeout', '3s']);
    result(
      'one that never ends is stopped',
      slow.code === 1 && slow.stderr.includes('its command takes longer than') && Date.now() - began < 60_000,
      slow,
    );
  }
  function result(title, good, detail) {
    check(title, good, typeof detail === 'string' ? detail : shown(detail));
  }
}

// Values of before.
{
  const scene = await createScene();
  const FILES = { 'templates/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\n' };
  const path = chart('valued', { ...FILES, 'values.yaml': 'color: red\nsize: 1\ntls: {password: none}\n' });
  await scene.pack(['install', 'rel', path, '--set', 'color=blue']);
  chart('valued', { ...FILES, 'values.yaml': 'color: green\nsize: 2\nprobe: {path: /}\ntls: {password: none}\n' });
  const reused = await scene.pack(['upgrade', 'rel', path, '--reuse-values', '--dry-run=server']);
  check(
    'reused values that hide new defaults are warned of',
    reused.code === 0 &&
      /^level=WARN msg="reused values hide .* size, probe; --reset-then-reuse-values takes them/m.test(reused.stderr),
    shown(reused),
  );
  const file = join(root, 'more.yaml');
  write(file, 'probe: {path: /up}\n');
  const args = ['upgrade', 'rel', path, '--reset-then-reuse-values', '-f', file, '--set', 'tls.password=hunter2'];
  const explained = await scene.pack([...args, '--dry-run=client', '--explain-values']);
  const rows = Object.fromEntries(
    explained.stderr.split('\n').map((line) => [
      line.split('\t')[0].trim(),
      line
        .split('\t')
        .slice(1)
        .map((cell) => cell.trim()),
    ]),
  );
  check(
    'it is shown where values come from',
    explained.code === 0 &&
      !explained.stderr.includes('hunter2') &&
      JSON.stringify([rows.color, rows.size, rows['probe.path'], rows['tls.password']]) ===
        JSON.stringify([
          ['"blue"', 'revision 1'],
          ['2', 'default of chart valued'],
          ['"/up"', `-f ${file}`],
          ['"(hidden)"', '--set'],
        ]),
    shown({ explained, rows }),
  );
  const got = await scene.pack(['get', 'values', 'rel', '--explain', '-o', 'json']);
  check(
    'of a release too',
    got.stdout.includes('{"path":"color","value":"blue","origin":"set in revision 1"}') &&
      got.stdout.includes('{"path":"size","value":1,"origin":"default of the chart"}'),
    shown(got),
  );
}

// The order of HIP-0025.
{
  const result = (title, good, detail) => check(title, good, typeof detail === 'string' ? detail : shown(detail));
  const metadata = (name, annotations) => JSON.stringify({ name, annotations });
  const group = (name, ...waits) => ({
    'helm.sh/resource-group': name,
    ...(waits.length > 0 && { 'helm.sh/depends-on/resource-groups': JSON.stringify(waits) }),
  });
  const configMap = (name, annotations = {}) =>
    `---\napiVersion: v1\nkind: ConfigMap\nmetadata: ${metadata(name, annotations)}\n`;
  const job = (name, annotations) => `---
apiVersion: batch/v1
kind: Job
metadata: ${metadata(name, annotations)}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}
`;
  const orderOf = ({ stderr }) =>
    [...stderr.matchAll(/msg=(?:created|deleted) .*?name=(\S+)/g)].map(([, name]) => name);
  const versionOf = async (scene, name) => Number((await scene.get(`configmaps/${name}`)).metadata?.resourceVersion);
  const before = (order, ...names) =>
    names.every((name, i) => i === 0 || order.indexOf(names[i - 1]) < order.indexOf(name));
  {
    const scene = await createScene();
    const path = chart('grouped', {
      'templates/all.yaml': [
        configMap('aaa-free'),
        configMap('app', group('app', 'database', 'queue')),
        job('migrate', group('database')),
        configMap('queue', group('queue')),
        configMap('lost', group('lost', 'nobody')),
      ].join(''),
    });
    const printed = await scene.pack(['template', 'rel', path, '--wait=ordered']);
    const marks = [...printed.stdout.matchAll(/^(?:## (?:START|END) .*|.*"name":"(?:app|aaa-free|lost)".*)$/gm)];
    result(
      'groups are printed in their order',
      marks
        .map(([line]) => line.replace(/.*"name":"([^"]*)".*/, '$1'))
        .join()
        .endsWith('## START resource-group: grouped app,app,## END resource-group: grouped app,aaa-free,lost'),
      printed,
    );
    const made = await scene.pack(['install', 'rel', path, '--wait=ordered', '--timeout', '60s', '--debug']);
    const { body } = await plane.api('GET', `/apis/batch/v1/namespaces/${scene.namespace}/jobs/migrate`);
    const [queue, app, free, lost] = await Promise.all(
      ['queue', 'app', 'aaa-free', 'lost'].map((name) => versionOf(scene, name)),
    );
    result(
      'a group is made when those that it waits for are ready',
      made.code === 0 && queue < app && Number(body.metadata?.resourceVersion) < app && body.status?.succeeded === 1,
      made,
    );
    result('and what is of none at the end', app < free && app < lost, { made, app, free, lost });
    result(
      'a group that there is not is warned of',
      /WARN.*resource group .*lost.*nobody.*ConfigMap lost/.test(made.stderr),
      made.stderr,
    );
    const { annotations } = (await scene.get('configmaps/app')).metadata ?? {};
    result('the annotation that no server takes is not sent', annotations?.['helm.sh/resource-group'] === 'app');

    const helmEnv = { home, env: { KUBECONFIG: plane.kubeconfig } };
    const status = await helm(['status', 'rel', '-n', scene.namespace], helmEnv);
    result(
      'Helm reads what was made in order',
      status.code === 0 && status.stdout.includes('STATUS: deployed'),
      status,
    );

    const merge = { contentType: 'application/merge-patch+json' };
    const hold = (finalizers) =>
      scene.api('PATCH', '/api/v1/namespaces/NS/configmaps/app', { metadata: { finalizers } }, merge);
    await hold(['e2e.example/hold']);
    const removing = scene.pack(['uninstall', 'rel', '--timeout', '60s', '--debug']);
    for (let tries = 0; tries < 200; tries++) {
      if ((await scene.get('configmaps/app')).metadata?.deletionTimestamp !== undefined) break;
      await sleep(50);
    }
    await sleep(500);
    const stays = await scene.get('configmaps/queue');
    await hold([]);
    const removed = await removing;
    result(
      'what is waited for goes when who waits is gone',
      stays.metadata?.name === 'queue' && removed.code === 0 && before(orderOf(removed), 'aaa-free', 'app', 'queue'),
      { stays, removed },
    );
  }
  {
    const scene = await createScene();
    const subchart = (name, text = '') => ({
      [`charts/${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
      [`charts/${name}/templates/all.yaml`]: configMap(`of-${name}`) + text,
    });
    const foo = (dependencies) =>
      chart('foo', {
        ...subchart('bar'),
        ...subchart('nginx'),
        ...subchart('rabbitmq', job('slow', {})),
        'templates/own.yaml': configMap('aaa-own'),
        'Chart.yaml': `apiVersion: v2
name: foo
version: 1.0.0
annotations: {helm.sh/depends-on/subcharts: '["bar", "rabbitmq"]'}
dependencies:
${dependencies.map((each) => `- {version: 1.0.0, ${each}}`).join('\n')}
`,
      });
    const path = foo(['name: nginx', 'name: rabbitmq', 'name: bar, depends-on: [nginx, rabbitmq]']);
    const made = await scene.pack(['install', 'rel', path, '--wait=ordered', '--timeout', '60s', '--debug']);
    const names = ['of-rabbitmq', 'of-bar', 'aaa-own'];
    result('subcharts are made in their order', made.code === 0 && before(orderOf(made), ...names), made);
    const [nginx, bar, own] = await Promise.all(
      ['of-nginx', 'of-bar', 'aaa-own'].map((name) => versionOf(scene, name)),
    );
    result('as the server saw it', nginx < bar && bar < own, { nginx, bar, own });
    foo(['name: nginx', 'name: rabbitmq']);
    await scene.pack(['upgrade', 'rel', path, '--wait']);
    await plane.api('DELETE', `/api/v1/namespaces/${scene.namespace}/configmaps/aaa-own`);
    await plane.api('DELETE', `/api/v1/namespaces/${scene.namespace}/configmaps/of-bar`);
    const back = await scene.pack(['rollback', 'rel', '1', '--debug', '--timeout', '60s']);
    result('and come back in it', back.code === 0 && before(orderOf(back), 'of-bar', 'aaa-own'), back);
    const circle = foo(['name: nginx, depends-on: [bar]', 'name: rabbitmq', 'name: bar, depends-on: [nginx]']);
    const refused = await scene.pack(['upgrade', 'rel', circle, '--wait=ordered']);
    result(
      'a circle is refused before anything is done',
      refused.code === 1 && refused.stderr.includes('goes round in a circle: nginx → bar → nginx'),
      refused,
    );
    const late = await scene.pack(['upgrade', 'rel', path, '--wait=ordered', '--readiness-timeout', '6m']);
    result(
      'one group may not take longer than all',
      late.code === 1 && late.stderr.includes('--readiness-timeout (6m) must not exceed --timeout (5m0s)'),
      late,
    );
  }
  {
    const scene = await createScene();
    const gate = {
      ...group('gate'),
      'helm.sh/readiness-success': '["{.succeeded} == 1"]',
      'helm.sh/readiness-failure': '["{.active} == 1", "{.failed} >= 1"]',
    };
    const path = chart('gated', {
      'templates/all.yaml': [job('gate', gate), configMap('app', group('app', 'gate'))].join(''),
    });
    const failed = await scene.pack(['install', 'rel', path, '--wait=ordered', '--timeout', '30s']);
    result(
      'a condition of failure ends it',
      failed.code === 1 && failed.stderr.includes('helm.sh/readiness-failure: {.active} == 1'),
      failed,
    );
    result('before the next group', (await scene.get('configmaps/app')).code === 404);
    const never = {
      ...gate,
      'helm.sh/readiness-failure': '["{.failed} >= 1"]',
      'helm.sh/readiness-success': '["{.succeeded} == 2"]',
    };
    chart('gated', { 'templates/all.yaml': [job('never', never), configMap('app', group('app', 'gate'))].join('') });
    const began = Date.now();
    const late = await scene.pack(['upgrade', 'rel', path, '--wait=ordered', '--readiness-timeout', '2s']);
    result('a group has a time of its own', late.code === 1 && Date.now() - began < 60_000, late);
    chart('gated', {
      'templates/all.yaml': [
        job('good', { ...never, 'helm.sh/readiness-success': gate['helm.sh/readiness-success'] }),
        configMap('app', group('app', 'gate')),
      ].join(''),
    });
    const good = await scene.pack(['upgrade', 'rel', path, '--wait=ordered', '--timeout', '30s']);
    result(
      'and one of success lets it go on',
      good.code === 0 && (await scene.get('configmaps/app')).code !== 404,
      good,
    );
  }
}

await plane.stop();
end();
