// Wall time and peak memory of a process.
import { spawn } from 'node:child_process';

const TIME = '/usr/bin/time';

/** Runs a command once: milliseconds, and peak MiB where GNU time is there. Throws unless it exits with 0. */
export function measure(command, args, { env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    const child = spawn(TIME, ['-f', 'peak %M', command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let bytes = 0;
    let err = '';
    child.stdout.on('data', (chunk) => {
      bytes += chunk.length;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = Number(process.hrtime.bigint() - start) / 1e6;
      if (code !== 0) reject(new Error(`${command} ${args.join(' ')}: exit code ${code}\n${err}`));
      else resolve({ ms, bytes, mib: Number(/peak (\d+)/.exec(err)?.[1] ?? Number.NaN) / 1024 });
    });
  });
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Measures several commands in turn, so that what slows the machine slows all of them. `before` makes each run the first.
 */
export async function race(runs, contenders) {
  const samples = contenders.map(() => []);
  for (let i = 0; i < runs; i++) {
    for (const [k, [command, args, { env, before } = {}]] of contenders.entries()) {
      before?.();
      samples[k].push(await measure(command, args, { env }));
    }
  }
  return samples.map((all) => ({
    ms: median(all.map((s) => s.ms)),
    least: Math.min(...all.map((s) => s.ms)),
    most: Math.max(...all.map((s) => s.ms)),
    mib: Math.max(...all.map((s) => s.mib)),
    bytes: all[0].bytes,
  }));
}
