import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { searchFuzzy } from './fuzzy.ts';
import { compilePattern, type SearchOptions, searchCharts } from './search.ts';
import { formatSummary, indexReader, parseSummary, summarize } from './summary.ts';

const TEXT = `apiVersion: v1
entries:
  nginx:
  - {name: nginx, version: 2.0.0-rc.1, description: The next, keywords: [web]}
  - {name: nginx, version: 1.1.0, appVersion: "9", description: A Web server, keywords: [http, proxy]}
  - {name: nginx, version: 1.0.0, description: First}
  postgresql:
  - {name: postgresql, version: 12.0.0, description: Object-relational database, keywords: [sql]}
  web:
  - {name: web, version: 0.1.0, description: "caf\u00e9"}
`;
const sources = [{ repository: 'r', summary: summarize(TEXT, { source: 's' }) }];
const found = (options: SearchOptions): string[] =>
  searchCharts(sources, options).map(({ name, version, score }) => `${name} ${version} ${score}`);

describe('search repo', () => {
  const cases: readonly (readonly [name: string, options: SearchOptions, wanted: readonly string[]])[] = [
    ['all', {}, ['r/nginx 1.1.0 0', 'r/postgresql 12.0.0 0', 'r/web 0.1.0 0']],
    ['a name before a description', { term: 'WEB' }, ['r/web 0.1.0 0', 'r/nginx 1.1.0 2']],
    ['keywords last', { term: 'proxy' }, ['r/nginx 1.1.0 3']],
    ['with the repository', { term: 'r/web' }, ['r/web 0.1.0 1']],
    ['an older version that has the word', { term: 'first' }, ['r/nginx 1.0.0 2']],
    ['all versions', { term: 'nginx', versions: true }, ['r/nginx 1.1.0 0', 'r/nginx 1.0.0 0']],
    ['pre-releases', { term: 'nginx', devel: true }, ['r/nginx 2.0.0-rc.1 0']],
    ['a range', { term: 'nginx', version: '<1.1' }, ['r/nginx 1.0.0 0']],
    ['accents', { term: 'CAF\u00c9' }, ['r/web 0.1.0 2']],
  ];
  test.each(cases)('%s', (_, options, wanted) => expect(found(options)).toEqual(wanted));

  test.each([
    ['^(W|p)', ['r/postgresql 12.0.0 0']],
    ['[Ww]eb', ['r/web 0.1.0 0', 'r/nginx 1.1.0 2']],
    ['ngin.', ['r/nginx 1.1.0 0']],
  ])('an expression, which minds case: %s', async (expression, wanted) => {
    expect(found({ term: await compilePattern(expression) }).slice(0, wanted.length)).toEqual(wanted);
  });

  test('says what is wrong', async () => {
    expect(() => found({ version: 'a b' })).toThrow('an invalid version/constraint format: improper constraint: "a b"');
    await expect(compilePattern('(')).rejects.toMatchObject({
      code: 'SEARCH_INVALID',
      message: expect.stringMatching(/error parsing regexp: missing closing \)/),
    });
  });
});

describe('search that forgives', () => {
  const names = (term: string): string[] => searchFuzzy(sources, term).map(({ name }) => name);
  test.each([
    ['ngnix', ['r/nginx']],
    ['postgre', ['r/postgresql']],
    ['postgersql', ['r/postgresql']],
    ['web', ['r/web', 'r/nginx']],
    ['web proxy', ['r/nginx']],
    ['zzzz', []],
  ])('%s', (term, wanted) => expect(names(term)).toEqual(wanted));

  test('finds at least what the plain search finds by name', () => {
    fc.assert(
      fc.property(fc.constantFrom('nginx', 'postgresql', 'web'), fc.nat(4), (name, length) => {
        const term = name.slice(0, 3 + length);
        for (const hit of searchCharts(sources, { term })) if (hit.score === 0) expect(names(term)).toContain(hit.name);
      }),
    );
  });
});

describe('a summary', () => {
  const source = { size: 1, modifiedMs: 2.5, inode: 3 };

  test('is good for the file it was made of, and only whole', () => {
    const summary = summarize(TEXT, { source: 's' });
    const text = formatSummary(summary, source);
    expect(parseSummary(text, source)).toEqual(summary);
    expect(parseSummary(text, { ...source, size: 9 })).toBeUndefined();
    expect(parseSummary(text.slice(0, -10), source)).toBeUndefined();
    expect(parseSummary('', source)).toBeUndefined();
  });

  const blocks = `apiVersion: v1
entries:
  web:
  - name: web
    description: caf\u00e9 \u{1f600}
    version: 1.0.0
    urls:
    - web-1.0.0.tgz
  - name: web
    version: 2.0.0
    created: "2024-01-02T03:04:05Z"
    digest: abcdef
`;
  test.each([
    ['places in the text', blocks],
    ['entries of its own', TEXT],
    [
      'JSON',
      '{"apiVersion":"v1","entries":{"web":[{"name":"web","version":"1.0.0","created":"2024-01-02T03:04:05Z"}]}}',
    ],
  ])('gives full entries: %s', async (_, text) => {
    const reader = indexReader(text, { source: 's' });
    const entry = await reader.entry('web', (reader.versions('web')?.length ?? 0) - 1);
    expect(entry.name).toBe('web');
    expect(reader.versions('nope')).toBeUndefined();
    if (text === blocks) {
      expect(entry).toMatchObject({ description: 'caf\u00e9 \u{1f600}', urls: ['web-1.0.0.tgz'] });
      expect(await reader.entry('web', 0)).toMatchObject({ version: '2.0.0', digest: 'abcdef' });
    }
  });
});
