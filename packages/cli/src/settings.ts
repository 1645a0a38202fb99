/** What a command works with, from flags first and the environment after. Helm: pkg/cli EnvSettings. */
import { homedir } from 'node:os';
import { type HelmPaths, helmPaths } from '@pack/repo/paths';
import type { Io } from './command.ts';
import { type Given, isTrue } from './flags/parse.ts';

type Env = Io['env'];

/** `PACK_X` wins over `HELM_X`. */
export const setting = (env: Env, name: string): string | undefined => env[`PACK_${name}`] ?? env[`HELM_${name}`];

/** Where files are; flags that are given win. */
export function pathsOf(given: Given, env: Env): HelmPaths {
  const home = env['HOME'] || env['USERPROFILE'] || homedir();
  const paths = helmPaths({ env, platform: process.platform, home });
  return {
    ...paths,
    repositoryConfig: given.string('repository-config') ?? paths.repositoryConfig,
    repositoryCache: given.string('repository-cache') ?? paths.repositoryCache,
    registryConfig: given.string('registry-config') ?? paths.registryConfig,
    contentCache: given.string('content-cache') ?? paths.contentCache,
  };
}

/** Namespace of a release. */
export const namespaceOf = (given: Given, env: Env): string =>
  given.string('namespace') || setting(env, 'NAMESPACE') || 'default';

/** The variables that `env` prints and that plugins are given, sorted. Helm: EnvSettings.EnvVars. */
export function settingsOf(given: Given, env: Env): Record<string, string> {
  const paths = pathsOf(given, env);
  const of = (flag: string, name: string, preset = ''): string => given.string(flag) ?? setting(env, name) ?? preset;
  const flagOf = (flag: string, name: string): string => {
    if (given.has(flag)) return String(given.bool(flag));
    return String(isTrue(setting(env, name)));
  };
  return {
    HELM_BIN: process.argv[1] ?? 'pack',
    HELM_BURST_LIMIT: integerOf(of('burst-limit', 'BURST_LIMIT'), 100),
    HELM_CACHE_HOME: paths.cacheHome,
    HELM_CONFIG_HOME: paths.configHome,
    HELM_CONTENT_CACHE: paths.contentCache,
    HELM_DATA_HOME: paths.dataHome,
    HELM_DEBUG: flagOf('debug', 'DEBUG'),
    HELM_KUBEAPISERVER: of('kube-apiserver', 'KUBEAPISERVER'),
    HELM_KUBEASGROUPS: given.has('kube-as-group')
      ? given.list('kube-as-group').join(',')
      : (setting(env, 'KUBEASGROUPS') ?? '').replace(/^[, ]+|[, ]+$/g, ''),
    HELM_KUBEASUSER: of('kube-as-user', 'KUBEASUSER'),
    HELM_KUBECAFILE: of('kube-ca-file', 'KUBECAFILE'),
    HELM_KUBECONTEXT: of('kube-context', 'KUBECONTEXT'),
    HELM_KUBEINSECURE_SKIP_TLS_VERIFY: flagOf('kube-insecure-skip-tls-verify', 'KUBEINSECURE_SKIP_TLS_VERIFY'),
    HELM_KUBETLS_SERVER_NAME: of('kube-tls-server-name', 'KUBETLS_SERVER_NAME'),
    HELM_KUBETOKEN: of('kube-token', 'KUBETOKEN'),
    HELM_MAX_HISTORY: integerOf(setting(env, 'MAX_HISTORY') ?? '', 10),
    HELM_NAMESPACE: namespaceOf(given, env),
    HELM_PLUGINS: paths.plugins,
    HELM_QPS: (Number(of('qps', 'QPS')) || 0).toFixed(2),
    HELM_REGISTRY_CONFIG: paths.registryConfig,
    HELM_REPOSITORY_CACHE: paths.repositoryCache,
    HELM_REPOSITORY_CONFIG: paths.repositoryConfig,
    ...(given.string('kubeconfig') && { KUBECONFIG: given.string('kubeconfig') as string }),
  };
}

const integerOf = (text: string, otherwise: number): string =>
  /^[+-]?\d+$/.test(text) ? String(BigInt(text)) : String(otherwise);
