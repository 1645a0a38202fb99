/** One kubeconfig file: `kind: Config` of `v1`. Members that nobody uses here are passed over. */
import { GoError, isMap } from 'go-template';

export interface KubeconfigFile {
  readonly currentContext: string;
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
}

/** Texts are '' where the file has none; `…Data` is base64. */
export interface ClusterEntry {
  readonly server: string;
  readonly tlsServerName: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly certificateAuthority: string;
  readonly certificateAuthorityData: string;
  readonly proxyUrl: string;
  readonly disableCompression: boolean;
  /** For exec plugins that ask for it. */
  readonly execConfig: unknown;
}

export interface UserEntry {
  readonly clientCertificate: string;
  readonly clientCertificateData: string;
  readonly clientKey: string;
  readonly clientKeyData: string;
  readonly token: string;
  readonly tokenFile: string;
  readonly username: string;
  readonly password: string;
  readonly impersonate: string;
  readonly impersonateUid: string;
  readonly impersonateGroups: readonly string[];
  readonly impersonateExtra: Readonly<Record<string, readonly string[]>>;
  readonly exec: ExecEntry | undefined;
  /** `idToken` is '' where there is none. */
  readonly authProvider: { readonly name: string; readonly idToken: string } | undefined;
}

interface ExecEntry {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion: string;
  readonly interactiveMode: string;
  readonly installHint: string;
  readonly provideClusterInfo: boolean;
}

interface ContextEntry {
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string;
}

/** `resolve` makes paths of the file absolute. Throws GoError for a member of the wrong type, naming it. */
export function readKubeconfig(decoded: unknown, resolve: (path: string) => string): KubeconfigFile {
  const config = decoded === null ? {} : mapOf(decoded, 'Config');
  const member = members(config, '');
  return {
    currentContext: member.text('current-context'),
    clusters: named(config, 'clusters', 'cluster', (cluster) => readCluster(cluster, resolve)),
    users: named(config, 'users', 'user', (user) => readUser(user, resolve)),
    contexts: named(config, 'contexts', 'context', (context) => {
      const { text } = members(context, 'contexts.context.');
      return { cluster: text('cluster'), user: text('user'), namespace: text('namespace') };
    }),
  };
}

type Members = Readonly<Record<string, unknown>>;

function readCluster(cluster: Members, resolve: (path: string) => string): ClusterEntry {
  const { text, flag, list } = members(cluster, 'clusters.cluster.');
  const extensions = list('extensions').map((each) => mapOf(each, 'clusters.cluster.extensions'));
  return {
    server: text('server'),
    tlsServerName: text('tls-server-name'),
    insecureSkipTlsVerify: flag('insecure-skip-tls-verify'),
    certificateAuthority: resolve(text('certificate-authority')),
    certificateAuthorityData: text('certificate-authority-data'),
    proxyUrl: text('proxy-url'),
    disableCompression: flag('disable-compression'),
    execConfig: extensions.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension,
  };
}

function readUser(user: Members, resolve: (path: string) => string): UserEntry {
  const { text, texts, map } = members(user, 'users.user.');
  const exec = map('exec');
  const provider = map('auth-provider');
  return {
    clientCertificate: resolve(text('client-certificate')),
    clientCertificateData: text('client-certificate-data'),
    clientKey: resolve(text('client-key')),
    clientKeyData: text('client-key-data'),
    token: text('token'),
    tokenFile: resolve(text('tokenFile')),
    username: text('username'),
    password: text('password'),
    impersonate: text('as'),
    impersonateUid: text('as-uid'),
    impersonateGroups: texts('as-groups'),
    impersonateExtra: Object.fromEntries(
      Object.keys(map('as-user-extra') ?? {}).map((key) => [
        key,
        members(map('as-user-extra') ?? {}, 'users.user.as-user-extra.').texts(key),
      ]),
    ),
    exec: exec === undefined ? undefined : readExec(exec, resolve),
    authProvider: provider === undefined ? undefined : readProvider(provider),
  };
}

function readProvider(provider: Members): UserEntry['authProvider'] {
  const { text, map } = members(provider, 'users.user.auth-provider.');
  const config = members(map('config') ?? {}, 'users.user.auth-provider.config.');
  return { name: text('name'), idToken: config.text('id-token') };
}

function readExec(exec: Members, resolve: (path: string) => string): ExecEntry {
  const { text, texts, flag, list } = members(exec, 'users.user.exec.');
  const apiVersion = text('apiVersion');
  const command = text('command');
  return {
    // A bare name is looked for on the path.
    command: /[/\\]/.test(command) ? resolve(command) : command,
    args: texts('args'),
    env: list('env').map((each) => {
      const variable = members(mapOf(each, 'users.user.exec.env'), 'users.user.exec.env.');
      return { name: variable.text('name'), value: variable.text('value') };
    }),
    apiVersion,
    interactiveMode: text('interactiveMode') || (apiVersion.endsWith('/v1beta1') ? 'IfAvailable' : ''),
    installHint: text('installHint'),
    provideClusterInfo: flag('provideClusterInfo'),
  };
}

/** Lists of `{ name, [member]: … }`; the last of equal names wins, as in client-go. */
function named<T>(config: Members, list: string, member: string, read: (entry: Members) => T): Map<string, T> {
  return new Map(
    members(config, '')
      .list(list)
      .map((each) => {
        const { text, map } = members(mapOf(each, list), `${list}.`);
        return [text('name'), read(map(member) ?? {})];
      }),
  );
}

function mapOf(value: unknown, where: string): Members {
  if (value === null) return {};
  if (!isMap(value)) throw mismatch(value, where, 'map');
  return value;
}

/** Typed access to members; null is as good as absent. */
function members(map: Members, where: string) {
  const at = (name: string): unknown => (Object.hasOwn(map, name) ? (map[name] ?? undefined) : undefined);
  const typed =
    <T>(type: string, is: (value: unknown) => value is T, none: T) =>
    (name: string): T => {
      const value = at(name);
      if (value === undefined) return none;
      if (!is(value)) throw mismatch(value, where + name, type);
      return value;
    };
  const text = typed('string', (value) => typeof value === 'string', '');
  const list = typed<readonly unknown[]>('array', (value) => Array.isArray(value), []);
  return {
    text,
    list,
    flag: typed('bool', (value) => typeof value === 'boolean', false),
    texts: (name: string): string[] =>
      list(name).map((each) => {
        if (typeof each !== 'string') throw mismatch(each, where + name, 'string');
        return each;
      }),
    map: (name: string): Members | undefined => {
      const value = at(name);
      return value === undefined ? undefined : mapOf(value, where + name);
    },
  };
}

const TYPES: Readonly<Record<string, string>> = { string: 'string', number: 'number', boolean: 'bool' };

const mismatch = (value: unknown, where: string, type: string): GoError => {
  const found = Array.isArray(value) ? 'array' : (TYPES[typeof value] ?? 'object');
  return new GoError(`json: cannot unmarshal ${found} into Go struct field ${where} of type ${type}`);
};
