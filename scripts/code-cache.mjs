// Lets the bundle do its usual work once and keeps the code that V8 compiled for it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const { codeOf, load, scripts } = createRequire(import.meta.url)('../packages/cli/bin/load.js');

const { main } = load('bin.js');
const io = { stdout() {}, stderr() {}, stdin: async () => '', env: {} };
for (const argv of [
  ['template', 'my-shop', 'examples/shop', '--include-crds'],
  ['show', 'all', 'examples/shop'],
  ['version'],
  ['env'],
]) {
  if ((await main(argv, io)) !== 0) throw new Error(`pack ${argv.join(' ')} failed`);
}

/** A cluster with one release, and nothing else that it says. */
const server = createServer(({ url }, response) => {
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
const cluster = ['--kube-apiserver', `http://127.0.0.1:${server.address().port}`];
const home = mkdtempSync(join(tmpdir(), 'pack-code-'));
const env = { HOME: home, HELM_CACHE_HOME: home, KUBECONFIG: '/dev/null' };
if ((await main(['list', ...cluster], { ...io, env })) !== 0) throw new Error('pack list failed');
// What these need of a cluster it has not; that they are loaded is enough.
for (const argv of [
  ['install', 'other', 'examples/shop'],
  ['upgrade', 'other', 'examples/shop'],
  ['uninstall', 'other'],
]) {
  await main([...argv, ...cluster], { ...io, env });
}
server.close().closeAllConnections();
rmSync(home, { recursive: true, force: true });

for (const [name, script] of scripts) writeFileSync(codeOf(name), script.createCachedData());
