import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { clientSidePatch } from './client-side.ts';
import type { Fields } from './json.ts';
import { applyStrategicPatch, createStrategicPatch } from './strategic.ts';

const inPod = (pod: Fields): Fields => ({ spec: { template: { spec: pod } } });
const main = (more: Fields = {}): Fields => ({ containers: [{ name: 'main', ...more }] });

interface Case {
  readonly title: string;
  readonly kind?: string;
  readonly original: Fields;
  readonly modified: Fields;
  readonly current: Fields;
  readonly patch: Fields;
  readonly result: Fields;
}

const pods = (
  title: string,
  [original, modified, current]: readonly [Fields, Fields, Fields],
  patch: Fields | undefined,
  result: Fields,
): Case => ({
  title,
  original: inPod(original),
  modified: inPod(modified),
  current: inPod(current),
  patch: patch === undefined ? {} : inPod(patch),
  result: inPod(result),
});

const cases: readonly Case[] = [
  pods(
    'an image, beside what others injected',
    [
      main({ image: 'a:1' }),
      main({ image: 'a:2' }),
      { containers: [{ name: 'main', image: 'a:1', terminationMessagePath: '/x' }, { name: 'proxy' }] },
    ],
    { '$setElementOrder/containers': [{ name: 'main' }], containers: [{ name: 'main', image: 'a:2' }] },
    { containers: [{ name: 'main', image: 'a:2', terminationMessagePath: '/x' }, { name: 'proxy' }] },
  ),
  pods(
    'a container that is no longer wanted',
    [
      { containers: [{ name: 'main' }, { name: 'old' }] },
      main(),
      { containers: [{ name: 'main' }, { name: 'old' }, { name: 'proxy' }] },
    ],
    { '$setElementOrder/containers': [{ name: 'main' }], containers: [{ name: 'old', $patch: 'delete' }] },
    { containers: [{ name: 'main' }, { name: 'proxy' }] },
  ),
  pods(
    'a container that is new',
    [main(), { containers: [{ name: 'main' }, { name: 'side' }] }, main()],
    { '$setElementOrder/containers': [{ name: 'main' }, { name: 'side' }], containers: [{ name: 'side' }] },
    { containers: [{ name: 'main' }, { name: 'side' }] },
  ),
  pods(
    'containers in another order',
    [
      { containers: [{ name: 'a' }, { name: 'b' }] },
      { containers: [{ name: 'b' }, { name: 'a' }] },
      { containers: [{ name: 'a' }, { name: 'b' }] },
    ],
    { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
    { containers: [{ name: 'b' }, { name: 'a' }] },
  ),
  pods(
    'variables: one changed, one gone, one of others',
    [
      main({
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '1' },
        ],
      }),
      main({ env: [{ name: 'A', value: '2' }] }),
      main({
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '1' },
          { name: 'C', value: '1' },
        ],
      }),
    ],
    {
      '$setElementOrder/containers': [{ name: 'main' }],
      containers: [
        {
          name: 'main',
          '$setElementOrder/env': [{ name: 'A' }],
          env: [
            { name: 'A', value: '2' },
            { name: 'B', $patch: 'delete' },
          ],
        },
      ],
    },
    main({
      env: [
        { name: 'A', value: '2' },
        { name: 'C', value: '1' },
      ],
    }),
  ),
  pods(
    'ports by their number',
    [
      main({ ports: [{ containerPort: 80 }] }),
      main({ ports: [{ containerPort: 80, name: 'http' }] }),
      main({ ports: [{ containerPort: 80, protocol: 'TCP' }] }),
    ],
    {
      '$setElementOrder/containers': [{ name: 'main' }],
      containers: [
        {
          name: 'main',
          '$setElementOrder/ports': [{ containerPort: 80 }],
          ports: [{ containerPort: 80, name: 'http' }],
        },
      ],
    },
    main({ ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }] }),
  ),
  pods(
    'a list without a key, as a whole',
    [main({ args: ['a', 'b'] }), main({ args: ['b'] }), main({ args: ['a', 'b'] })],
    { '$setElementOrder/containers': [{ name: 'main' }], containers: [{ name: 'main', args: ['b'] }] },
    main({ args: ['b'] }),
  ),
  pods(
    'a volume of another source',
    [
      { volumes: [{ name: 'data', emptyDir: {} }] },
      { volumes: [{ name: 'data', configMap: { name: 'c' } }] },
      { volumes: [{ name: 'data', emptyDir: {} }] },
    ],
    {
      '$setElementOrder/volumes': [{ name: 'data' }],
      volumes: [{ name: 'data', emptyDir: null, $retainKeys: ['configMap', 'name'], configMap: { name: 'c' } }],
    },
    { volumes: [{ name: 'data', configMap: { name: 'c' } }] },
  ),
  pods(
    'nothing for what others added',
    [main(), main(), { ...main({ imagePullPolicy: 'Always' }), restartPolicy: 'Always' }],
    undefined,
    { ...main({ imagePullPolicy: 'Always' }), restartPolicy: 'Always' },
  ),
  {
    title: 'a strategy without what belongs to another',
    original: { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
    modified: { spec: { strategy: { type: 'Recreate' } } },
    current: { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } } },
    patch: { spec: { strategy: { type: 'Recreate', rollingUpdate: null, $retainKeys: ['type'] } } },
    result: { spec: { strategy: { type: 'Recreate' } } },
  },
  {
    title: 'finalizers, one by one',
    original: { metadata: { finalizers: ['a', 'b'] } },
    modified: { metadata: { finalizers: ['a', 'c'] } },
    current: { metadata: { finalizers: ['a', 'b', 'other'] } },
    patch: {
      metadata: {
        '$deleteFromPrimitiveList/finalizers': ['b'],
        '$setElementOrder/finalizers': ['a', 'c'],
        finalizers: ['c'],
      },
    },
    result: { metadata: { finalizers: ['a', 'c', 'other'] } },
  },
  {
    title: 'labels: one gone, one of others',
    original: { metadata: { labels: { a: '1', b: '1' } } },
    modified: { metadata: { labels: { a: '2' } } },
    current: { metadata: { labels: { a: '1', b: '1', c: '1' } } },
    patch: { metadata: { labels: { b: null, a: '2' } } },
    result: { metadata: { labels: { a: '2', c: '1' } } },
  },
  {
    title: 'ports of a service',
    kind: 'Service',
    original: { spec: { ports: [{ port: 80, targetPort: 1 }] } },
    modified: { spec: { ports: [{ port: 80, targetPort: 2 }] } },
    current: { spec: { ports: [{ port: 80, targetPort: 1, nodePort: 30000 }] } },
    patch: { spec: { '$setElementOrder/ports': [{ port: 80 }], ports: [{ port: 80, targetPort: 2 }] } },
    result: { spec: { ports: [{ port: 80, targetPort: 2, nodePort: 30000 }] } },
  },
];

describe('a strategic patch changes', () => {
  test.each(cases)('$title', ({ kind = 'Deployment', original, modified, current, patch }) => {
    expect(createStrategicPatch(kind, original, modified, current)).toEqual(patch);
  });
});

test.each(cases)('what comes of it: $title', ({ kind = 'Deployment', current, patch, result }) => {
  expect(applyStrategicPatch(kind, current, patch)).toEqual(result);
});

const item = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    image: fc.constantFrom('1', '2'),
    args: fc.array(fc.constantFrom('x', 'y')),
  },
  { requiredKeys: ['name'] },
);
const pod = fc
  .record({ containers: fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 4 }) })
  .map(({ containers }) => inPod({ containers: containers.map((container) => ({ ...container })) }));

test('a patch makes what is wanted of what was asked for', () => {
  fc.assert(
    fc.property(pod, pod, (before, after) => {
      const patch = createStrategicPatch('Deployment', before, after, before);
      expect(applyStrategicPatch('Deployment', before, patch)).toEqual(after);
    }),
  );
});

describe('the patch of an update', () => {
  const object = (apiVersion: string, spec: Fields) => ({ apiVersion, kind: 'Thing', metadata: { name: 'x' }, spec });
  test.each([
    ['of a built-in kind', 'apps/v1', false, { type: 'strategic', body: { spec: { a: 2 } } }],
    ['of another kind: the manifests alone', 'acme.io/v1', false, { type: 'merge', body: { spec: { a: 2 } } }],
    ['of another kind: three-way', 'acme.io/v1', true, { type: 'merge', body: { spec: { a: 2, b: 1 } } }],
  ])('%s', (_, apiVersion, threeWayMerge, wanted) => {
    const original = object(apiVersion, { a: 1, b: 1 });
    const target = object(apiVersion, { a: 2, b: 1 });
    const current = object(apiVersion, { a: 1, b: apiVersion === 'apps/v1' ? 1 : 9, c: 1 });
    expect(clientSidePatch({ original, target, current, threeWayMerge })).toEqual(wanted);
  });

  test.each(['v1', 'acme.io/v1'])('is none where nothing changes (%s)', (apiVersion) => {
    const same = object(apiVersion, { a: 1 });
    expect(clientSidePatch({ original: same, target: same, current: same, threeWayMerge: true })).toBeUndefined();
  });
});
