// The two programs that are compared. PACK_HELM names Helm's binary; without it `helm` of the path is used.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const pack = fileURLToPath(new URL('../../packages/cli/bin/pack.js', import.meta.url));
const helm = process.env.PACK_HELM ?? 'helm';

/** Runs a program: its exit code and what it wrote, stdout as bytes. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TZ: 'UTC' } });
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

export const runHelm = (args) => run(helm, args);
export const runPack = (args) => run(process.execPath, [pack, ...args]);
