import { createMemoryCluster } from '@pack/kube/testing';
import { expect, test } from 'vitest';

import { capabilitiesOf } from './capabilities.ts';

test('versions and kinds are those that the cluster serves', async () => {
  const version = { major: '1', minor: '30+', gitVersion: 'v1.30.2-gke.100' };
  const { kubeVersion, apiVersions } = await capabilitiesOf(createMemoryCluster({ version }));
  expect(kubeVersion).toMatchObject({ version: 'v1.30.2-gke.100', major: '1', minor: '30+' });
  expect(apiVersions).toEqual(expect.arrayContaining(['v1', 'v1/ConfigMap', 'apps/v1', 'apps/v1/Deployment']));
  expect(new Set(apiVersions).size).toBe(apiVersions.length);
});

test('a kind that was just defined is among them', async () => {
  const cluster = createMemoryCluster();
  await cluster.create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  });
  expect((await capabilitiesOf(cluster)).apiVersions).toContain('example.com/v1/Thing');
});
