// Lets the bundle do its usual work once and keeps the code that V8 compiled for it.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import module_, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const { archiveFile, folder, load, scripts } = createRequire(import.meta.url)('../packages/cli/bin/load.js');

const { main } = load('bin.js');
const home = mkdtempSync(join(tmpdir(), 'pack-code-'));
let said = '';
const io = {
  stdout() {},
  stderr(text) {
    said += text;
  },
  stdin: async () => '',
  env: { HOME: home, HELM_CONFIG_HOME: home, HELM_CACHE_HOME: home, HELM_DATA_HOME: home, KUBECONFIG: '/dev/null' },
};
async function pack(...argv) {
  if ((await main(argv, io)) !== 0) throw new Error(`pack ${argv.join(' ')} failed: ${said}`);
}
await pack('template', 'my-shop', 'examples/shop', '--include-crds');
await pack('show', 'all', 'examples/shop');
await pack('lint', 'examples/shop');
await pack('version');
await pack('env');

/** A cluster with one release, and nothing else that it says. */
const server = createServer(({ url }, response) => {
  if (url.startsWith('/charts/')) return response.end(readFileSync(join(home, url.slice('/charts/'.length))));
  response.setHeader('Content-Type', 'application/json');
  if (url.startsWith('/version')) return response.end('{"major":"1","minor":"36","gitVersion":"v1.36.0"}');
  if (!url.includes('/secrets')) return response.writeHead(404).end('{"kind":"Status","reason":"NotFound","code":404}');
  const info = { last_deployed: '2026-01-01T00:00:00Z', status: 'deployed' };
  const chart = { metadata: { name: 'web', version: '1.0.0' }, templates: [], values: {} };
  const record = gzipSync(JSON.stringify({ name: 'web', info, chart, version: 1, namespace: 'default' }));
  const labels = { name: 'web', owner: 'helm', status: 'deployed', version: '1' };
  const secret = {
    metadata: { name: 'sh.helm.release.v1.web.v1', namespace: 'default', labels },
    data: { release: btoa(record.toString('base64')) },
  };
  response.end(JSON.stringify({ kind: 'SecretList', metadata: {}, items: [secret] }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${server.address().port}`;
const cluster = ['--kube-apiserver', address];
await pack('list', ...cluster);
// What these need of a cluster it has not; that they are loaded is enough.
for (const argv of [
  ['install', 'other', 'examples/shop'],
  ['upgrade', 'other', 'examples/shop'],
  ['uninstall', 'other'],
]) {
  await main([...argv, ...cluster], io);
}

await pack('create', join(home, 'web'));
await pack('package', join(home, 'web'), '-d', home);
await pack('repo', 'index', home);
await pack('repo', 'add', 'charts', `${address}/charts`);
await pack('repo', 'update');
await pack('search', 'repo', 'web');
await pack('pull', 'charts/web', '-d', home);
const umbrella = join(home, 'umbrella');
mkdirSync(umbrella);
writeFileSync(
  join(umbrella, 'Chart.yaml'),
  `apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies: [{name: web, version: '>=0.1.0', repository: '${address}/charts'}]\n`,
);
await pack('dependency', 'update', umbrella);

const asked = new AbortController();
said = '';
const served = main(['registry', 'serve', join(home, 'layout'), '--port', '0'], {
  ...io,
  interrupts: () => asked.signal,
});
while (!/http:\/\/(\S+)/.test(said)) await new Promise((resolve) => setTimeout(resolve, 5));
const registry = /http:\/\/(\S+)/.exec(said)[1];
await pack('push', join(home, 'web-0.1.0.tgz'), `oci://${registry}/charts`);
await pack('pull', `oci://${registry}/charts/web`, '-d', home);
asked.abort();
await served;

server.close().closeAllConnections();
rmSync(home, { recursive: true, force: true });

// Newer Nodes load the chunks themselves, and keep their code.
if (scripts.size > 0) writeArchive();

/** packages/cli/bin/load.js says what the file is like. */
function writeArchive() {
  const parts = [];
  const index = {};
  let at = 0;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.js'))) {
    const source = module_.wrap(readFileSync(join(folder, name), 'latin1'));
    if (/[^\x00-\x7f]/.test(source)) throw new Error(`${name} is not ASCII`);
    const code = scripts.get(name)?.createCachedData() ?? Buffer.alloc(0);
    index[name] = [at, source.length, code.length];
    parts.push(Buffer.from(source, 'latin1'), code);
    at += source.length + code.length;
  }
  const head = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  writeFileSync(archiveFile, Buffer.concat([length, head, ...parts]));
}
