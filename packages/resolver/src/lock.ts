/**
 * Chart.lock with the digest of each archive, which Helm reads as one without; and Pack.lock.yaml, which holds what both the
 * roadmap and Sherpack 0.4 have in it.
 */
import {
  type Chart,
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
  /** Of a pack's lock: the range that Pack.yaml has. */
  readonly constraint?: string;
  /** `sha256:…` of its archive; of what lies in charts/ already, nothing. */
  readonly digest?: string;
}

export interface PackLock extends Lock {
  /** Those of Chart.yaml, in its order. Helm's `digest` of the lock is over these. */
  readonly dependencies: readonly LockedDependency[];
  /** What those depend on in turn, one version of each chart; only when resolved so. Helm overlooks the key. */
  readonly transitive?: readonly LockedDependency[];
  /** Of a pack's lock alone. */
  readonly pack?: PackLockPart;
}

export interface PackLockPart {
  /** `sha256:…` of Pack.yaml. */
  readonly packYamlDigest: string;
  /** What Sherpack makes of a version that was published anew; `strict` refuses it. */
  readonly policy: string;
}

/** The lock of a chart, of one of `apiVersion: v1`, and of a pack. */
export type LockName = 'Chart.lock' | 'requirements.lock' | 'Pack.lock.yaml';

export const lockNameOf = ({ pack, metadata }: Pick<Chart, 'pack' | 'metadata'>): LockName =>
  pack !== undefined ? 'Pack.lock.yaml' : metadata.apiVersion === 'v1' ? 'requirements.lock' : 'Chart.lock';

const DEPENDENCY = (METADATA.fields.dependencies as { list: StructShape }).list;
const LOCKED = {
  list: { ...DEPENDENCY, fields: { ...DEPENDENCY.fields, digest: 'string', constraint: 'string' } },
} as const;
const LOCK: StructShape = {
  name: 'Lock',
  type: 'v2.Lock',
  fields: {
    generated: 'time',
    digest: 'string',
    packYamlDigest: 'string',
    policy: 'string',
    dependencies: LOCKED,
    transitive: LOCKED,
  },
};

/** The text of a lock; undefined when it is empty. Throws TextError with Go's message. */
export function parseLock(text: string): PackLock | undefined {
  const fields = decodeYamlStruct(text, LOCK) as (Partial<PackLock> & Partial<PackLockPart>) | undefined;
  if (fields === undefined) return undefined;
  const { packYamlDigest, policy = 'strict', ...lock } = fields;
  return {
    ...lock,
    dependencies: (lock.dependencies ?? []).filter((entry) => entry !== null).map(withScheme),
    ...(packYamlDigest !== undefined && { pack: { packYamlDigest: schemed(packYamlDigest), policy } }),
  };
}

/** Sherpack writes digests without their algorithm. */
const schemed = (digest: string): string => (/^[0-9a-f]{64}$/.test(digest) ? `sha256:${digest}` : digest);
const withScheme = (dependency: LockedDependency): LockedDependency =>
  dependency.digest === undefined ? dependency : { ...dependency, digest: schemed(dependency.digest) };

/** As Helm writes it, but for the digests of archives; of a pack, in the form of packs. */
export function formatLock(lock: PackLock): string {
  const out = newMap();
  if (lock.pack !== undefined) {
    out.version = 1;
    out.packYamlDigest = lock.pack.packYamlDigest;
    out.policy = lock.pack.policy;
  }
  out.dependencies = lock.dependencies.map(writtenFields);
  if (lock.transitive !== undefined) out.transitive = lock.transitive.map(writtenFields);
  out.digest = lock.digest ?? '';
  out.generated = lock.generated ?? ZERO_TIME;
  return encodeYaml(out);
}

function writtenFields(dependency: LockedDependency): GoMap {
  const fields = dependencyFields(dependency);
  if (dependency.digest !== undefined) fields.digest = dependency.digest;
  if (dependency.constraint !== undefined) fields.constraint = dependency.constraint;
  return fields;
}

/** A lock with the digest over what was asked for and what is locked: names, repositories and versions, as Helm has it. */
export async function sealLock(
  wanted: readonly Dependency[],
  lock: Omit<PackLock, 'digest' | 'generated'>,
  generated: Time,
): Promise<PackLock> {
  return { ...lock, digest: await digestOf(wanted, lock.dependencies), generated };
}

const digestOf = (wanted: readonly Dependency[], locked: readonly LockedDependency[]): Promise<string> =>
  lockDigest(
    wanted,
    locked.map(({ name, repository = '', version }) => ({ name, repository, version })),
  );

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
  /** Of a pack: `sha256:…` of Pack.yaml. */
  readonly packYamlDigest?: string | undefined;
  readonly warn?: Warn;
}

/** Throws LOCK_OUT_OF_SYNC for a lock of other dependencies. Helm: pkg/downloader/manager.go Build. */
export async function verifyLock({
  apiVersion,
  written,
  wanted,
  lock,
  packYamlDigest,
  warn,
}: VerifyLockInput): Promise<void> {
  if ((await digestOf(wanted, lock.dependencies)) === lock.digest) return;
  if (packYamlDigest !== undefined) {
    // A lock of Sherpack's has no digest but that of the file.
    if (!lock.digest && lock.pack?.packYamlDigest === packYamlDigest) return;
    throw outOfSync(
      'the lock file (Pack.lock.yaml) is out of sync with the dependencies file (Pack.yaml). Please update the dependencies',
    );
  }
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
