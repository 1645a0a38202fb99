/** One process at a time: a lock file that says whose it is. */
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { OciError } from '../error.ts';
import { sleep } from '../registry/retry.ts';

const TIMEOUT_MS = 30_000;
/** Older than any change takes; its process may have been on another machine. */
const STALE_MS = 5 * 60_000;

/** Runs `work` while it holds the lock. Throws LAYOUT_INVALID when nobody gives it up in 30 s. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const until = Date.now() + TIMEOUT_MS;
  for (let wait = 2; !acquire(path); wait = Math.min(wait * 2, 100)) {
    if (Date.now() > until) {
      throw new OciError('LAYOUT_INVALID', `${path}: another process holds the lock`, {
        hint: `delete ${path} if there is none`,
      });
    }
    await sleep(wait * (0.5 + Math.random()));
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function acquire(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e;
  }
  if (isAbandoned(path)) rmSync(path, { force: true });
  return false;
}

function isAbandoned(path: string): boolean {
  try {
    if (Date.now() - statSync(path).mtimeMs > STALE_MS) return true;
    const pid = Number(readFileSync(path, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
