// Usage: node bench/distribution/registry.mjs [RUNS]
// Push and pull of a chart of 28 MB (Helm pushes none of 60 MB) against Helm in the same run, and what memory a blob of 2 GB takes, on a registry of
// loopback. Needs a built checkout and GNU time. PACK_HELM names Helm's binary.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRegistry } from '../../e2e/lib/registry.js';
import { race } from '../render/measure.mjs';

const runs = Number(process.argv[2] ?? 5);
const helm = process.env.PACK_HELM ?? 'helm';
const pack = fileURLToPath(new URL('../../packages/cli/bin/pack.js', import.meta.url));
const blobProgram = fileURLToPath(new URL('big-blob.mjs', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'pack-bench-'));
for (const kind of ['CONFIG', 'CACHE', 'DATA']) process.env[`HELM_${kind}_HOME`] = join(root, kind);

function bigChart() {
  const chart = join(root, 'big');
  mkdirSync(join(chart, 'files'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: big\nversion: 0.1.0\n');
  for (let i = 0; i < 7; i++) writeFileSync(join(chart, 'files', `${i}.bin`), randomBytes(4 * 1024 * 1024));
  execFileSync(process.execPath, [pack, 'package', chart, '-d', root], { stdio: 'ignore' });
  return join(root, 'big-0.1.0.tgz');
}

function row(title, [theirs, ours]) {
  const line = ({ ms, mib }) => `${ms.toFixed(0)} ms, ${mib.toFixed(0)} MiB`;
  console.log(
    `${title}: helm ${line(theirs)}; pack ${line(ours)}; time ×${(ours.ms / theirs.ms).toFixed(2)}, memory ×${(ours.mib / theirs.mib).toFixed(2)}`,
  );
}

const registry = await startRegistry();
try {
  const archive = bigChart();
  let n = 0;
  const both = (args) =>
    race(runs, [
      [helm, args],
      [process.execPath, [pack, ...args]],
    ]);
  const fresh = async (title, argsOf) => {
    const samples = [[], []];
    for (let i = 0; i < runs; i++) {
      for (const [k, contender] of [
        [helm, []],
        [process.execPath, [pack]],
      ].entries()) {
        const [result] = await race(1, [[contender[0], [...contender[1], ...argsOf(n++)]]]);
        samples[k].push(result);
      }
    }
    const middle = (list) => [...list].sort((a, b) => a.ms - b.ms)[list.length >> 1];
    row(title, samples.map(middle));
  };
  await fresh('push of 28 MB', (i) => ['push', archive, `oci://${registry.host}/r${i}`, '--plain-http']);
  row('pull of 28 MB', await both(['pull', `oci://${registry.host}/r0/big`, '--plain-http', '-d', root]));

  const served = spawn(process.execPath, [pack, 'registry', 'serve', join(root, 'layout'), '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const host = await new Promise((resolve) =>
    served.stderr.on('data', (chunk) => resolve(/http:\/\/(\S+)/.exec(chunk)[1])),
  );
  for (const [title, at] of [
    ['the registry of the CNCF', registry.host],
    ['pack registry serve', host],
  ]) {
    for (const verb of ['push', 'pull']) {
      const [{ ms, mib }] = await race(1, [[process.execPath, [blobProgram, verb, at]]]);
      console.log(`${verb} of 2 GB, ${title}: ${(ms / 1000).toFixed(1)} s, ${mib.toFixed(0)} MiB`);
    }
  }
  served.kill();
} finally {
  await registry.stop();
  rmSync(root, { recursive: true, force: true });
}
