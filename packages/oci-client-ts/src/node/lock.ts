/** One process at a time: a lock file that says whose it is. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { OciError } from '../error.ts';
import { sleep } from '../registry/retry.ts';

const TIMEOUT_MS = 30_000;
/** Older than any change takes; its process may have been on another machine. */
const STALE_MS = 5 * 60_000;
/** A lock is broken in microseconds; who took longer is no more. */
const BREAKING_MS = 10_000;

/** Runs `work` while it holds the lock. Throws LAYOUT_INVALID when nobody gives it up in 30 s. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const owner = `${process.pid} ${hostname()} ${randomUUID()}`;
  const until = Date.now() + TIMEOUT_MS;
  for (let wait = 2; !create(path, owner); wait = Math.min(wait * 2, 100)) {
    if (isAbandoned(path)) breakLock(path);
    else if (Date.now() > until) {
      throw new OciError('LAYOUT_INVALID', `${path}: another process holds the lock`, {
        hint: `delete ${path} if there is none`,
      });
    } else await sleep(wait * (0.5 + Math.random()));
  }
  try {
    return await work();
  } finally {
    // Who was thought to be gone must not take the lock away from the next.
    if (textOf(path) === owner) rmSync(path, { force: true });
  }
}

function create(path: string, owner: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw e;
  }
  try {
    writeSync(file, owner);
  } finally {
    closeSync(file);
  }
  return true;
}

/** Of several that found a lock abandoned one removes it, after another look: the next owner's must not go with it. */
function breakLock(path: string): void {
  const guard = `${path}.break`;
  if (create(guard, '')) {
    try {
      if (isAbandoned(path)) rmSync(path, { force: true });
    } finally {
      rmSync(guard, { force: true });
    }
  } else if (ageOf(guard) > BREAKING_MS) rmSync(guard, { force: true });
}

/** Its process is gone, or it is too old. A process of another machine, or container, cannot be asked for. */
function isAbandoned(path: string): boolean {
  if (ageOf(path) > STALE_MS) return true;
  const [pid, host] = textOf(path)?.split(' ') ?? [];
  if (host !== hostname() || !/^[1-9]\d*$/.test(pid ?? '')) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Milliseconds; 0 for what is not there. */
function ageOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 0 : Date.now() - stats.mtimeMs;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
