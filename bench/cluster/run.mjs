// Usage: node bench/cluster/run.mjs [RUNS]
// pack against Helm in the same run, on a control plane of loopback: ratios of medians, peak memory, and how many requests
// the API server gets. Needs a built checkout and GNU time. PACK_HELM names Helm's binary.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { startControlPlane } from '../../e2e/lib/control-plane.js';
import { measure, median } from '../render/measure.mjs';

const runs = Number(process.argv[2] ?? 7);
const OBJECTS = 500;
const RELEASES = 2000;
const root = mkdtempSync(join(tmpdir(), 'pack-bench-'));
const packProgram = fileURLToPath(new URL('../../packages/cli/bin/pack.js', import.meta.url));
const programs = {
  helm: [process.env.PACK_HELM ?? 'helm'],
  pack: [process.execPath, packProgram],
};
const cluster = await startControlPlane();
for (const kind of ['CONFIG', 'CACHE', 'DATA']) process.env[`HELM_${kind}_HOME`] = join(root, kind);

/** Passes on to the API server what it counts. */
async function countingProxy() {
  const user = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8')).users[0].user;
  const decode = (name) => Buffer.from(user[name], 'base64');
  const agent = new Agent({
    keepAlive: true,
    ca: readFileSync(cluster.ca),
    cert: decode('client-certificate-data'),
    key: decode('client-key-data'),
  });
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    count++;
    const { host: _, ...headers } = incoming.headers;
    const sent = request(`${cluster.server}${incoming.url}`, { method: incoming.method, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    sent.on('error', () => outgoing.destroy());
    incoming.pipe(sent);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeconfig = cluster.writeKubeconfig('counted', {
    cluster: { server: `http://127.0.0.1:${server.address().port}` },
    user: {},
  });
  return {
    kubeconfig,
    async during(work) {
      const before = count;
      await work();
      return count - before;
    },
    stop: () => server.close().closeAllConnections(),
  };
}

function writeCharts() {
  execFileSync(programs.pack[0], [packProgram, 'create', join(root, 'created')], { stdio: 'ignore' });
  const many = join(root, 'many');
  mkdirSync(join(many, 'templates'), { recursive: true });
  writeFileSync(join(many, 'Chart.yaml'), 'apiVersion: v2\nname: many\nversion: 0.1.0\n');
  writeFileSync(
    join(many, 'templates/a.yaml'),
    `{{- range until ${OBJECTS} }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ $.Release.Name }}-{{ . }}}\ndata: {value: {{ $.Values.value | default "a" }}, text: {{ repeat 200 "x" }}}\n{{- end }}\n`,
  );
  return { created: join(root, 'created'), many };
}

/** The records of that many releases of a chart, of which one is installed. */
async function fillReleases(namespace, chart) {
  const seed = 'seed';
  const [command, ...first] = programs.helm;
  await measure(command, [...first, 'install', seed, chart, '-n', namespace], {
    env: { KUBECONFIG: cluster.kubeconfig },
  });
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const { data } = (await cluster.api('GET', `${path}/sh.helm.release.v1.${seed}.v1`)).body;
  const release = JSON.parse(gunzipSync(Buffer.from(atob(data.release), 'base64')));
  const create = async (i) => {
    const name = `release-${i}`;
    const text = gzipSync(JSON.stringify({ ...release, name })).toString('base64');
    await cluster.api('POST', path, {
      metadata: {
        name: `sh.helm.release.v1.${name}.v1`,
        labels: { name, owner: 'helm', status: 'deployed', version: '1' },
      },
      type: 'helm.sh/release.v1',
      data: { release: btoa(text) },
    });
  };
  for (let i = 1; i < RELEASES; i += 50) {
    await Promise.all(Array.from({ length: Math.min(50, RELEASES - i) }, (_, k) => create(i + k)));
  }
}

/** Each step by either program in turn, each in a namespace of its own. */
async function race(title, steps) {
  const samples = {};
  for (let i = 0; i < runs; i++) {
    for (const [name, [command, ...first]] of Object.entries(programs)) {
      for (const [step, ...args] of steps) {
        const line = [...first, ...args, '-n', name];
        const result = await measure(command, line, { env: { KUBECONFIG: cluster.kubeconfig } });
        ((samples[step] ??= {})[name] ??= []).push(result);
      }
    }
  }
  for (const [step, by] of Object.entries(samples)) {
    const [helm, pack] = ['helm', 'pack'].map((name) => ({
      ms: median(by[name].map(({ ms }) => ms)),
      mib: Math.max(...by[name].map(({ mib }) => mib)),
    }));
    console.log(
      `${title}, ${step}: helm ${helm.ms.toFixed(0)} ms, ${helm.mib.toFixed(0)} MiB; pack ${pack.ms.toFixed(0)} ms, ${pack.mib.toFixed(0)} MiB; time ×${(pack.ms / helm.ms).toFixed(2)}, memory ×${(pack.mib / helm.mib).toFixed(2)}`,
    );
  }
}

const cycle = (chart, change) => [
  ['install', 'install', 'r', chart],
  ['upgrade', 'upgrade', 'r', chart, '--set', change],
  ['uninstall', 'uninstall', 'r'],
];

try {
  const { created, many } = writeCharts();
  await cluster.createNamespace('helm');
  await cluster.createNamespace('pack');
  await race('a created chart', cycle(created, 'replicaCount=2'));
  await race(`${OBJECTS} objects`, cycle(many, 'value=b'));

  const proxy = await countingProxy();
  for (const [title, chart, change] of [
    ['a created chart', created, 'replicaCount=2'],
    [`${OBJECTS} objects`, many, 'value=b'],
  ]) {
    for (const [step, ...args] of cycle(chart, change)) {
      const counts = {};
      for (const [name, [command, ...first]] of Object.entries(programs)) {
        counts[name] = await proxy.during(() =>
          measure(command, [...first, ...args, '-n', name], { env: { KUBECONFIG: proxy.kubeconfig } }),
        );
      }
      console.log(`${title}, ${step}: requests helm ${counts.helm}, pack ${counts.pack}`);
    }
  }
  proxy.stop();

  for (const name of Object.keys(programs)) await fillReleases(name, created);
  await race(`${RELEASES} releases`, [
    ['list', 'list'],
    ['list of all', 'list', '-m', '0'],
    ['names', 'list', '-q', '-m', '0'],
  ]);
} finally {
  await cluster.stop();
  rmSync(root, { recursive: true, force: true });
}
