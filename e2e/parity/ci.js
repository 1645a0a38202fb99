// For CI: the charts of this folder and the examples against Helm's binary, what lint says of them, what create
// and `dependency list` make, then 2,000 random templates against its
// packages. PACK_ORACLE names the oracle that .ci/run builds.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const counts = [0, 0, 0];
let failed = false;

function suite(script, args) {
  const { stdout, status } = spawnSync(process.execPath, [path(script), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  });
  process.stdout.write(stdout);
  const numbers = /(\d+) passed, (\d+) failed, (\d+) skipped\n$/.exec(stdout);
  if (numbers === null) counts[1]++;
  else for (const i of counts.keys()) counts[i] += Number(numbers[i + 1]);
  failed ||= status !== 0;
}

suite('run.js', [path('charts'), path('../../examples')]);
suite('limits.js', []);
suite('show.js', []);
suite('lint.js', []);
suite('create.js', []);
suite('fuzz.js', [process.env.PACK_ORACLE ?? 'oracle', '2000', process.env.PACK_FUZZ_SEED ?? '777000']);

console.log(`${counts[0]} passed, ${counts[1]} failed, ${counts[2]} skipped`);
process.exitCode = failed ? 1 : 0;
