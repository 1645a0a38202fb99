import { describe, expect, test } from 'vitest';

import { gitChart, parseGitReference } from './git-reference.ts';

describe('a chart below the address of a git repository', () => {
  const cases: readonly (readonly [repository: string, chart: string, address: string])[] = [
    ['git+https://g.example/r.git', 'web', 'git+https://g.example/r.git?path=web'],
    ['git+https://g.example/r.git@v1?path=charts', 'web', 'git+https://g.example/r.git@v1?path=charts/web'],
    ['git+https://g.example/r.git?path=charts/', 'web', 'git+https://g.example/r.git?path=charts/web'],
    ['git+ssh://git@g.example/r.git@main', 'a/b c', 'git+ssh://git@g.example/r.git@main?path=a/b%20c'],
  ];
  test.each(cases)('%s %s', (repository, chart, address) => {
    expect(gitChart(repository, chart)).toBe(address);
    expect(parseGitReference(address).url).toBe(parseGitReference(repository).url);
  });

  test('does not lead out of it', () => {
    const address = gitChart('git+https://g.example/r.git?path=charts', '../../x');
    expect(() => parseGitReference(address)).toThrow('the path leads out of the repository');
  });

  test('of what is no such address', () => {
    expect(() => gitChart('git+ext::sh', 'web')).toThrow('not an address of a git repository');
  });
});
