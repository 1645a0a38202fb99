// What the suites of distribution have in common: programs in homes of their own, files, and counts.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packProgram } from './programs.js';

const helmProgram = process.env.PACK_HELM ?? 'helm';

/** A suite with a folder of its own, which `end` removes before it prints `N passed, N failed, N skipped`. */
export function suite(name) {
  const root = mkdtempSync(join(tmpdir(), `pack-${name}-`));
  const counts = { passed: 0, failed: 0, skipped: 0 };

  function check(title, good, detail = '') {
    if (good) counts.passed++;
    else counts.failed++;
    if (!good) console.log(`FAIL ${title}${detail === '' ? '' : `\n${detail}`}`);
  }

  const shown = (result) => JSON.stringify(result, null, 1).replaceAll('\\n', '\n');

  /** A command that ended well, and said that on its standard output. */
  const good = (title, result, ...texts) =>
    check(title, result.code === 0 && texts.every((text) => result.stdout.includes(text)), shown(result));

  /** A command that failed, and said that on either output. */
  const bad = (title, result, ...texts) =>
    check(
      title,
      result.code === 1 && texts.every((text) => `${result.stdout}${result.stderr}`.includes(text)),
      shown(result),
    );

  function skip(title, reason) {
    counts.skipped++;
    console.log(`SKIP ${title}: ${reason}`);
  }

  /** A process with Helm's folders under `home`: its handle, and what it exits with and has printed. */
  function start(command, args, { home, cwd = root, input = '', env = {} }) {
    const own = {
      PATH: process.env.PATH,
      HOME: home,
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_DATA_HOME: join(home, 'data'),
    };
    const child = spawn(command, args, { env: { ...own, ...env }, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    // Who is killed reads no more.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const ended = new Promise((resolve) => {
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
    return { child, ended };
  }

  /** `pack registry serve` on a free port: its handle, and its host and port. */
  async function startRegistry(folder, options) {
    const served = startPack(['registry', 'serve', folder, '--port', '0'], options);
    const address = await new Promise((resolve) => {
      let text = '';
      served.child.stderr.on('data', (chunk) => {
        text += chunk;
        const found = /(?:127\.0\.0\.1|localhost):\d+/.exec(text);
        if (found !== null) resolve(found[0]);
      });
    });
    return { ...served, address };
  }

  const startPack = (args, options) => start(process.execPath, [packProgram, ...args], options);
  const startHelm = (args, options) => start(helmProgram, args, options);
  return {
    root,
    check,
    shown,
    good,
    bad,
    skip,
    startPack,
    startHelm,
    startRegistry,
    helm: (args, options) => startHelm(args, options).ended,
    pack: (args, options) => startPack(args, options).ended,
    write(path, content) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    },
    end() {
      rmSync(root, { recursive: true, force: true });
      console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
      process.exitCode = counts.failed > 0 ? 1 : 0;
    },
  };
}
