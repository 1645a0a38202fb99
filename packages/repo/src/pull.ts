import type { Warn } from '@pack/core';
import type { ContentCache } from './content.ts';
import type { Access, FetchFor } from './http.ts';
import type { RepositoriesFile } from './repositories.ts';
import type { IndexReader } from './summary.ts';

/** A registry as charts are found in it; references are without `oci://`. */
export interface OciSource {
  tags(repository: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** A chart's archive by `repository:tag` or `repository@digest`. */
  pull(reference: string, options: { readonly prov: boolean; readonly signal?: AbortSignal }): Promise<OciChart>;
}

export interface OciChart {
  readonly data: Uint8Array;
  readonly prov?: Uint8Array;
  /** Digest of the manifest, `sha256:…`. */
  readonly manifestDigest: string;
  /** `registry/repository:tag` as it was resolved. */
  readonly reference: string;
}

/** Fetches a commit of a git repository: the chart's folder as an archive. */
export interface GitSource {
  /** All tags and branches. */
  versions(url: string, signal?: AbortSignal): Promise<readonly string[]>;
  archive(url: string, signal?: AbortSignal): Promise<{ readonly data: Uint8Array; readonly commit: string }>;
}

export interface PullPorts {
  readonly repositories: RepositoriesFile;
  /** The cached index of a repository. Throws INDEX_NOT_CACHED. */
  readonly index: (repository: string) => Promise<IndexReader>;
  readonly fetchFor: FetchFor;
  readonly cache?: ContentCache;
  readonly oci?: OciSource;
  readonly git?: GitSource;
  /** A chart folder or archive on this machine, packaged. */
  readonly local?: (path: string) => Promise<Uint8Array>;
  readonly warn?: Warn;
}

export interface PullOptions {
  /** Version or range; the newest stable one if absent. */
  readonly version?: string;
  readonly devel?: boolean;
  /** `--repo`: the address of a repository that is not in the list. */
  readonly repository?: string;
  /** Flags of the command; a repository's own settings are used where they say nothing. */
  readonly access?: Partial<Access>;
  /** Whether to fetch the provenance file: not, if there is one, or it must be there. */
  readonly prov?: 'never' | 'later' | 'always';
  readonly offline?: boolean;
  readonly allowDigestMismatch?: boolean;
  /** sha256 that the archive must have, from a lock. */
  readonly digest?: string;
  readonly signal?: AbortSignal;
}

/** A chart's address, before anything but indexes was fetched. */
export interface FoundChart {
  readonly url: string;
  /** sha256 in hex that the index claims. */
  readonly digest?: string;
  readonly access: Access;
  readonly version?: string;
}

export interface PulledChart {
  /** `name-version.tgz` as the address has it */
  readonly fileName: string;
  readonly data: Uint8Array;
  readonly prov?: Uint8Array;
  /** sha256 of the archive, in hex */
  readonly digest: string;
  readonly url: string;
  readonly oci?: Omit<OciChart, 'data' | 'prov'>;
}

/** Helm: pkg/downloader ResolveChartVersion, pkg/repo/v1 FindChartInRepoURL. */
export declare function findChart(reference: string, options: PullOptions, ports: PullPorts): Promise<FoundChart>;
/** Throws DIGEST_MISMATCH, CHART_DOWNLOAD_FAILED and what {@link findChart} throws. */
export declare function pullChart(reference: string, options: PullOptions, ports: PullPorts): Promise<PulledChart>;
