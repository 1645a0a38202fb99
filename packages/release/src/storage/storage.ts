/** Where records are kept. Helm: pkg/storage/driver. */
import { ReleaseError } from '../error.ts';
import type { Release } from '../record.ts';

/** What is known of a record without unpacking it. */
export interface RecordHead {
  readonly name: string;
  readonly namespace: string;
  readonly version: number;
  readonly status: string;
  /** The storage's own too. */
  readonly labels: Readonly<Record<string, string>>;
  /** The record as it is stored, base64 of a gzip stream of JSON; absent where it is not packed. */
  readonly packed?: string;
  /** Throws RELEASE_RECORD_BROKEN. */
  load(): Promise<Release>;
}

export interface RecordQuery {
  /** Nobody is going to load what is listed, so that a storage need not read it. */
  readonly headsOnly?: boolean | undefined;
  /** No others are asked for: a storage leaves out what it can. */
  readonly among?: readonly RecordHead[] | undefined;
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  /** A selector of labels, as Kubernetes has them. */
  readonly selector?: string | undefined;
}

export interface ReleaseStorage {
  /** As Helm calls it: `Secret`, `ConfigMap`, `Memory`, `SQL`. */
  readonly name: string;
  /** Whoever reaches its records has reached the cluster. */
  readonly isInCluster?: boolean;
  /** In no order. */
  list(query: RecordQuery, signal?: AbortSignal): Promise<readonly RecordHead[]>;
  /** As `list`; no more is held of a record than what `pick` makes of it. */
  collect<T>(query: RecordQuery, pick: (head: RecordHead) => T, signal?: AbortSignal): Promise<readonly T[]>;
  /** Throws RELEASE_NOT_FOUND, RELEASE_RECORD_BROKEN. */
  get(name: string, version: number, signal?: AbortSignal): Promise<Release>;
  /** Throws RELEASE_TOO_LARGE for what `create` would refuse for its size. Absent where any size is good. */
  ensureFits?(release: Release): Promise<void>;
  /** Throws RELEASE_EXISTS, RELEASE_TOO_LARGE. */
  create(release: Release, signal?: AbortSignal): Promise<void>;
  /** Throws RELEASE_NOT_FOUND, RELEASE_TOO_LARGE. */
  update(release: Release, signal?: AbortSignal): Promise<void>;
  /** Throws RELEASE_NOT_FOUND. */
  delete(name: string, version: number, signal?: AbortSignal): Promise<void>;
}

export const OWNER = 'helm';

/** Names of labels that are the storage's. */
export const SYSTEM_LABELS: readonly string[] = ['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt'];

export const ownLabels = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => !SYSTEM_LABELS.includes(name)));

/** `seconds`: since the epoch. */
export const labelsOf = (
  { name, version, info, labels }: Release,
  written: 'createdAt' | 'modifiedAt',
  seconds: number,
): Record<string, string> => ({
  ...ownLabels(labels),
  [written]: String(seconds),
  name,
  owner: OWNER,
  status: info.status,
  version: String(version),
});

export const keyOf = (name: string, version: number): string => `sh.helm.release.v1.${name}.v${version}`;

export const notFound = (cause?: unknown): ReleaseError =>
  new ReleaseError('RELEASE_NOT_FOUND', 'release: not found', { cause });
export const alreadyExists = (cause?: unknown): ReleaseError =>
  new ReleaseError('RELEASE_EXISTS', 'release: already exists', { cause });
