// A release that is installed, upgraded and rolled back, at the end of npm start.
import { execFileSync } from 'node:child_process';

const hasGo = () => {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** `pack` runs the program with arguments. */
export async function tour(pack) {
  if (process.env.PACK_START_CLUSTER === 'kubeconfig') {
    console.log('\nThe cluster of the kubeconfig, as PACK_START_CLUSTER says:');
    return walk(pack);
  }
  const { hasControlPlane, startControlPlane } = await import('../../e2e/lib/control-plane.js');
  if (!hasControlPlane() && !hasGo()) return simulated();
  console.log('\nA control plane of Kubernetes on this machine, which ends with this program:');
  const cluster = await startControlPlane();
  process.env.KUBECONFIG = cluster.kubeconfig;
  try {
    walk(pack);
  } finally {
    await cluster.stop();
  }
}

function walk(pack) {
  pack('install', 'my-shop', 'examples/shop', '--wait', '--timeout', '60s');
  pack('list');
  pack('diff', 'upgrade', 'my-shop', 'examples/shop', '--set', 'replicas=3,settings.currency=CHF');
  pack('upgrade', 'my-shop', 'examples/shop', '--set', 'replicas=3,settings.currency=CHF', '--hide-notes');
  pack('rollback', 'my-shop', '1');
  pack('history', 'my-shop');
  pack('uninstall', 'my-shop');
}

/** The same through the libraries, on the cluster in memory that is their tests' second. */
async function simulated() {
  console.log('\nA SIMULATED cluster in memory: here are neither Go nor the programs of a control plane.');
  const dist = (name) => import(`../../packages/${name}`);
  const [{ createMemoryCluster }, release, { readChart }, { renderChart }, { fromNanoseconds, UTC }, { toGo }] =
    await Promise.all([
      dist('kube/dist/testing/index.js'),
      dist('release/dist/index.js'),
      dist('core/dist/node/index.js'),
      dist('engine/dist/index.js'),
      dist('core/dist/index.js'),
      dist('go-template/dist/index.js'),
    ]);
  const cluster = createMemoryCluster({ simulate: true });
  const namespace = 'default';
  const ports = {
    cluster,
    records: release.createObjectStorage({ kind: 'Secret', cluster, namespace, now: Date.now }),
    render: ({ live: _, ...request }) => renderChart(request),
    now: () => fromNanoseconds(BigInt(Date.now()) * 1_000_000n, UTC),
  };
  const run = {
    onEvent(event) {
      if (event.type === 'apply') console.log(`  ${event.change} ${event.ref.kind} ${event.ref.name}`);
      if (event.type === 'hook') console.log(`  hook ${event.name} ${event.phase}`);
    },
  };
  const chart = await readChart('examples/shop');
  const timing = { wait: 'watcher', timeout: 60_000, dryRun: 'none', historyMax: 10 };
  const input = { ...timing, name: 'my-shop', namespace, chart, values: toGo({}), serverSide: true };
  const say = (title) => console.log(`\n> ${title}\n`);
  say('install my-shop');
  await release.install(input, ports, run);
  say('upgrade my-shop, what changes');
  const changed = { ...input, values: toGo({ replicas: 3, settings: { currency: 'CHF' } }), serverSide: 'auto' };
  const target = await release.upgrade({ ...changed, dryRun: 'server' }, ports);
  for (const { ref, change, fields } of await release.previewChange(
    target,
    await release.deployedOf('my-shop', ports),
    ports,
  )) {
    console.log(`  ${change} ${ref.kind} ${ref.name}: ${fields.map(({ path }) => path).join(', ')}`);
  }
  say('upgrade my-shop');
  await release.upgrade(changed, ports, run);
  say('rollback my-shop to 1');
  await release.rollback({ ...timing, name: 'my-shop', version: 1, serverSide: 'auto' }, ports, run);
  for (const { version, info } of await release.historyOf({ name: 'my-shop', max: 10 }, ports)) {
    console.log(`  ${version} ${info.status} ${info.description}`);
  }
}
