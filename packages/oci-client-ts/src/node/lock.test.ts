import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'oci-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));

let path: string;
let n = 0;
beforeEach(() => {
  path = join(folder, `${n++}.lock`);
});

/** No system has so many. */
const NOBODY = 2 ** 30;
const past = new Date(Date.now() - 3_600_000);

test('one at a time', async () => {
  let [inside, most] = [0, 0];
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 1));
    inside--;
  };
  await Promise.all(Array.from({ length: 10 }, () => withLock(path, work)));
  expect([most, existsSync(path)]).toEqual([1, false]);
});

test('a fault gives it up', async () => {
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});

test.each<[string, () => void]>([
  ['of a process that is gone', () => writeFileSync(path, `${NOBODY} ${hostname()} x`)],
  [
    'that is too old, wherever its process was',
    () => {
      writeFileSync(path, '1 elsewhere x');
      utimesSync(path, past, past);
    },
  ],
  [
    'whose breaking was cut short',
    () => {
      writeFileSync(path, `${NOBODY} ${hostname()} x`);
      writeFileSync(`${path}.break`, '');
      utimesSync(`${path}.break`, past, past);
    },
  ],
])('a lock %s is broken, by one', async (_, prepare) => {
  prepare();
  let [inside, most] = [0, 0];
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 1));
    inside--;
  };
  await Promise.all(Array.from({ length: 5 }, () => withLock(path, work)));
  expect([most, existsSync(path), existsSync(`${path}.break`)]).toEqual([1, false, false]);
});

test.each([
  ['a process that runs', () => `${process.pid} ${hostname()} x`],
  ['a process of another machine', () => `${NOBODY} elsewhere x`],
  ['who has not said yet who it is', () => ''],
])('a lock of %s is waited for', async (_, text) => {
  writeFileSync(path, text());
  let isFree = false;
  setTimeout(() => {
    isFree = true;
    rmSync(path);
  }, 30);
  await withLock(path, async () => expect(isFree).toBe(true));
});

test('what another took meanwhile stays', async () => {
  await withLock(path, async () => writeFileSync(path, 'of another'));
  expect(readFileSync(path, 'utf8')).toBe('of another');
});
