/** One process at a time: locks as files, which all of ours respect, and Helm's own where the system has flock(1). */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { RepoError } from '../error.ts';

export interface LockOptions {
  /** Milliseconds; 30 s if absent, as Helm waits. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT = 30_000;
/** A holder says so often that it is alive. */
const HEARTBEAT = 5_000;
/** One that has not for so long is dead, wherever it ran. */
const STALE = 60_000;
/** Removing a dead one's lock takes no time. */
const BREAKING = 10_000;

/** Runs `act` while no other process that asks for the same lock file does. Throws LOCK_TIMEOUT. */
export async function withLock<T>(path: string, act: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const token = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  await acquire(path, token, options);
  const heartbeat = setInterval(() => touch(path), HEARTBEAT);
  heartbeat.unref();
  try {
    return await act();
  } finally {
    clearInterval(heartbeat);
    if (contentOf(path) === token) rmSync(path, { force: true });
  }
}

async function acquire(path: string, token: string, { timeout = TIMEOUT, signal }: LockOptions): Promise<void> {
  const deadline = Date.now() + timeout;
  for (let wait = 2; ; wait = Math.min(wait * 1.5, 100)) {
    if (create(path, token)) return;
    if (isStale(path)) breakLock(path);
    else if (Date.now() > deadline) {
      throw new RepoError('LOCK_TIMEOUT', `${path} is held by another process`, {
        hint: 'wait for it to end; if there is none, remove the file',
      });
    } else await sleep(wait * (0.5 + Math.random()), undefined, signal && { signal });
  }
}

/** Whether the file was not there and is now. A link in its place counts as there. */
function create(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw e;
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw e;
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
  }
}

/** Whether the holder is dead: its process is gone from this machine, or it has long been silent. */
function isStale(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (Date.now() - stats.mtimeMs > STALE) return true;
  const holder = /^\{"pid":(\d+),"host":("(?:[^"\\]|\\.)*")/.exec(contentOf(path) ?? '');
  return holder !== null && JSON.parse(holder[2] as string) === hostname() && !isAlive(Number(holder[1]));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Only one may remove a stale lock, and looks again first: else it could remove that of the next holder. */
function breakLock(path: string): void {
  const breaking = `${path}.break`;
  if (!create(breaking, String(process.pid))) {
    const stats = statSync(breaking, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > BREAKING) rmSync(breaking, { force: true });
    return;
  }
  try {
    if (isStale(path)) rmSync(path, { force: true });
  } finally {
    rmSync(breaking, { force: true });
  }
}

/**
 * Runs `act` under flock(2) of a file, which Helm takes for repositories.yaml. Where there is no flock(1) program to hold
 * it for us, `act` runs without. Throws LOCK_TIMEOUT.
 */
export async function withFlock<T>(path: string, act: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new RepoError('LOCK_TIMEOUT', `${path} is a symbolic link`, { hint: 'remove the link' });
  }
  const release = await flock(path, options);
  try {
    return await act();
  } finally {
    await release();
  }
}

/** The lock is held by a child that ends when its input does, and so at the latest with this process. */
async function flock(path: string, { timeout = TIMEOUT, signal }: LockOptions): Promise<() => Promise<void>> {
  const seconds = String(Math.max(0.01, timeout / 1000));
  const child = spawn('flock', ['--exclusive', '--timeout', seconds, path, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    ...(signal && { signal }),
  });
  const ended = new Promise<number | undefined>((resolve) => {
    child.once('error', () => resolve(undefined));
    child.once('exit', (code) => resolve(code ?? 1));
  });
  const held = new Promise<'held'>((resolve) => child.stdout.once('data', () => resolve('held')));
  const outcome = await Promise.race([held, ended]);
  signal?.throwIfAborted();
  if (outcome === 1) throw new RepoError('LOCK_TIMEOUT', `${path} is held by another process`);
  if (outcome !== 'held') return async () => undefined;
  return async () => {
    child.stdin.end();
    await ended;
  };
}
