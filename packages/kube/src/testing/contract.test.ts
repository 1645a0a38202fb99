import { test } from 'vitest';

import { clusterContract } from './contract.ts';
import { createMemoryCluster } from './memory-cluster.ts';

// A case checks by itself: what it finds, it throws.
test.for(clusterContract)('a cluster in memory: $name', async ({ check }, { expect }) => {
  const cluster = createMemoryCluster({ namespaces: ['contract'], simulate: true });
  await expect(check(cluster, 'contract')).resolves.toBeUndefined();
});
