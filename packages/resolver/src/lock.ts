/** Chart.lock with the digest of each archive, which Helm reads as one without. */
import {
  type Dependency,
  decodeYamlStruct,
  dependencyFields,
  encodeYaml,
  helm2LockDigest,
  type Lock,
  lockDigest,
  METADATA,
  type StructShape,
  type Time,
  type Warn,
  ZERO_TIME,
} from '@pack/core';
import { type GoMap, newMap } from 'go-template';

import { ResolverError } from './error.ts';

/** A dependency at one version. */
export interface LockedDependency extends Dependency {
  readonly version: string;
  /** `sha256:…` of its archive; of what lies in charts/ already, nothing. */
  readonly digest?: string;
}

export interface PackLock extends Lock {
  /** Those of Chart.yaml, in its order. Helm's `digest` of the lock is over these. */
  readonly dependencies: readonly LockedDependency[];
  /** What those depend on in turn, one version of each chart; only when resolved so. Helm overlooks the key. */
  readonly transitive?: readonly LockedDependency[];
}

const DEPENDENCY = (METADATA.fields.dependencies as { list: StructShape }).list;
const LOCKED = { list: { ...DEPENDENCY, fields: { ...DEPENDENCY.fields, digest: 'string' } } } as const;
const LOCK: StructShape = {
  name: 'Lock',
  type: 'v2.Lock',
  fields: { generated: 'time', digest: 'string', dependencies: LOCKED, transitive: LOCKED },
};

/** The text of a lock; undefined when it is empty. Throws TextError with Go's message. */
export function parseLock(text: string): PackLock | undefined {
  const lock = decodeYamlStruct(text, LOCK) as Partial<PackLock> | undefined;
  return lock && { ...lock, dependencies: (lock.dependencies ?? []).filter((entry) => entry !== null) };
}

/** As Helm writes it, but for the digests of archives. */
export function formatLock(lock: PackLock): string {
  const out = newMap();
  out.dependencies = lock.dependencies.map(writtenFields);
  if (lock.transitive !== undefined) out.transitive = lock.transitive.map(writtenFields);
  out.digest = lock.digest ?? '';
  out.generated = lock.generated ?? ZERO_TIME;
  return encodeYaml(out);
}

function writtenFields(dependency: LockedDependency): GoMap {
  const fields = dependencyFields(dependency);
  if (dependency.digest !== undefined) fields.digest = dependency.digest;
  return fields;
}

/** A lock with the digest over what was asked for and what is locked. */
export async function sealLock(
  wanted: readonly Dependency[],
  lock: Omit<PackLock, 'digest' | 'generated'>,
  generated: Time,
): Promise<PackLock> {
  return { ...lock, digest: await lockDigest(wanted, lock.dependencies), generated };
}

/** Whether two locks say the same; when they were made does not matter. */
export const isSameLock = (a: PackLock | undefined, b: PackLock | undefined): boolean =>
  a !== undefined && b !== undefined && textWithoutTime(a) === textWithoutTime(b);

const textWithoutTime = (lock: PackLock): string => formatLock({ ...lock, generated: ZERO_TIME });

export interface VerifyLockInput {
  readonly apiVersion: string;
  /** As Chart.yaml or requirements.yaml has them, `@name` and all. */
  readonly written: readonly Dependency[];
  /** The same with URLs for `@name`. */
  readonly wanted: readonly Dependency[];
  readonly lock: PackLock;
  readonly warn?: Warn;
}

/** Throws LOCK_OUT_OF_SYNC for a lock of other dependencies. Helm: pkg/downloader/manager.go Build. */
export async function verifyLock({ apiVersion, written, wanted, lock, warn }: VerifyLockInput): Promise<void> {
  if ((await lockDigest(wanted, lock.dependencies)) === lock.digest) return;
  if (apiVersion !== 'v1') {
    throw outOfSync(
      "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies with 'helm dependency update'",
    );
  }
  warn?.('warning: a valid Helm v3 hash was not found. Checking against Helm v2 hash...');
  if ((await helm2LockDigest(written)) === lock.digest) return;
  throw outOfSync(
    'the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies',
  );
}

const outOfSync = (message: string): ResolverError =>
  new ResolverError('LOCK_OUT_OF_SYNC', message, { hint: 'pack dependency update' });
