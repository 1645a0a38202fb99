// What the scripts share: running commands at the workspace's root with only Node and npm at hand.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
process.chdir(root);

/** Runs a command with this terminal; ends this process with its code if it fails. */
export function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', cwd: root });
  if (error !== undefined) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Installs the packages of the lock file with the pnpm that package.json names. */
export function install() {
  const { packageManager } = JSON.parse(readFileSync('package.json', 'utf8'));
  run('npx', ['--yes', packageManager, 'install', '--frozen-lockfile', '--silent']);
}
