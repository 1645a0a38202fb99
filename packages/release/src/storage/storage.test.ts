import { createMemoryCluster } from '@pack/kube/testing';
import { describe, expect, test } from 'vitest';

import { storageContract } from '../testing/storage-contract.ts';
import { createMemoryStorage } from './memory.ts';
import { createObjectStorage } from './objects.ts';
import type { ReleaseStorage } from './storage.ts';

const now = (): number => 1_800_000_000_000;
const namespace = 'shop';
const objects = (kind: 'Secret' | 'ConfigMap') => (): ReleaseStorage =>
  createObjectStorage({ kind, cluster: createMemoryCluster({ namespaces: [namespace] }), namespace, now });

describe.each<[string, () => ReleaseStorage]>([
  ['in memory', () => createMemoryStorage({ now })],
  ['Secrets', objects('Secret')],
  ['ConfigMaps', objects('ConfigMap')],
])('records %s', (_, create) => {
  // A case checks by itself: what it finds, it throws.
  test.for(storageContract)('$name', async ({ check }) => {
    await expect(check(create(), namespace)).resolves.toBeUndefined();
  });
});
