/**
 * From kubeconfig files and flags to what a connection needs, by the rules of client-go's clientcmd.
 *
 * Not through `KubeConfig` of @kubernetes/client-node: loading it takes 315 ms, three times as long as all of
 * `helm list`, and it knows neither `KUBERNETES_EXEC_INFO`, groups to impersonate, nor the rules of merging.
 */
import { accessSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { decodeYaml } from '@pack/core';
import { KubeError } from '../error.ts';
import { type ClusterEntry, type KubeconfigFile, readKubeconfig, type UserEntry } from './kubeconfig-file.ts';

/** Flags of Helm by their names, and the world in which they are read. */
export interface KubeconfigOptions {
  readonly kubeconfig?: string | undefined;
  readonly kubeContext?: string | undefined;
  readonly kubeApiServer?: string | undefined;
  readonly kubeToken?: string | undefined;
  readonly kubeAsUser?: string | undefined;
  readonly kubeAsGroups?: readonly string[] | undefined;
  readonly kubeCaFile?: string | undefined;
  readonly kubeTlsServerName?: string | undefined;
  readonly kubeInsecureSkipTlsVerify?: boolean | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the files of a service account lie; only tests choose. */
  readonly serviceAccountFolder?: string | undefined;
}

/** What a connection needs; files are read, but for the token's, which changes. */
export interface ConnectionConfig {
  /** `https://host:port` and perhaps a path. */
  readonly server: string;
  readonly namespace: string;
  readonly ca?: string;
  readonly serverName?: string;
  readonly insecure: boolean;
  readonly proxyUrl?: string;
  readonly compression: boolean;
  readonly user: Credentials;
  readonly impersonate?: Impersonation;
}

export interface Credentials {
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly exec?: ExecConfig;
}

export interface ExecConfig {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion: string;
  readonly interactiveMode: string;
  readonly installHint: string;
  /** Told to the plugin if it asks for it. */
  readonly cluster?: Readonly<Record<string, unknown>>;
}

interface Impersonation {
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** cli-runtime: ConfigFlags; what there is when nothing says otherwise. */
const DEFAULT_SERVER = 'http://localhost:8080';

/** Throws KUBE_CONFIG_INVALID with client-go's message. */
export function loadConnection(options: KubeconfigOptions): ConnectionConfig {
  const { context, cluster, clusterName, user, userName } = select(options);
  const faults = [...context.faults, ...userFaults(userName, user), ...clusterFaults(clusterName, cluster)];
  if (faults.length > 0) throw invalidConfiguration(faults);

  const isBare = cluster.server === DEFAULT_SERVER && cluster.proxyUrl === '' && user.impersonate === '';
  if (isBare && isInCluster(options)) return inCluster(options);

  const server = /^[a-z][a-z\d+.-]*:\/\//i.test(cluster.server) ? cluster.server : `http://${cluster.server}`;
  const isSecure = server.startsWith('https:');
  const ca = pem(cluster.certificateAuthorityData, cluster.certificateAuthority);
  return {
    server,
    namespace: context.namespace,
    ...(cluster.proxyUrl !== '' && { proxyUrl: cluster.proxyUrl }),
    ...(isSecure && ca !== '' && { ca: checkedAuthority(ca) }),
    ...(isSecure && cluster.tlsServerName !== '' && { serverName: cluster.tlsServerName }),
    insecure: isSecure && cluster.insecureSkipTlsVerify,
    compression: !cluster.disableCompression,
    user: isSecure ? credentialsOf(user, cluster) : {},
    ...(user.impersonate !== '' && {
      impersonate: {
        user: user.impersonate,
        uid: user.impersonateUid,
        groups: user.impersonateGroups,
        extra: user.impersonateExtra,
      },
    }),
  };
}

/** The namespace of the chosen context, `default` if there is none. Throws KUBE_CONFIG_INVALID. */
export function currentNamespace(options: KubeconfigOptions): string {
  const { context, cluster } = select(options);
  if (context.namespaceIsSet || cluster.server !== DEFAULT_SERVER || !isInCluster(options)) return context.namespace;
  return inClusterNamespace(options);
}

/** client-go: clientcmd DirectClientConfig getContext, getAuthInfo, getCluster. */
function select(options: KubeconfigOptions) {
  const config = loadFiles(options);
  const wanted = options.kubeContext ?? '';
  const contextName = wanted === '' ? config.currentContext : wanted;
  const found = config.contexts.get(contextName);
  if (found === undefined && wanted !== '') throw invalid(`context ${quote(wanted)} does not exist`);
  const clusterName = found?.cluster ?? '';
  const userName = found?.user ?? '';
  const namespace = found?.namespace ?? '';
  return {
    context: {
      namespace: namespace === '' ? 'default' : namespace,
      namespaceIsSet: namespace !== '',
      faults:
        contextName !== '' && found === undefined
          ? [`context was not found for specified context: ${contextName}`]
          : [],
    },
    clusterName,
    cluster: overrideCluster(config.clusters.get(clusterName), options),
    userName,
    user: overrideUser(config.users.get(userName), options),
  };
}

const NO_CLUSTER: ClusterEntry = {
  server: '',
  tlsServerName: '',
  insecureSkipTlsVerify: false,
  certificateAuthority: '',
  certificateAuthorityData: '',
  proxyUrl: '',
  disableCompression: false,
  execConfig: undefined,
};

function overrideCluster(entry: ClusterEntry | undefined, options: KubeconfigOptions): ClusterEntry {
  const { kubeApiServer = '', kubeCaFile = '', kubeTlsServerName = '', kubeInsecureSkipTlsVerify = false } = options;
  const { server, ...rest } = entry ?? NO_CLUSTER;
  return {
    ...rest,
    server: kubeApiServer || server || DEFAULT_SERVER,
    ...((kubeInsecureSkipTlsVerify || kubeCaFile !== '') && {
      insecureSkipTlsVerify: kubeInsecureSkipTlsVerify,
      certificateAuthority: kubeCaFile,
      certificateAuthorityData: '',
    }),
    ...((kubeTlsServerName !== '' || kubeApiServer !== '') && { tlsServerName: kubeTlsServerName }),
  };
}

const NO_USER: UserEntry = {
  clientCertificate: '',
  clientCertificateData: '',
  clientKey: '',
  clientKeyData: '',
  token: '',
  tokenFile: '',
  username: '',
  password: '',
  impersonate: '',
  impersonateUid: '',
  impersonateGroups: [],
  impersonateExtra: {},
  exec: undefined,
  authProvider: undefined,
};

function overrideUser(entry: UserEntry = NO_USER, options: KubeconfigOptions): UserEntry {
  const { kubeToken = '', kubeAsUser = '', kubeAsGroups = [] } = options;
  return {
    ...entry,
    ...(kubeToken !== '' && { token: kubeToken, tokenFile: '' }),
    ...(kubeAsUser !== '' && { impersonate: kubeAsUser }),
    ...(kubeAsGroups.length > 0 && { impersonateGroups: kubeAsGroups }),
  };
}

function credentialsOf(user: UserEntry, cluster: ClusterEntry): Credentials {
  const provider = user.authProvider;
  if (provider !== undefined && (provider.name !== 'oidc' || provider.idToken === '')) {
    throw invalid(authProviderFault(provider.name));
  }
  const token = user.token || (provider?.idToken ?? '');
  const cert = pem(user.clientCertificateData, user.clientCertificate);
  const hasOther = cert !== '' || token !== '' || user.tokenFile !== '' || user.username !== '';
  if (cert !== '' && !cert.includes('-----BEGIN'))
    throw invalid('tls: failed to find any PEM data in certificate input');
  // A file that is not there is told of now, and not by the first request.
  if (token === '' && user.tokenFile !== '') readText(user.tokenFile);
  return {
    ...(cert !== '' && { cert, key: pem(user.clientKeyData, user.clientKey) }),
    ...(token !== '' && { token }),
    ...(user.tokenFile !== '' && { tokenFile: user.tokenFile }),
    ...(user.username !== '' && { basic: { username: user.username, password: user.password } }),
    ...(user.exec !== undefined && !hasOther && { exec: execConfig(user.exec, cluster) }),
  };
}

function execConfig(
  { provideClusterInfo, ...exec }: NonNullable<UserEntry['exec']>,
  cluster: ClusterEntry,
): ExecConfig {
  if (!provideClusterInfo) return exec;
  const ca = pem(cluster.certificateAuthorityData, cluster.certificateAuthority);
  return {
    ...exec,
    cluster: {
      server: cluster.server,
      ...(cluster.tlsServerName !== '' && { 'tls-server-name': cluster.tlsServerName }),
      ...(cluster.insecureSkipTlsVerify && { 'insecure-skip-tls-verify': true }),
      ...(ca !== '' && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
      ...(cluster.proxyUrl !== '' && { 'proxy-url': cluster.proxyUrl }),
      ...(cluster.disableCompression && { 'disable-compression': true }),
      config: cluster.execConfig ?? null,
    },
  };
}

/** client-go: plugin/pkg/client/auth; those of clouds have become exec plugins. */
function authProviderFault(name: string): string {
  if (name === 'gcp') {
    return 'The gcp auth plugin has been removed.\nPlease use the "gke-gcloud-auth-plugin" kubectl/client-go credential plugin instead.\nSee https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke for further details';
  }
  if (name === 'azure') {
    return 'The azure auth plugin has been removed.\nPlease use the https://github.com/Azure/kubelogin kubectl/client-go credential plugin instead.\nSee https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins for further details';
  }
  if (name === 'oidc') {
    return 'the auth provider "oidc" has no id-token: log in with an exec credential plugin instead, which also renews it';
  }
  return `no Auth Provider found for name ${quote(name)}`;
}

/** client-go: clientcmd validateClusterInfo. */
function clusterFaults(name: string, cluster: ClusterEntry): string[] {
  const { certificateAuthority: file, proxyUrl } = cluster;
  const [, scheme] = /^([a-z][a-z\d+.-]*):\/\/./i.exec(proxyUrl) ?? [];
  return [
    ...(proxyUrl !== '' && (scheme === undefined || !['http', 'https', 'socks5'].includes(scheme))
      ? [
          `invalid 'proxy-url' ${quote(proxyUrl)} for cluster ${quote(name)}: unsupported scheme ${quote(scheme ?? '')}, must be http, https, or socks5`,
        ]
      : []),
    ...(file !== '' && cluster.certificateAuthorityData !== ''
      ? [
          `certificate-authority-data and certificate-authority are both specified for ${name}. certificate-authority-data will override.`,
        ]
      : []),
    ...unreadable(file, (reason) => `unable to read certificate-authority ${file} for ${name} due to ${reason}`),
  ];
}

/** client-go: clientcmd validateAuthInfo. */
function userFaults(name: string, user: UserEntry): string[] {
  const methods = [
    ...(user.token === '' ? [] : ['token']),
    ...(user.username === '' && user.password === '' ? [] : ['basicAuth']),
  ];
  return [
    ...certificateFaults(name, user),
    ...execFaults(name, user),
    ...(methods.length > 1
      ? [`more than one authentication method found for ${name}; found [${methods.join(' ')}], only one is allowed`]
      : []),
    ...(user.impersonate === '' &&
    (user.impersonateUid !== '' || user.impersonateGroups.length > 0 || Object.keys(user.impersonateExtra).length > 0)
      ? [`requesting uid, groups or user-extra for ${name} without impersonating a user`]
      : []),
  ];
}

function certificateFaults(name: string, user: UserEntry): string[] {
  const { clientCertificate: file, clientCertificateData: data, clientKey: keyFile, clientKeyData: keyData } = user;
  if (file === '' && data === '') return [];
  return [
    ...(file !== '' && data !== ''
      ? [`client-cert-data and client-cert are both specified for ${name}. client-cert-data will override.`]
      : []),
    ...(keyFile !== '' && keyData !== ''
      ? [`client-key-data and client-key are both specified for ${name}; client-key-data will override`]
      : []),
    ...(keyFile === '' && keyData === ''
      ? [`client-key-data or client-key must be specified for ${name} to use the clientCert authentication method.`]
      : []),
    ...unreadable(file, (reason) => `unable to read client-cert ${file} for ${name} due to ${reason}`),
    ...unreadable(keyFile, (reason) => `unable to read client-key ${keyFile} for ${name} due to ${reason}`),
  ];
}

const INTERACTIVE_MODES = ['Never', 'IfAvailable', 'Always'];

function execFaults(name: string, { exec, authProvider }: UserEntry): string[] {
  if (exec === undefined) return [];
  const use = `for ${name} to use exec authentication plugin`;
  return [
    ...(authProvider === undefined
      ? []
      : [`authProvider cannot be provided in combination with an exec plugin for ${name}`]),
    ...(exec.command === '' ? [`command must be specified ${use}`] : []),
    ...(exec.apiVersion === '' ? [`apiVersion must be specified ${use}`] : []),
    ...exec.env.filter((variable) => variable.name === '').map(() => `env variable name must be specified ${use}`),
    ...(exec.interactiveMode === '' ? [`interactiveMode must be specified ${use}`] : []),
    ...(exec.interactiveMode !== '' && !INTERACTIVE_MODES.includes(exec.interactiveMode)
      ? [`invalid interactiveMode for ${name}: ${quote(exec.interactiveMode)}`]
      : []),
  ];
}

/** client-go: clientcmd ClientConfigLoadingRules Load: the first file that has an entry, or a current context, wins. */
function loadFiles({ kubeconfig = '', env }: KubeconfigOptions): KubeconfigFile {
  if (kubeconfig !== '' && statSync(kubeconfig, { throwIfNoEntry: false }) === undefined) {
    throw invalid(`stat ${kubeconfig}: no such file or directory`);
  }
  const files = kubeconfig === '' ? searched(env) : [kubeconfig];
  const merged = {
    currentContext: '',
    clusters: new Map<string, ClusterEntry>(),
    users: new Map<string, UserEntry>(),
    contexts: new Map<string, KubeconfigFile['contexts'] extends ReadonlyMap<string, infer T> ? T : never>(),
  };
  const faults: string[] = [];
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (e) {
      const reason = reasonOf(e);
      if (reason !== MISSING) faults.push(`error loading config file "${file}": open ${file}: ${reason}`);
      continue;
    }
    let config: KubeconfigFile;
    try {
      config = readKubeconfig(decodeYaml(text), (path) => resolvePath(path, dirname(file)));
    } catch (e) {
      faults.push(`error loading config file "${file}": ${e instanceof Error ? yamlFault(e.message) : e}`);
      continue;
    }
    merged.currentContext ||= config.currentContext;
    for (const name of ['clusters', 'users', 'contexts'] as const) {
      const target = merged[name] as Map<string, unknown>;
      for (const [key, entry] of config[name]) if (!target.has(key)) target.set(key, entry);
    }
  }
  if (faults.length > 0) throw invalid(aggregate(faults));
  return merged;
}

/** What decodes here says so of JSON; client-go's reader says nothing of the kind. */
const yamlFault = (message: string): string => message.replace(/^error converting YAML to JSON: /, '');

function searched(env: KubeconfigOptions['env']): string[] {
  const list = env.KUBECONFIG ?? '';
  const separator = process.platform === 'win32' ? ';' : ':';
  if (list !== '') return [...new Set(list.split(separator).filter((file) => file !== ''))];
  const home = env.HOME || env.USERPROFILE || '';
  return home === '' ? [] : [join(home, '.kube', 'config')];
}

const resolvePath = (path: string, folder: string): string =>
  path === '' || isAbsolute(path) ? path : join(folder, path);

const MISSING = 'no such file or directory';
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: MISSING,
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
};

function reasonOf(e: unknown): string {
  const code = e instanceof Error && 'code' in e ? String(e.code) : '';
  return REASONS[code] ?? (code || String(e));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    throw invalid(`open ${file}: ${reasonOf(e)}`);
  }
}

function unreadable(file: string, fault: (reason: string) => string): string[] {
  if (file === '') return [];
  try {
    accessSync(file);
    return [];
  } catch (e) {
    return [fault(`open ${file}: ${reasonOf(e)}`)];
  }
}

/** Data, which is base64, before a file. */
const pem = (data: string, file: string): string => {
  if (data !== '') return Buffer.from(data, 'base64').toString('utf8');
  return file === '' ? '' : readText(file);
};

function checkedAuthority(ca: string): string {
  if (!ca.includes('-----BEGIN')) throw invalid('unable to load root certificates: unable to parse bytes as PEM block');
  return ca;
}

const isInCluster = ({ env, serviceAccountFolder = SERVICE_ACCOUNT }: KubeconfigOptions): boolean =>
  Boolean(env.KUBERNETES_SERVICE_HOST) &&
  Boolean(env.KUBERNETES_SERVICE_PORT) &&
  statSync(join(serviceAccountFolder, 'token'), { throwIfNoEntry: false })?.isFile() === true;

/** client-go: rest InClusterConfig and clientcmd inClusterClientConfig. */
function inCluster(options: KubeconfigOptions): ConnectionConfig {
  const { env, serviceAccountFolder = SERVICE_ACCOUNT, kubeToken = '', kubeCaFile = '' } = options;
  const host = env.KUBERNETES_SERVICE_HOST ?? '';
  const caFile = kubeCaFile || join(serviceAccountFolder, 'ca.crt');
  const hasCa = statSync(caFile, { throwIfNoEntry: false }) !== undefined;
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT}`,
    namespace: inClusterNamespace(options),
    ...(hasCa && { ca: checkedAuthority(readText(caFile)) }),
    insecure: false,
    compression: true,
    user: kubeToken === '' ? { tokenFile: join(serviceAccountFolder, 'token') } : { token: kubeToken },
  };
}

function inClusterNamespace({ env, serviceAccountFolder = SERVICE_ACCOUNT }: KubeconfigOptions): string {
  if (env.POD_NAMESPACE) return env.POD_NAMESPACE;
  const file = join(serviceAccountFolder, 'namespace');
  const namespace = statSync(file, { throwIfNoEntry: false }) === undefined ? '' : readText(file).trim();
  return namespace === '' ? 'default' : namespace;
}

const quote = (text: string): string => JSON.stringify(text);

/** apimachinery: util/errors Aggregate. */
function aggregate(faults: readonly string[]): string {
  const distinct = [...new Set(faults)];
  return distinct.length === 1 ? String(distinct[0]) : `[${distinct.join(', ')}]`;
}

const invalid = (message: string): KubeError =>
  new KubeError('KUBE_CONFIG_INVALID', message, {
    hint: 'see what `kubectl config view` shows, or name another file with --kubeconfig',
  });

const invalidConfiguration = (faults: readonly string[]): KubeError =>
  invalid(`invalid configuration: ${aggregate(faults)}`);
