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

const { root, check, write, end, startPack, startHelm } = suite('kills');
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
  const at =
    (program, kubeconfig = plane.kubeconfig) =>
    (args) =>
      program([...args, '-n', namespace, ...(args.includes('--timeout') ? [] : ['--timeout', '60s'])], {
        home,
        env: { KUBECONFIG: kubeconfig },
      });
  const pack = (args) => at(startPack)(args).ended;
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
    helm: (args) => at(startHelm)(args).ended,
    /** By way of the proxy. */
    start: at(startPack, through),
    startHelm: at(startHelm, through),
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

/** Runs `work` in a namespace of its own in which the first chart is installed. */
async function within(work) {
  const scene = await createScene([INSTALL]);
  try {
    await work(scene);
  } finally {
    await scene.close();
  }
}

/** Holds requests of the kind until `go` is called; `reached` is when the first came. */
function hold(scene, isHeld) {
  let go;
  let came;
  const gate = new Promise((resolve) => (go = resolve));
  const reached = new Promise((resolve) => (came = resolve));
  scene.proxy.fault = async (seen) => {
    if (!isHeld(seen)) return;
    came();
    await gate;
  };
  return { go, reached };
}
const isPatchOfA = ({ method, path }) => method === 'PATCH' && path.endsWith('/configmaps/a');

// Two commands at once.
if (wanted.length === 0) {
  await within(async (scene) => {
    const { go, reached } = hold(scene, isPatchOfA);
    const one = scene.start(UPGRADE).ended;
    await reached;
    const two = scene.pack(['rollback', 'rel', '1']);
    await sleep(1500);
    const meanwhile = await scene.records();
    go();
    const [first, second] = await Promise.all([one, two]);
    const detail = JSON.stringify({ meanwhile, first, second, records: await scene.records() }, null, 1);
    check('the second waits for the first', meanwhile === '1:deployed 2:pending-upgrade', detail);
    check(
      'and says for whom',
      /waiting for another command on this release.*holder=\S+\/\d+/.test(second.stderr),
      detail,
    );
    const records = '1:superseded 2:superseded 3:deployed';
    check('both come to their end', (await scene.records()) === records && (await scene.objects()) === V1, detail);
  });
  await within(async (scene) => {
    const { go, reached } = hold(scene, isPatchOfA);
    const one = scene.start(UPGRADE).ended;
    await reached;
    const two = await scene.pack(['rollback', 'rel', '1', '--timeout', '1s']);
    go();
    const text = 'Error: another operation (install/upgrade/rollback) is in progress';
    const isTold = two.code === 1 && two.stderr.includes(text) && /works on rel since 20\d\d-/.test(two.stderr);
    check('who does not wait that long is told who works on it', isTold, two.stderr);
    const { code, stderr } = await one;
    check('and the first is not disturbed', code === 0 && (await scene.objects()) === V2, stderr);
  });
  await within(async (scene) => {
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, i) => scene.pack([...UPGRADE, '--description', `number ${i}`])),
    );
    const detail = JSON.stringify({ all, records: await scene.records() }, null, 1);
    const records = `${[1, 2, 3, 4, 5, 6].map((n) => `${n}:superseded`).join(' ')} 7:deployed`;
    const isRight = all.every(({ code }) => code === 0) && (await scene.records()) === records;
    check('six upgrades at once are six revisions', isRight && (await scene.leases()) === 0, detail);
  });
  await within(async (scene) => {
    const { reached, go } = hold(scene, isPatchOfA);
    const one = scene.start(UPGRADE);
    await reached;
    one.child.kill('SIGSTOP');
    go();
    const two = await scene.pack(['rollback', 'rel', '1']);
    one.child.kill('SIGCONT');
    const { code, stderr } = await one.ended;
    const detail = JSON.stringify({ two, code, stderr, records: await scene.records() }, null, 1);
    check('who sleeps for longer than its Lease loses it', two.code === 0, detail);
    check('and is told so when it wakes', code === 1 && stderr.includes('another command took over'), detail);
    check('nothing is pending after that', isSettled(await scene.records()) && (await scene.leases()) === 0, detail);
  });
  // A command of Helm leaves no Lease.
  await within(async (scene) => {
    const { reached } = hold(scene, isPatchOfA);
    const theirs = scene.startHelm([...UPGRADE, '--force-conflicts']);
    await reached;
    theirs.child.kill('SIGKILL');
    await theirs.ended;
    const refused = await scene.pack(UPGRADE);
    const detail = JSON.stringify({ refused, records: await scene.records() }, null, 1);
    const isRefused = refused.code === 1 && refused.stderr.includes('pack recover rel --force');
    check('what Helm left pending is left alone', isRefused, detail);
    const recovered = await scene.pack(['recover', 'rel', '--force']);
    const isBack = recovered.code === 0 && (await scene.objects()) === V1;
    check('until it is said that Helm is gone', isBack, JSON.stringify(recovered, null, 1));
    const after = await scene.helm([...UPGRADE, '--force-conflicts']);
    check('and Helm goes on with it', after.code === 0 && (await scene.objects()) === V2, after.stderr);
  });
}

await plane.stop();
end();
