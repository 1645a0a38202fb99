/** What to say of a record that no object of Kubernetes can hold. */
import { encodeJson } from '@pack/core';

import { ReleaseError } from '../error.ts';
import type { Release } from '../record.ts';
import { keyOf } from './storage.ts';

/** How many of the largest are named. */
const SHOWN = 5;

export interface TooLargeOptions {
  readonly kind: 'Secret' | 'ConfigMap';
  /** Of the packed record, and what there may be of it: bytes. */
  readonly length: number;
  readonly limit: number;
  readonly written: 'createdAt' | 'modifiedAt';
}

/** RELEASE_TOO_LARGE: the message is the API server's, the hint names what takes the room, and what to do. */
export function tooLarge(release: Release, { kind, length, limit, written }: TooLargeOptions): ReleaseError {
  const verb = written === 'createdAt' ? 'create' : 'update';
  const largest = sizesOf(release)
    .filter(({ size }) => size > limit / 100)
    .sort((a, b) => b.size - a.size)
    .slice(0, SHOWN)
    .map(({ what, size }) => `${what} (${sized(size)})`);
  return new ReleaseError(
    'RELEASE_TOO_LARGE',
    `${verb}: failed to ${verb}: ${kind} "${keyOf(release.name, release.version)}" is invalid: data: Too long: may not be more than ${limit} bytes`,
    {
      hint: [
        `packed, the record of the release has ${sized(length)}, and one object holds ${sized(limit)}`,
        `the most is ${largest.join(', ')}`,
        'name what templates do not read in .helmignore, or set PACK_DRIVER_CHUNKED=true to store such records in several objects, of which Helm reads the first alone',
      ].join('; '),
    },
  );
}

/** Before they are packed. */
const sizesOf = ({ chart, manifest, hooks, config, info }: Release): { what: string; size: number }[] => [
  ...[...(chart?.templates ?? []), ...(chart?.files ?? [])].map(({ name, data }) => ({
    what: name,
    size: Math.floor((data.length * 3) / 4),
  })),
  { what: 'what is rendered', size: manifest.length + hooks.reduce((sum, hook) => sum + hook.manifest.length, 0) },
  { what: 'values.yaml', size: encodeJson(chart?.values ?? null).length },
  { what: 'values.schema.json', size: Math.floor(((chart?.schema?.length ?? 0) * 3) / 4) },
  { what: 'the values that were given', size: encodeJson(config).length },
  { what: 'the notes', size: info.notes?.length ?? 0 },
];

const UNITS: readonly [size: number, unit: string][] = [
  [1024 * 1024, 'MiB'],
  [1024, 'KiB'],
];

function sized(bytes: number): string {
  const [size, unit] = UNITS.find(([length]) => bytes >= length) ?? [1, 'bytes'];
  return `${size === 1 ? bytes : (bytes / size).toFixed(1)} ${unit}`;
}
