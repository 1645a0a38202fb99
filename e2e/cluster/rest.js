// Usage: node e2e/cluster/rest.js
// What only a real API server shows of the REST client: kinds that come and go, warnings, versions that are too old,
// exact numbers. Prints `N passed, N failed, N skipped`.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@pack/kube/node';
import { startControlPlane } from '../lib/control-plane.js';
import { suite } from '../lib/suite.js';

const { root, check, end } = suite('rest');
const plane = await startControlPlane();
const cacheFolder = join(root, 'discovery');
mkdirSync(cacheFolder);
const open = (more = {}) => connect({ env: {}, kubeconfig: plane.kubeconfig, cacheFolder, ...more });
const cluster = open();
const namespace = 'default';
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' };
const WIDGET = { apiVersion: 'example.com/v1', kind: 'Widget' };
const ref = (name, type = CONFIG_MAP) => ({ ...type, name, namespace });
const configMap = (name, data = {}) => ({ ...CONFIG_MAP, metadata: { name, namespace }, data });
const fault = (promise) =>
  promise.then(
    () => ({ code: 'none', message: '' }),
    (e) => e,
  );

// Discovery.
const resources = await cluster.resources();
const has = (list, apiVersion, kind, name) =>
  list.some((each) => each.apiVersion === apiVersion && each.kind === kind && each.name === name);
check('kinds', has(resources, 'apps/v1', 'Deployment', 'deployments') && has(resources, 'v1', 'Node', 'nodes'));
check('subresources', has(resources, 'apps/v1', 'Scale', 'deployments/scale'));
check('kept', readdirSync(cacheFolder).length === 1, readdirSync(cacheFolder).join());
const unknown = await fault(cluster.get(ref('a', WIDGET)));
check('an unknown kind', unknown.code === 'KUBE_KIND_UNKNOWN', unknown.message);
const property = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
await cluster.create({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        deprecated: true,
        deprecationWarning: 'widgets are "out", of fashion',
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: property } } },
      },
    ],
  },
});
let widgets;
for (let i = 0; i < 200 && widgets === undefined; i++) {
  widgets = await cluster.list(WIDGET, { namespace }).catch(() => undefined);
  if (widgets === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
}
check('a kind that has come', widgets?.items.length === 0);
check('its resource', (await cluster.resourceOf(WIDGET)).name === 'widgets');
check('for another process', has(await open().resources(), 'example.com/v1', 'Widget', 'widgets'));

// Warnings and exact numbers.
const warnings = [];
const run = { onWarning: (text) => warnings.push(text) };
const widget = {
  ...WIDGET,
  metadata: { name: 'w', namespace },
  spec: { exact: 9007199254740993n, small: 1, half: 0.5 },
};
await cluster.create(widget, {}, run);
check('a warning', warnings[0] === 'widgets are "out", of fashion', JSON.stringify(warnings));
const { spec } = await cluster.get(ref('w', WIDGET));
check(
  'integers beyond 2^53',
  spec.exact === 9007199254740993n && spec.small === 1 && spec.half === 0.5,
  String(spec.exact),
);
const listed = await cluster.list(WIDGET, { namespace });
check('in lists too', listed.items[0].spec.exact === 9007199254740993n && listed.items[0].kind === 'Widget');

// Writing.
const dry = await cluster.create(configMap('dry'), { dryRun: true });
check('a dry run', dry.metadata.uid !== undefined && (await cluster.get(ref('dry'))) === undefined);
const strict = await fault(cluster.create({ ...configMap('strict'), extra: 1 }, { fieldValidation: 'Strict' }));
check('strict validation', /strict decoding error: unknown field "extra"/.test(strict.message), strict.message);
warnings.length = 0;
await cluster.create({ ...configMap('lax'), extra: 1 }, { fieldValidation: 'Warn' }, run);
check('validation that warns', warnings[0] === 'unknown field "extra"', JSON.stringify(warnings));
const again = await fault(cluster.create(configMap('lax')));
check('once more', again.code === 'KUBE_ALREADY_EXISTS' && again.message === 'configmaps "lax" already exists');
const apply = (name, data, options) =>
  cluster.patch(ref(name), { type: 'apply', body: configMap(name, data) }, { fieldManager: 'a', ...options });
await apply('applied', { key: '1' });
const conflict = await fault(apply('applied', { key: '2' }, { fieldManager: 'b' }));
check('a conflict', conflict.code === 'KUBE_CONFLICT', conflict.message);
check('its field', conflict.status?.details?.causes?.[0]?.field === '.data.key', JSON.stringify(conflict.status));
const forced = await apply('applied', { key: '2' }, { fieldManager: 'b', force: true });
check('taken by force', forced.data.key === '2');
for (const [type, body] of [
  ['merge', { data: { key: '3' } }],
  ['strategic', { data: { key: '4' } }],
  ['json', [{ op: 'replace', path: '/data/key', value: '5' }]],
]) {
  const patched = await cluster.patch(ref('applied'), { type, body });
  const wanted = Array.isArray(body) ? body[0].value : body.data.key;
  check(`a ${type} patch`, patched.data.key === wanted);
}
const missing = await fault(cluster.patch(ref('missing'), { type: 'merge', body: {} }));
check('a patch of nothing', missing.code === 'KUBE_NOT_FOUND' && missing.message === 'configmaps "missing" not found');
const before = await cluster.get(ref('applied'));
await cluster.patch(ref('applied'), { type: 'merge', body: { data: { key: '6' } } });
const stale = await fault(cluster.replace(before));
check('a stale version', stale.code === 'KUBE_CONFLICT' && /the object has been modified/.test(stale.message));
const invalid = await fault(cluster.create({ ...configMap('Not A Name') }));
check('an invalid name', invalid.code === 'KUBE_INVALID' && invalid.status.details.causes[0].field === 'metadata.name');
const escaped = await fault(cluster.get(ref('../../../../version')));
check('a name that leaves its path', escaped.code === 'KUBE_INVALID', escaped.message);

// Lists.
for (let i = 0; i < 5; i++)
  await cluster.create({
    ...configMap(`page-${i}`),
    metadata: { name: `page-${i}`, namespace, labels: { page: 'yes' } },
  });
const first = await cluster.list(CONFIG_MAP, { namespace, labelSelector: 'page=yes', limit: 2 });
const rest = await cluster.list(CONFIG_MAP, { namespace, labelSelector: 'page=yes', continue: first.continue });
check('pages', first.items.length === 2 && rest.items.length === 3 && rest.continue === undefined);
const metadata = await cluster.list(CONFIG_MAP, { labelSelector: 'page=yes', metadataOnly: true });
check(
  'metadata only',
  metadata.items.every(
    ({ kind, data, metadata: { labels } }) => kind === 'ConfigMap' && data === undefined && labels.page === 'yes',
  ),
);
check(
  'a field selector',
  (await cluster.list(CONFIG_MAP, { fieldSelector: 'metadata.name=page-1' })).items.length === 1,
);

// Deleting.
const {
  metadata: { uid },
} = await cluster.get(ref('page-0'));
const other = await fault(cluster.delete(ref('page-0'), { uid: '00000000-0000-0000-0000-000000000000' }));
check('another object of the name', other.code === 'KUBE_CONFLICT', other.message);
check('deleted', await cluster.delete(ref('page-0'), { uid, propagation: 'Background' }));
check('and gone', (await cluster.delete(ref('page-0'))) === false);

// Watching.
{
  const stop = new AbortController();
  const seen = [];
  const { resourceVersion } = await cluster.list(CONFIG_MAP, { namespace });
  const watching = (async () => {
    for await (const { type, object } of cluster.watch(CONFIG_MAP, { namespace, resourceVersion }, stop)) {
      seen.push(`${type} ${object.kind} ${object.metadata.name}`);
      if (seen.length === 3) return;
    }
  })();
  await cluster.create(configMap('watched'));
  await cluster.patch(ref('watched'), { type: 'merge', body: { data: { a: 'b' } } });
  await cluster.delete(ref('watched'));
  await watching;
  check(
    'events',
    seen.join() === 'ADDED ConfigMap watched,MODIFIED ConfigMap watched,DELETED ConfigMap watched',
    seen.join(),
  );
  const aborted = (async () => {
    for await (const _ of cluster.watch(CONFIG_MAP, { namespace }, stop));
    return 'ended';
  })();
  setTimeout(() => stop.abort(), 100);
  check('a watch that is stopped', (await aborted) === 'ended');
  const future = await fault(
    (async () => {
      for await (const _ of cluster.watch(CONFIG_MAP, { namespace, resourceVersion: 'x' }));
    })(),
  );
  check('a version that is none', future.code === 'KUBE_REFUSED' || future.code === 'KUBE_INVALID', future.message);
}

// Logs.
await cluster.create({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'talks', namespace },
  spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] },
});
for (let i = 0; i < 100; i++) {
  const { status } = await cluster.get(ref('talks', { apiVersion: 'v1', kind: 'Pod' }));
  if (status.phase === 'Succeeded') break;
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const log = async (options) => new Response(await cluster.logs({ namespace, name: 'talks' }, options)).text();
check('logs', (await log()) === 'the simulated pod says hello\nand goodbye\n', await log());
check('the last line', (await log({ container: 'main', tailLines: 1 })) === 'and goodbye\n');

// A limit of ten requests a second, after five at once.
{
  const slow = open({ qps: 10, burstLimit: 5 });
  const start = performance.now();
  await Promise.all(Array.from({ length: 10 }, () => slow.version()));
  check('--qps and --burst-limit', performance.now() - start >= 480, `${performance.now() - start} ms`);
}

await plane.stop();
end();
