import { describe, expect, test } from 'vitest';

import { helmPaths } from './paths.ts';

const paths = (env: Record<string, string>, platform = 'linux'): ReturnType<typeof helmPaths> =>
  helmPaths({ env, platform, home: platform === 'win32' ? 'C:\\Users\\u' : '/home/u' });

describe('where Helm keeps its files', () => {
  const cases: readonly (readonly [
    name: string,
    env: Record<string, string>,
    platform: string,
    wanted: Partial<ReturnType<typeof helmPaths>>,
  ])[] = [
    [
      'Linux',
      {},
      'linux',
      {
        repositoryConfig: '/home/u/.config/helm/repositories.yaml',
        repositoryCache: '/home/u/.cache/helm/repository',
        contentCache: '/home/u/.cache/helm/content',
        registryConfig: '/home/u/.config/helm/registry/config.json',
        plugins: '/home/u/.local/share/helm/plugins',
        starters: '/home/u/.local/share/helm/starters',
      },
    ],
    [
      'macOS',
      {},
      'darwin',
      {
        repositoryConfig: '/home/u/Library/Preferences/helm/repositories.yaml',
        repositoryCache: '/home/u/Library/Caches/helm/repository',
        plugins: '/home/u/Library/helm/plugins',
      },
    ],
    [
      'Windows',
      { APPDATA: 'C:\\Users\\u\\AppData\\Roaming', TEMP: 'C:\\T' },
      'win32',
      {
        repositoryConfig: 'C:\\Users\\u\\AppData\\Roaming\\helm\\repositories.yaml',
        repositoryCache: 'C:\\T\\helm\\repository',
      },
    ],
    [
      'XDG',
      { XDG_CONFIG_HOME: '/x/', XDG_CACHE_HOME: '' },
      'linux',
      { configHome: '/x/helm', cacheHome: '/home/u/.cache/helm' },
    ],
    ['HELM before XDG', { HELM_CONFIG_HOME: '/h', XDG_CONFIG_HOME: '/x' }, 'linux', { configHome: '/h' }],
    ['PACK before HELM', { PACK_CONFIG_HOME: '/p/../q', HELM_CONFIG_HOME: '/h' }, 'linux', { configHome: '/q' }],
    [
      'single files',
      { HELM_REPOSITORY_CONFIG: 'r.yaml', PACK_REPOSITORY_CONFIG: 'p.yaml', HELM_PLUGINS: '/a:/b' },
      'linux',
      { repositoryConfig: 'p.yaml', plugins: '/a:/b' },
    ],
    ['set but empty', { HELM_REPOSITORY_CONFIG: '' }, 'linux', { repositoryConfig: '' }],
  ];
  test.each(cases)('%s', (_, env, platform, wanted) => expect(paths(env, platform)).toMatchObject(wanted));
});
