// Usage: node e2e/cluster/lifecycle.js [CASE…]
// Life cycles of releases, run by Helm in one namespace and by pack in another, and by both in turns: after every step
// exit codes, what is printed, the records and the objects must be the same. PACK_HELM names Helm's binary, KUBECONFIG a
// cluster that may be filled; without it one is started. Prints `N passed, N failed, N skipped`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { startControlPlane } from '../lib/control-plane.js';
import { runHelm, runPack } from '../lib/programs.js';
import { cases } from './cases.js';

/** Cases at a time. */
const WORKERS = 3;
const NAME = 'rel';

const root = mkdtempSync(join(tmpdir(), 'pack-lifecycle-'));
const cluster = await startControlPlane();
const wanted = process.argv.slice(2);
let [passed, failed, count] = [0, 0, 0];

const LISTS = [
  [
    'api/v1',
    'configmaps',
    'secrets',
    'services',
    'serviceaccounts',
    'persistentvolumeclaims',
    'pods',
    'resourcequotas',
  ],
  ['apis/apps/v1', 'deployments', 'statefulsets', 'daemonsets'],
  ['apis/batch/v1', 'jobs', 'cronjobs'],
  ['apis/rbac.authorization.k8s.io/v1', 'roles', 'rolebindings'],
  ['apis/policy/v1', 'poddisruptionbudgets'],
  ['apis/networking.k8s.io/v1', 'ingresses'],
];

const RECORD = 'helm.sh/release.v1';
/** Of the cluster's own, and of its moment. */
const NOT_OURS = new Set(['kube-root-ca.crt', 'default']);
const VOLATILE = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'time',
  'clusterIP',
  'clusterIPs',
  'generation',
  'deletionTimestamp',
]);

/** The objects of a namespace, without what no two runs have in common. Pods are made by controllers. */
async function objectsIn(namespace) {
  const objects = [];
  const records = [];
  for (const [path, ...plurals] of LISTS) {
    for (const plural of plurals) {
      const { body } = await cluster.api('GET', `/${path}/namespaces/${namespace}/${plural}`);
      for (const object of body.items ?? []) {
        const { name, ownerReferences, deletionTimestamp } = object.metadata;
        if (NOT_OURS.has(name) || ownerReferences !== undefined || deletionTimestamp !== undefined) continue;
        if (object.type === RECORD) records.push(recordOf(object));
        else objects.push({ plural, ...cleaned(object, namespace) });
      }
    }
  }
  const things = await cluster.api('GET', `/apis/e2e.example/v1/namespaces/${namespace}/${namespace}things`);
  for (const object of things.body.items ?? []) objects.push(cleaned(object, namespace));
  return { objects: objects.sort(byName), records: records.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

const byName = (a, b) => (`${a.plural}/${a.metadata.name}` < `${b.plural}/${b.metadata.name}` ? -1 : 1);

function cleaned({ status: _, ...object }, namespace) {
  const walk = (value, key) => {
    if (Array.isArray(value)) return value.map((item) => walk(item));
    if (typeof value === 'string') return key === 'manager' ? managerOf(value) : masked(value, namespace);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !VOLATILE.has(name))
        .map(([name, item]) => [masked(name, namespace), walk(item, name)]),
    );
  };
  const out = walk(object);
  // What controllers write depends on how far they have come.
  out.metadata.managedFields = (out.metadata.managedFields ?? [])
    .filter(({ subresource, manager }) => subresource === undefined && !/^kube-|controller|kwok/.test(manager))
    .map((entry) => JSON.stringify(entry))
    .sort();
  delete out.metadata.annotations?.['deployment.kubernetes.io/revision'];
  for (const uid of ['controller-uid', 'batch.kubernetes.io/controller-uid']) {
    delete out.spec?.selector?.matchLabels?.[uid];
    delete out.spec?.template?.metadata?.labels?.[uid];
  }
  return out;
}

/** Of client-side changes the manager is the program's name. */
const managerOf = (name) => (name === 'pack' || name === 'node' ? 'helm' : name);

function recordOf({ metadata: { name, labels }, data }) {
  const record = JSON.parse(gunzipSync(Buffer.from(Buffer.from(data.release, 'base64').toString('latin1'), 'base64')));
  const { createdAt: _, modifiedAt: __, ...more } = labels;
  const walk = (value, key) => {
    if (/^(?:first_deployed|last_deployed|deleted|started_at|completed_at|modtime|schemamodtime)$/.test(key ?? '')) {
      return value === '' ? '' : 'TIME';
    }
    if (Array.isArray(value)) return value.map((item) => walk(item));
    if (typeof value === 'string') return masked(key === 'data' ? Buffer.from(value, 'base64').toString() : value);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([k, item]) => [k, walk(item, k)]));
  };
  return { name, labels: more, record: walk(record) };
}

/** Without names of namespaces, times and what else no two runs have in common. */
const masked = (text, namespace) =>
  (namespace === undefined ? text : text.replaceAll(namespace, 'NS'))
    .replaceAll(/ns\d+[a-z]*/g, 'NS')
    .replaceAll(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d(?: \w+)?)/g, 'TIME')
    .replaceAll(/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} +\d+ \d\d:\d\d:\d\d \d{4}/g, 'TIME')
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UID')
    .replaceAll(/\b(createdAt|modifiedAt)("?[:=] ?"?)\d{10}/g, '$1$2TIME')
    .replaceAll(/\bkube-api-access-\w{5}\b/g, 'kube-api-access')
    .replaceAll(root, 'ROOT')
    .replaceAll(/\bv4\.2\b(?!\.)/g, 'v4.2.4')
    .replaceAll(/ in \d+(?:\.\d+)?m?s\b/g, ' in SOME TIME');

const errorOf = (stderr) => {
  const lines = stderr.split('\n').filter((line) => !line.startsWith('level='));
  const start = lines.findIndex((line) => line.startsWith('Error: '));
  return start < 0 ? '' : lines.slice(start).join('\n').trim();
};

function writeChart(folder, files, namespace) {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content.replaceAll('NS', namespace).replaceAll('NAME', NAME));
  }
}

/** Runs a life cycle, each step by the program that `programOf` names: what was seen after every step. */
async function live([, charts, steps], programOf) {
  const namespace = `ns${++count}x`;
  await cluster.createNamespace(namespace);
  for (const [state, files] of Object.entries(charts)) writeChart(join(root, namespace, state), files, namespace);
  const seen = [];
  const put = (text) => text.replaceAll('NS', namespace).replaceAll('NAME', NAME);
  for (const [i, step] of steps.entries()) {
    if (typeof step === 'function') {
      const { status, body } = await step((method, path, content, type) =>
        cluster.api(method, put(path), content, type && { contentType: type }),
      );
      if (status >= 300) throw new Error(`step ${i + 1}: ${status} ${JSON.stringify(body)}`);
      continue;
    }
    const args = step.map((word) => (word.startsWith('@') ? join(root, namespace, word) : put(word)));
    const program = programOf(i);
    const run = program === 'helm' ? runHelm : runPack;
    const { code, stdout, stderr } = await run([...args, '-n', namespace], {
      env: {
        KUBECONFIG: cluster.kubeconfig,
        HELM_CACHE_HOME: join(root, 'cache'),
        HELM_CONFIG_HOME: join(root, 'config'),
      },
    });
    const { objects, records } = await objectsIn(namespace);
    seen.push({
      step: `${i + 1}. ${step.join(' ')}`,
      program,
      code,
      stdout: normalized(step, stdout, namespace),
      error: normalized(step, errorOf(stderr), namespace),
      objects,
      records,
      stderr,
    });
  }
  await cluster.api('DELETE', `/api/v1/namespaces/${namespace}`);
  await cluster.api('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${namespace}things.e2e.example`);
  await cluster.api(
    'DELETE',
    `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${namespace}-webhook`,
  );
  return seen;
}

/** JSON is compared as data, with what the cluster says of objects left out. */
function normalized([, ...words], text, namespace) {
  const plain = masked(text, namespace);
  if (words.includes('json') && text.startsWith('{')) {
    const value = JSON.parse(plain.replaceAll(/"TIME"/g, '"TIME"'));
    if (value.info !== undefined) delete value.info.resources;
    return JSON.stringify(value, null, 1);
  }
  // Tables of objects have ages in them, and come in the order of a Go map.
  return plain
    .replace(/RESOURCES:\n[\s\S]*?\n\n\n/, 'RESOURCES\n')
    .replace(/^ {2}resources:\n(?: {4}.*\n| {2}- .*\n)*/m, '');
}

function differences(theirs, ours) {
  const lines = [];
  for (const [i, a] of theirs.entries()) {
    const b = ours[i];
    for (const key of ['code', 'stdout', 'error', 'objects', 'records']) {
      const [x, y] = [a[key], b[key]].map((value) =>
        typeof value === 'string' ? value : JSON.stringify(value, null, 1),
      );
      // Hints may follow Helm's message.
      if (x === y || (key === 'error' && x !== '' && y.startsWith(`${x}\n`))) continue;
      lines.push(`${a.step}: ${key}\n${firstDifference(x, y)}${key === 'code' ? `\n${a.stderr}\n${b.stderr}` : ''}`);
    }
    if (lines.length > 0) return lines.join('\n');
  }
  return '';
}

function firstDifference(x, y) {
  const [a, b] = [x.split('\n'), y.split('\n')];
  const at = a.findIndex((line, i) => line !== b[i]);
  const i = at < 0 ? a.length : at;
  const around = (lines) => lines.slice(Math.max(0, i - 3), i + 4).join('\n');
  return `--- helm\n${around(a)}\n+++ pack\n${around(b)}`;
}

const MIXED = [
  ['pack', () => 'pack'],
  ['helm and pack in turns', (i) => (i % 2 === 0 ? 'helm' : 'pack')],
  ['pack and helm in turns', (i) => (i % 2 === 0 ? 'pack' : 'helm')],
];

const queue = cases.filter(([name]) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
async function work() {
  for (let each = queue.shift(); each !== undefined; each = queue.shift()) {
    const [name] = each;
    const theirs = await live(each, () => 'helm');
    for (const [title, programOf] of process.env.PACK_LIFECYCLE === 'helm' ? [['helm', () => 'helm']] : MIXED) {
      let difference;
      try {
        difference = differences(theirs, await live(each, programOf));
      } catch (e) {
        difference = e.stack;
      }
      if (difference === '') passed++;
      else {
        failed++;
        console.log(`FAIL ${name}, by ${title}\n${difference.slice(0, 4000)}\n`);
      }
    }
  }
}
try {
  await Promise.all(Array.from({ length: WORKERS }, work));
} finally {
  await cluster.stop();
  rmSync(root, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
