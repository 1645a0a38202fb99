import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBytes } from 'go-template';
import { afterAll, expect, it } from 'vitest';
import { runProcess } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'pack-process-'));
afterAll(() => rmSync(folder, { recursive: true }));
const env = { PATH: process.env['PATH'] };
const sh = (script: string) => ({ command: 'sh', args: ['-c', script], env });

it('gives what a program prints, and its exit code', async () => {
  let said = '';
  const { code, stdout } = await runProcess({
    ...sh('cat; echo oops >&2; exit 3'),
    input: 'in',
    onStderr: (text) => {
      said += text;
    },
  });
  expect([code, fromBytes(stdout), said]).toEqual([3, 'in', 'oops\n']);
});

it('does not mind a program that reads nothing', async () => {
  expect((await runProcess({ ...sh('exit 0'), input: 'x'.repeat(10_000_000) })).code).toBe(0);
});

it('ends a program that takes too long, and what it has started', async () => {
  const file = join(folder, 'pid');
  const running = runProcess({ ...sh(`sleep 1000 & echo $! > ${file}; wait`), timeout: 1000 });
  await expect(running).rejects.toMatchObject({ code: 'PLUGIN_TIMEOUT', message: 'sh has not ended after 1 s' });
  const pid = Number(readFileSync(file, 'utf8'));
  await expect.poll(() => isRunning(pid)).toBe(false);
});

/** A zombie waits for nobody but its parent. */
function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

it('ends a program that does not want to end', async () => {
  const running = runProcess({ ...sh('trap "" TERM; while :; do sleep 1; done'), timeout: 100 });
  await expect(running).rejects.toMatchObject({ code: 'PLUGIN_TIMEOUT' });
});

it('ends a program when it is told to', async () => {
  const stop = new AbortController();
  const running = runProcess({
    ...sh('echo begun >&2; sleep 1000'),
    signal: stop.signal,
    onStderr: () => stop.abort(),
  });
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
});

it.each([
  ['nowhere', 'exec: "nowhere": executable file not found in $PATH'],
  ['/nowhere/at/all', 'fork/exec /nowhere/at/all: no such file or directory'],
  [folder, `fork/exec ${folder}: permission denied`],
])('says that %s cannot be started', async (command, message) => {
  await expect(runProcess({ command, args: [], env })).rejects.toMatchObject({ code: 'PLUGIN_UNSTARTABLE', message });
});
