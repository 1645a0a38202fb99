/** The dependencies of a chart's folder: resolved, fetched, written. Helm: pkg/downloader/manager.go. */
import { readFileSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { type Chart, type Dependency, fromNanoseconds, neededOf, PackError, UTC } from '@pack/core';
import { readChart } from '@pack/core/node';
import {
  createChartSource,
  createRepository,
  gitChart,
  isGitReference,
  repositoriesOf as neededRepositories,
  redactUrl,
  sha256,
} from '@pack/repo';
import { updateIndexes } from '@pack/repo/node';
import {
  type ChartSource,
  type DependencyGraph,
  type FetchOptions,
  fetchLocked,
  isSameLock,
  lockNameOf,
  type NamedRepository,
  type PackLock,
  type PackLockPart,
  resolve,
  resolveRepositoryNames,
  verifyLock,
} from '@pack/resolver';
import { readLock, restoreCharts, writeCharts } from '@pack/resolver/node';
import type { Io } from './command.ts';
import { accessFlags, bool, text } from './flags/common.ts';
import type { Flags, Given } from './flags/parse.ts';
import { pathErrorText } from './go-error.ts';
import { withProgress } from './output/progress.ts';
import { warnOn } from './output/warn.ts';
import { accessOf, checkCertificates, type Repositories, repositoriesOf, trustFlags } from './repositories.ts';
import { verifyPulled } from './verify-chart.ts';

export const dependencyFlags: Flags = {
  ...accessFlags,
  ...trustFlags,
  keyring: text('public keys to verify with'),
  'skip-refresh': bool('take the indexes as they were last fetched'),
  verify: bool('verify the packages against their signatures'),
};

export interface ChartFolder {
  readonly folder: string;
  readonly chart: Chart;
  /** Of a pack: what its lock says of Pack.yaml. */
  readonly pack: PackLockPart | undefined;
  readonly lock: PackLock | undefined;
  readonly repositories: Repositories;
  /** As Chart.yaml has them. */
  readonly written: readonly Dependency[];
  /** The same with URLs for `@name`. */
  readonly wanted: readonly Dependency[];
  readonly source: ChartSource;
}

/**
 * What the commands on dependencies work on. What a run that was cut short left behind is put right first. With `--verify`
 * an archive needs a provenance file, unless `verify` is `if-possible`.
 */
export async function openFolder(
  given: Given,
  io: Io,
  { verify = 'always' }: { verify?: 'always' | 'if-possible' } = {},
): Promise<ChartFolder> {
  checkCertificates(given);
  const folder = normalize(given.args[0] ?? '.').replace(/(?<=.)\/$/, '');
  let isFolder: boolean;
  try {
    isFolder = statSync(folder).isDirectory();
  } catch (e) {
    throw new PackError('CHART_NOT_FOUND', `could not find ${folder}: ${pathErrorText('stat', folder, e)}`, {
      cause: e,
    });
  }
  if (!isFolder) throw new PackError('FOLDER_EXPECTED', 'only unpacked charts can be updated');
  restoreCharts(folder);
  const warn = warnOn(io);
  const chart = await readChart(folder, { warn });
  const lock = readLock(folder, lockNameOf(chart));
  const pack = chart.pack && {
    packYamlDigest: `sha256:${await sha256(readFileSync(join(folder, 'Pack.yaml')))}`,
    policy: lock?.pack?.policy ?? 'strict',
  };
  const repositories = repositoriesOf(given, io);
  const written = chart.pack === undefined ? (chart.metadata.dependencies ?? []) : neededOf(chart.pack, chart.values);
  const wanted = resolveRepositoryNames(written, namedOf(repositories));
  const source = createChartSource({
    ports: repositories.ports,
    folder,
    readChart: (path) => readChart(path, { warn }),
    pull: {
      access: accessOf(given),
      offline: given.bool('offline'),
      allowDigestMismatch: given.bool('allow-digest-mismatch'),
      prov: !given.bool('verify') ? 'never' : verify === 'always' ? 'always' : 'later',
    },
    ...(given.bool('verify') && {
      onPulled: async (_: Dependency, pulled) => {
        if (pulled.url.startsWith('file://') || (verify === 'if-possible' && pulled.prov === undefined)) return;
        await verifyPulled(pulled, given, io);
      },
    }),
  });
  return { folder, chart, pack, lock, repositories, written, wanted, source };
}

/** Only what is needed is fetched anew, and what is needed must come: Helm asks all repositories and goes on without. */
export async function refresh({ repositories, wanted }: ChartFolder, given: Given, io: Io): Promise<void> {
  if (given.bool('skip-refresh') || given.bool('offline')) return;
  await refreshUnlisted(repositories, wanted, io);
  const needed = neededRepositories(wanted, repositories.file);
  if (needed.length === 0) return;
  io.stdout('Hang tight while we grab the latest from your chart repositories...\n');
  const outcomes = await withProgress('Fetching indexes', io, () => updateIndexes(needed, repositories.update));
  for (const outcome of outcomes) {
    const { name, url } = outcome.repository;
    if (outcome.status === 'failed') {
      throw new PackError(
        'REPOSITORY_UNREACHABLE',
        `unable to get an update from the ${JSON.stringify(name)} chart repository (${redactUrl(url)}): ${outcome.error.message}`,
        {
          cause: outcome.error,
          hint: 'use --skip-refresh to go on with its index as it was last fetched',
        },
      );
    }
    io.stdout(`...Successfully got an update from the ${JSON.stringify(name)} chart repository\n`);
  }
  io.stdout('Update Complete. ⎈Happy Helming!⎈\n');
}

/** The indexes of repositories that are not on the list, which nothing but this chart names. */
async function refreshUnlisted({ ports, file }: Repositories, wanted: readonly Dependency[], io: Io): Promise<void> {
  const all = wanted.flatMap(({ repository = '' }) => (/^https?:/.test(repository) ? [repository] : []));
  const unlisted = [...new Set(all)].filter(
    (repository) => neededRepositories([{ name: '', repository }], file).length === 0,
  );
  if (unlisted.length === 0) return;
  io.stdout('Getting updates for unmanaged Helm repositories...\n');
  const update = async (url: string): Promise<void> => {
    await ports.freshIndex(createRepository({ url }));
    io.stdout(`...Successfully got an update from the ${JSON.stringify(redactUrl(url))} chart repository\n`);
  };
  await withProgress('Fetching indexes', io, () => Promise.all(unlisted.map(update)));
}

/** What `@name` stands for in dependencies. */
const namedOf = ({ file }: Repositories): NamedRepository[] =>
  file.repositories.map(({ name, url }) =>
    isGitReference(url) ? { name, url, chartUrl: (chart) => gitChart(url, chart) } : { name, url },
  );

export async function resolved(folder: ChartFolder, given: Given): Promise<{ lock: PackLock; graph: DependencyGraph }> {
  const { chart, pack, wanted, lock, repositories, source } = folder;
  return resolve(
    {
      chart: chart.metadata,
      dependencies: wanted,
      previous: lock,
      // Of packs all that they need is locked.
      recursive: given.bool('recursive') || pack !== undefined,
      pack,
      repositories: namedOf(repositories),
      now: fromNanoseconds(BigInt(Date.now()) * 1_000_000n, UTC),
    },
    source,
  );
}

/** Throws LOCK_OUT_OF_SYNC. */
export const checkLock = ({ chart, pack, written, wanted }: ChartFolder, lock: PackLock, io: Io): Promise<void> =>
  verifyLock({
    apiVersion: chart.metadata.apiVersion,
    written,
    wanted,
    lock,
    packYamlDigest: pack?.packYamlDigest,
    warn: (message) => io.stderr(`${message}\n`),
  });

/** Archives are small: the time goes into waiting for servers. */
const CONCURRENCY = 24;

/** Sherpack's policies but `strict` take a version that was published anew. */
const lacksDigests = ({ pack }: PackLock): boolean => pack !== undefined && pack.policy !== 'strict';

/** Fetches what a lock names and puts it into charts/, or packs/. */
export async function fetchInto(folder: ChartFolder, lock: PackLock, given: Given, io: Io): Promise<void> {
  const options: FetchOptions = {
    concurrency: CONCURRENCY,
    allowDigestMismatch: given.bool('allow-digest-mismatch') || lacksDigests(lock),
    onEvent: (event) => {
      if (event.type === 'saving') return io.stdout(`Saving ${event.count} charts\n`);
      const { name, repository = '' } = event.dependency;
      if (event.type === 'local') {
        io.stdout(`Dependency ${name} did not declare a repository. Assuming it exists in the charts directory\n`);
      } else if (repository.startsWith('file://')) return;
      else
        io.stdout(
          `${event.type === 'same' ? 'Already downloaded' : 'Downloading'} ${name} from repo ${redactUrl(repository)}\n`,
        );
    },
  };
  const fetching = `Fetching ${lock.dependencies.length} charts`;
  const fetched = await withProgress(fetching, io, () => fetchLocked(lock, folder.source, options)).catch(
    (e: unknown) => {
      io.stdout(`Save error occurred:  ${(e as Error).message}\n`);
      throw e;
    },
  );
  if (given.bool('locked') && folder.lock !== undefined) refuseChange(folder.lock, fetched.lock);
  io.stdout('Deleting outdated charts\n');
  await writeCharts({ folder: folder.folder, ...fetched, lockName: lockNameOf(folder.chart), warn: warnOn(io) });
}

/** What `dependency update` does without flags of its own. */
export async function updateDependencies(path: string, given: Given, io: Io): Promise<void> {
  const folder = await openFolder({ ...given, args: [path] }, io);
  if (folder.chart.metadata.dependencies === undefined) return;
  await refresh(folder, given, io);
  await fetchInto(folder, (await resolved(folder, given)).lock, given, io);
}

/** `--locked`: throws LOCK_OUT_OF_SYNC when the lock would change. */
export function refuseChange(before: PackLock | undefined, after: PackLock): void {
  if (before !== undefined && isSameLock(before, after)) return;
  throw new PackError(
    'LOCK_OUT_OF_SYNC',
    before === undefined ? 'there is no lock file' : 'the lock file would change',
    {
      hint: 'run it without --locked and look at the change',
    },
  );
}
