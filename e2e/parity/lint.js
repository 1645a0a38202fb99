// Usage: node e2e/parity/lint.js [NAME…]
// Lints charts with Helm and with pack and compares output, log lines and exit codes: those of this folder and the
// examples as they are, those of lint-charts, each of which breaks a rule, with flags too, and as archives.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare } from './compare.js';

const WORKERS = 2;

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const chartsIn = (folder) =>
  readdirSync(path(folder))
    .map((name) => join(path(folder), name))
    .filter((chart) => !existsSync(join(chart, 'Pack.yaml')));

const broken = chartsIn('lint-charts');
const archives = mkdtempSync(join(tmpdir(), 'pack-lint-'));
const FLAGS = [
  ['--strict', '--quiet'],
  ['--with-subcharts', '--kube-version', '1.16'],
  ['--set', 'a=text', '--set', 'name=x', '--set-json', 'd=null', '-n', 'else'],
  ['--skip-schema-validation', '--set', 'a.b=null', '--set', 'one.x=null'],
];

function archiveOf(chart) {
  const file = join(archives, `${basename(chart)}.tgz`);
  execFileSync('tar', ['-czf', file, '-C', join(chart, '..'), basename(chart)]);
  return file;
}

const jobs = [
  ...[...chartsIn('charts'), ...chartsIn('../../examples'), ...broken].map((chart) => [chart]),
  ...broken.flatMap((chart) => FLAGS.map((flags) => [chart, ...flags])),
  ...broken.map((chart) => [archiveOf(chart)]),
  [archiveOf(join(path('lint-charts'), 'subcharts')), '--with-subcharts'],
  broken,
  [...broken, '--quiet'],
  ['nowhere', path('lint-charts/good'), '--quiet'],
  ['nowhere.tgz'],
  [path('lint.js')],
  [join(path('lint-charts/good'), '.'), './nowhere'],
  [path('lint-charts/good'), '--quiet'],
  [path('lint-charts/good'), '--kube-version', 'x'],
  [path('lint-charts/good'), '--kube-version', ''],
  [path('lint-charts/good'), '-f', 'nowhere.yaml'],
  ...['1.15', '1.21.0', '1.22', '1.25+', '1.33', '1.40'].map((version) => [
    path('lint-charts/deprecated'),
    '--kube-version',
    version,
  ]),
].filter(([first]) => process.argv.length === 2 || process.argv.slice(2).some((name) => first.includes(name)));

/** A schema's complaints and the names of what is missing come in the order of a Go map. */
const sortComplaints = (text) =>
  text
    .replaceAll(/(?:^ *- at '.*\n)+/gm, (lines) => lines.split('\n').slice(0, -1).sort().join('\n').concat('\n'))
    .replaceAll(/(?<=metadata is missing these dependencies: ).*/g, (names) => names.split(',').sort().join());

const queue = [...jobs];
let failed = 0;
async function work() {
  for (let args = queue.shift(); args !== undefined; args = queue.shift()) {
    const difference = await compare(['lint', ...args], { canonical: sortComplaints, logs: true });
    if (difference === undefined) continue;
    failed++;
    console.log(`DIFFERENT lint ${args.join(' ').slice(0, 300)}\n${difference}\n`);
  }
}
await Promise.all(Array.from({ length: WORKERS }, work));
rmSync(archives, { recursive: true });

console.log(`${jobs.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
