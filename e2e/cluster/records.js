// Usage: node e2e/cluster/records.js
// Releases whose records no object can hold: refused before anything is done, or kept in several objects, which Helm lists
// and leaves alone. Prints `N passed, N failed, N skipped`.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startControlPlane } from '../lib/control-plane.js';
import { suite } from '../lib/suite.js';

const { root, check, write, end, ...run } = suite('records');
const cluster = await startControlPlane();
const home = join(root, 'home');
const NOTICE = 'this revision is stored in parts, which Helm does not read: use pack';

/** Both programs in a namespace, with records in objects of a kind. */
async function placeIn(namespace, kind) {
  await cluster.createNamespace(namespace);
  const common = { KUBECONFIG: cluster.kubeconfig, HELM_NAMESPACE: namespace, HELM_DRIVER: kind };
  const chunked = { PACK_DRIVER_CHUNKED: 'true' };
  const plural = `${kind}s`;
  return {
    helm: (...args) => run.helm(args, { home, env: common }),
    pack: (...args) => run.pack(args, { home, env: { ...common, ...chunked } }),
    /** Without the opt-in. */
    plainPack: (...args) => run.pack(args, { home, env: common }),
    /** Names of what is in the namespace, but for what the cluster puts there. */
    async objects(of = plural) {
      const { body } = await cluster.api('GET', `/api/v1/namespaces/${namespace}/${of}`);
      return body.items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt');
    },
    async data(name) {
      return (await cluster.api('GET', `/api/v1/namespaces/${namespace}/configmaps/${name}`)).body.data;
    },
  };
}

function makeCharts() {
  const template =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {color: {{ .Values.color }}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-{{ .Values.color }}}\n';
  const pod =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Release.Name }}-test, annotations: {helm.sh/hook: test}}\nspec: {restartPolicy: Never, containers: [{name: main, image: main:1}]}\n';
  const crd =
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: larges.records.example}\nspec: {group: records.example, names: {kind: Large, plural: larges}, scope: Namespaced, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}\n';
  const make = (name, more) => {
    const chart = join(root, name);
    write(join(chart, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 0.1.0\nappVersion: "7"\n`);
    write(join(chart, 'values.yaml'), 'color: red\n');
    write(join(chart, 'templates/a.yaml'), template);
    write(join(chart, 'templates/test.yaml'), pod);
    for (const [file, content] of Object.entries(more)) write(join(chart, file), content);
    return chart;
  };
  return {
    small: make('small', {}),
    large: make('large', { 'files/big.bin': randomBytes(1_500_000), 'files/second.bin': randomBytes(300_000) }),
    defining: make('defining', { 'files/big.bin': randomBytes(1_500_000), 'crds/large.yaml': crd }),
  };
}

const TOO_LONG = 'data: Too long: may not be more than 1048576 bytes';

/** Without the opt-in: an error that says what to do, and nothing else. */
async function refused({ large, defining, small }) {
  const { helm, plainPack: pack, objects } = await placeIn('refused', 'secret');
  const [byHelm, byPack] = [await helm('install', 'a', large), await pack('install', 'a', large)];
  check('helm refuses', byHelm.code === 1 && byHelm.stderr.includes(TOO_LONG), byHelm.stderr);
  check(
    'pack refuses in the same words',
    byPack.code === 1 && byPack.stderr.includes(byHelm.stderr.trim()),
    byPack.stderr,
  );
  for (const text of [
    'files/big.bin (1.4 MiB)',
    'files/second.bin (293.0 KiB)',
    '.helmignore',
    'PACK_DRIVER_CHUNKED',
  ]) {
    check(`the hint says ${text}`, byPack.stderr.includes(text), byPack.stderr);
  }
  check('nothing was stored', (await objects()).length === 0);
  check('nothing was applied', (await objects('configmaps')).length === 0);

  const elsewhere = await pack('install', 'a', defining, '--create-namespace', '-n', 'never');
  check(
    'a chart with definitions is refused',
    elsewhere.code === 1 && elsewhere.stderr.includes(TOO_LONG),
    elsewhere.stderr,
  );
  const status = async (path) => (await cluster.api('GET', path)).status;
  const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/larges.records.example';
  check('before they are made', (await status(definition)) === 404);
  check('and before the namespace is', (await status('/api/v1/namespaces/never')) === 404);

  await pack('install', 'a', small, '--set', 'color=blue');
  const upgraded = await pack('upgrade', 'a', large, '--history-max', '1');
  check('an upgrade is refused', upgraded.code === 1 && upgraded.stderr.includes(TOO_LONG), upgraded.stderr);
  check('and what was is kept', (await objects()).join() === 'sh.helm.release.v1.a.v1', (await objects()).join());
  check('and deployed', (await pack('list', '--deployed', '-q')).stdout === 'a\n');
}

/** Its whole life with the opt-in. */
async function life({ large, small }, kind) {
  const place = await placeIn(`life-${kind}`, kind);
  const { pack, plainPack, objects, data } = place;
  const step = async (title, program, args, color) => {
    const { code, stderr } = await program(...args);
    check(`${kind}: ${title}`, code === 0, stderr);
    if (color === undefined) return;
    check(`${kind}: ${title}: what is applied`, (await data('a'))?.color === color);
    const others = (await objects('configmaps')).filter((name) => /^a-/.test(name)).join();
    check(`${kind}: ${title}: what is gone`, others === `a-${color}`, others);
  };
  await step('install', pack, ['install', 'a', large], 'red');
  const own = (await objects()).filter((name) => name.startsWith('sh.helm'));
  check(`${kind}: a head and its parts`, own.length === 3, own.join());
  const shown = await plainPack('get', 'manifest', 'a');
  check(`${kind}: who did not ask for it reads it too`, shown.stdout.includes('color: red'), shown.stderr);
  await step('upgrade', pack, ['upgrade', 'a', large, '--set', 'color=blue'], 'blue');
  await step('rollback', pack, ['rollback', 'a', '1'], 'red');
  await step(
    'an upgrade to what fits, by who did not ask for it',
    plainPack,
    ['upgrade', 'a', small, '--set', 'color=green'],
    'green',
  );
  await step('test', pack, ['test', 'a', '--cleanup']);
  check(`${kind}: its pod is gone`, (await objects('pods')).length === 0);
  await step(
    'an upgrade that leaves one revision',
    pack,
    ['upgrade', 'a', large, '--history-max', '1', '--set', 'color=black'],
    'black',
  );
  const revisions = JSON.parse((await pack('history', 'a', '-o', 'json')).stdout);
  check(`${kind}: history`, revisions.length === 2, JSON.stringify(revisions));
  const kept = (await objects()).filter((name) => name.startsWith('sh.helm'));
  check(`${kind}: parts of what was pruned are gone`, kept.length === 4, kept.join());
  await step('uninstall', plainPack, ['uninstall', 'a']);
  const left = [...(await objects('secrets')), ...(await objects('configmaps'))];
  check(`${kind}: nothing is left`, left.length === 0, left.join());
}

/** Helm beside it: its own releases work, and what it cannot read it does not touch. */
async function besideHelm({ large, small }, kind) {
  const { helm, pack, objects, data } = await placeIn(`beside-${kind}`, kind);
  await pack('install', 'a', large);
  const installed = await helm('install', 'b', small);
  check(`${kind}: helm installs beside it`, installed.code === 0, installed.stderr);
  for (const args of [
    ['list'],
    ['list', '-o', 'json'],
    ['list', '-q'],
    ['history', 'a'],
    ['history', 'a', '-o', 'yaml'],
    ['get', 'metadata', 'a'],
  ]) {
    const [byHelm, byPack] = [await helm(...args), await pack(...args)];
    const good = byHelm.code === 0 && byHelm.stdout === byPack.stdout;
    check(`${kind}: ${args.join(' ')}`, good, `${byHelm.stdout}${byHelm.stderr}\n${byPack.stdout}${byPack.stderr}`);
  }
  // Helm keeps releases of one name in the order of a Go map, which is another one each time.
  const lines = async (program) => (await program('list', '-A', '-f', '^a$')).stdout.split('\n').sort().join('\n');
  const [byHelm, byPack] = [await lines(helm), await lines(pack)];
  check(`${kind}: list -A -f ^a$`, byHelm === byPack && byHelm.includes(`beside-${kind}`), `${byHelm}\n${byPack}`);
  const before = (await objects()).join();
  for (const args of [
    ['upgrade', 'a', small],
    ['upgrade', 'a', large],
    ['uninstall', 'a'],
    ['test', 'a'],
    ['status', 'a'],
  ]) {
    const { code, stderr } = await helm(...args);
    check(`${kind}: helm ${args[0]} stops, and says why`, code === 1 && stderr.includes(NOTICE), stderr);
  }
  for (const args of [
    ['install', 'a', small],
    ['uninstall', 'a', '--no-hooks'],
  ]) {
    const { code, stderr } = await helm(...args);
    check(`${kind}: helm ${args.join(' ')} stops`, code === 1, stderr);
  }
  check(`${kind}: records are as they were`, (await objects()).join() === before, (await objects()).join());
  check(`${kind}: so are objects`, (await data('a'))?.color === 'red');
  const again = await pack('upgrade', 'a', large, '--set', 'color=blue');
  // helm uninstall --no-hooks has marked it.
  check(`${kind}: what helm marked is told`, again.code === 1, again.stderr);
  await helm('rollback', 'a', '1');
  const removed = await pack('uninstall', 'a');
  check(`${kind}: pack removes it all the same`, removed.code === 0, removed.stderr);

  await pack('install', 'c', large);
  await pack('upgrade', 'c', small);
  const taken = await helm('upgrade', 'c', small, '--history-max', '1', '--set', 'color=blue');
  check(`${kind}: helm goes on where the deployed one fits`, taken.code === 0, taken.stderr);
  const parts = async () => (await objects()).filter((name) => /^sh\.helm\.release\.v1\.c\.v1/.test(name));
  for (let i = 0; i < 100 && (await parts()).length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 100));
  check(`${kind}: parts of what helm pruned are collected`, (await parts()).length === 0, (await parts()).join());
  for (const name of ['b', 'c']) await helm('uninstall', name);
  const left = [...(await objects('secrets')), ...(await objects('configmaps'))];
  check(`${kind}: nothing is left beside helm`, left.length === 0, left.join());
}

try {
  const charts = makeCharts();
  await refused(charts);
  for (const kind of ['secret', 'configmap']) {
    await life(charts, kind);
    await besideHelm(charts, kind);
  }
} finally {
  await cluster.stop();
}
end();
