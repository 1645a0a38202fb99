// Usage: node bench/distribution/run.mjs [RUNS]
// pack against Helm in the same run, on repositories of loopback: ratios of medians and peak memory. Needs a built
// checkout and GNU time. PACK_HELM names Helm's binary.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { race } from '../render/measure.mjs';
import { writeBigIndex, writeRepository, writeUmbrella } from './repositories.mjs';

const runs = Number(process.argv[2] ?? 7);
const DEPENDENCIES = 20;
const LATENCY_MS = 50;
const packProgram = fileURLToPath(new URL('../../packages/cli/bin/pack.js', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'pack-bench-'));

const programs = [
  ['helm', process.env.PACK_HELM ?? 'helm', []],
  ['pack', process.execPath, [packProgram]],
].map(([name, command, first]) => {
  const home = join(root, name);
  const env = {
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_DATA_HOME: join(home, 'data'),
  };
  return { name, command, first, home, env };
});

const serverProgram = fileURLToPath(new URL('server.mjs', import.meta.url));

async function serve(folder, latency) {
  const child = spawn(process.execPath, [serverProgram, folder, String(latency)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk).trim())));
  return { url, stop: () => child.kill() };
}

function runAll(argsOf) {
  for (const program of programs) {
    const { command, first, env } = program;
    execFileSync(command, [...first, ...argsOf(program)], { env: { ...process.env, ...env }, stdio: 'ignore' });
  }
}

/** `most`: how many times Helm's time and memory pack may take. */
async function compare(title, argsOf, { most, before = () => undefined, sameOutput = true }) {
  const contenders = programs.map((program) => {
    const { command, first, env } = program;
    return [command, [...first, ...argsOf(program)], { env, before: () => before(program) }];
  });
  const [theirs, ours] = await race(runs, contenders);
  console.log(`\n${title}`);
  for (const [{ name }, { ms, least, most: worst, mib }] of programs.map((program, i) => [
    program,
    [theirs, ours][i],
  ])) {
    const range = `(${least.toFixed(0)}–${worst.toFixed(0)})`;
    console.log(`  ${name}  ${ms.toFixed(1).padStart(8)} ms ${range.padEnd(14)} ${mib.toFixed(0).padStart(5)} MiB`);
  }
  if (sameOutput && theirs.bytes !== ours.bytes)
    console.log(`  NOT THE SAME OUTPUT: helm ${theirs.bytes} bytes, pack ${ours.bytes} bytes`);
  for (const [what, ratio] of [
    ['time', ours.ms / theirs.ms],
    ['memory', ours.mib / theirs.mib],
  ]) {
    const bound = most[what];
    const verdict = bound === undefined ? '' : ` of at most ×${bound}${ratio > bound ? '  MISSED' : ''}`;
    console.log(`  ${what} ×${ratio.toFixed(3)}${verdict}`);
  }
}

const servers = [];
try {
  const big = join(root, 'big');
  const size = writeBigIndex(big);
  const parts = join(root, 'parts');
  await writeRepository(parts, DEPENDENCIES);
  servers.push(await serve(big, 0), await serve(parts, LATENCY_MS));
  const [bigServer, partsServer] = servers;
  console.log(`medians of ${runs} runs; in brackets the least and the most`);

  runAll(() => ['repo', 'add', 'big', bigServer.url]);
  const megabytes = (size / 1e6).toFixed(1);
  await compare(`search repo on an index of ${megabytes} MB`, () => ['search', 'repo', 'chart-01'], {
    most: { time: 0.1, memory: 0.3 },
  });
  await compare(`search repo --versions on an index of ${megabytes} MB`, () => ['search', 'repo', 'chart-01', '-l'], {
    most: {},
  });
  await compare(`repo update of an index of ${megabytes} MB`, () => ['repo', 'update'], { most: { time: 0.5 } });
  runAll(() => ['repo', 'remove', 'big']);

  for (const { home } of programs) writeUmbrella(join(home, 'umbrella'), partsServer.url, DEPENDENCIES);
  const before = ({ home }) => {
    for (const path of ['umbrella/charts', 'umbrella/Chart.lock', 'cache'])
      rmSync(join(home, path), { recursive: true, force: true });
  };
  const update = ({ home }) => ['dependency', 'update', join(home, 'umbrella')];
  const title = `dependency update of ${DEPENDENCIES} dependencies, ${LATENCY_MS} ms away`;
  await compare(`${title}, repository not on the list`, update, { most: { time: 0.25 }, before, sameOutput: false });
  runAll(() => ['repo', 'add', 'parts', partsServer.url]);
  await compare(`${title}, repository on the list`, update, { most: { time: 0.25 }, before, sameOutput: false });
} finally {
  for (const server of servers) server.stop();
  rmSync(root, { recursive: true, force: true });
}
