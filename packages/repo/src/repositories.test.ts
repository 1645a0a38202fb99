import { describe, expect, test } from 'vitest';

import {
  addRepository,
  createRepository,
  findRepository,
  formatRepositories,
  hasIndex,
  isHelmRepository,
  NO_REPOSITORIES,
  parseRepositories,
  removeRepository,
} from './repositories.ts';

const web = createRepository({ name: 'web', url: 'http://x.example' });

describe('repositories.yaml', () => {
  test('is written as Helm writes it', () => {
    expect(formatRepositories(addRepository(NO_REPOSITORIES, web))).toBe(`apiVersion: ""
generated: "0001-01-01T00:00:00Z"
repositories:
- caFile: ""
  certFile: ""
  insecure_skip_tls_verify: false
  keyFile: ""
  name: web
  pass_credentials_all: false
  password: ""
  url: http://x.example
  username: ""
`);
  });

  test('is read leniently, and keeps its time', () => {
    const file = parseRepositories(
      'apiVersion: v1\ngenerated: "2024-01-02T03:04:05.5+01:00"\nother: 1\nrepositories:\n- null\n- {name: a, url: u, password: 1}\n',
    );
    expect(file.repositories).toEqual([createRepository({ name: 'a', url: 'u', password: '1' })]);
    expect(formatRepositories(file)).toContain('generated: "2024-01-02T03:04:05.5+01:00"');
    expect(parseRepositories('')).toEqual(NO_REPOSITORIES);
    expect(() => parseRepositories('repositories: 3')).toThrow(/cannot unmarshal number/);
  });

  test('gets and loses repositories', () => {
    const one = addRepository(NO_REPOSITORIES, web);
    expect(addRepository(one, { ...web })).toBe(one);
    expect(() => addRepository(one, { ...web, url: 'http://y' })).toThrow(
      'repository name (web) already exists, please specify a different name',
    );
    const other = addRepository(one, { ...web, url: 'http://y' }, { forceUpdate: true });
    expect(findRepository(other, 'web')?.url).toBe('http://y');
    expect(removeRepository(other, 'web').repositories).toEqual([]);
    expect(() => removeRepository(one, 'db')).toThrow('no repo named "db" found');
  });

  test.each([
    ['https://x.example', true, true],
    ['plugin://x', true, true],
    ['file:///charts', true, false],
    ['oci://x.example/a', false, false],
    ['git+https://x.example/r.git', false, false],
  ])('%s: has an index %s, is for Helm %s', (url, indexed, helms) => {
    expect([hasIndex(url), isHelmRepository(url)]).toEqual([indexed, helms]);
  });

  test.each(['a/b', '../x', 'a\\b', 'a\0', '\n'])('%j is no name', (name) => {
    expect(() => addRepository(NO_REPOSITORIES, { ...web, name })).toThrow(
      expect.objectContaining({ code: 'REPOSITORY_NAME_INVALID' }),
    );
  });
});
