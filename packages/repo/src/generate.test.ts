import { parseTime, UTC } from '@pack/core';
import { describe, expect, test } from 'vitest';

import { parseIndex } from './chart-index.ts';
import { formatIndex, generateIndex, mergeIndexes } from './generate.ts';

const now = parseTime('2006-01-02T15:04:05Z07:00', '2024-01-02T03:04:05Z', UTC);
const metadata = {
  apiVersion: 'v2',
  name: 'a',
  version: '1.0.0',
  description: '<a>',
  keywords: [],
  maintainers: [{ name: 'N', email: '' }],
  annotations: { b: '1', a: '2' },
  dependencies: [{ name: 'r', repository: '', version: '1', tags: ['t'] }],
};
const archives = [
  { path: 'a-1.0.0.tgz', metadata, digest: 'd1' },
  { path: 'sub/a-2.0.0.tgz', metadata: { apiVersion: 'v2', name: 'a', version: '2.0.0' }, digest: 'd2' },
];

describe('an index is written as Helm writes it', () => {
  test('in YAML', () => {
    expect(formatIndex(generateIndex(archives, { now }))).toBe(`apiVersion: v1
entries:
  a:
  - apiVersion: v2
    created: "2024-01-02T03:04:05Z"
    digest: d2
    name: a
    urls:
    - sub/a-2.0.0.tgz
    version: 2.0.0
  - annotations:
      a: "2"
      b: "1"
    apiVersion: v2
    created: "2024-01-02T03:04:05Z"
    dependencies:
    - name: r
      repository: ""
      tags:
      - t
      version: "1"
    description: <a>
    digest: d1
    maintainers:
    - name: "N"
    name: a
    urls:
    - a-1.0.0.tgz
    version: 1.0.0
generated: "2024-01-02T03:04:05Z"
`);
  });

  test('in JSON, in the order of the structs', () => {
    const text = formatIndex(generateIndex(archives.slice(1), { now, url: 'https://x.example/c?a=1' }), { json: true });
    expect(text).toBe(`{
  "apiVersion": "v1",
  "generated": "2024-01-02T03:04:05Z",
  "entries": {
    "a": [
      {
        "name": "a",
        "version": "2.0.0",
        "apiVersion": "v2",
        "urls": [
          "https://x.example/c/sub/a-2.0.0.tgz?a=1"
        ],
        "created": "2024-01-02T03:04:05Z",
        "digest": "d2"
      }
    ]
  }
}`);
  });
});

test('merging takes over what is not there', () => {
  const other = parseIndex(
    'apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, digest: old}\n  - {name: a, version: 0.1.0}\n  z:\n  - {name: z, version: 1.0.0}\n',
    { source: 's' },
  );
  const { entries } = mergeIndexes(generateIndex(archives, { now }), other);
  expect(entries.get('a')?.map(({ version, digest }) => [version, digest])).toEqual([
    ['2.0.0', 'd2'],
    ['1.0.0', 'd1'],
    ['0.1.0', undefined],
  ]);
  expect(entries.get('z')).toHaveLength(1);
});

test('a chart that is none is refused', () => {
  const bad = { path: 'a.tgz', metadata: { ...metadata, version: 'x' }, digest: '' };
  expect(() => generateIndex([bad], { now })).toThrow(
    'failed adding to a.tgz to index: validate failed for a.tgz: validation: chart.metadata.version "x" is invalid',
  );
});
