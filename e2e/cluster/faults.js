// Usage: node e2e/cluster/faults.js [CASE…]
// What becomes of releases when the cluster, the way to it or the rights in it fail: exit codes, what is said, what is in
// the cluster and what is recorded. Where Helm has words of its own they come first. Prints `N passed, N failed, N skipped`.
import { chmodSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { startControlPlane } from '../lib/control-plane.js';
import { refusal, startFaultProxy } from '../lib/fault-proxy.js';
import { suite } from '../lib/suite.js';

/** Cases at a time. */
const WORKERS = 3;

const { root, check, write, end, startPack, ...programs } = suite('faults');
const plane = await startControlPlane();
const wanted = process.argv.slice(2);

/** Namespaces, programs and a proxy of a case's own. */
async function createScene(name) {
  const namespace = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  await plane.createNamespace(namespace);
  const home = join(root, namespace);
  const env = { KUBECONFIG: plane.kubeconfig, TZ: 'UTC' };
  const proxies = [];
  const at =
    (program) =>
    (args, more = {}) =>
      program([...args, '-n', more.namespace ?? namespace], { home, ...more, env: { ...env, ...more.env } });
  const is = (title, good, detail) => {
    const text = typeof detail === 'string' ? detail : JSON.stringify(detail, null, 1);
    check(`${name}: ${title}`, good, text?.replaceAll('\\n', '\n'));
  };
  const showing = (program, label) => async (args, more) => {
    const result = await program(args, more);
    if (process.env.FAULTS_SHOW) {
      console.log(`$ ${label} ${args.join(' ')}\n[${result.code}] ${result.stdout}${result.stderr}`);
    }
    return result;
  };
  const scene = {
    namespace,
    home,
    is,
    pack: showing(at(programs.pack), 'pack'),
    helm: showing(at(programs.helm), 'helm'),
    start: at(startPack),
    /** The path of a chart of these files; `Chart.yaml` is made. */
    chart(files, folder = 'chart') {
      const path = join(home, folder);
      write(join(path, 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 0.1.0\n');
      for (const [file, content] of Object.entries(files)) write(join(path, file), content);
      return path;
    },
    /** The answer to a request of the administrator, below the namespace. */
    async object(path) {
      const [group, rest] = path.includes('.') || path.startsWith('apps/') ? [`/apis/${path}`] : [undefined, path];
      const url =
        group === undefined
          ? `/api/v1/namespaces/${namespace}/${rest}`
          : group.replace(/^(\/apis\/[^/]+\/[^/]+)\//, `$1/namespaces/${namespace}/`);
      const { status, body } = await plane.api('GET', url);
      return status === 200 ? body : undefined;
    },
    configMaps: async () =>
      (await plane.api('GET', `/api/v1/namespaces/${namespace}/configmaps`)).body.items
        .map(({ metadata }) => metadata.name)
        .filter((each) => each !== 'kube-root-ca.crt'),
    /** `N status` of each revision, and descriptions. */
    async records(release) {
      const query = `labelSelector=${encodeURIComponent(`owner=helm,name=${release}`)}`;
      const { body } = await plane.api('GET', `/api/v1/namespaces/${namespace}/secrets?${query}`);
      return body.items
        .map(({ data }) =>
          JSON.parse(gunzipSync(Buffer.from(Buffer.from(data.release, 'base64').toString(), 'base64')).toString()),
        )
        .sort((a, b) => a.version - b.version)
        .map(({ version, info }) => ({ version, status: info.status, description: info.description }));
    },
    async statuses(release) {
      return (await scene.records(release)).map(({ version, status }) => `${version} ${status}`).join(', ');
    },
    /** A proxy, and a KUBECONFIG that goes through it with a token of the administrator's. */
    async proxy(fault, { user = { token: adminToken } } = {}) {
      const proxy = await startFaultProxy({ server: plane.server, ca: plane.ca, ...certificate }, fault);
      proxies.push(proxy);
      const config = plane.writeKubeconfig(`${namespace}-${proxies.length}`, {
        user,
        cluster: { server: proxy.url, 'certificate-authority': plane.ca },
      });
      return Object.assign(proxy, { env: { KUBECONFIG: config }, config });
    },
    close: () => Promise.all(proxies.map((proxy) => proxy.close())),
  };
  return scene;
}

const certificate = await plane.certificate('proxy');
const adminToken = await plane.tokenFor('admin');
await plane.api('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
  metadata: { name: 'faults-admin' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'ServiceAccount', name: 'admin', namespace: 'default' }],
});

const configMap = (name, data = 'a: b') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {${data}}\n`;
const deployment = (name, outcome) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 1
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}${outcome === undefined ? '' : `, e2e-outcome: ${outcome}`}}}
    spec: {containers: [{name: main, image: nginx}]}
`;
/** A chart's objects, of kinds that are applied one after the other. */
const three = {
  'templates/a.yaml': configMap('first'),
  'templates/b.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: second}\nspec: {ports: [{port: 80}]}\n',
  'templates/c.yaml': deployment('third'),
};

/** From `Error: ` on, without what may follow Helm's text. */
const lastError = ({ stderr }) => stderr.slice(stderr.lastIndexOf('Error: ')).trimEnd();

async function until(holds) {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(20)) if (holds()) return;
  throw new Error('waited for 20 s');
}

/** Aggregated discovery without a group. */
function withoutGroup(text, name) {
  const list = JSON.parse(text);
  return JSON.stringify({ ...list, items: list.items.filter(({ metadata }) => metadata.name !== name) });
}

/** Cases that may run beside each other. */
const together = {
  // What Helm has not: it goes on. The server has no part in what is cut, and has done what is lost.
  async 'connections that break'(s) {
    const writes = [
      ['the record', ({ method, path }) => method === 'POST' && path.endsWith('/secrets')],
      ['an object', ({ method, path }) => method === 'PATCH' && path.endsWith('/services/second')],
      ['what came of it', ({ method, path }) => method === 'PUT' && path.includes('/secrets/')],
    ];
    const chart = s.chart(three);
    for (const [what, isIt] of writes) {
      for (const [how, wrong] of [
        ['cut', { cut: true }],
        ['lost', { lose: true }],
        ['answered by a proxy', { status: 502, headers: { 'content-type': 'text/html' }, body: '<p>bad gateway' }],
      ]) {
        const name = `${what}-${how}`.replaceAll(' ', '-');
        const proxy = await s.proxy((seen) => (isIt(seen) && seen.count === 0 ? wrong : undefined));
        const { code, stderr } = await s.pack(['install', name, chart], proxy);
        s.is(`${what} ${how}: installed`, code === 0 && stderr === '', stderr);
        s.is(`${what} ${how}: recorded`, (await s.statuses(name)) === '1 deployed', await s.records(name));
        const times = proxy.requests.filter(isIt).length;
        s.is(`${what} ${how}: sent twice`, times === 2, `${times} times`);
        await s.pack(['uninstall', name]);
      }
    }
    const removal = await s.proxy(({ method, count }) =>
      method === 'DELETE' && count === 0 ? { lose: true } : undefined,
    );
    await s.pack(['install', 'app', chart]);
    const { code, stderr } = await s.pack(['uninstall', 'app'], removal);
    s.is('lost removals: uninstalled', code === 0, stderr);
    s.is('lost removals: nothing is left', (await s.statuses('app')) === '' && (await s.configMaps()).length === 0);
  },

  // For longer than anybody waits.
  async 'a server that stays away'(s) {
    const chart = s.chart(three);
    const long = await s.proxy(({ method, path }) =>
      method === 'PATCH' && path.endsWith('/services/second') ? { cut: true } : undefined,
    );
    const began = Date.now();
    const ended = await s.pack(['install', 'app', chart], long);
    s.is('ends in half a minute', ended.code === 1 && Date.now() - began < 45_000, ended);
    s.is(
      'says meanwhile that it waits',
      /^(?:level=WARN msg="|Warning: )the API server is away/m.test(ended.stderr),
      ended.stderr,
    );
    s.is('recorded', (await s.statuses('app')) === '1 failed', await s.records('app'));
    const again = await s.pack(['upgrade', '--install', 'app', chart]);
    s.is('the next command does it', again.code === 0, again);
  },

  async 'a server that never answers'(s) {
    const proxy = await s.proxy(() => refusal(503, 'ServiceUnavailable', 'not now'));
    const began = Date.now();
    const [helm, pack] = [await s.helm(['list'], proxy), await s.pack(['list'], proxy)];
    s.is('says so at once', pack.code === 1 && Date.now() - began < 10_000, pack.stderr);
    s.is("in Helm's words", pack.stderr.startsWith(helm.stderr.trimEnd()), `${helm.stderr}${pack.stderr}`);
  },

  async '429 and 503'(s) {
    const chart = s.chart(three);
    const at = ({ method, path, count }) => method === 'PATCH' && path.endsWith('/services/second') && count < 2;
    for (const [title, answer, least] of [
      ['429 with Retry-After', refusal(429, 'TooManyRequests', 'slowly', { 'retry-after': '1' }), 2000],
      ['503 with Retry-After', refusal(503, 'ServiceUnavailable', 'soon', { 'retry-after': '1' }), 2000],
      ['503', refusal(503, 'ServiceUnavailable', 'apiserver is shutting down'), 300],
    ]) {
      const proxy = await s.proxy((seen) => (at(seen) ? answer : undefined));
      const { code, stderr } = await s.pack(['install', 'app', chart], proxy);
      s.is(`${title}: installed`, code === 0 && (await s.statuses('app')) === '1 deployed', stderr);
      const times = proxy.requests.filter(({ path, method }) => method === 'PATCH' && path.endsWith('/second'));
      s.is(`${title}: sent three times`, times.length === 3, `${times.length}`);
      const paused = times.at(-1).at - times[0].at;
      s.is(`${title}: not before its time`, paused >= least - 50, `${paused} ms`);
      await s.pack(['uninstall', 'app']);
    }
    const proxy = await s.proxy((seen) =>
      at({ ...seen, count: 0 }) ? refusal(429, 'TooManyRequests', 'never') : undefined,
    );
    const refused = await s.pack(['install', 'app', chart], proxy);
    const text = `server-side apply failed for object ${s.namespace}/second /v1, Kind=Service: never`;
    s.is('429 without Retry-After ends it', lastError(refused) === `Error: INSTALLATION FAILED: ${text}`, refused);
    s.is('which is recorded', (await s.statuses('app')) === '1 failed', await s.records('app'));
    const again = await s.pack(['upgrade', '--install', 'app', chart]);
    s.is('and done by the next command', again.code === 0 && (await s.statuses('app')) === '1 superseded, 2 deployed');
  },

  async 'a token that expires'(s) {
    // The proxy takes it for expired from the second object on.
    const expiring = (old) => {
      let isOver = false;
      return ({ method, path, token }) => {
        isOver ||= method === 'PATCH' && path.endsWith('/second');
        return isOver && token === old ? refusal(401, 'Unauthorized', 'Unauthorized') : undefined;
      };
    };
    const [first, second] = [
      await plane.tokenFor('admin', { seconds: 600 }),
      await plane.tokenFor('admin', { seconds: 900 }),
    ];
    const plugin = join(s.home, 'plugin');
    const runs = join(s.home, 'runs');
    write(
      plugin,
      `#!/bin/sh
echo run >> ${runs}
TOKEN=${first}
[ $(wc -l < ${runs}) -gt 1 ] && TOKEN=${second}
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$TOKEN'"}}'
`,
    );
    chmodSync(plugin, 0o755);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
    const chart = s.chart(three);
    const renewed = await s.pack(['install', 'app', chart], await s.proxy(expiring(first), { user: { exec } }));
    s.is('a plugin is asked again', renewed.code === 0 && (await s.statuses('app')) === '1 deployed', renewed.stderr);
    const count = readFileSync(runs, 'utf8').split('\n').length - 1;
    s.is('once', count === 2, `${count} runs`);
    await s.pack(['uninstall', 'app']);

    const helm = await s.helm(['install', 'app', chart], await s.proxy(expiring(first), { user: { token: first } }));
    await s.pack(['uninstall', 'app']);
    const pack = await s.pack(['install', 'app', chart], await s.proxy(expiring(first), { user: { token: first } }));
    s.is("a fixed one: Helm's words", lastError(pack).startsWith(lastError(helm)), [helm, pack]);
    s.is('and what to do', /^Hint: .*log in again/m.test(pack.stderr), pack.stderr);
    s.is('and that nothing was recorded', /level=WARN msg="failed to update release"/.test(pack.stderr), pack.stderr);
    s.is('the token is not printed', !`${pack.stdout}${pack.stderr}`.includes(first.slice(-20)));
  },

  async 'fields of others'(s) {
    const values = ['--set', 'color=blue,password=ours-in-secret'];
    const files = {
      'templates/a.yaml': configMap('paint', 'color: {{ .Values.color }}, other: {{ .Values.color }}'),
      'templates/b.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata: {name: hush}\ndata: {password: {{ b64enc .Values.password }}}\n',
      'templates/c.yaml': deployment('web').replace('image: nginx', 'image: {{ .Values.image | default "nginx" }}'),
    };
    const chart = s.chart(files);
    await s.pack(['install', 'app', chart, ...values]);
    const take = (group, path, kind, fields) =>
      plane.api(
        'PATCH',
        `/${group}/namespaces/${s.namespace}/${path}?fieldManager=hand&force=true`,
        { apiVersion: group.replace(/^apis?\//, ''), kind, ...fields },
        { contentType: 'application/apply-patch+yaml' },
      );
    await take('api/v1', 'configmaps/paint', 'ConfigMap', { data: { color: 'green' } });
    await take('api/v1', 'secrets/hush', 'Secret', { data: { password: btoa('theirs-in-secret') } });
    await take('apis/apps/v1', 'deployments/web', 'Deployment', {
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'apache' }] } },
      },
    });
    const more = ['--set', 'color=red,password=ours-changed,image=caddy'];
    const [helm, pack] = [
      await s.helm(['upgrade', 'app', chart, ...more]),
      await s.pack(['upgrade', 'app', chart, ...more]),
    ];
    s.is("Helm's words", pack.code === 1 && lastError(pack).startsWith(lastError(helm)), [helm, pack]);
    for (const line of [
      'ConfigMap paint .data.color: "green" by hand, "red" in the chart',
      'Secret hush .data.password: (hidden) by hand, (hidden) in the chart',
      'Deployment web .spec.template.spec.containers[name="main"].image: "apache" by hand, "caddy" in the chart',
    ]) {
      s.is(`names ${line}`, pack.stderr.includes(`\n  ${line}\n`), pack.stderr);
    }
    s.is(
      'and the way out',
      /^Hint: leave .* out of the chart, or .*--force-conflicts$/m.test(pack.stderr),
      pack.stderr,
    );
    s.is('other fields are left alone', (await s.object('configmaps/paint')).data.color === 'green');
    s.is('recorded', (await s.statuses('app')) === '1 deployed, 2 failed, 3 failed', await s.records('app'));
    const forced = await s.pack(['upgrade', 'app', chart, ...more, '--force-conflicts']);
    s.is('--force-conflicts', forced.code === 0 && (await s.object('configmaps/paint')).data.color === 'red', forced);
    // The narrow way: without the fields.
    await take('api/v1', 'configmaps/paint', 'ConfigMap', { data: { color: 'green' } });
    const narrow = s.chart({ 'templates/a.yaml': configMap('paint', 'other: {{ .Values.color }}') }, 'narrow');
    const without = await s.pack(['upgrade', 'app', narrow, '--set', 'color=gold']);
    const { data } = await s.object('configmaps/paint');
    s.is('or without the field', without.code === 0 && data.color === 'green' && data.other === 'gold', [
      without,
      data,
    ]);
  },

  async webhooks(s) {
    let behaviour = 'refuse';
    const server = createServer(
      { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) },
      async (request, response) => {
        const chunks = [];
        for await (const chunk of request) chunks.push(chunk);
        if (behaviour === 'hang') return;
        const { request: review } = JSON.parse(Buffer.concat(chunks));
        response.setHeader('content-type', 'application/json');
        const allowed = behaviour !== 'refuse';
        const answer = { uid: review.uid, allowed, status: { message: 'no Service is called second here' } };
        response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
      },
    );
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const configuration = {
      metadata: { name: s.namespace },
      webhooks: [
        {
          name: 'rules.e2e.example',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          timeoutSeconds: 1,
          clientConfig: {
            url: `https://127.0.0.1:${server.address().port}/`,
            caBundle: readFileSync(plane.ca).toString('base64'),
          },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['services'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': s.namespace } },
        },
      ],
    };
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
    await plane.api('POST', path, configuration);
    const chart = s.chart(three);
    const probe = async () => {
      const { status } = await plane.api('POST', `/api/v1/namespaces/${s.namespace}/services?dryRun=All`, {
        metadata: { name: 'second' },
        spec: { ports: [{ port: 80 }] },
      });
      return status !== 201;
    };
    for (let i = 0; i < 100 && !(await probe()); i++) await sleep(50);
    for (const [what, pattern, hint] of [
      [
        'refuse',
        /admission webhook "rules\.e2e\.example" denied the request: no Service is called second here/,
        /webhook rules\.e2e\.example/,
      ],
      [
        'hang',
        /failed calling webhook "rules\.e2e\.example": .*(?:deadline exceeded|Client\.Timeout)/,
        /webhook rules\.e2e\.example .*does not answer/,
      ],
    ]) {
      behaviour = what;
      const helm = await s.helm(['install', 'app', chart]);
      await s.pack(['uninstall', 'app']);
      const pack = await s.pack(['install', 'app', chart]);
      const plain = ({ stderr }) => lastError({ stderr }).replaceAll(/:\d{4,5}\//g, ':PORT/');
      s.is(`${what}: Helm's words`, pack.code === 1 && plain(pack).startsWith(plain(helm)), [helm, pack]);
      s.is(`${what}: what and who`, pattern.test(pack.stderr) && hint.test(pack.stderr.split('Hint:')[1]), pack.stderr);
      s.is(`${what}: recorded`, (await s.statuses('app')) === '1 failed', await s.records('app'));
      behaviour = 'allow';
      const again = await s.pack(['upgrade', 'app', chart]);
      s.is(`${what}: the next command does it`, again.code === 0, again);
      await s.pack(['uninstall', 'app']);
    }
    await plane.api('DELETE', `${path}/${s.namespace}`);
    server.close();
    server.closeAllConnections();
  },

  async 'watches that are cut'(s) {
    // Ready only after a while, and meanwhile no watch lives for long.
    const chart = s.chart({ 'templates/a.yaml': deployment('slow', 'unready') });
    for (const how of ['end', 'break']) {
      const proxy = await s.proxy(({ query }) => (query.get('watch') ? { [how]: 20 } : undefined));
      const waiting = s.pack(['install', 'app', chart, '--wait', '--timeout', '60s'], proxy);
      await sleep(6000);
      await plane.api(
        'PATCH',
        `/apis/apps/v1/namespaces/${s.namespace}/deployments/slow`,
        { spec: { template: { metadata: { labels: { 'e2e-outcome': 'none' } } } } },
        { contentType: 'application/merge-patch+json' },
      );
      const { code, stderr } = await waiting;
      s.is(`${how}: installed`, code === 0 && (await s.statuses('app')) === '1 deployed', stderr);
      const count = proxy.requests.filter(({ path }) => path.endsWith('/deployments')).length;
      s.is(`${how}: asked now and then`, count >= 4 && count <= 14, `${count} requests`);
      await s.pack(['uninstall', 'app', '--wait']);
    }
  },

  async 'a namespace that is being deleted'(s) {
    const [before, meanwhile] = [`${s.namespace}-before`, `${s.namespace}-meanwhile`];
    const remove = (name) => plane.api('DELETE', `/api/v1/namespaces/${name}`);
    const hold = async (name) => {
      await plane.createNamespace(name);
      const metadata = { name: 'hold', finalizers: ['e2e.example/hold'] };
      await plane.api('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata });
    };
    await Promise.all([before, meanwhile].map(hold));
    await remove(before);
    const chart = s.chart(three);
    const [helm, pack] = [
      await s.helm(['install', 'app', chart], { namespace: before }),
      await s.pack(['install', 'app', chart], { namespace: before }),
    ];
    s.is("before: Helm's words", pack.code === 1 && lastError(pack).startsWith(lastError(helm)), [helm, pack]);
    s.is('before: what to do', pack.stderr.includes(`Hint: the namespace ${before} is being deleted`), pack.stderr);
    const proxy = await s.proxy(async ({ method, path, count }) => {
      if (method === 'PATCH' && path.endsWith('/services/second') && count === 0) await remove(meanwhile);
    });
    const cut = await s.pack(['install', 'app', chart], { ...proxy, namespace: meanwhile });
    s.is(
      'meanwhile: named',
      cut.code === 1 && cut.stderr.includes(`Hint: the namespace ${meanwhile} is being deleted`),
      cut,
    );
    for (const name of [before, meanwhile]) {
      await plane.api(
        'PATCH',
        `/api/v1/namespaces/${name}/serviceaccounts/hold`,
        { metadata: { finalizers: null } },
        { contentType: 'application/merge-patch+json' },
      );
    }
    const none = [
      await s.helm(['install', 'app', chart], { namespace: 'nowhere' }),
      await s.pack(['install', 'app', chart], { namespace: 'nowhere' }),
    ];
    s.is(
      'none at all',
      none[1].stderr.startsWith(none[0].stderr.trimEnd()) &&
        none[1].stderr.includes('Hint: create the namespace with --create-namespace'),
      none,
    );
  },

  async 'a kind that is not served yet'(s) {
    const crd = (plural, kind) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.faults.example}
spec:
  group: faults.example
  scope: Namespaced
  names: {plural: ${plural}, kind: ${kind}, singular: ${kind.toLowerCase()}}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`;
    const thing = (kind) => `apiVersion: faults.example/v1\nkind: ${kind}\nmetadata: {name: it}\nspec: {a: 1}\n`;
    // Discovery is behind: it has no such group for a while after the kind is established.
    const proxy = await s.proxy(({ path, count }) =>
      path === '/apis' && count < 4 ? { change: (text) => withoutGroup(text, 'faults.example') } : undefined,
    );
    const first = s.chart({ 'crds/a.yaml': crd('gears', 'Gear'), 'templates/a.yaml': thing('Gear') });
    const late = await s.pack(['install', 'late', first], proxy);
    s.is('crds/ and discovery that is behind', late.code === 0 && (await s.statuses('late')) === '1 deployed', late);
    s.is('the object is there', (await s.object('faults.example/v1/gears/it'))?.spec.a === 1);

    const files = { 'templates/crd.yaml': crd('wheels', 'Wheel'), 'templates/thing.yaml': thing('Wheel') };
    const both = s.chart(files, 'both');
    const [helm, pack] = [await s.helm(['install', 'both', both]), await s.pack(['install', 'both', both])];
    s.is("a template, with its object: Helm's words", pack.code === 1 && lastError(pack).startsWith(lastError(helm)), [
      helm,
      pack,
    ]);
    s.is('and nothing was begun', (await s.statuses('both')) === '', await s.records('both'));
    const one = s.chart({ 'templates/crd.yaml': files['templates/crd.yaml'] }, 'one');
    await s.pack(['install', 'both', one]);
    const after = await s.pack(['upgrade', 'both', both]);
    s.is('one after the other', after.code === 0 && (await s.statuses('both')) === '1 superseded, 2 deployed', after);
    for (const name of ['gears', 'wheels']) {
      await plane.api('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}.faults.example`);
    }
  },

  async 'a quota'(s) {
    const quotas = `/api/v1/namespaces/${s.namespace}/resourcequotas`;
    await plane.api('POST', quotas, { metadata: { name: 'few' }, spec: { hard: { 'count/services': '4' } } });
    for (let i = 0; i < 100 && (await plane.api('GET', `${quotas}/few`)).body.status?.hard === undefined; i++)
      await sleep(50);
    const service = (i) => `apiVersion: v1\nkind: Service\nmetadata: {name: s${i}}\nspec: {ports: [{port: 80}]}\n`;
    const chart = s.chart(Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`templates/${i}.yaml`, service(i)])));
    const [helm, ...packs] = [await s.helm(['install', 'app', chart])];
    await s.pack(['uninstall', 'app']);
    packs.push(await s.pack(['install', 'app', chart]));
    const [pack] = packs;
    // Which one is the fifth is chance, as they are sent at once.
    const plain = (result) => lastError(result).replaceAll(/\bs[1-5]\b/g, 'sN');
    s.is("Helm's words", pack.code === 1 && plain(pack).startsWith(plain(helm)), [helm, pack]);
    s.is(
      'the object and the quota are named',
      /Service: services "s\d" is forbidden: exceeded quota: few,.*\nHint: the quota few /.test(pack.stderr),
      pack.stderr,
    );
    s.is('recorded', (await s.statuses('app')) === '1 failed', await s.records('app'));
    const names = (await plane.api('GET', `/api/v1/namespaces/${s.namespace}/services`)).body.items.length;
    s.is('four are there', names === 4, `${names}`);
    await plane.api('DELETE', `${quotas}/few`);
    const after = await s.pack(['upgrade', 'app', chart]);
    s.is(
      'an upgrade makes the fifth',
      after.code === 0 && (await s.statuses('app')) === '1 superseded, 2 deployed',
      after,
    );
  },

  async 'Ctrl-C'(s) {
    const waits = s.chart({ 'templates/a.yaml': deployment('{{ .Release.Name }}', 'unready') });
    const hook = s.chart(
      {
        'templates/a.yaml': configMap('plain'),
        'templates/hook.yaml': `apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Release.Name }}-long, annotations: {helm.sh/hook: "pre-install,pre-upgrade,pre-rollback,pre-delete"}, labels: {e2e-outcome: hang}}\nspec: {restartPolicy: Never, containers: [{name: main, image: x}]}\n`,
      },
      'hook',
    );
    await s.pack(['install', 'up', s.chart({ 'templates/a.yaml': configMap('up') }, 'plain')]);
    await s.pack(['upgrade', 'up', s.chart({ 'templates/a.yaml': configMap('up2') }, 'plain2')]);
    for (const [title, args, name, statuses] of [
      ['while an installation waits', ['install', 'first', waits, '--wait'], 'first', '1 failed'],
      ['while a hook runs', ['install', 'hooked', hook], 'hooked', '1 failed'],
      ['while an upgrade waits', ['upgrade', 'up', waits, '--wait'], 'up', '1 superseded, 2 deployed, 3 failed'],
      [
        'while a rollback waits',
        ['rollback', 'up', '3', '--wait'],
        'up',
        '1 superseded, 2 deployed, 3 failed, 4 failed',
      ],
    ]) {
      const begun = ({ query, method }) => method === 'GET' && query.get('watch');
      const proxy = await s.proxy();
      const { child, ended } = s.start(args, proxy);
      await until(() => proxy.requests.some(begun));
      await sleep(200);
      const at = Date.now();
      child.kill('SIGINT');
      const { code, stderr } = await ended;
      const took = Date.now() - at;
      if (process.env.FAULTS_SHOW) console.log(`$ ${args.join(' ')} ^C\n[${code}] ${stderr}`);
      s.is(`${title}: ends soon with 1`, code === 1 && took < 3000, `${code} after ${took} ms\n${stderr}`);
      s.is(`${title}: says so`, /cancelled\.\n/.test(stderr) && /^Error: .*context canceled/m.test(stderr), stderr);
      s.is(`${title}: and the state`, new RegExp(`^Hint: .*${name}.*recorded as failed`, 'm').test(stderr), stderr);
      s.is(`${title}: recorded`, (await s.statuses(name)) === statuses, await s.records(name));
      const lease = await s.object(`coordination.k8s.io/v1/leases/pack.${name}`);
      s.is(`${title}: nobody holds it`, lease === undefined, lease);
    }
    for (const [args, text, statuses] of [
      [['install', 'none', waits, '--rollback-on-failure'], 'has been uninstalled due to', ''],
      [
        ['upgrade', 'up', waits, '--rollback-on-failure', '--cleanup-on-fail'],
        'has been rolled back due to',
        '1 superseded, 2 superseded, 3 failed, 4 failed, 5 failed, 6 deployed',
      ],
    ]) {
      const proxy = await s.proxy();
      const { child, ended } = s.start(args, proxy);
      await until(() => proxy.requests.some(({ query }) => query.get('watch')));
      child.kill('SIGINT');
      const { code, stderr } = await ended;
      const said = lastError({ stderr });
      const isTold = said.includes(`failed, and ${text} rollback-on-failure being set: context canceled`);
      s.is(`${args[0]} --rollback-on-failure is undone`, code === 1 && isTold && !said.includes('Hint'), stderr);
      s.is(
        `${args[0]} --rollback-on-failure: recorded`,
        (await s.statuses(args[1])) === statuses,
        await s.records(args[1]),
      );
    }
    const undone = await s.pack(['rollback', 'up', '1']);
    s.is('a rollback works after it', undone.code === 0, undone);

    // The second time at once, though the server does not answer.
    const isRecord = ({ method }) => method === 'PUT';
    const silent = await s.proxy((seen) =>
      isRecord(seen) && seen.path.includes('/secrets/') ? { delay: 60_000 } : undefined,
    );
    const { child, ended } = s.start(['install', 'twice', waits, '--wait'], silent);
    await until(() => silent.requests.some(({ query }) => query.get('watch')));
    child.kill('SIGINT');
    await until(() => silent.requests.some((seen) => isRecord(seen) && seen.path.includes('/secrets/')));
    const at = Date.now();
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    s.is('twice ends at once with 130', code === 130 && Date.now() - at < 1000, `${code}\n${stderr}`);
    const term = await s.proxy();
    const terminated = s.start(['install', 'terminated', waits, '--wait'], term);
    await until(() => term.requests.some(({ query }) => query.get('watch')));
    terminated.child.kill('SIGTERM');
    await terminated.ended;
    s.is('SIGTERM is like it', (await s.statuses('terminated')) === '1 failed', await s.records('terminated'));
  },

  async rights(s) {
    const chart = s.chart(three);
    const bind = async (user, rules, namespace) => {
      const scope = namespace === undefined ? '' : `namespaces/${namespace}/`;
      const kind = namespace === undefined ? 'ClusterRole' : 'Role';
      const [roles, bindings] = [`${kind.toLowerCase()}s`, `${kind.toLowerCase()}bindings`];
      const api = (path, body) => plane.api('POST', `/apis/rbac.authorization.k8s.io/v1/${scope}${path}`, body);
      await api(roles, { metadata: { name: user }, rules });
      await api(bindings, {
        metadata: { name: user },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: user },
        subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
      });
    };
    const all = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
    await bind('local', [all], s.namespace);
    await bind('reader', [{ ...all, verbs: ['get', 'list', 'watch'] }], s.namespace);
    await bind(
      'keyless',
      [
        { apiGroups: [''], resources: ['configmaps', 'services'], verbs: ['*'] },
        { apiGroups: ['apps'], resources: ['*'], verbs: ['*'] },
      ],
      s.namespace,
    );
    await bind(
      'half',
      [
        { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['*'] },
        { apiGroups: ['', 'apps'], resources: ['*'], verbs: ['get', 'list'] },
      ],
      s.namespace,
    );
    await s.pack(['install', 'there', s.chart({ 'templates/a.yaml': configMap('there') }, 'there')]);
    const role = s.chart(
      {
        'templates/a.yaml':
          'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: wide}\nrules: []\n',
      },
      'wide',
    );
    const fresh = s.chart({ 'templates/a.yaml': configMap('fresh') }, 'fresh');
    for (const [user, args, hint, more] of [
      ['local', ['list', '-A'], 'list on secrets in all namespaces'],
      ['local', ['list'], 'list on secrets in the namespace default', { namespace: 'default' }],
      [
        'local',
        ['install', 'a', chart, '--create-namespace'],
        'get on configmaps in the namespace fresh-one',
        { namespace: 'fresh-one' },
      ],
      ['local', ['install', 'a', role], 'get on clusterroles.rbac.authorization.k8s.io in all namespaces'],
      ['local', ['install', 'a', chart], undefined],
      ['reader', ['list'], undefined],
      ['reader', ['status', 'there'], undefined],
      ['reader', ['install', 'b', fresh], 'create on secrets in the namespace NS'],
      ['reader', ['upgrade', 'there', chart.replace(/chart$/, 'there')], 'create on secrets in the namespace NS'],
      ['reader', ['uninstall', 'there'], 'delete on configmaps in the namespace NS'],
      ['keyless', ['list'], 'list on secrets in the namespace NS'],
      ['keyless', ['install', 'c', fresh], 'create on secrets in the namespace NS'],
      ['keyless', ['status', 'there'], 'list on secrets in the namespace NS'],
      ['keyless', ['status', 'there', '--revision', '1'], 'get on secrets in the namespace NS'],
      ['keyless', ['uninstall', 'there'], 'list on secrets in the namespace NS'],
      [
        'half',
        [
          'install',
          'd',
          s.chart(
            {
              'templates/a.yaml': configMap('x1'),
              'templates/b.yaml': three['templates/b.yaml'].replace('second', 'x2'),
            },
            'half',
          ),
        ],
        'patch on services in the namespace NS',
      ],
    ]) {
      const as = [...args, '--kube-as-user', user];
      const title = `${user}: ${args.filter((word) => !word.includes('/')).join(' ')}`;
      if (args[0] === 'install' && hint === undefined) await s.pack(['uninstall', args[1], '--ignore-not-found']);
      const helm = await s.helm(as, more);
      if (args[0] === 'install' && hint !== undefined) await s.pack(['uninstall', args[1], '--ignore-not-found'], more);
      if (args[0] === 'install' && hint === undefined) await s.pack(['uninstall', args[1]]);
      const pack = await s.pack(as, more);
      const codes = hint === undefined ? 0 : 1;
      s.is(`${title}: ends with ${codes}`, pack.code === codes && helm.code === codes, [helm, pack]);
      if (hint === undefined) continue;
      s.is(`${title}: Helm's words`, lastError(pack).startsWith(lastError(helm)), [helm, pack]);
      const wantedHint = `the verb ${hint.replace('NS', s.namespace)}`.replace('verb on', 'verb create on');
      s.is(`${title}: ${wantedHint}`, pack.stderr.includes(wantedHint), pack.stderr);
    }
    s.is('what was begun is recorded', (await s.statuses('d')) === '1 failed', await s.records('d'));
  },

  async 'why it is not ready'(s) {
    const chart = s.chart({
      'templates/a.yaml': deployment('crashing', 'crash'),
      'templates/b.yaml': deployment('pulling', 'pull'),
    });
    const reasons = [
      /^Deployment crashing is InProgress: Available: 0\/1$/m,
      /^ {2}Available=False: MinimumReplicasUnavailable: /m,
      /^ {2}Pod crashing-\S+ is Running:$/m,
      /^ {4}container main is waiting \(5 restarts\): CrashLoopBackOff: /m,
      /^ {6}\| the simulated pod says hello$/m,
    ];
    const pulling = /^ {4}container main is waiting: ImagePullBackOff: Back-off pulling image "nginx"$/m;
    const failing = (name) => `apiVersion: batch/v1
kind: Job
metadata: {name: ${name}, annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: "hook-failed,before-hook-creation"}}
spec:
  backoffLimit: 0
  template:
    metadata: {labels: {e2e-outcome: fail}}
    spec: {restartPolicy: Never, containers: [{name: main, image: x}]}
`;
    const hooked = s.chart({ 'templates/a.yaml': failing('bad'), 'templates/b.yaml': configMap('fine') }, 'hooked');
    const job = [
      /^Job bad is Failed: /m,
      /^ {2}Pod bad-\S+ is Failed:$/m,
      /container main is terminated \(exit code 1\)/,
      /\| and goodbye$/m,
    ];
    for (const [args, patterns] of [
      [
        ['install', 'a', chart, '--wait', '--timeout', '3s'],
        [...reasons, pulling],
      ],
      [['install', 'a', chart, '--wait=legacy', '--timeout', '3s'], reasons],
      [['install', 'a', hooked, '--timeout', '20s'], job],
      [['install', 'a', hooked, '--timeout', '20s', '--wait=legacy'], job],
    ]) {
      const title = args.filter((word) => !word.includes('/')).join(' ');
      const helm = await s.helm(args);
      await s.pack(['uninstall', 'a']);
      const pack = await s.pack(args);
      s.is(`${title}: Helm's words`, pack.code === 1 && lastError(pack).startsWith(lastError(helm)), [helm, pack]);
      for (const pattern of patterns) s.is(`${title}: ${pattern}`, pattern.test(pack.stderr), pack.stderr);
      await s.pack(['uninstall', 'a']);
    }
    await s.pack(['install', 'a', s.chart({ 'templates/a.yaml': configMap('plain') }, 'plain')]);
    const upgraded = await s.pack(['upgrade', 'a', chart, '--wait', '--timeout', '3s']);
    s.is(
      'upgrade --wait',
      reasons.every((pattern) => pattern.test(upgraded.stderr)),
      upgraded.stderr,
    );
    // One to wait for is enough for the rules of Helm 3 to be seen: they know no status of a Deployment that is paused.
    const legacy = await s.proxy();
    await s.pack(['upgrade', 'a', chart, '--wait=legacy', '--timeout', '3s'], legacy);
    s.is('legacy asks and does not watch', !legacy.requests.some(({ query }) => query.get('watch')));
  },

  async 'nothing secret is printed'(s) {
    const first = { password: 'Tr0ub4dor-first', token: 'tok-first-93f2' };
    const second = { password: 'Tr0ub4dor-second', token: 'tok-second-93f2' };
    const foreign = 'Tr0ub4dor-theirs';
    const texts = [...Object.values(first), ...Object.values(second), foreign];
    const secrets = [...texts, ...texts.map((text) => btoa(text)), '"123454321"', '123454321'];
    const files = {
      'templates/a.yaml': configMap('plain', 'color: {{ .Values.color | default "red" }}'),
      'templates/b.yaml': `apiVersion: v1
kind: Secret
metadata: {name: hush}
data: {password: {{ b64enc .Values.password }}}
stringData:
  url: "db://user:{{ .Values.token }}@host/{{ .Values.color | default "red" }}"
`,
      'templates/NOTES.txt': 'It is there.',
    };
    const chart = s.chart(files);
    const given = (values) => Object.entries(values).flatMap(([name, value]) => ['--set-string', `${name}=${value}`]);
    const variant = (name, more, template = 'templates/b.yaml') => s.chart({ ...files, [template]: more }, name);
    const secret = (text) => `apiVersion: v1\nkind: Secret\nmetadata: {name: hush}\n${text}\n`;
    const silent = async (title, args, { code = 0, says = '' } = {}) => {
      const result = await s.pack([...args, '--debug']);
      const all = `${result.stdout}${result.stderr}`;
      const found = secrets.filter((text) => all.includes(text));
      s.is(`${title} is silent`, found.length === 0, `${found.join(', ')}\n${all}`);
      s.is(`${title} ends with ${code}`, result.code === code && all.includes(says), all);
    };
    await silent('install', ['install', 'app', chart, ...given(first)], { says: 'It is there.' });
    await silent('status', ['status', 'app']);
    await silent('diff upgrade', ['diff', 'upgrade', 'app', chart, ...given(second)], { says: 'hidden' });
    await silent('diff upgrade -o json', ['diff', 'upgrade', 'app', chart, ...given(second), '-o', 'json']);
    await silent('upgrade --diff', ['upgrade', 'app', chart, ...given(second), '--diff']);
    await silent('diff rollback', ['diff', 'rollback', 'app', '1']);
    await silent('diff revision', ['diff', 'revision', 'app', '1', '2']);
    await silent('rollback', ['rollback', 'app', '1']);
    const plan = join(s.home, 'upgrade.plan');
    await silent('plan upgrade', ['plan', 'upgrade', 'app', chart, ...given(second), '-o', plan]);
    const kept = readFileSync(plan, 'latin1');
    s.is('its file is silent', !secrets.some((text) => kept.includes(text)), kept.slice(0, 2000));
    await silent('apply', ['apply', plan]);
    await silent('history', ['history', 'app', '-o', 'json']);
    await silent('list', ['list', '-o', 'json']);
    await silent('get metadata', ['get', 'metadata', 'app', '-o', 'json']);
    await silent('get notes', ['get', 'notes', 'app']);
    await silent('install --dry-run --hide-secret', [
      'install',
      'dry',
      chart,
      ...given(first),
      '--dry-run=client',
      '--hide-secret',
    ]);
    await silent('install --dry-run=server --hide-secret', [
      'upgrade',
      'app',
      chart,
      ...given(second),
      '--dry-run=server',
      '--hide-secret',
    ]);
    // What fails.
    const take = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hush' }, data: { password: btoa(foreign) } };
    const path = `/api/v1/namespaces/${s.namespace}/secrets/hush`;
    await plane.api('PATCH', `${path}?fieldManager=hand&force=true`, take, {
      contentType: 'application/apply-patch+yaml',
    });
    await silent('drift', ['status', 'app', '--drift'], { says: 'Secret hush' });
    await silent('a conflict', ['upgrade', 'app', chart, ...given(second)], { code: 1, says: '(hidden) by hand' });
    await silent('forced', ['upgrade', 'app', chart, ...given(second), '--force-conflicts']);
    const number = variant('number', secret('stringData: {password: 123454321}'));
    await silent('a number', ['upgrade', 'app', number, ...given(second)], { code: 1, says: 'Error: UPGRADE FAILED' });
    await silent('a number, by the client', ['upgrade', 'app', number, ...given(second), '--server-side=false'], {
      code: 1,
      says: 'Error: UPGRADE FAILED',
    });
    await silent('diff of a number', ['diff', 'upgrade', 'app', number, ...given(second)], { says: 'Secret hush' });
    const raw = variant('raw', secret('data: {password: {{ .Values.password | quote }}}'));
    await silent('no base64', ['upgrade', 'app', raw, ...given(second)], { code: 1, says: 'Error: UPGRADE FAILED' });
    const shape = variant('shape', secret('data: [{{ .Values.password | quote }}]'));
    await silent('no map', ['upgrade', 'app', shape, ...given(second)], { code: 1, says: 'Error: UPGRADE FAILED' });
    const broken = variant(
      'broken',
      secret('stringData:\n  password: {{ .Values.password }}\n bad: [{{ .Values.token }}'),
    );
    await silent('no YAML', ['upgrade', 'app', broken, ...given(second)], { code: 1, says: 'Error: UPGRADE FAILED' });
    await silent('no YAML, installed', ['install', 'bad', broken, ...given(second)], { code: 1, says: 'Error: ' });
    await silent('history of all that', ['history', 'app'], { says: 'failed' });
    await silent(
      'a bad type',
      [
        'install',
        'bad',
        variant('type', secret('type: kubernetes.io/tls\nstringData: {p: {{ .Values.password }}}')),
        ...given(second),
        '--take-ownership',
      ],
      { code: 1, says: 'Error: ' },
    );
    await silent('uninstall', ['uninstall', 'app']);
    // Who one is, in addresses of servers.
    for (const [title, config] of [
      ['a password in the address', { cluster: { server: `https://user:${first.password}@127.0.0.1:1` } }],
      [
        'a password of a proxy',
        { cluster: { server: plane.server, 'proxy-url': `http://user:${first.password}@127.0.0.1:1` } },
      ],
    ]) {
      const KUBECONFIG = plane.writeKubeconfig(`${s.namespace}-address`, config);
      const { code, stderr } = await s.pack(['list', '--debug'], { env: { KUBECONFIG } });
      s.is(title, code === 1 && !stderr.includes(first.password), stderr);
    }
    // Asked for by name, as with Helm.
    await s.pack(['install', 'asked', chart, ...given(first)]);
    for (const args of [
      ['get', 'values', 'asked'],
      ['get', 'manifest', 'asked'],
      ['get', 'all', 'asked'],
      ['status', 'asked', '-o', 'json'],
      ['template', 'x', chart, ...given(first)],
      ['install', 'x', chart, ...given(first), '--dry-run=client'],
    ]) {
      const shown = await Promise.all([s.helm(args), s.pack(args)]);
      const has = shown.map(({ stdout }) => secrets.some((text) => stdout.includes(text)));
      const title = args
        .filter((word) => !word.includes('/') && !word.includes('=T') && !word.includes('=tok'))
        .join(' ');
      s.is(`${title} shows what Helm shows`, has[0] && has[1], shown);
    }
  },
};

/** Cases that take the control plane away from all. */
const alone = {
  async 'the server goes and comes back'(s) {
    const chart = s.chart(three);
    let back;
    const gone = (at, times = 1) => {
      let left = times;
      return async (seen) => {
        if (left === 0 || !at(seen)) return undefined;
        left--;
        await plane.apiserver.stop();
        back = sleep(1000).then(() => plane.apiserver.start());
        return { cut: true };
      };
    };
    const isSecond = ({ method, path }) => method === 'PATCH' && path.endsWith('/services/second');
    const isWatch = ({ query }) => query.get('watch') !== null;
    const isRecord = ({ method, path }) => method === 'POST' && path.endsWith('/secrets');
    for (const [title, at, args] of [
      ['while objects are applied', isSecond, []],
      ['when the record is made', isRecord, []],
      ['while it waits', isWatch, ['--wait']],
    ]) {
      const proxy = await s.proxy(gone(at));
      const result = await s.pack(['install', 'app', chart, ...args], proxy);
      s.is(`${title}: goes on`, result.code === 0, result);
      await back;
      s.is(`${title}: recorded`, (await s.statuses('app')) === '1 deployed', await s.records('app'));
      await s.pack(['uninstall', 'app', '--wait']);
    }
  },

  async 'a slow etcd'(s) {
    const chart = s.chart(three);
    const proxy = await s.proxy(async ({ method, path, count }) => {
      if (method === 'PATCH' && path.endsWith('/services/second') && count === 0) {
        plane.etcd.pause();
        setTimeout(() => plane.etcd.resume(), 4000);
      }
    });
    const began = Date.now();
    const { code, stderr } = await s.pack(['install', 'app', chart, '--wait'], proxy);
    s.is('waits for it', code === 0 && Date.now() - began >= 4000, stderr);
    s.is('recorded', (await s.statuses('app')) === '1 deployed', await s.records('app'));
    const writes = proxy.requests.filter(({ method }) => method === 'PATCH');
    s.is('nothing is sent twice', writes.length === 3, writes.map(({ path }) => path).join('\n'));
  },
};

const isWanted = ([name]) => wanted.length === 0 || wanted.some((word) => name.includes(word));

async function runCase([name, act]) {
  const scene = await createScene(name);
  const began = Date.now();
  try {
    await act(scene);
  } catch (e) {
    scene.is('ends', false, e.stack);
  } finally {
    await scene.close();
    if (process.env.FAULTS_SHOW) console.log(`${name}: ${Date.now() - began} ms`);
  }
}

try {
  const queue = Object.entries(together).filter(isWanted);
  const work = async () => {
    for (let each = queue.shift(); each !== undefined; each = queue.shift()) await runCase(each);
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  for (const each of Object.entries(alone).filter(isWanted)) await runCase(each);
} finally {
  await plane.stop();
}
end();
