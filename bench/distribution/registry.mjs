// Usage: node bench/distribution/registry.mjs [RUNS]
// Push and pull of large charts against Helm in the same run, and what memory a blob of 2 GB takes, on a registry of
// loopback. Helm neither pushes nor pulls an archive of more than 32 MiB by a registry: one of 28 MB whose content does not
// shrink, and one of 100 MB that is 28 MB as an archive; an archive of 95 MB comes by HTTP. Needs a built checkout and GNU time. PACK_HELM names Helm's binary.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRegistry } from '../../e2e/lib/registry.js';
import { race } from '../render/measure.mjs';

const runs = Number(process.argv[2] ?? 5);
const helm = process.env.PACK_HELM ?? 'helm';
const pack = fileURLToPath(new URL('../../packages/cli/bin/pack.js', import.meta.url));
const blobProgram = fileURLToPath(new URL('big-blob.mjs', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'pack-bench-'));
for (const kind of ['CONFIG', 'CACHE', 'DATA']) process.env[`HELM_${kind}_HOME`] = join(root, kind);

const NOISE = () => randomBytes(4.8 * 1024 * 1024);
/** A fifth of it is noise. */
const TEXT = () =>
  Buffer.from(
    randomBytes(0.96 * 1024 * 1024)
      .toString('latin1')
      .replaceAll(/./gs, '$&    '),
    'latin1',
  );

/** The archive of a chart that has so many files. */
function packaged(name, count, fill) {
  const chart = join(root, name);
  mkdirSync(join(chart, 'files'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`);
  for (let i = 0; i < count; i++) writeFileSync(join(chart, 'files', `${i}.bin`), fill());
  execFileSync(process.execPath, [pack, 'package', chart, '-d', root], { stdio: 'ignore' });
  return join(root, `${name}-0.1.0.tgz`);
}

/** Serves archives by HTTP. */
async function startServer() {
  const server = createServer(({ url }, response) => {
    const data = readFileSync(join(root, basename(url)));
    response.setHeader('Content-Length', data.length);
    response.end(data);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function row(title, [theirs, ours]) {
  const line = ({ ms, mib }) => `${ms.toFixed(0)} ms, ${mib.toFixed(0)} MiB`;
  console.log(
    `${title}: helm ${line(theirs)}; pack ${line(ours)}; time ×${(ours.ms / theirs.ms).toFixed(2)}, memory ×${(ours.mib / theirs.mib).toFixed(2)}`,
  );
}

const registry = await startRegistry();
try {
  let n = 0;
  const both = (args, options) =>
    race(runs, [
      [helm, args, options],
      [process.execPath, [pack, ...args], options],
    ]);
  const forget = { before: () => rmSync(process.env.HELM_CACHE_HOME, { recursive: true, force: true }) };
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
  for (const [title, name, count, fill] of [
    ['28 MB', 'noise', 6, NOISE],
    ['100 MB, packed 28 MB', 'text', 20, TEXT],
  ]) {
    const archive = packaged(name, count, fill);
    await fresh(`push of ${title}`, (i) => ['push', archive, `oci://${registry.host}/r${i}`, '--plain-http']);
    execFileSync(process.execPath, [pack, 'push', archive, `oci://${registry.host}/pulled`], { stdio: 'ignore' });
    const pull = ['pull', `oci://${registry.host}/pulled/${name}`, '--plain-http', '-d', root];
    row(`pull of ${title}`, await both(pull, forget));
    row(`pull of ${title} again`, await both(pull));
  }
  packaged('large', 19, NOISE);
  const server = await startServer();
  const out = mkdtempSync(join(root, 'out-'));
  row(
    'pull of 95 MB by HTTP',
    await both(['pull', `http://127.0.0.1:${server.address().port}/large-0.1.0.tgz`, '-d', out], forget),
  );
  server.close();

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
