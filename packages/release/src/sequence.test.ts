import { type Chart, parseChart } from '@pack/core';
import { buildObjects } from '@pack/kube';
import { createMemoryCluster } from '@pack/kube/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { batchesOf, inSequence, type Sequence, sequenceOf } from './sequence.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Of the text of each Chart.yaml after its name, by folder. */
const chartOf = (files: Readonly<Record<string, string>>): Chart =>
  parseChart(
    Object.entries(files).map(([folder, more]) => ({
      name: `${folder}Chart.yaml`,
      data: encode(`apiVersion: v2\nversion: 1.0.0\nname: ${folder.split('/').at(-2) ?? 'foo'}\n${more}`),
    })),
  );
const dependencies = (...entries: readonly string[]): string =>
  `dependencies:\n${entries.map((entry) => `- {version: 1.0.0, ${entry}}\n`).join('')}`;

describe('subcharts', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, Sequence])[] = [
    ['a chart alone', { '': '' }, [['foo']]],
    [
      'a chart comes after its subcharts',
      { '': '', 'charts/a/': '', 'charts/b/': '' },
      [['foo/charts/a', 'foo/charts/b'], ['foo']],
    ],
    [
      'the example of the HIP',
      {
        '': `annotations: {helm.sh/depends-on/subcharts: '["bar", "rabbitmq"]'}\n${dependencies('name: nginx', 'name: rabbitmq', 'name: bar, depends-on: [nginx, rabbitmq]')}`,
        'charts/nginx/': '',
        'charts/rabbitmq/': '',
        'charts/bar/': '',
      },
      [['foo/charts/nginx', 'foo/charts/rabbitmq'], ['foo/charts/bar'], ['foo']],
    ],
    [
      'one that depends comes after all of the other',
      {
        '': dependencies('name: a, depends-on: [b]', 'name: b'),
        'charts/a/': '',
        'charts/a/charts/inner/': '',
        'charts/b/': '',
        'charts/b/charts/deep/': '',
      },
      [['foo/charts/b/charts/deep'], ['foo/charts/b'], ['foo/charts/a/charts/inner'], ['foo/charts/a'], ['foo']],
    ],
    [
      'one that is in charts/ and nowhere declared',
      { '': dependencies('name: a, depends-on: [b]'), 'charts/a/': '', 'charts/b/': '' },
      [['foo/charts/b'], ['foo/charts/a'], ['foo']],
    ],
    [
      'one that is switched off is waited for by nobody',
      { '': dependencies('name: a, depends-on: [off]', 'name: off'), 'charts/a/': '' },
      [['foo/charts/a'], ['foo']],
    ],
  ];
  test.each(cases)('%s', (_, files, expected) => {
    expect(sequenceOf(chartOf(files))).toEqual(expected);
  });

  test('are known by alias and by name', () => {
    const chart = chartOf({
      '': dependencies('name: zeta, alias: z', 'name: a, depends-on: [zeta]', 'name: b, depends-on: [z]'),
      'charts/zeta/': '',
      'charts/a/': '',
      'charts/b/': '',
    });
    const aliased = chart.dependencies.map((each) =>
      each.metadata.name === 'zeta' ? { ...each, metadata: { ...each.metadata, name: 'z' } } : each,
    );
    const [first, second] = sequenceOf({ ...chart, dependencies: aliased });
    expect([first, second?.toSorted()]).toEqual([['foo/charts/z'], ['foo/charts/a', 'foo/charts/b']]);
  });

  test('of a pack are as those of a chart', () => {
    const pack = (name: string, more = ''): Uint8Array =>
      encode(`apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: ${name}, version: 1.0.0}\n${more}`);
    const chart = parseChart([
      { name: 'Pack.yaml', data: pack('foo', 'dependencies:\n- {name: a, depends-on: [b]}\n- {name: b}\n') },
      { name: 'charts/a/Pack.yaml', data: pack('a') },
      { name: 'charts/b/Pack.yaml', data: pack('b') },
    ]);
    expect(sequenceOf(chart)).toEqual([['foo/charts/b'], ['foo/charts/a'], ['foo']]);
    expect(chart.metadata.dependencies?.[0]).not.toHaveProperty('depends-on');
  });

  const wrong: readonly (readonly [string, string, string])[] = [
    [
      'a circle',
      dependencies('name: a, depends-on: [b]', 'name: b, depends-on: [a]'),
      'chart foo: depends-on of its subcharts goes round in a circle: a → b → a',
    ],
    [
      'itself',
      dependencies('name: a, depends-on: [a]'),
      'chart foo: depends-on of its subcharts goes round in a circle: a → a',
    ],
    [
      'none of its subcharts',
      dependencies('name: a, depends-on: [c]'),
      'chart foo: depends-on of a names "c", which is no subchart of it',
    ],
    [
      'none of its subcharts in the annotation',
      `annotations: {helm.sh/depends-on/subcharts: '["c"]'}\n`,
      'chart foo: helm.sh/depends-on/subcharts names "c", which is no subchart of it',
    ],
    [
      'no list',
      'annotations: {helm.sh/depends-on/subcharts: a}\n',
      'chart foo: helm.sh/depends-on/subcharts is a list of texts in JSON, and not a',
    ],
  ];
  test.each(wrong)('%s is refused', (_, more, message) => {
    const chart = chartOf({ '': more, 'charts/a/': '', 'charts/b/': '' });
    expect(() => sequenceOf(chart)).toThrow(expect.objectContaining({ code: 'RELEASE_INVALID', message }));
  });
});

const cluster = createMemoryCluster({ namespaces: ['shop'] });

interface Wanted {
  readonly name: string;
  readonly group?: string;
  readonly waits?: string;
  readonly chart?: string;
}

const manifestOf = (objects: readonly Wanted[]): string =>
  objects
    .map(({ name, group, waits, chart = 'foo' }) => {
      const annotations = { 'helm.sh/resource-group': group, 'helm.sh/depends-on/resource-groups': waits };
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations } };
      return `---\n# Source: ${chart}/templates/x.yaml\n${JSON.stringify(object)}\n`;
    })
    .join('');

/** What is made together, in order; and the warnings. */
async function placed(wanted: readonly Wanted[], sequence: Sequence = [['foo']]) {
  const manifest = manifestOf(wanted);
  const objects = await buildObjects(cluster, manifest, 'shop');
  const warnings: string[] = [];
  const batches = batchesOf({ manifest, sequence }, objects, (message) => warnings.push(message));
  const turns: string[][] = [];
  for (const [key, number] of batches) {
    const name = (JSON.parse(key) as string[]).at(-1) as string;
    turns[number] = [...(turns[number] ?? []), name];
  }
  return { order: turns.map((names) => names.join(' ')), warnings };
}
const on = (...names: readonly string[]): string => JSON.stringify(names);

describe('resource groups', () => {
  const cases: readonly (readonly [string, readonly Wanted[], readonly string[], readonly string[]])[] = [
    ['none', [{ name: 'a' }, { name: 'b' }], ['a b'], []],
    [
      'those that wait come later, and what is of none last',
      [
        { name: 'free' },
        { name: 'app', group: 'app', waits: on('queue', 'database') },
        { name: 'db', group: 'database' },
        { name: 'queue', group: 'queue' },
      ],
      ['db queue', 'app', 'free'],
      [],
    ],
    [
      'what any of a group waits for, all of it waits for',
      [
        { name: 'a1', group: 'a' },
        { name: 'a2', group: 'a', waits: on('b') },
        { name: 'b', group: 'b' },
      ],
      ['b', 'a1 a2'],
      [],
    ],
    ['one alone', [{ name: 'free' }, { name: 'a', group: 'a' }], ['a', 'free'], []],
    [
      'an object of no group comes after what it waits for',
      [
        { name: 'free', waits: on('a') },
        { name: 'a', group: 'a' },
      ],
      ['a', 'free'],
      [],
    ],
    [
      'what waits for nothing that there is comes last, and so does who waits for it',
      [
        { name: 'a', group: 'a' },
        { name: 'b', group: 'b', waits: on('a') },
        { name: 'c', group: 'c', waits: on('none') },
        { name: 'd', group: 'd', waits: on('c') },
        { name: 'free', waits: on('nobody') },
      ],
      ['a', 'b', 'c d free'],
      [
        'ConfigMap free of chart foo waits for resource group "nobody", which there is not',
        'resource group "c" of chart foo waits for "none", which there is not or which is made last: its objects are made last (ConfigMap c)',
        'resource group "d" of chart foo waits for "c", which there is not or which is made last: its objects are made last (ConfigMap d)',
      ],
    ],
    [
      'what has to do with no other comes last',
      [
        { name: 'a', group: 'a' },
        { name: 'b', group: 'b', waits: on('a') },
        { name: 'c', group: 'lonely' },
      ],
      ['a', 'b', 'c'],
      ['resource group "lonely" of chart foo waits for none, and none for it: its objects are made last (ConfigMap c)'],
    ],
  ];
  test.each(cases)('%s', async (_, wanted, order, warnings) => {
    expect(await placed(wanted)).toEqual({ order, warnings });
  });

  test('each chart has its own', async () => {
    const sub = 'foo/charts/sub';
    const wanted: Wanted[] = [
      { name: 'p1', group: 'first' },
      { name: 'p2', group: 'second', waits: on('first') },
      { name: 's1', group: 'first', waits: on('second'), chart: sub },
      { name: 's2', group: 'second', chart: sub },
      { name: 'o', chart: 'foo/charts/other' },
    ];
    const { order } = await placed(wanted, [[sub, 'foo/charts/other'], ['foo']]);
    expect(order).toEqual(['s2 o', 's1', 'p1', 'p2']);
  });

  const wrong: readonly (readonly [string, readonly Wanted[], string])[] = [
    [
      'a circle',
      [
        { name: 'a', group: 'a', waits: on('b') },
        { name: 'b', group: 'b', waits: on('c') },
        { name: 'c', group: 'c', waits: on('b') },
      ],
      'chart foo: resource groups go round in a circle: b (ConfigMap b) → c (ConfigMap c) → b (ConfigMap b)',
    ],
    [
      'no list',
      [{ name: 'a', group: 'a', waits: 'b' }],
      'ConfigMap a: helm.sh/depends-on/resource-groups is a list of texts in JSON, and not b',
    ],
  ];
  test.each(wrong)('%s is refused', async (_, wanted, message) => {
    await expect(placed(wanted)).rejects.toMatchObject({ code: 'RELEASE_INVALID', message });
  });

  test('come after those that they wait for, whatever they are', async () => {
    const groups = fc.array(fc.array(fc.nat({ max: 11 }), { maxLength: 4 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(groups, async (given) => {
        // Each waits for earlier ones alone, so that there is no circle.
        const waits = given.map((numbers, i) => [...new Set(numbers.filter((number) => number < i))]);
        const wanted = waits.map((some, i) => ({ name: `n${i}`, group: `${i}`, waits: on(...some.map(String)) }));
        const { order } = await placed(wanted);
        const turnOf = (i: number): number => order.findIndex((names) => names.split(' ').includes(`n${i}`));
        for (const [i, some] of waits.entries()) {
          for (const other of some) expect(turnOf(other)).toBeLessThan(turnOf(i));
        }
      }),
      { numRuns: 50 },
    );
  });
});

test('documents in their order, with where groups begin and end', () => {
  const document = (wanted: Wanted) => ({
    path: `${wanted.chart ?? 'foo'}/templates/x.yaml`,
    content: manifestOf([wanted]).split('\n')[2] as string,
  });
  const sub = 'foo/charts/sub';
  const documents = [
    { name: 'free' },
    { name: 'app', group: 'app', waits: on('db') },
    { name: 'db1', group: 'db' },
    { name: 'other', group: 'queue' },
    { name: 'db2', group: 'db' },
    { name: 'app2', group: 'app', waits: on('queue') },
    { name: 'inner', group: 'db', chart: sub },
    { name: 'lost', group: 'lost', waits: on('none') },
  ].map(document);
  const shown = inSequence(documents, [[sub], ['foo']], () => undefined).map(({ content, begins = '', ends = '' }) => [
    JSON.parse(content).metadata.name,
    begins,
    ends,
  ]);
  expect(shown).toEqual([
    ['inner', 'foo/sub db', 'foo/sub db'],
    ['db1', 'foo db', ''],
    ['db2', '', 'foo db'],
    ['other', 'foo queue', 'foo queue'],
    ['app', 'foo app', ''],
    ['app2', '', 'foo app'],
    ['free', '', ''],
    ['lost', '', ''],
  ]);
});

test('the annotation that no server takes is not sent', async () => {
  const [object] = await buildObjects(cluster, manifestOf([{ name: 'a', group: 'g', waits: on('b') }]), 'shop');
  expect(object?.metadata.annotations).toEqual({ 'helm.sh/resource-group': 'g' });
});
