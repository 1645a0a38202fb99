// Usage: node e2e/cluster/beyond.js
// What Helm has not: plans, policies for CRDs, waves and health checks. Prints `N passed, N failed, N skipped`.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startControlPlane } from '../lib/control-plane.js';
import { suite } from '../lib/suite.js';

const { root, check, write, end, startPack } = suite('beyond');
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
const shown = (result) => JSON.stringify(result, null, 1).replaceAll('\\n', '\n');

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
  const without = await scene.pack(['plan', 'rollback', 'rel', '1']);
  check('a plan wants a file', without.code === 1 && without.stderr.includes('-o FILE'), shown(without));
  check('no half of a plan is left', !existsSync(`${file}.tmp`));
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
  const upgraded = await scene.pack(['upgrade', 'rel', of(`${SIZE}, ${COLOR}`), '--crds=upgrade']);
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

await plane.stop();
end();
