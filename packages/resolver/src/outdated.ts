/** Which dependencies have newer versions. */
import { compareVersions, type Dependency, parseConstraint, parseVersion, type SemVer, satisfies } from '@pack/core';
import { GoError } from 'go-template';

import type { PackLock } from './lock.ts';
import type { ChartSource } from './source.ts';

export interface Outdated {
  readonly name: string;
  readonly repository: string;
  readonly range: string;
  /** As locked; empty without a lock. */
  readonly current: string;
  /** The newest in the range; empty when there is none. */
  readonly wanted: string;
  /** The newest that is no pre-release. */
  readonly latest: string;
}

/** The dependencies that are not at their newest version. Those in charts/ and in folders have no versions to choose. */
export async function outdated(
  dependencies: readonly Dependency[],
  lock: PackLock | undefined,
  source: ChartSource,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Outdated[]> {
  const rows = await Promise.all(
    dependencies.map(async (dependency, i): Promise<Outdated | undefined> => {
      const { name, repository = '', version: range = '' } = dependency;
      if (repository === '' || repository.startsWith('file://')) return undefined;
      // All versions are asked for: a registry that is asked for one knows but that.
      const versions = (await source.versions({ ...dependency, version: '*' }, options.signal)).flatMap(parsed);
      const newest = (fits: string): string => {
        const constraint = parseConstraint(fits);
        const fitting = versions.filter((version) => satisfies(version, constraint));
        return (
          fitting.reduce<SemVer | undefined>((a, b) => (a && compareVersions(a, b) >= 0 ? a : b), undefined)
            ?.original ?? ''
        );
      };
      const locked = lock?.dependencies[i];
      const current = locked?.name === name ? locked.version : '';
      return { name, repository, range, current, wanted: newest(range), latest: newest('*') };
    }),
  );
  return rows.filter(
    (row) => row !== undefined && (row.current !== row.wanted || isOlder(row.current, row.latest)),
  ) as Outdated[];
}

function parsed(version: string): SemVer[] {
  try {
    return [parseVersion(version)];
  } catch (e) {
    if (e instanceof GoError) return [];
    throw e;
  }
}

function isOlder(a: string, b: string): boolean {
  const [left] = parsed(a);
  const [right] = parsed(b);
  return left !== undefined && right !== undefined && compareVersions(left, right) < 0;
}
