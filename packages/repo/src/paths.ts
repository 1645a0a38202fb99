/** Where Helm keeps its files, as a function of the environment. Helm: pkg/helmpath, pkg/cli/environment.go. */

export interface PathOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `process.platform`. */
  readonly platform: string;
  /** The user's home folder. */
  readonly home: string;
}

export interface HelmPaths {
  readonly configHome: string;
  readonly cacheHome: string;
  readonly dataHome: string;
  /** repositories.yaml */
  readonly repositoryConfig: string;
  /** The folder of NAME-index.yaml and NAME-charts.txt. */
  readonly repositoryCache: string;
  /** registry/config.json */
  readonly registryConfig: string;
  readonly contentCache: string;
  readonly plugins: string;
  readonly starters: string;
}

/** All paths; `PACK_X` wins over `HELM_X`, as `PACK_REPOSITORY_CONFIG` over `HELM_REPOSITORY_CONFIG`. */
export function helmPaths({ env, platform, home }: PathOptions): HelmPaths {
  const isWindows = platform === 'win32';
  const join = (...parts: string[]): string => joinPath(isWindows ? '\\' : '/', parts);
  const defaults = defaultHomes(env, platform, (...parts) => join(home, ...parts));
  const homeOf = (kind: 'CONFIG' | 'CACHE' | 'DATA'): string => {
    const own = env[`PACK_${kind}_HOME`] || env[`HELM_${kind}_HOME`];
    return own ? join(own) : join(env[`XDG_${kind}_HOME`] || defaults[kind], 'helm');
  };
  // Set but empty counts: Helm then has an empty path.
  const either = (name: string, otherwise: string): string => env[`PACK_${name}`] ?? env[`HELM_${name}`] ?? otherwise;
  const configHome = homeOf('CONFIG');
  const cacheHome = homeOf('CACHE');
  const dataHome = homeOf('DATA');
  return {
    configHome,
    cacheHome,
    dataHome,
    repositoryConfig: either('REPOSITORY_CONFIG', join(configHome, 'repositories.yaml')),
    repositoryCache: either('REPOSITORY_CACHE', join(cacheHome, 'repository')),
    registryConfig: either('REGISTRY_CONFIG', join(configHome, 'registry', 'config.json')),
    contentCache: either('CONTENT_CACHE', join(cacheHome, 'content')),
    plugins: either('PLUGINS', join(dataHome, 'plugins')),
    starters: join(dataHome, 'starters'),
  };
}

function defaultHomes(
  env: PathOptions['env'],
  platform: string,
  inHome: (...parts: string[]) => string,
): Record<'CONFIG' | 'CACHE' | 'DATA', string> {
  switch (platform) {
    case 'win32': {
      const data = env.APPDATA ?? '';
      return { CONFIG: data, CACHE: env.TEMP ?? '', DATA: data };
    }
    case 'darwin':
      return {
        CONFIG: inHome('Library', 'Preferences'),
        CACHE: inHome('Library', 'Caches'),
        DATA: inHome('Library'),
      };
    default:
      return { CONFIG: inHome('.config'), CACHE: inHome('.cache'), DATA: inHome('.local', 'share') };
  }
}

/** filepath.Join: empty parts are left out, the rest is cleaned. */
function joinPath(separator: string, parts: readonly string[]): string {
  const joined = parts.filter((part) => part !== '').join(separator);
  if (joined === '') return '';
  const unified = separator === '\\' ? joined.replaceAll('/', '\\') : joined;
  const root = /^(?:[A-Za-z]:)?[\\/]*/.exec(unified)?.[0] ?? '';
  const isRooted = root.endsWith(separator);
  const names: string[] = [];
  for (const name of unified.slice(root.length).split(separator)) {
    if (name === '' || name === '.') continue;
    if (name !== '..') names.push(name);
    else if (names.length > 0 && names.at(-1) !== '..') names.pop();
    else if (!isRooted) names.push(name);
  }
  const prefix = isRooted && separator === '/' ? '/' : root;
  return prefix + names.join(separator) || '.';
}

/** The cached index of a repository. Helm: helmpath.CacheIndexFile. */
export const indexFileName = (repository: string): string => `${repository === '' ? '' : `${repository}-`}index.yaml`;

/** The list of a repository's charts, for completion. Helm: helmpath.CacheChartsFile. */
export const chartsFileName = (repository: string): string => `${repository === '' ? '' : `${repository}-`}charts.txt`;
