// Usage: node e2e/cluster/kills.js [ACTION…]
// Processes that are killed at 25 points of each action, and what becomes of the release: by the same command again, by
// `pack recover`, by `pack recover --forward`, and by another command. A point is a request that the API server never heard of, or one
// whose answer the process did not live to hear. Prints a table of what was left and `N passed, N failed, N skipped`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { startControlPlane } from '../lib/control-plane.js';
import { startFaultProxy } from '../lib/fault-proxy.js';
import { suite } from '../lib/suite.js';

const POINTS = 25;
/** Points of which `recover` is tried, both ways. */
const RECOVERED = 8;
/** Processes at a time. */
const WORKERS = 3;

const { root, check, write, end, startPack, helm } = suite('kills');
const plane = await startControlPlane();
const certificate = await plane.certificate('proxy');
const token = await plane.tokenFor('admin');
await plane.api('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
  metadata: { name: 'kills-admin' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'ServiceAccount', name: 'admin', namespace: 'default' }],
});
const home = join(root, 'home');
mkdirSync(home);

const hook = (name, events) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  annotations: {helm.sh/hook: "${events}", helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded"}
`;
const configMap = (name) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {version: {{ .Chart.Version | quote }}}\n`;
const CHART = {
  'templates/before.yaml': hook('before', 'pre-install,pre-upgrade,pre-rollback,pre-delete'),
  'templates/after.yaml': hook('after', 'post-install,post-upgrade,post-rollback,post-delete'),
  'templates/a.yaml': configMap('a'),
  'templates/b.yaml': configMap('b'),
  'templates/service.yaml':
    'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n',
  'templates/account.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner}\n',
};
const chart = (version, files) => {
  const path = join(root, `chart-${version}`);
  write(join(path, 'Chart.yaml'), `apiVersion: v2\nname: app\nversion: ${version}\n`);
  for (const [name, text] of Object.entries(files)) write(join(path, name), text);
  return path;
};
const FIRST = chart('1.0.0', CHART);
// One object goes, and two come.
const { 'templates/b.yaml': _, ...KEPT } = CHART;
const SECOND = chart('2.0.0', {
  ...KEPT,
  'templates/c.yaml': configMap('c'),
  'templates/d.yaml': configMap('d'),
});

const V1 = 'a=1.0.0 b=1.0.0 runner web';
const V2 = 'a=2.0.0 c=2.0.0 d=2.0.0 runner web';
const INSTALL = ['install', 'rel', FIRST];
const UPGRADE = ['upgrade', 'rel', SECOND];
const ACTIONS = {
  install: { before: [], command: INSTALL, done: V1, undone: '' },
  upgrade: { before: [INSTALL], command: UPGRADE, done: V2, undone: V1 },
  rollback: { before: [INSTALL, UPGRADE], command: ['rollback', 'rel', '1'], done: V1, undone: V2 },
  uninstall: { before: [INSTALL], command: ['uninstall', 'rel'], done: '', undone: '' },
};

let count = 0;
/** A namespace in which the commands `before` were run, and a proxy through which the next is. */
async function createScene(before) {
  const namespace = `kill${++count}`;
  await plane.createNamespace(namespace);
  const proxy = await startFaultProxy({ server: plane.server, ca: plane.ca, ...certificate });
  const through = plane.writeKubeconfig(namespace, {
    user: { token },
    cluster: { server: proxy.url, 'certificate-authority': plane.ca },
  });
  const start = (args, kubeconfig = plane.kubeconfig) =>
    startPack([...args, '-n', namespace, '--timeout', '60s'], { home, env: { KUBECONFIG: kubeconfig } });
  const pack = (args) => start(args).ended;
  for (const args of before) {
    const { code, stderr } = await pack(args);
    if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  }
  const list = async (path) => (await plane.api('GET', path)).body.items ?? [];
  const core = `/api/v1/namespaces/${namespace}`;
  return {
    namespace,
    proxy,
    pack,
    start: (args) => start(args, through),
    /** Names of all that the charts make, with the version where they have one. */
    async objects() {
      const lists = await Promise.all(
        ['configmaps', 'services', 'serviceaccounts'].map((plural) => list(`${core}/${plural}`)),
      );
      return lists
        .flat()
        .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt' && metadata.name !== 'default')
        .map(({ metadata, data }) => metadata.name + (data?.version === undefined ? '' : `=${data.version}`))
        .sort()
        .join(' ');
    },
    async records() {
      const secrets = await list(`${core}/secrets?labelSelector=owner%3Dhelm`);
      return secrets
        .map(({ data }) =>
          JSON.parse(gunzipSync(Buffer.from(Buffer.from(data.release, 'base64').toString(), 'base64'))),
        )
        .sort((a, b) => a.version - b.version)
        .map(({ version, info }) => `${version}:${info.status}`)
        .join(' ');
    },
    leases: async () => (await list(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`)).length,
    async close() {
      await proxy.close();
      await plane.api('DELETE', core);
    },
  };
}

const shown = ({ method, path }) => `${method} ${path.replace(/\/namespaces\/kill\d+/, '').replace(/^\/apis?\//, '')}`;

/** The requests of an action that nobody disturbs. */
async function requestsOf({ before, command }) {
  const scene = await createScene(before);
  const { code, stderr } = await scene.start(command).ended;
  check(`${command[0]} undisturbed`, code === 0, stderr);
  await scene.close();
  return scene.proxy.requests.map(shown);
}

/** Every request that writes, before and after, and as many of those that read as make up the number. */
function pointsOf(requests) {
  const all = requests.flatMap((text, i) => [
    { i, when: 'before', text },
    { i, when: 'after', text },
  ]);
  const isWrite = ({ text }) => !text.startsWith('GET');
  const reads = all.filter((point) => !isWrite(point));
  const wanted = Math.max(0, POINTS - (all.length - reads.length));
  const step = reads.length / Math.max(1, wanted);
  const chosen = new Set(Array.from({ length: Math.min(wanted, reads.length) }, (_, i) => reads[Math.floor(i * step)]));
  return all.filter((point) => isWrite(point) || chosen.has(point));
}

/** Runs the command until the point, where its process is killed. */
async function killAt(scene, command, { i, when }) {
  let seen = 0;
  let process;
  const kill = () => process.child.kill('SIGKILL');
  scene.proxy.fault = () => {
    if (seen++ !== i) return undefined;
    if (when === 'after') {
      return {
        change(text) {
          kill();
          return text;
        },
      };
    }
    kill();
    return { cut: true };
  };
  process = scene.start(command);
  await process.ended;
}

const rows = [];
const isSettled = (records) => !/pending|uninstalling/.test(records);
const lastOf = (records) => records.split(' ').at(-1).replace(/^\d+:/, '');

async function tryPoint(name, action, point, way) {
  const { command, done, undone, before } = action;
  const scene = await createScene(before);
  const title = `${name}, killed ${point.when} ${point.i + 1}. ${point.text}, then ${way}`;
  try {
    await killAt(scene, command, point);
    const left = { records: await scene.records(), objects: await scene.objects(), leases: await scene.leases() };
    const args = way === 'again' ? command : ['recover', 'rel', ...(way === 'forward' ? ['--forward'] : [])];
    const { code, stdout, stderr } = await scene.pack(args);
    const [records, objects, leases] = [await scene.records(), await scene.objects(), await scene.leases()];
    rows.push([
      `${point.i + 1} ${point.when}`,
      point.text,
      left.records || '-',
      way,
      code,
      records || '-',
      objects || '-',
    ]);
    const detail = JSON.stringify({ left, code, stdout, stderr, records, objects, leases }, null, 1);
    check(`${title}: nothing is pending, nobody holds it`, isSettled(records) && leases === 0, detail);
    if (way === 'again') {
      // What was at its end already is refused or not found, as if it had not been killed.
      const isRefused =
        (name === 'install' && lastOf(left.records) === 'deployed') || (name === 'uninstall' && left.records === '');
      check(`${title}: comes to its end`, (code === 0) !== isRefused && objects === done, detail);
      const last = name === 'uninstall' ? '' : 'deployed';
      check(`${title}: is recorded`, lastOf(records) === last, detail);
      return;
    }
    const wasPending = !isSettled(left.records);
    const wasBegun = lastOf(left.records) !== (before.length > 0 ? 'deployed' : '');
    if (!wasPending)
      check(`${title}: leaves it as it is`, records === left.records && objects === left.objects, detail);
    else if (wasBegun) check(`${title}: one or the other`, objects === (way === 'forward' ? done : undone), detail);
  } finally {
    await scene.close();
  }
}

/** Does the work on each of `all`, some at a time. */
async function eachOf(all, work) {
  const queue = [...all];
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
    }),
  );
}

const wanted = process.argv.slice(2);
for (const [name, action] of Object.entries(ACTIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const points = pointsOf(await requestsOf(action));
  check(`${name} has ${POINTS} points`, points.length >= POINTS, `${points.length}`);
  const writes = points.filter(({ text }) => !text.startsWith('GET') && !text.includes('leases'));
  const step = Math.max(1, Math.floor(writes.length / RECOVERED));
  const some = writes.filter((_, i) => i % step === 0);
  await eachOf(
    [
      ...points.map((point) => [point, 'again']),
      ...some.map((point) => [point, 'back']),
      ...some.map((point) => [point, 'forward']),
    ],
    ([point, way]) => tryPoint(name, action, point, way),
  );
  rows.sort((a, b) => Number.parseInt(a[0], 10) - Number.parseInt(b[0], 10));
  console.log(`\n${name}: killed | request | records left | then | exit | records | objects`);
  for (const row of rows.splice(0)) console.log(row.join(' | '));
}

await plane.stop();
end();
