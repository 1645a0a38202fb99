/** What there is to lint at a path. Helm: pkg/action/lint.go lintChart. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  basePath,
  type ChartFile,
  decodeMetadata,
  isCodedError,
  loadChart,
  PackError,
  parseIgnore,
  readArchive,
  type Warn,
} from '@pack/core';
import { readChart } from '@pack/core/node';
import type { Entry, EntryName, LintSubject } from '@pack/engine/lint';
import { compareBytes, fromBytes, GoError, quoteGo } from 'go-template';
import { pathErrorText } from './go-error.ts';

/** Whether it is a folder that has Pack.yaml and no Chart.yaml. */
export const isPackFolder = (path: string): boolean =>
  existsSync(join(path, 'Pack.yaml')) && !existsSync(join(path, 'Chart.yaml'));

/** As {@link isPackFolder}, for archives too. */
export async function isPackAt(path: string): Promise<boolean> {
  if (!ARCHIVE.test(path)) return isPackFolder(path);
  try {
    const names = new Set((await readArchive(readFileSync(path))).map(({ name }) => name));
    return names.has('Pack.yaml') && !names.has('Chart.yaml');
  } catch (e) {
    // It is told of where it is read as a chart.
    if (e instanceof Error && ('syscall' in e || isCodedError(e))) return false;
    throw e;
  }
}

const ARCHIVE = /\.(tgz|tar\.gz)$/;

/** Throws LINT_UNREADABLE, with Helm's message, when there is no chart. */
export const readLintSubject = (path: string, warn: Warn): Promise<LintSubject> =>
  ARCHIVE.test(path) ? fromArchive(path, warn) : fromFolder(path, warn);

async function fromFolder(path: string, warn: Warn): Promise<LintSubject> {
  const file = join(path, 'Chart.yaml');
  const stats = statOf(file);
  if (stats instanceof Error)
    throw unreadable(`unable to check Chart.yaml file in chart: ${pathErrorText('stat', file, stats)}`, stats);
  const folder = resolve(path);
  return {
    path: folder,
    entries: entriesBy((name) => entryAt(join(folder, name))),
    chart: await orFault(readChart(folder, { warn })),
  };
}

const unreadable = (message: string, cause?: unknown): PackError =>
  new PackError('LINT_UNREADABLE', message, { cause });

function statOf(path: string): ReturnType<typeof statSync> | NodeJS.ErrnoException {
  try {
    return statSync(path);
  } catch (e) {
    return e as NodeJS.ErrnoException;
  }
}

const entriesBy = (look: (name: EntryName) => Entry): LintSubject['entries'] => ({
  'Chart.yaml': look('Chart.yaml'),
  'values.yaml': look('values.yaml'),
  'values.schema.json': look('values.schema.json'),
  templates: look('templates'),
  crds: look('crds'),
});

function entryAt(path: string): Entry {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? readFileSync(path) : stats && 'folder';
}

/** Only faults of the chart are findings. */
const orFault = <T>(loading: Promise<T>): Promise<T | PackError> =>
  loading.catch((e) => {
    if (isCodedError(e)) return e as PackError;
    throw e;
  });

/** Helm unpacks an archive and lints the folder, so that .helmignore counts here too. */
async function fromArchive(path: string, warn: Warn): Promise<LintSubject> {
  let data: Uint8Array;
  try {
    data = readFileSync(path);
  } catch (e) {
    throw unreadable(`unable to open tarball: ${pathErrorText('open', path, e)}`, e);
  }
  let files: ChartFile[];
  try {
    files = inWalkOrder(await readArchive(data));
    checkName(files);
  } catch (e) {
    throw e instanceof GoError || isCodedError(e) ? unreadable(`unable to extract tarball: ${e.message}`, e) : e;
  }
  const byName = new Map(files.map((file) => [file.name, file.data]));
  return {
    path: resolve(path),
    entries: entriesBy(
      (name) => byName.get(name) ?? (files.some((file) => file.name.startsWith(`${name}/`)) ? 'folder' : undefined),
    ),
    chart: await orFault(loadKept(files, byName.get('.helmignore'), warn)),
  };
}

/** Files in the order in which a walk through their folders finds them. */
function inWalkOrder(files: readonly ChartFile[]): ChartFile[] {
  const parts = new Map(files.map((file) => [file, file.name.split('/')]));
  const compare = (a: readonly string[], b: readonly string[]): number => {
    const at = a.findIndex((part, i) => part !== b[i]);
    return at < 0 ? a.length - b.length : compareBytes(a[at] as string, b[at] ?? '');
  };
  return [...files].sort((a, b) => compare(parts.get(a) as string[], parts.get(b) as string[]));
}

/** The name becomes that of the folder. Helm: chartutil.Expand. */
function checkName(files: readonly ChartFile[]): void {
  const file = files.find(({ name }) => name === 'Chart.yaml');
  let name = '';
  try {
    if (file !== undefined) ({ name } = decodeMetadata(fromBytes(file.data)));
  } catch (e) {
    throw e instanceof GoError ? new GoError(`cannot load Chart.yaml: ${e.message}`) : e;
  }
  if (name === '') throw new GoError('chart name not specified');
  if (name === '.' || name === '..') throw new GoError(`chart name ${quoteGo(name)} is not allowed`);
  if (name !== basePath(name)) throw new GoError(`chart name ${quoteGo(name)} must not contain path separators`);
}

async function loadKept(files: readonly ChartFile[], ignore: Uint8Array | undefined, warn: Warn) {
  const isIgnored = parseIgnore(ignore === undefined ? '' : fromBytes(ignore));
  const isKept = ({ name }: ChartFile): boolean => {
    const parts = name.split('/');
    return parts.every((_, i) => !isIgnored(parts.slice(0, i + 1).join('/'), i < parts.length - 1));
  };
  return loadChart(files.filter(isKept), { warn });
}
