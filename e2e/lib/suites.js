// Runs scripts one after the other and adds up the counts that their last lines give.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `suites`: the address of a script and its arguments. Sets the exit code of this process. */
export function runSuites(suites) {
  const counts = [0, 0, 0];
  let failed = false;
  for (const [script, ...args] of suites) {
    const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(script), ...args], {
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
  console.log(`${counts[0]} passed, ${counts[1]} failed, ${counts[2]} skipped`);
  process.exitCode = failed ? 1 : 0;
}
