import type { Chart, Dependency } from '@pack/core';

/** An archive of a dependency. */
export interface DependencyArchive {
  readonly data: Uint8Array;
  /** `name-version.tgz` */
  readonly fileName: string;
  /** sha256 in hex */
  readonly digest: string;
}

export interface ArchiveOptions {
  /** sha256 in hex that the archive must have. */
  readonly digest?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where dependencies come from: repositories, registries, folders, or a map. Errors are the source's own. */
export interface ChartSource {
  /** The versions to choose from, the best first. What is no version is passed over. */
  versions(dependency: Dependency, signal?: AbortSignal): Promise<readonly string[]>;
  /** What a version itself depends on; asked for when resolving goes deeper. */
  dependencies(dependency: Dependency, version: string, signal?: AbortSignal): Promise<readonly Dependency[]>;
  archive(dependency: Dependency, version: string, options?: ArchiveOptions): Promise<DependencyArchive>;
  /** The chart of a dependency without repository, which must be in charts/ already. */
  local(dependency: Dependency): Promise<Chart>;
}
