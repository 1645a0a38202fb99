// npm test: installs, builds and runs every test that needs no server. Its last line counts them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, run } from './lib/workspace.mjs';

install();
run('npm', ['run', '--silent', 'build']);
run('node', ['scripts/check.mjs']);

const folder = mkdtempSync(join(tmpdir(), 'pack-test-'));
const report = join(folder, 'vitest.json');
const vitest = spawnSync('npx', ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile=${report}`], {
  stdio: 'inherit',
});
const units = existsSync(report)
  ? JSON.parse(readFileSync(report, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
rmSync(folder, { recursive: true });

const vectors = spawnSync('node', ['conformance/run.js'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
  maxBuffer: 1 << 28,
});
process.stdout.write(vectors.stdout);
const counts = /^all: (\d+)\/(\d+); wrong outputs: (\d+)/m.exec(vectors.stdout);
const [vectorsPassed, wrongOutputs] = counts === null ? [0, 1] : [Number(counts[1]), Number(counts[3])];

const passed = units.numPassedTests + vectorsPassed;
const failed = units.numFailedTests + wrongOutputs;
console.log(`${passed} passed, ${failed} failed, ${units.numPendingTests} skipped`);
process.exitCode = failed > 0 || vitest.status !== 0 || vectors.status !== 0 ? 1 : 0;
