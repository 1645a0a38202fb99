import { decodeLock, lockDigest, parseTime, UTC } from '@pack/core';
import { describe, expect, test } from 'vitest';

import { formatLock, isSameLock, type PackLock, parseLock, sealLock, verifyLock } from './lock.ts';

const generated = parseTime('2006-01-02T15:04:05Z07:00', '2024-01-02T03:04:05.5Z', UTC);
const wanted = [{ name: 'a', version: '^1', repository: 'https://r' }];
const lock = await sealLock(
  wanted,
  {
    dependencies: [{ name: 'a', version: '1.0.0', repository: 'https://r', digest: 'sha256:aa' }],
    transitive: [{ name: 'b', version: '2.0.0', repository: 'https://r' }],
  },
  generated,
);

describe('a lock', () => {
  test('has what Helm has, and the digests of archives', () => {
    expect(formatLock({ ...lock, digest: 'sha256:ll' })).toBe(`dependencies:
- digest: sha256:aa
  name: a
  repository: https://r
  version: 1.0.0
digest: sha256:ll
generated: "2024-01-02T03:04:05.5Z"
transitive:
- name: b
  repository: https://r
  version: 2.0.0
`);
    expect(parseLock(formatLock(lock))).toEqual(lock);
    expect(parseLock('')).toBeUndefined();
  });

  test('of a pack has what Sherpack wants to know too', () => {
    const packLock = {
      dependencies: [
        { name: 'a', version: '1.0.0', repository: 'r', digest: 'sha256:aa', constraint: '^1', alias: 'x' },
      ],
      digest: 'sha256:ll',
      generated,
      pack: { packYamlDigest: 'sha256:pp', policy: 'strict' },
    };
    expect(formatLock(packLock)).toBe(`dependencies:
- alias: x
  constraint: ^1
  digest: sha256:aa
  name: a
  repository: r
  version: 1.0.0
digest: sha256:ll
generated: "2024-01-02T03:04:05.5Z"
packYamlDigest: sha256:pp
policy: strict
version: 1
`);
    expect(parseLock(formatLock(packLock))).toEqual(packLock);
  });

  test('of Sherpack is read', async () => {
    const hex = 'ab'.repeat(32);
    const read = parseLock(`version: 1
generated: 2024-01-02T03:04:05.5Z
packYamlDigest: ${hex}
policy: version
dependencies:
- name: a
  version: 1.0.0
  repository: r
  digest: ${hex}
  constraint: ^1
  alias: null
  dependencies: []
`);
    expect(read).toMatchObject({
      pack: { packYamlDigest: `sha256:${hex}`, policy: 'version' },
      dependencies: [{ name: 'a', digest: `sha256:${hex}`, constraint: '^1' }],
    });
    const input = { apiVersion: 'v2', written: wanted, wanted, lock: read as PackLock };
    await verifyLock({ ...input, packYamlDigest: `sha256:${hex}` });
    await expect(verifyLock({ ...input, packYamlDigest: 'sha256:other' })).rejects.toMatchObject({
      code: 'LOCK_OUT_OF_SYNC',
    });
  });

  test('is to Helm one without them', async () => {
    const plain = decodeLock(formatLock(lock));
    expect(plain?.dependencies).toEqual([{ name: 'a', version: '1.0.0', repository: 'https://r' }]);
    expect(await lockDigest(wanted, plain?.dependencies)).toBe(lock.digest);
  });

  test('is the same whenever it was made', () => {
    expect(isSameLock(lock, { ...lock, generated: parseTime('2006', '2020', UTC) })).toBe(true);
    expect(isSameLock(lock, { ...lock, transitive: [] })).toBe(false);
    expect(isSameLock(undefined, undefined)).toBe(false);
  });

  test('of other dependencies is refused', async () => {
    const other = [{ ...wanted[0], name: 'a', version: '^2' }];
    const input = { apiVersion: 'v2', written: wanted, wanted, lock };
    await verifyLock(input);
    await expect(verifyLock({ ...input, wanted: other })).rejects.toThrow(
      "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies with 'helm dependency update'",
    );
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    await expect(verifyLock({ ...input, apiVersion: 'v1', wanted: other, warn })).rejects.toThrow('requirements.lock');
    expect(warnings).toEqual(['warning: a valid Helm v3 hash was not found. Checking against Helm v2 hash...']);
  });
});
