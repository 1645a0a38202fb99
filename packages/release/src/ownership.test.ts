import { KubeError, type KubeObject } from '@pack/kube';
import { createMemoryCluster } from '@pack/kube/testing';
import { describe, expect, test } from 'vitest';

import { existing, owned } from './ownership.ts';
import { faultOf } from './testing/world.ts';

const namespace = 'default';
const owner = { name: 'web', namespace };
const object = (name: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...metadata },
});
const OURS = {
  labels: { 'app.kubernetes.io/managed-by': 'Helm' },
  annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': namespace },
};

test('what is owned says so, beside what it says already', () => {
  const before = object('a', { labels: { mine: '1' }, annotations: { 'meta.helm.sh/release-name': 'other' } });
  const [after] = owned([before], owner);
  expect(after?.metadata).toEqual({
    name: 'a',
    namespace,
    labels: { mine: '1', ...OURS.labels },
    annotations: OURS.annotations,
  });
  expect(before.metadata.labels).toEqual({ mine: '1' });
});

const PREFIX =
  'ConfigMap "a" in namespace "default" exists and cannot be imported into the current release: invalid ownership metadata; ';

describe('objects that are there', () => {
  const cases: [string, object, string][] = [
    [
      "nobody's",
      {},
      'label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "web"; annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "default"',
    ],
    [
      "another release's",
      { ...OURS, annotations: { ...OURS.annotations, 'meta.helm.sh/release-name': 'other' } },
      'annotation validation error: key "meta.helm.sh/release-name" must equal "web": current value is "other"',
    ],
    [
      "another program's",
      { ...OURS, labels: { 'app.kubernetes.io/managed-by': 'flux' } },
      'label validation error: key "app.kubernetes.io/managed-by" must equal "Helm": current value is "flux"',
    ],
  ];
  test.each(cases)('%s', async (_, metadata, message) => {
    const cluster = createMemoryCluster();
    await cluster.create(object('a', metadata));
    const fault = await faultOf(existing(cluster, [object('a')], owner, { takeOwnership: false }, {}));
    expect(fault).toMatchObject({ code: 'RELEASE_NOT_OWNED', message: PREFIX + message });
    expect(fault.hint).toContain('--take-ownership');
    const taken = await existing(cluster, [object('a')], owner, { takeOwnership: true }, {});
    expect(taken.map(({ metadata: { name } }) => name)).toEqual(['a']);
  });

  test('its own, in the order of what is asked for', async () => {
    const cluster = createMemoryCluster();
    const names = Array.from({ length: 25 }, (_, i) => `n${i}`);
    for (const name of names) if (name !== 'n3') await cluster.create(object(name, OURS));
    const found = await existing(
      cluster,
      names.map((name) => object(name)),
      owner,
      { takeOwnership: false },
      {},
    );
    expect(found.map(({ metadata: { name } }) => name)).toEqual(names.filter((name) => name !== 'n3'));
  });
});

test('names that the server is to make are not looked for', async () => {
  const cluster = createMemoryCluster();
  const generated = { ...object(''), metadata: { name: '', namespace, generateName: 'a-' } };
  expect(await existing(cluster, [generated], owner, { takeOwnership: false }, {})).toEqual([]);
  expect(cluster.requests).toBe(0);
  const both = { ...object('a'), metadata: { name: 'a', namespace, generateName: 'a-' } };
  expect(await faultOf(existing(cluster, [both], owner, { takeOwnership: false }, {}))).toMatchObject({
    code: 'RELEASE_INVALID',
    message: 'ConfigMap "a" in namespace "default" cannot set both a name and a generateName',
  });
});

test('what the server refuses to say', async () => {
  const cluster = createMemoryCluster();
  cluster.onRequest(() => {
    throw new KubeError('KUBE_FORBIDDEN', 'configmaps "a" is forbidden');
  });
  expect(await faultOf(existing(cluster, [object('a')], owner, { takeOwnership: true }, {}))).toMatchObject({
    code: 'KUBE_FORBIDDEN',
    message:
      'could not get information about the resource ConfigMap "a" in namespace "default": configmaps "a" is forbidden',
  });
});
