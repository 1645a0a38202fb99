// Usage: node bench/render/run.mjs [RUNS]
// pack against Helm in the same run: ratios of medians and peak memory. Needs a built checkout and GNU time.
// PACK_HELM names Helm's binary, PACK_NODES further Node binaries (split by `:`) to start pack with.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readChart } from '../../packages/core/dist/node/index.js';
import { createRenderer } from '../../packages/engine/dist/index.js';
import { bigChart, smallChart } from './charts.mjs';
import { median, race } from './measure.mjs';

const runs = Number(process.argv[2] ?? 9);
const helm = process.env.PACK_HELM ?? 'helm';
const nodes = [process.execPath, ...(process.env.PACK_NODES?.split(':') ?? [])];
const pack = fileURLToPath(new URL('../../packages/cli/bin/pack.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pack-bench-'));

const row = (name, { ms, least, most, mib }, base) =>
  console.log(
    `${name.padEnd(34)} ${ms.toFixed(1).padStart(8)} ms (${least.toFixed(0)}–${most.toFixed(0)})  ${mib.toFixed(0).padStart(5)} MiB` +
      (base === undefined ? '' : `  time ×${(ms / base.ms).toFixed(2)}  memory ×${(mib / base.mib).toFixed(2)}`),
  );

async function cold(title, times, args) {
  console.log(`\n${title}`);
  const [base, ...ours] = await race(times, [[helm, args], ...nodes.map((node) => [node, [pack, ...args]])]);
  row('helm', base);
  for (const [i, result] of ours.entries()) {
    row(`pack, ${i === 0 ? `node ${process.version}` : nodes[i]}`.slice(-34), result, base);
    if (result.bytes !== base.bytes && args[0] !== 'version')
      console.log(`  NOT THE SAME OUTPUT: helm ${base.bytes} bytes, pack ${result.bytes} bytes`);
  }
  return base;
}

async function warm(title, chart, times, base) {
  const renderer = await createRenderer(await readChart(chart));
  for (let i = 0; i < 3; i++) renderer.render();
  const samples = [];
  for (let i = 0; i < times; i++) {
    const start = process.hrtime.bigint();
    renderer.render();
    samples.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  const ms = median(samples);
  console.log(
    `${title.padEnd(34)} ${ms.toFixed(2).padStart(8)} ms  ${(base.ms / ms).toFixed(1)} times faster than a helm process`,
  );
}

try {
  const small = smallChart(folder, helm);
  const [big, bigger] = [bigChart(folder, 1000), bigChart(folder, 5000)];
  console.log(`medians of ${runs} runs; in brackets the least and the most`);
  await cold('(a) version, cold', runs, ['version']);
  const smallBase = await cold('(a) template of a created chart, cold', runs, ['template', 'x', small]);
  const bigBase = await cold('(b) 1,000 templates of 15 containers', Math.max(3, runs >> 1), ['template', 'x', big]);
  await cold('(b) 5,000 templates of 15 containers', 3, ['template', 'x', bigger]);
  console.log('\n(c) in this process, warm: rendering alone, without sorting or printing');
  await warm('created chart', small, 200, smallBase);
  await warm('1,000 templates', big, 5, bigBase);
} finally {
  rmSync(folder, { recursive: true });
}
