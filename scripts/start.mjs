// npm start: installs, builds and shows pack's main jobs on examples/: a chart with its subcharts rendered, then a
// repository, dependencies, and a registry, all in a folder of its own that is gone afterwards; last a release in a
// cluster. That is a control plane of its own where there is one or Go to build it, or a simulation; the cluster of
// KUBECONFIG only with PACK_START_CLUSTER=kubeconfig.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, run } from './lib/workspace.mjs';

const PACK = 'packages/cli/bin/pack.js';

install();
run('npm', ['run', '--silent', 'build']);

const folder = mkdtempSync(join(tmpdir(), 'pack-start-'));
for (const kind of ['CONFIG', 'CACHE', 'DATA']) process.env[`PACK_${kind}_HOME`] = join(folder, kind.toLowerCase());

function pack(...args) {
  console.log(`\n$ pack ${args.join(' ')}\n`);
  run('node', [PACK, ...args]);
}

/** `pack registry serve` until it says where. */
async function serve(layout) {
  const child = spawn('node', [PACK, 'registry', 'serve', layout, '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const address = await new Promise((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
      const found = /http:\/\/(\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('close', () => reject(new Error(`no registry: ${said}`)));
  });
  return { address, stop: () => child.kill() };
}

pack('template', 'my-shop', 'examples/shop', '--include-crds');

const charts = join(folder, 'charts');
mkdirSync(charts);
pack('package', 'examples/shop', '--destination', charts);
pack('repo', 'index', charts);
pack('repo', 'add', 'examples', `file://${charts}`);
pack('search', 'repo', 'shop');

const street = join(folder, 'street');
mkdirSync(street);
writeFileSync(
  join(street, 'Chart.yaml'),
  'apiVersion: v2\nname: street\nversion: 0.1.0\ndependencies:\n- name: shop\n  version: ^1.0.0\n  repository: "@examples"\n',
);
pack('dependency', 'update', street);
pack('dependency', 'tree', street);
pack('package', street, '--destination', folder);

const registry = await serve(join(folder, 'registry'));
process.on('exit', registry.stop);
pack('push', join(folder, 'street-0.1.0.tgz'), `oci://${registry.address}/charts`);
pack('pull', `oci://${registry.address}/charts/street`, '--version', '0.x', '--destination', charts);
pack('show', 'chart', `oci://${registry.address}/charts/street`);
registry.stop();

const { tour } = await import('./lib/cluster-tour.mjs');
await tour(pack);
rmSync(folder, { recursive: true });
