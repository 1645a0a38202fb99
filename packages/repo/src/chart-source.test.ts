import { ChartError, packageChart, parseChart } from '@pack/core';
import { describe, expect, test } from 'vitest';

import { createChartSource, repositoriesOf } from './chart-source.ts';
import { sha256 } from './content.ts';
import type { PullPorts } from './pull.ts';
import { createRepository, NO_REPOSITORIES } from './repositories.ts';
import { indexReader } from './summary.ts';

const chart = (version: string) =>
  parseChart([
    {
      name: 'Chart.yaml',
      data: new TextEncoder().encode(
        `apiVersion: v2\nname: web\nversion: ${version}\ndependencies: [{name: db, version: ^1}]\n`,
      ),
    },
  ]);
const { data } = await packageChart(chart('1.0.0'), new Date(0));
const digest = await sha256(data);

const INDEX = `apiVersion: v1
entries:
  web:
  - {name: web, version: 2.0.0}
  - {name: web, version: v1.0, urls: [web-1.0.0.tgz], digest: ${digest}, dependencies: [{name: db, version: ^1}]}
  - {name: web, version: 0.9.0, urls: [web-0.9.0.tgz], digest: ${'0a'.repeat(32)}}
`;

function source(more: Partial<PullPorts> = {}) {
  const asked: string[] = [];
  const index = async () => indexReader(INDEX, { source: 's' });
  const ports: PullPorts = {
    repositories: { ...NO_REPOSITORIES, repositories: [createRepository({ name: 'r', url: 'https://r.example/c' })] },
    cachedIndex: async ({ name }) => {
      asked.push(name);
      return index();
    },
    freshIndex: async ({ url }) => {
      asked.push(url);
      return index();
    },
    fetchFor: () =>
      (async (url: string) => {
        asked.push(url);
        return new Response(data as Uint8Array<ArrayBuffer>);
      }) as typeof fetch,
    local: async (path) => ({ data, fileName: path }),
    ...more,
  };
  const readChart = async (path: string) => {
    if (path !== '/top/charts/own' && path !== '/sub')
      throw new ChartError('CHART_NOT_FOUND', `path ${path} not found`);
    return chart('1.5.0');
  };
  return { asked, ...createChartSource({ ports, folder: '/top', readChart }) };
}

const web = (repository: string, version = '*') => ({ name: 'web', version, repository });

describe('versions', () => {
  test.each([
    ['https://r.example/c/', ['v1.0', '0.9.0'], ['r']],
    ['https://other.example', ['v1.0', '0.9.0'], ['https://other.example']],
    ['file://../sub', ['1.5.0'], []],
    ['file:///sub', ['1.5.0'], []],
  ])('of %s', async (repository, versions, asked) => {
    const from = source();
    expect(await from.versions(web(repository))).toEqual(versions);
    expect(from.asked).toEqual(asked);
  });

  test('of registries and git repositories', async () => {
    const oci = {
      tags: async () => ['2.0.0', '1.0.0'],
      resolve: async () => undefined,
      pull: async () => Promise.reject(),
    };
    const git = {
      versions: async () => ['v3'],
      archive: async () => ({ data, fileName: 'web-1.0.0.tgz', commit: 'c' }),
    };
    const from = source({ oci, git });
    expect(await from.versions(web('oci://x.example/a'))).toEqual(['2.0.0', '1.0.0']);
    expect(await from.versions(web('oci://x.example/a', '7.0.0'))).toEqual(['7.0.0']);
    expect(await from.versions(web('git+https://g.example/r.git'))).toEqual(['v3']);
    expect(await from.versions(web('git+https://g.example/r.git@main'))).toEqual(['1.0.0']);
  });

  test.each([
    [{ ...web('https://r.example/c'), name: 'nope' }, 'nope chart not found in repo https://r.example/c'],
    [web('file://nope'), 'directory /top/nope not found'],
    [web('oci://x.example/a'), 'missing registry client'],
  ])('of what is not there: %j', (dependency, message) =>
    expect(source().versions(dependency)).rejects.toThrow(message),
  );
});

test('dependencies come from the index, or else from the archive, which is fetched once', async () => {
  const from = source();
  const below = [{ name: 'db', version: '^1' }];
  expect(await from.dependencies(web('https://r.example/c'), '1.0.0')).toMatchObject(below);
  expect(from.asked).toEqual(['r']);
  expect(await from.dependencies(web('file://../sub'), '1.0.0')).toMatchObject(below);
});

test('archives have the digest that the index, or the lock, says', async () => {
  const from = source();
  expect(await from.archive(web('https://r.example/c'), '1.0.0')).toMatchObject({ digest, fileName: 'web-1.0.0.tgz' });
  expect(from.asked).toEqual(['r', 'https://r.example/c/web-1.0.0.tgz']);
  await expect(from.archive(web('https://r.example/c'), '0.9.0')).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  await expect(from.archive(web('https://r.example/c'), '1.0.0', { digest: 'ab'.repeat(32) })).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
  });
  await expect(from.archive(web('https://r.example/c'), '3.0.0')).rejects.toThrow('no matching version');
});

test('a chart in charts/', async () => {
  expect((await source().local({ name: 'own' })).metadata.version).toBe('1.5.0');
  await expect(source().local({ name: 'nope' })).rejects.toThrow('directory /top/charts/nope not found');
});

test('only the repositories that are used need be updated', () => {
  const repositories = ['https://a.example', 'https://b.example/'].map((url) => createRepository({ name: url, url }));
  const file = { ...NO_REPOSITORIES, repositories };
  expect(repositoriesOf([web('https://b.example'), web('file://x'), { name: 'own' }], file)).toEqual([repositories[1]]);
});
