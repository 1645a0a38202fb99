// The two programs that are compared. PACK_HELM names Helm's binary; without it `helm` of the path is used.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const packProgram = fileURLToPath(new URL('../../packages/cli/bin/pack.js', import.meta.url));
const helm = process.env.PACK_HELM ?? 'helm';

/** Runs a program: its exit code and what it wrote, stdout as bytes. `input` is what it reads. */
export function run(command, args, { cwd, env = {}, input } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, TZ: 'UTC', ...env },
    });
    child.stdin?.end(input);
    const out = [];
    const err = [];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString('latin1'), stderr: Buffer.concat(err).toString('utf8') }),
    );
  });
}

export const runHelm = (args, options) => run(helm, args, options);
export const runPack = (args, options) => run(process.execPath, [packProgram, ...args], options);
