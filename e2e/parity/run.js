// Usage: node e2e/parity/run.js DIR…
// Renders every chart under the folders with Helm and with pack, with its own values and with each ci/*values.yaml,
// and compares them. Prints what differs, a table by folder, and `N passed, N failed, N skipped`.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compare } from './compare.js';

const WORKERS = 2;

/** Folders of charts; what lies inside a chart belongs to it. */
function findCharts(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.some(({ name }) => name === 'Chart.yaml')) return [folder];
  return entries
    .filter((e) => e.isDirectory() && e.name !== '.git' && e.name !== 'node_modules')
    .flatMap((e) => findCharts(join(folder, e.name)));
}

function renders(chart) {
  const ci = join(chart, 'ci');
  const files = existsSync(ci)
    ? readdirSync(ci)
        .filter((name) => /values\.ya?ml$/.test(name))
        .sort()
    : [];
  const flags = existsSync(join(ci, 'flags')) ? readdirSync(join(ci, 'flags')).sort() : [];
  return [
    { chart, args: ['template', 'release-name', chart] },
    ...files.map((name) => ({ chart, args: ['template', 'release-name', chart, '-f', join(ci, name)] })),
    ...flags.map((name) => ({ chart, args: ['template', 'release-name', chart, ...name.split(' ')] })),
  ];
}

const folders = process.argv.slice(2);
const queue = folders.flatMap(findCharts).flatMap(renders);
const table = new Map();
let failed = 0;
let passed = 0;

async function work() {
  for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
    const difference = await compare(job.args);
    const row = table.get(job.chart) ?? { same: 0, different: 0 };
    table.set(job.chart, row);
    if (difference === undefined) {
      passed++;
      row.same++;
    } else {
      failed++;
      row.different++;
      console.log(`DIFFERENT ${job.args.join(' ')}\n${difference}\n`);
    }
  }
}
await Promise.all(Array.from({ length: WORKERS }, work));

for (const [chart, { same, different }] of table)
  console.log(`${different === 0 ? 'same     ' : 'DIFFERENT'} ${same}/${same + different} ${basename(chart)}`);
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
