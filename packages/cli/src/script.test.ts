/** The scripts of testdata/script; each is one story of the command line. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Run, runScript } from '@pack/testkit';
import { test } from 'vitest';
import { main } from './main.ts';

const folder = fileURLToPath(new URL('../testdata/script/', import.meta.url));

const pack: Run = async (argv) => {
  const written = { stdout: '', stderr: '' };
  const io = {
    stdout: (text: string) => void (written.stdout += text),
    stderr: (text: string) => void (written.stderr += text),
    stdin: async () => '',
    env: {},
  };
  return { code: await main(argv, io), ...written };
};

test.each(readdirSync(folder))('%s', { timeout: 30_000 }, (name) =>
  runScript(readFileSync(folder + name, 'utf8'), pack),
);
