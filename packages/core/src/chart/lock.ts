import type { GoMap } from 'go-template';

import { sha256 } from '../digest.ts';
import { encodeJson } from '../json/encode.ts';
import type { Dependency } from './chart.ts';
import { dependencyFields } from './metadata.ts';

/** A list as Go's JSON has it: members in the order of the struct, an absent list is null. */
function listText(dependencies: readonly Dependency[] | undefined): string {
  if (dependencies === undefined) return 'null';
  return `[${dependencies.map((d) => (d === null ? 'null' : structText(dependencyFields(d)))).join(',')}]`;
}

const structText = (fields: GoMap): string =>
  `{${Object.keys(fields)
    .map((key) => `${encodeJson(key)}:${encodeJson(fields[key])}`)
    .join(',')}}`;

const digestOf = async (text: string): Promise<string> => `sha256:${await sha256(new TextEncoder().encode(text))}`;

/**
 * The digest of Chart.lock: over what Chart.yaml asks for and what was locked for it. Repositories are URLs here, no
 * longer `@name`. Helm: internal/resolver HashReq.
 */
export const lockDigest = (
  wanted: readonly Dependency[] | undefined,
  locked: readonly Dependency[] | undefined,
): Promise<string> => digestOf(lockDigestText(wanted, locked));

/** What {@link lockDigest} hashes. */
export const lockDigestText = (
  wanted: readonly Dependency[] | undefined,
  locked: readonly Dependency[] | undefined,
): string => `[${listText(wanted)},${listText(locked)}]`;

/** The digest that Helm 2 wrote into requirements.lock, still accepted for v1 charts. Helm: HashV2Req. */
export const helm2LockDigest = (wanted: readonly Dependency[] | undefined): Promise<string> =>
  digestOf(helm2LockDigestText(wanted));

/** What {@link helm2LockDigest} hashes. */
export const helm2LockDigestText = (wanted: readonly Dependency[] | undefined): string =>
  `{"dependencies":${listText(wanted)}}`;
