import { describe, expect, test } from 'vitest';

import { buildObjects } from './build.ts';
import { createMemoryCluster } from './testing/index.ts';

const cluster = createMemoryCluster();
const build = (manifest: string) => buildObjects(cluster, manifest, 'shop');

test('objects in their order, each in its namespace', async () => {
  const objects = await build(`
apiVersion: v1
kind: ConfigMap
metadata: {name: own}
---
# nothing
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: other}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: everywhere, namespace: shop}
`);
  expect(objects.map(({ metadata }) => metadata)).toEqual([
    { name: 'own', namespace: 'shop' },
    { name: 'other', namespace: 'other' },
    { name: 'everywhere' },
  ]);
});

test('integers are those that the manifest spells', async () => {
  const [object] = await build(
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nbinaryData: {a: 9007199254740993, b: 1, c: -9007199254740995}\n',
  );
  expect(object).toMatchObject({ binaryData: { a: 9007199254740993n, b: 1, c: -9007199254740995n } });
});

test('the items of lists, also of lists within lists', async () => {
  const item = (name: string) => `{apiVersion: v1, kind: Secret, metadata: {name: ${name}}}`;
  const objects = await build(`
apiVersion: v1
kind: List
items:
- ${item('a')}
- {apiVersion: v1, kind: SecretList, items: [${item('b')}, ${item('c')}]}
`);
  expect(objects.map(({ kind, metadata: { name } }) => `${kind} ${name}`)).toEqual([
    'Secret a',
    'Secret b',
    'Secret c',
  ]);
});

describe('not', () => {
  const unknown = (kind: string, name: string): string =>
    `resource mapping not found for name: "${name}" namespace: "" from "": no matches for kind "${kind}" in version "acme.io/v1"\nensure CRDs are installed first`;
  const widget = (kind: string, name: string): string =>
    `apiVersion: acme.io/v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`;

  test.each([
    ['a kind that is unknown', widget('Widget', 'w'), 'KUBE_KIND_UNKNOWN', unknown('Widget', 'w')],
    [
      'several, in one error',
      [widget('Widget', 'w'), widget('Gadget', 'g'), widget('Widget', 'w')].join('---\n'),
      'KUBE_KIND_UNKNOWN',
      `[${unknown('Widget', 'w')}, ${unknown('Gadget', 'g')}]`,
    ],
    ['a text', 'hello', 'KUBE_INVALID', 'unable to decode "": json: cannot unmarshal into an object'],
    [
      'no kind',
      'apiVersion: v1',
      'KUBE_INVALID',
      `unable to decode "": Object 'Kind' is missing in '{"apiVersion":"v1"}'`,
    ],
    ['no version', 'kind: Secret', 'KUBE_INVALID', `unable to decode "": Object 'apiVersion' is missing in 'Secret'`],
    [
      'odd metadata',
      'apiVersion: v1\nkind: Secret\nmetadata: [a]',
      'KUBE_INVALID',
      'unable to decode "": metadata is no object',
    ],
  ])('%s', async (_, manifest, code, message) => {
    await expect(build(manifest)).rejects.toMatchObject({ code, message });
  });

  test('what is no YAML', async () => {
    await expect(build('a: [b')).rejects.toMatchObject({ code: 'KUBE_INVALID', message: /^error parsing : / });
  });

  test('lists without end', async () => {
    let list = '{apiVersion: v1, kind: Secret}';
    for (let i = 0; i < 20; i++) list = `{apiVersion: v1, kind: List, items: [${list}]}`;
    await expect(build(list)).rejects.toMatchObject({ code: 'KUBE_INVALID' });
  });
});
