import type { Chart, Dependency } from '@pack/core';

/** A version that a source has. */
export interface OfferedVersion {
  readonly version: string;
  /** sha256 of the archive, where the source claims one. */
  readonly digest?: string;
  /** What the version itself depends on, where the source says so: an index does, a tag list does not. */
  readonly dependencies?: readonly Dependency[];
}

/** An archive of a locked dependency. */
export interface DependencyArchive {
  readonly data: Uint8Array;
  /** `name-version.tgz` */
  readonly fileName: string;
  /** sha256 in hex */
  readonly digest: string;
}

/** Where dependencies come from: repositories, registries, folders, in memory. */
export interface ChartSource {
  /** In the order of preference, newest first. Throws DEPENDENCY_NOT_FOUND or the source's own error. */
  versions(dependency: Dependency, signal?: AbortSignal): Promise<readonly OfferedVersion[]>;
  archive(
    dependency: Dependency,
    version: string,
    options: { readonly digest?: string; readonly signal?: AbortSignal },
  ): Promise<DependencyArchive>;
  /** The chart of a dependency without repository, which lies in charts/ already. */
  local?(dependency: Dependency): Promise<Chart>;
}
