import { type Dependency, loadArchive, packageChart, parseChart, parseTime, UTC } from '@pack/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { fetchLocked } from './fetch.ts';
import { chartId, formatDot, formatTree, why } from './graph.ts';
import { parseLock } from './lock.ts';
import { outdated } from './outdated.ts';
import { resolveRepositoryNames } from './repository-names.ts';
import { type Resolution, resolve } from './resolve.ts';
import type { ChartSource, DependencyArchive } from './source.ts';

const now = parseTime('2006-01-02T15:04:05Z07:00', '2024-01-02T03:04:05Z', UTC);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A world of charts in text: `a 1.0.0: b ^1, c ~2` on each line, best versions first. */
interface World {
  readonly source: ChartSource;
  /** How often each archive was asked for. */
  readonly pulls: string[];
}

const wanted = (text: string): Dependency[] =>
  text.split(',').flatMap((part) => {
    const [, name, version = '', alias] = /^\s*(\S+)\s+(.*?)(?: as (\S+))?\s*$/.exec(part) ?? [];
    return name === undefined ? [] : [{ name, version, repository: 'https://r.example', ...(alias && { alias }) }];
  });

function world(text: string): World {
  const charts = new Map<string, Map<string, Dependency[]>>();
  for (const line of text.trim().split('\n')) {
    const [, name = '', version = '', below = ''] = /^\s*(\S+) (\S+?):?(?: (.*))?$/.exec(line) ?? [];
    const versions = charts.get(name) ?? new Map<string, Dependency[]>();
    charts.set(name, versions.set(version, wanted(below)));
  }
  const pulls: string[] = [];
  const below = (name: string, version: string): Dependency[] => charts.get(name)?.get(version) ?? [];
  const source: ChartSource = {
    versions: async ({ name }) => [...(charts.get(name)?.keys() ?? [])],
    dependencies: async ({ name }, version) => below(name, version),
    async archive({ name }, version): Promise<DependencyArchive> {
      pulls.push(`${name} ${version}`);
      const dependencies = below(name, version)
        .map((d) => `- {name: ${d.name}, version: "${d.version}", repository: "${d.repository}"}`)
        .join('\n');
      const file = bytes(
        `apiVersion: v2\nname: ${name}\nversion: ${version}\n${dependencies && `dependencies:\n${dependencies}\n`}`,
      );
      const { data } = await packageChart(parseChart([{ name: 'Chart.yaml', data: file }]), new Date(0));
      return { data, fileName: `${name}-${version}.tgz`, digest: `digest of ${name} ${version}` };
    },
    local: async ({ name }) =>
      parseChart([{ name: 'Chart.yaml', data: bytes(`apiVersion: v2\nname: ${name}\nversion: 1.5.0\n`) }]),
  };
  return { source, pulls };
}

const solve = (charts: string, dependencies: string, recursive = true): Promise<Resolution> =>
  resolve(
    { chart: { name: 'top', version: '0.1.0' }, dependencies: wanted(dependencies), recursive, now },
    world(charts).source,
  );

const chosen = ({ lock }: Resolution): string =>
  [...lock.dependencies, ...(lock.transitive ?? [])].map(({ name, version }) => `${name} ${version}`).join(', ');

const DIAMOND = `
a 2.0.0: c ^2
a 1.0.0: c ^1
b 1.0.0: c <1.5
c 2.0.0
c 1.5.0
c 1.2.0
`;

describe('versions are chosen', () => {
  const cases: readonly (readonly [name: string, charts: string, dependencies: string, versions: string])[] = [
    ['the best in the range', DIAMOND, 'c ^1', 'c 1.5.0'],
    ['what a dependency wants', DIAMOND, 'a >=2', 'a 2.0.0, c 2.0.0'],
    ['one that suits two', DIAMOND, 'b *, c >=1', 'b 1.0.0, c 1.2.0'],
    ['a lower one of a parent', DIAMOND, 'a *, b *', 'a 1.0.0, b 1.0.0, c 1.2.0'],
    ['one chart under two names', DIAMOND, 'c ^1, c <1.5 as d', 'c 1.2.0, c 1.2.0'],
    ['what is no version is passed over', 'a latest\na 1.0.0', 'a *', 'a 1.0.0'],
    ['a cycle is avoided where it can be', 'a 2.0.0: b *\na 1.0.0\nb 1.0.0: a *', 'a *', 'a 1.0.0'],
  ];
  test.each(cases)('%s', async (_, charts, dependencies, versions) => {
    expect(chosen(await solve(charts, dependencies))).toBe(versions);
  });

  test('each by itself when only the chart\u2019s own are asked for', async () => {
    expect(chosen(await solve(DIAMOND, 'a *, b *, c ^1', false))).toBe('a 2.0.0, b 1.0.0, c 1.5.0');
  });
});

describe('what cannot be', () => {
  const cases: readonly (readonly [
    name: string,
    charts: string,
    dependencies: string,
    code: string,
    message: string,
  ])[] = [
    [
      'no version',
      DIAMOND,
      'c ^3',
      'DEPENDENCY_UNRESOLVED',
      'can\'t get a valid version for 1 subchart(s): "c" (repository "https://r.example", version "^3"). Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml',
    ],
    [
      'a conflict',
      DIAMOND,
      'a ^2, b *',
      'RESOLVE_CONFLICT',
      'no version of c from https://r.example suits all that want it:\n  top 0.1.0 → a 2.0.0 wants c ^2\n  top 0.1.0 → b 1.0.0 wants c <1.5',
    ],
    [
      'a cycle',
      'a 1.0.0: b *\nb 1.0.0: c *\nc 1.0.0: a *',
      'a *',
      'DEPENDENCY_CYCLE',
      'charts depend on each other: a → b → c → a',
    ],
    [
      'a bad range',
      DIAMOND,
      'a x.y.z.q',
      'DEPENDENCY_INVALID',
      'dependency "a" has an invalid version/constraint format: improper constraint: "x.y.z.q"',
    ],
  ];
  test.each(cases)('%s', async (_, charts, dependencies, code, message) => {
    await expect(solve(charts, dependencies)).rejects.toMatchObject({ code, message });
  });

  test('all that are missing are told at once when each is by itself', async () => {
    await expect(solve(DIAMOND, 'a ^7, b ^8', false)).rejects.toThrow(
      'can\'t get a valid version for 2 subchart(s): "a" (repository "https://r.example", version "^7"), "b" (repository',
    );
  });

  test('a search that would never end', async () => {
    const charts = Array.from({ length: 40 }, (_, i) =>
      Array.from({ length: 6 }, (_, v) => `c${i} 1.${5 - v}.0: c${i + 1} *, z 1.${(i + v) % 2}.0`).join('\n'),
    ).join('\n');
    await expect(solve(`${charts}\nc40 1.0.0: z 2.0.0\nz 1.0.0\nz 1.1.0`, 'c0 *')).rejects.toMatchObject({
      code: expect.stringMatching(/RESOLVE_CONFLICT|DEPENDENCY_UNRESOLVED/),
    });
  }, 20_000);
});

test('what is chosen always fits, and nothing fitting is overlooked', async () => {
  const names = ['a', 'b', 'c', 'd'] as const;
  const versions = ['3.0.0', '2.0.0', '1.0.0'];
  const range = fc.constantFrom('*', '>=2', '<3', '<=1', '^2', '^3');
  const line = (name: string, i: number): fc.Arbitrary<string> =>
    fc.array(fc.tuple(fc.constantFrom(...names.slice(i + 1), 'leaf'), range), { maxLength: 2 }).map((below) => {
      const unique = new Map(below);
      return versions
        .map((v) => `${name} ${v}: ${[...unique].map(([n, r]) => `${n} ${v === '1.0.0' ? '*' : r}`).join(', ')}`)
        .join('\n');
    });
  await fc.assert(
    fc.asyncProperty(fc.tuple(...names.map(line)), range, range, async (lines, first, second) => {
      const charts = `${lines.join('\n')}\n${versions.map((v) => `leaf ${v}`).join('\n')}`;
      const { source } = world(charts);
      const dependencies = wanted(`a ${first}, b ${second}`);
      const resolution = await resolve(
        { chart: { name: 't', version: '1.0.0' }, dependencies, recursive: true, now },
        source,
      ).catch((e: { code: string }) => e.code);
      const possible = await exists(source, dependencies, versions);
      expect(typeof resolution === 'string').toBe(!possible);
    }),
    { numRuns: 60 },
  );
});

/** Whether any choice at all of versions works, by trying all. */
async function exists(
  source: ChartSource,
  dependencies: readonly Dependency[],
  versions: readonly string[],
): Promise<boolean> {
  const { parseConstraint, parseVersion, satisfies } = await import('@pack/core');
  const names = ['a', 'b', 'c', 'd', 'leaf'];
  const fits = (version: string, { version: range = '' }: Dependency): boolean =>
    satisfies(parseVersion(version), parseConstraint(range));
  for (let n = 0; n < versions.length ** names.length; n++) {
    const choice = new Map(
      names.map((name, i) => [name, versions[Math.floor(n / versions.length ** i) % versions.length] as string]),
    );
    const pending = [...dependencies];
    let isFine = true;
    for (let next = pending.pop(); next !== undefined && isFine; next = pending.pop()) {
      const version = choice.get(next.name) as string;
      isFine = fits(version, next);
      pending.push(...(await source.dependencies(next, version)));
    }
    if (isFine) return true;
  }
  return false;
}

describe('the archives of a lock', () => {
  test('are fetched once each, and the lock gets their digests', async () => {
    const { source, pulls } = world(DIAMOND);
    const dependencies = wanted('c ^1, c ^1 as d, b *');
    const { lock } = await resolve({ chart: { name: 't', version: '1.0.0' }, dependencies, now }, source);
    const events: string[] = [];
    const fetched = await fetchLocked(lock, source, { onEvent: ({ type }) => events.push(type) });
    expect(pulls.sort()).toEqual(['b 1.0.0', 'c 1.5.0']);
    expect(events).toEqual(['saving', 'fetching', 'same', 'fetching']);
    expect(fetched.lock.dependencies.map(({ digest }) => digest)).toEqual([
      'sha256:digest of c 1.5.0',
      'sha256:digest of c 1.5.0',
      'sha256:digest of b 1.0.0',
    ]);
    expect(fetched.archives.map(({ fileName }) => fileName)).toEqual(['c-1.5.0.tgz', 'b-1.0.0.tgz']);
  });

  test('that were published anew are refused', async () => {
    const { source } = world(DIAMOND);
    const lock = parseLock(
      'dependencies:\n- {name: c, version: 1.5.0, repository: "https://r.example", digest: "sha256:old"}\n',
    );
    if (lock === undefined) throw new Error('no lock');
    await expect(fetchLocked(lock, source)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      message: 'c 1.5.0 from https://r.example has digest sha256:digest of c 1.5.0, but the lock has sha256:old',
    });
    expect((await fetchLocked(lock, source, { allowDigestMismatch: true })).archives).toHaveLength(1);
  });

  test('have what they depend on in them when the whole tree is locked', async () => {
    const { source } = world(DIAMOND);
    const resolution = await resolve(
      { chart: { name: 't', version: '1.0.0' }, dependencies: wanted('a ^1, b *'), recursive: true, now },
      source,
    );
    const { archives, lock } = await fetchLocked(resolution.lock, source);
    const charts = await Promise.all(archives.map(({ data }) => loadArchive(data)));
    expect(
      charts.map(({ dependencies }) => dependencies.map(({ metadata }) => `${metadata.name} ${metadata.version}`)),
    ).toEqual([['c 1.2.0'], ['c 1.2.0']]);
    expect(lock.transitive).toMatchObject([{ name: 'c', version: '1.2.0', digest: 'sha256:digest of c 1.2.0' }]);
  });

  test('of charts/ must fit', async () => {
    const { source } = world(DIAMOND);
    const local = (version: string): Promise<unknown> =>
      resolve({ chart: { name: 't', version: '1.0.0' }, dependencies: [{ name: 'x', version }], now }, source).then(
        ({ lock }) => fetchLocked(lock, source),
      );
    expect(await local('>=1')).toMatchObject({ archives: [], lock: { dependencies: [{ name: 'x', version: '>=1' }] } });
    await expect(local('>=2')).rejects.toThrow('dependency x at version 1.5.0 does not satisfy the constraint >=2');
  });

  test('stop at the first fault', async () => {
    const { source } = world(DIAMOND);
    const broken: ChartSource = { ...source, archive: async () => Promise.reject(new Error('gone')) };
    const { lock } = await resolve(
      { chart: { name: 't', version: '1.0.0' }, dependencies: wanted('a *, b *'), now },
      source,
    );
    await expect(fetchLocked(lock, broken)).rejects.toThrow('gone');
  });
});

test('a lock that says the same keeps its time', async () => {
  const { source } = world(DIAMOND);
  const input = { chart: { name: 't', version: '1.0.0' }, dependencies: wanted('c ^1'), now };
  const first = (await fetchLocked((await resolve(input, source)).lock, source)).lock;
  const later = parseTime('2006-01-02T15:04:05Z07:00', '2025-01-02T03:04:05Z', UTC);
  expect((await resolve({ ...input, previous: first, now: later }, source)).lock).toBe(first);
  const changed = await resolve({ ...input, dependencies: wanted('c <1.5'), previous: first, now: later }, source);
  expect(changed.lock.generated).toBe(later);
});

describe('the graph', () => {
  test('as a tree, for Graphviz, and as paths', async () => {
    const { graph } = await solve(DIAMOND, 'a *, b *');
    expect(formatTree(graph)).toBe(`top 0.1.0
├── a 1.0.0 (*) https://r.example
│   └── c 1.2.0 (^1) https://r.example
└── b 1.0.0 (*) https://r.example
    └── c 1.2.0 (<1.5) https://r.example
`);
    expect(formatDot(graph)).toContain('"https://r.example/a" -> "https://r.example/c" [label="^1"];');
    expect(why(graph, 'c').map((path) => path.map(({ name, range }) => `${name} ${range}`.trim()).join(' > '))).toEqual(
      ['top > a * > c ^1', 'top > b * > c <1.5'],
    );
    expect(why(graph, 'nothing')).toEqual([]);
    expect(chartId({ name: 'a', repository: 'https://r.example/' })).toBe('https://r.example/a');
  });
});

test('what is outdated', async () => {
  const { source } = world(DIAMOND);
  const lock = parseLock('dependencies:\n- {name: c, version: 1.2.0}\n- {name: b, version: 1.0.0}\n');
  expect(await outdated(wanted('c ^1, b *'), lock, source)).toEqual([
    { name: 'c', repository: 'https://r.example', range: '^1', current: '1.2.0', wanted: '1.5.0', latest: '2.0.0' },
  ]);
});

describe('names of repositories', () => {
  const chartUrl = (name: string): string => `git+https://g.example/r.git?path=${name}`;
  const known = [
    { name: 'r', url: 'https://r.example' },
    { name: 'g', url: 'git+https://g.example/r.git', chartUrl },
  ];
  const named = (repository: string): string | undefined =>
    resolveRepositoryNames([{ name: 'a', repository }], known)[0]?.repository;
  test.each([
    ['@r', 'https://r.example'],
    ['alias:r', 'https://r.example'],
    ['@g', 'git+https://g.example/r.git?path=a'],
    ['https://other', 'https://other'],
    ['oci://x', 'oci://x'],
    ['', ''],
  ])('%s is %s', (repository, url) => expect(named(repository)).toBe(url));

  test('that are not known', () => {
    expect(() => named('@q')).toThrow(/^no repository definition for @q\. Please add them via 'helm repo add'$/);
    expect(() => named('stable')).toThrow('Note that repositories must be URLs or aliases');
  });
});
