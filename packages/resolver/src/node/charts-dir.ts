/** charts/ and the lock of a chart, packs/ and the lock of a pack: changed whole, or not at all. Helm: pkg/downloader/manager.go safeMoveDeps, writeLock. */
import { randomUUID } from 'node:crypto';
import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ChartError, loadArchive, type Warn } from '@pack/core';
import { quoteGo } from 'go-template';

import { ResolverError } from '../error.ts';
import { formatLock, isSameLock, type LockName, type PackLock, parseLock } from '../lock.ts';
import type { DependencyArchive } from '../source.ts';

export interface WriteChartsInput {
  /** The chart's folder. */
  readonly folder: string;
  readonly archives: readonly DependencyArchive[];
  /** Written last, unless it says what the one that is there says. */
  readonly lock: PackLock;
  /** Chart.lock if absent. Of Pack.lock.yaml the archives go into packs/. */
  readonly lockName?: LockName;
  readonly warn?: Warn;
}

/**
 * Puts archives into charts/ in the place of all others there. Folders stay, and files that are no charts, and charts of
 * dependencies that have no repository. All is made ready beside and then takes its place by a rename; what a run that was
 * cut short left is put right by the next. Throws CHARTS_INVALID, LOCK_IS_LINK.
 */
export async function writeCharts({
  folder,
  archives,
  lock,
  lockName = 'Chart.lock',
  warn,
}: WriteChartsInput): Promise<void> {
  restoreCharts(folder);
  const lockPath = join(folder, lockName);
  checkLock(lockPath, lockName);
  const name = lockName === 'Pack.lock.yaml' ? 'packs' : 'charts';
  const charts = join(folder, name);
  const isThere = existsSync(charts);
  if (isThere && !lstatSync(charts).isDirectory()) {
    throw new ResolverError('CHARTS_INVALID', `${quoteGo(charts)} is not a directory`);
  }
  const token = randomUUID();
  const fresh = join(folder, `.${name}-${token}.new`);
  const old = join(folder, `.${name}-${token}.old`);
  const stagedLock = `${lockPath}.${token}.tmp`;
  try {
    mkdirSync(fresh);
    await writeAll([...namedArchives(archives)].map(([name, data]) => [join(fresh, name), data]));
    if (isThere) await keepOthers(charts, fresh, lock, warn);
    const isNewLock = !isSameLock(readLock(folder, lockName), lock);
    if (isNewLock) await writeSynced(stagedLock, formatLock(lock));
    if (isThere) renameSync(charts, old);
    try {
      renameSync(fresh, charts);
      if (isNewLock) renameSync(stagedLock, lockPath);
    } catch (e) {
      // First, for a lock that waits alone is taken for that of the new set.
      rmSync(stagedLock, { force: true });
      rmSync(charts, { recursive: true, force: true });
      if (isThere) renameSync(old, charts);
      throw e;
    }
  } finally {
    rmSync(stagedLock, { force: true });
    rmSync(fresh, { recursive: true, force: true });
    if (existsSync(charts)) rmSync(old, { recursive: true, force: true });
  }
}

/** The lock of a chart's folder, with the digests of archives; undefined when there is none. Throws TextError. */
export function readLock(folder: string, lockName: LockName = 'Chart.lock'): PackLock | undefined {
  const path = join(folder, lockName);
  return existsSync(path) ? parseLock(readFileSync(path, 'utf8')) : undefined;
}

function checkLock(path: string, name: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new ResolverError('LOCK_IS_LINK', `the ${name} file is a symlink to ${quoteGo(readlinkSync(path))}`, {
      hint: 'remove the link',
    });
  }
}

/** Disks take several files at once sooner than one after the other. All are at rest when one has failed. */
async function writeAll(files: readonly (readonly [path: string, data: Uint8Array])[]): Promise<void> {
  const outcomes = await Promise.allSettled(files.map(([path, data]) => writeSynced(path, data)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function writeSynced(path: string, data: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Two archives cannot have one name; one archive twice, as under an alias, is but one. */
function namedArchives(archives: readonly DependencyArchive[]): Map<string, Uint8Array> {
  const digests = new Map<string, string>();
  const named = new Map<string, Uint8Array>();
  for (const { fileName, data, digest } of archives) {
    if (!/^[^./\\\0_][^/\\\0]*\.tgz$/.test(fileName)) {
      throw new ResolverError('CHARTS_INVALID', `${quoteGo(fileName)} is no name for an archive in charts/`);
    }
    if ((digests.get(fileName) ?? digest) !== digest) {
      throw new ResolverError(
        'CHARTS_INVALID',
        `two dependencies have archives named ${fileName}, and are not the same`,
      );
    }
    digests.set(fileName, digest);
    named.set(fileName, data);
  }
  return named;
}

/** Takes over what is not ours to remove. */
async function keepOthers(charts: string, fresh: string, lock: PackLock, warn: Warn | undefined): Promise<void> {
  const local = new Set(lock.dependencies.filter(({ repository }) => !repository).map(({ name }) => name));
  for (const entry of readdirSync(charts, { withFileTypes: true })) {
    const from = join(charts, entry.name);
    const to = join(fresh, entry.name);
    if (existsSync(to)) continue;
    if (!entry.isFile()) cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    else if (!(await isOutdated(from, local, warn))) copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}

/** Whether a file is a chart that came from a repository. */
async function isOutdated(path: string, local: ReadonlySet<string>, warn: Warn | undefined): Promise<boolean> {
  try {
    const { metadata } = await loadArchive(readFileSync(path));
    return !local.has(metadata.name);
  } catch (e) {
    if (!(e instanceof ChartError)) throw e;
    warn?.(`Could not verify ${path} for deletion: ${e.message} (Skipping)`);
    return false;
  }
}

const STAGED_CHARTS = /^\.(charts|packs)-([0-9a-f-]{36})\.(new|old)$/;
const STAGED_LOCK = /^(Chart\.lock|requirements\.lock|Pack\.lock\.yaml)\.([0-9a-f-]{36})\.tmp$/;

/**
 * Ends a change that was cut short: charts/ and the lock are both those from before, or both the new ones, and nothing else
 * is left of it. A set that waits to take the place of charts/ never did; a lock that waits alone belongs to the one there.
 */
export function restoreCharts(folder: string): void {
  const names = readdirSync(folder);
  const staged = names.flatMap((name) => {
    const [, of, token, kind] = STAGED_CHARTS.exec(name) ?? [];
    return of === undefined ? [] : [{ charts: join(folder, of), token, kind, path: join(folder, name) }];
  });
  for (const { charts, kind, path } of staged) if (kind === 'old' && !existsSync(charts)) renameSync(path, charts);
  for (const name of names) {
    const [, of, token] = STAGED_LOCK.exec(name) ?? [];
    if (of === undefined) continue;
    const isDone = !staged.some((other) => other.token === token && other.kind === 'new');
    const target = join(folder, of);
    if (isDone && !lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink())
      renameSync(join(folder, name), target);
    else rmSync(join(folder, name), { force: true });
  }
  for (const { path } of staged) rmSync(path, { recursive: true, force: true });
}
