import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readIndex, readWhole } from './chart-index.ts';
import { decodeEntry } from './chart-version.ts';
import { readIndexLines } from './index-lines.ts';

const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      'apiVersion: v1',
      'entries:',
      'generated: "2024-01-02T03:04:05Z"',
      '  web:',
      '  db:',
      '  "q":',
      '  yes:',
      '  web: []',
      '  12:',
      '  - name: web',
      '    name: web',
      '    version: 1.2.3',
      '    version: 1.10',
      '    version: "1.0.0"',
      '  - version: 2.0.0-rc.1',
      '    version: 1.2.3-01',
      '    version: 99999999999999999999.0.0',
      '    description: a',
      '      text: more',
      '    description: >-',
      '      folded',
      '',
      '    description: "quoted',
      '      on two lines"',
      '    annotations:',
      '      a: b',
      '      images: |',
      '        - x: y',
      '      # comment',
      '# comment',
      '    urls:',
      '    - https://x.example/a-1.tgz',
      '    - a-1.2.3.tgz',
      '    - 1',
      '      - deeper',
      '    digest: 123',
      '    digest: 0b10',
      `    digest: ${'ab'.repeat(32)}`,
      '    created: "2024-01-02T03:04:05.5+01:00"',
      '    created: "2024-13-02T03:04:05Z"',
      '    created: 2024-01-02T03:04:05Z',
      '    removed: true',
      '    keywords: [a, b]',
      '    maintainers:',
      '    - name: n',
      '      email: e',
      '    -',
      '    dependencies:',
      '    - alias: "bad alias"',
      '    unknown: 1',
      '    deprecated: "x"',
      '    name: &a web',
      '    home: *a',
      '    home: !!str x',
      '    <<: {a: b}',
      '    icon: 1',
      '    apiVersion: v2',
      '    apiVersion: null',
      '    appVersion: 1.10',
      '    appVersion: "1.10"',
      '    type: library',
      '    type: odd',
      '\tx',
      'annotations:',
      '  k: 1',
      'publicKeys:',
      '- a',
      '---',
      '...',
      '    kubeVersion: ">=1.20\\u0007"',
      '    description: \u0085x',
      '    description: caf\u00e9',
      '    sources:',
      '    tags: on',
      '    - null',
      '  ~:',
      'serverInfo: {}',
      '    home: |+',
      '    ? a',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);

/** A text that is more often an index than not. */
const index = fc
  .array(
    fc.tuple(fc.constantFrom('web', 'db', 'cache'), fc.array(fc.array(line, { maxLength: 4 }), { maxLength: 4 })),
    { maxLength: 3 },
  )
  .map((charts) =>
    [
      'apiVersion: v1',
      'entries:',
      ...charts.flatMap(([name, entries]) => [
        `  ${name}:`,
        ...entries.flatMap((lines, i) => [`  - name: ${name}`, `    version: 1.0.${i}`, ...lines]),
      ]),
      '',
    ].join('\n'),
  );

const outcome = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (e) {
    return (e as Error).message;
  }
};

const plain = ({ fields, charts }: ReturnType<typeof readIndex>): unknown => ({
  fields,
  charts: [...charts].map(([name, placed]) => [name, placed.map(({ entry }) => entry)]),
});

function expectSame(text: string): void {
  const quick: string[] = [];
  const whole: string[] = [];
  const got = outcome(() => plain(readIndex(text, { source: 's', warn: (message) => quick.push(message) })));
  const want = outcome(() => plain(readWhole(text, { source: 's', warn: (message) => whole.push(message) })));
  expect(got).toEqual(want);
  expect(quick).toEqual(whole);
}

describe('the quick reader', () => {
  test('reads what the complete reader reads, or leaves it alone', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          index,
          fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n')),
        ),
        expectSame,
      ),
      { numRuns: 2000 },
    );
  });

  test('takes on an index as Helm writes it', () => {
    const text = `apiVersion: v1
entries:
  web:
  - annotations:
      images: |
        - a: b
    apiVersion: v2
    created: "2024-01-02T03:04:05.123456789Z"
    description: a text
      on two lines
    digest: ${'0a'.repeat(32)}
    keywords:
    - x
    name: web
    urls:
    - https://x.example/web-1.0.0.tgz
    version: 1.0.0
  - name: web
    version: 2.0.0
generated: "2024-01-02T03:04:05Z"
`;
    const { charts, column } = readIndexLines(text) ?? { charts: new Map(), column: 0 };
    expect(column).toBe(4);
    expect([...charts.keys()]).toEqual(['web']);
    expectSame(text);
    const { charts: sorted } = readIndex(text, { source: 's' });
    for (const { entry, from, to } of sorted.get('web') ?? []) {
      expect({ apiVersion: 'v1', ...decodeEntry(text.slice(from, to), column) }).toEqual(entry);
    }
  });
});
