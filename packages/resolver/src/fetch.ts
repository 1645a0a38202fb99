/** The archives of a lock, in parallel, each the one that was locked. Helm: pkg/downloader/manager.go downloadAll. */
import {
  type Chart,
  type Dependency,
  loadArchive,
  packageChart,
  parseConstraint,
  parseVersion,
  satisfies,
} from '@pack/core';
import { GoError } from 'go-template';

import { ResolverError } from './error.ts';
import { chartId } from './graph.ts';
import type { LockedDependency, PackLock } from './lock.ts';
import type { ChartSource, DependencyArchive } from './source.ts';

export type FetchEvent =
  | { readonly type: 'saving'; readonly count: number }
  /** `same` is locked a second time, as under an alias. */
  | { readonly type: 'local' | 'fetching' | 'same'; readonly dependency: LockedDependency };

export interface FetchOptions {
  /** Downloads at a time; 8 if absent. */
  readonly concurrency?: number;
  readonly allowDigestMismatch?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: FetchEvent) => void;
}

export interface FetchedLock {
  /** With the digests of all archives. */
  readonly lock: PackLock;
  /** What belongs into charts/, without what lies there already. */
  readonly archives: readonly DependencyArchive[];
}

const CONCURRENCY = 8;

/** Throws DIGEST_MISMATCH, DEPENDENCY_UNRESOLVED for a chart in charts/ that does not fit, and the source's errors. */
export async function fetchLocked(
  lock: PackLock,
  source: ChartSource,
  options: FetchOptions = {},
): Promise<FetchedLock> {
  const { onEvent } = options;
  onEvent?.({ type: 'saving', count: lock.dependencies.length });
  const wanted = new Map<string, LockedDependency>();
  for (const dependency of lock.dependencies) {
    if (!dependency.repository) {
      onEvent?.({ type: 'local', dependency });
      await checkLocal(dependency, source);
    } else if (wanted.has(keyOf(dependency))) onEvent?.({ type: 'same', dependency });
    else {
      onEvent?.({ type: 'fetching', dependency });
      wanted.set(keyOf(dependency), dependency);
    }
  }
  for (const dependency of lock.transitive ?? []) {
    onEvent?.({ type: 'fetching', dependency });
    wanted.set(keyOf(dependency), dependency);
  }
  const fetched = await fetchAll([...wanted.values()], source, options);
  const withDigest = (dependency: LockedDependency): LockedDependency => {
    const archive = fetched.get(keyOf(dependency));
    return archive === undefined ? dependency : { ...dependency, digest: `sha256:${archive.digest}` };
  };
  const direct = new Set(lock.dependencies.filter(({ repository }) => repository).map(keyOf));
  const archives = [...direct].map((key) => fetched.get(key) as DependencyArchive);
  return {
    lock: {
      ...lock,
      dependencies: lock.dependencies.map(withDigest),
      ...(lock.transitive && { transitive: lock.transitive.map(withDigest) }),
    },
    archives: lock.transitive === undefined ? archives : await completeArchives(archives, lock, fetched),
  };
}

const keyOf = (dependency: LockedDependency): string => `${chartId(dependency)}@${dependency.version}`;

async function checkLocal(dependency: LockedDependency, source: ChartSource): Promise<void> {
  const { name, version } = dependency;
  const { metadata } = await source.local(dependency);
  try {
    if (satisfies(parseVersion(metadata.version), parseConstraint(version))) return;
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    const message = `dependency ${name} has an invalid version/constraint format: ${e.message}`;
    throw new ResolverError('DEPENDENCY_INVALID', message, { cause: e });
  }
  throw new ResolverError(
    'DEPENDENCY_UNRESOLVED',
    `dependency ${name} at version ${metadata.version} does not satisfy the constraint ${version}`,
  );
}

/** The first fault ends all; what is under way is told to stop. */
async function fetchAll(
  wanted: readonly LockedDependency[],
  source: ChartSource,
  { concurrency = CONCURRENCY, signal, allowDigestMismatch = false }: FetchOptions,
): Promise<ReadonlyMap<string, DependencyArchive>> {
  const fetched = new Map<string, DependencyArchive>();
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < wanted.length && !either.aborted; i = next++) {
      const dependency = wanted[i] as LockedDependency;
      const digest = dependency.digest?.replace(/^sha256:/, '');
      const archive = await source.archive(dependency, dependency.version, { digest, signal: either });
      if (digest !== undefined && archive.digest !== digest && !allowDigestMismatch) throw changed(dependency, archive);
      fetched.set(keyOf(dependency), archive);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, wanted.length) }, () =>
    work().catch((e: unknown) => {
      stop.abort();
      throw e;
    }),
  );
  const failed = (await Promise.allSettled(workers)).filter((outcome) => outcome.status === 'rejected');
  signal?.throwIfAborted();
  // Those that were told to stop say so too.
  const first = failed.find(({ reason }) => (reason as Error).name !== 'AbortError') ?? failed[0];
  if (first !== undefined) throw first.reason;
  return fetched;
}

function changed({ name, version, repository, digest }: LockedDependency, archive: DependencyArchive): ResolverError {
  return new ResolverError(
    'DIGEST_MISMATCH',
    `${name} ${version} from ${repository} has digest sha256:${archive.digest}, but the lock has ${digest}`,
    { hint: 'it was published anew; check it, then run pack dependency update' },
  );
}

/**
 * Archives with what they depend on in them, as locked for the whole tree. One that has it all is left as it is, byte for
 * byte.
 */
async function completeArchives(
  archives: readonly DependencyArchive[],
  { dependencies, transitive = [] }: PackLock,
  fetched: ReadonlyMap<string, DependencyArchive>,
): Promise<DependencyArchive[]> {
  const locked = new Map([...dependencies, ...transitive].map((entry) => [chartId(entry), entry]));
  const complete = async (chart: Chart): Promise<Chart | undefined> => {
    let children = [...chart.dependencies];
    let isChanged = false;
    for (const dependency of chart.metadata.dependencies ?? []) {
      const entry = lockedFor(dependency, locked);
      const archive = entry && fetched.get(keyOf(entry));
      if (entry === undefined || archive === undefined) continue;
      const there = children.find(({ metadata }) => metadata.name === dependency.name);
      const child = there?.metadata.version === entry.version ? there : await loadArchive(archive.data);
      const whole = await complete(child);
      if (whole === undefined && child === there) continue;
      isChanged = true;
      children = [...children.filter((other) => other !== there), whole ?? child];
    }
    return isChanged ? { ...chart, dependencies: children } : undefined;
  };
  return Promise.all(
    archives.map(async (archive) => {
      const whole = await complete(await loadArchive(archive.data));
      // The digest stays that of what was fetched: it is what the lock has.
      return whole === undefined ? archive : { ...archive, data: (await packageChart(whole, new Date(0))).data };
    }),
  );
}

/** A chart's own dependency among what is locked; a relative folder is known by its name alone. */
function lockedFor(
  dependency: Dependency,
  locked: ReadonlyMap<string, LockedDependency>,
): LockedDependency | undefined {
  if (!dependency.repository) return undefined;
  const exact = locked.get(chartId(dependency));
  if (exact !== undefined || /^https?:|^oci:/.test(dependency.repository)) return exact;
  return [...locked.values()].find(({ name }) => name === dependency.name);
}
