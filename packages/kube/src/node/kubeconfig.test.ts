import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { currentNamespace, type KubeconfigOptions, loadConnection } from './kubeconfig.ts';

const folder = mkdtempSync(join(tmpdir(), 'pack-kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

function write(name: string, text: string): string {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
  return at(name);
}

const PEM = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
write('pki/ca.crt', PEM);
write('pki/token', 'from-file\n');

/** One cluster, user and context of the name. */
const file = (name: string, { cluster = '', user = '', context = '' } = {}): string =>
  write(
    `${name}.yaml`,
    `apiVersion: v1
kind: Config
current-context: ${name}
clusters: [{name: c-${name}, cluster: {${cluster || `server: "https://${name}"`}}}]
users: [{name: u-${name}, user: {${user}}}]
contexts: [{name: ${name}, context: {cluster: c-${name}, user: u-${name}${context}}}]
`,
  );
const load = (kubeconfig: string, more: Partial<KubeconfigOptions> = {}) =>
  loadConnection({ env: {}, kubeconfig, ...more });

describe('one file', () => {
  test('paths are those of its folder', () => {
    const path = file('paths', {
      cluster: 'server: "https://x:1/sub", certificate-authority: pki/ca.crt',
      user: 'tokenFile: pki/token',
      context: ', namespace: here',
    });
    expect(load(path)).toMatchObject({
      server: 'https://x:1/sub',
      ca: PEM,
      namespace: 'here',
      user: { tokenFile: at('pki/token') },
    });
  });

  test('data', () => {
    const path = file('data', {
      cluster: `server: "https://x", certificate-authority-data: ${base64(PEM)}, tls-server-name: name, disable-compression: true`,
      user: `client-certificate-data: ${base64(PEM)}, client-key-data: ${base64('key')}`,
    });
    expect(load(path)).toMatchObject({
      ca: PEM,
      serverName: 'name',
      compression: false,
      user: { cert: PEM, key: 'key' },
    });
  });

  test('nobody is told who one is without TLS', () => {
    const path = file('plain', { cluster: 'server: "http://x"', user: 'token: secret' });
    expect(load(path).user).toEqual({});
  });

  test('a server without a scheme', () => {
    expect(load(file('bare', { cluster: 'server: "x:1"' })).server).toBe('http://x:1');
  });

  test('impersonation', () => {
    const path = file('as', { user: 'as: a, as-uid: "7", as-groups: [g, h], as-user-extra: {k: [v]}' });
    expect(load(path).impersonate).toEqual({ user: 'a', uid: '7', groups: ['g', 'h'], extra: { k: ['v'] } });
  });

  test('the token of an OpenID provider, as long as it is good', () => {
    const path = file('oidc', { user: 'auth-provider: {name: oidc, config: {id-token: t}}' });
    expect(load(path).user).toEqual({ token: 't' });
  });

  test('an exec plugin, with what it is told', () => {
    const path = file('exec', {
      cluster: `server: "https://x", certificate-authority-data: ${base64(PEM)}, extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: a}}]`,
      user: 'exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./bin/x, args: [a], env: [{name: NAME, value: v}], provideClusterInfo: true}',
    });
    expect(load(path).user.exec).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: at('bin/x'),
      args: ['a'],
      env: [{ name: 'NAME', value: 'v' }],
      interactiveMode: 'IfAvailable',
      installHint: '',
      cluster: { server: 'https://x', 'certificate-authority-data': base64(PEM), config: { audience: 'a' } },
    });
  });
});

describe('flags', () => {
  const path = file('flags', {
    cluster: `server: "https://x", certificate-authority-data: ${base64(PEM)}, tls-server-name: name`,
    user: 'tokenFile: pki/token',
  });
  const cases: [string, Partial<KubeconfigOptions>, object][] = [
    ['another server has its own name', { kubeApiServer: 'https://z' }, { server: 'https://z', serverName: undefined }],
    ['a name', { kubeTlsServerName: 'n' }, { serverName: 'n' }],
    ['no verification, no authority', { kubeInsecureSkipTlsVerify: true }, { insecure: true, ca: undefined }],
    ['another authority', { kubeCaFile: at('pki/ca.crt') }, { insecure: false, ca: PEM }],
    ['a token instead of the file', { kubeToken: 't' }, { user: { token: 't' } }],
    [
      'impersonation',
      { kubeAsUser: 'a', kubeAsGroups: ['g'] },
      { impersonate: { user: 'a', uid: '', groups: ['g'], extra: {} } },
    ],
  ];
  test.each(cases)('%s', (_, flags, expected) => {
    const config: object = { ca: undefined, serverName: undefined, ...load(path, flags) };
    expect(config).toMatchObject(expected);
  });
});

describe('several files', () => {
  const first = write(
    'list/first',
    `clusters: [{name: shared, cluster: {server: "https://first"}}]
contexts: [{name: other, context: {cluster: shared, user: u}}]
`,
  );
  const second = write(
    'list/second',
    `current-context: main
clusters: [{name: shared, cluster: {server: "https://second", certificate-authority: ca.crt}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: main, context: {cluster: shared, user: u, namespace: ns}}]
`,
  );
  const env = { KUBECONFIG: [at('missing'), '', first, second, first].join(':') };

  test('the first to have an entry wins, and nothing of it is mixed', () => {
    expect(loadConnection({ env })).toMatchObject({ server: 'https://first', namespace: 'ns', user: { token: 't' } });
    expect(loadConnection({ env })).not.toHaveProperty('ca');
  });

  test('another context', () => {
    expect(currentNamespace({ env })).toBe('ns');
    expect(currentNamespace({ env, kubeContext: 'other' })).toBe('default');
  });

  test('the file of the home folder', () => {
    write('home/.kube/config', `current-context: h\ncontexts: [{name: h, context: {cluster: c, namespace: home}}]\n`);
    expect(currentNamespace({ env: { HOME: at('home') } })).toBe('home');
    expect(currentNamespace({ env: {} })).toBe('default');
  });
});

describe('in a pod', () => {
  for (const [name, text] of [
    ['token', 'pod-token'],
    ['ca.crt', PEM],
    ['namespace', 'pod-ns\n'],
  ] as const) {
    write(`account/${name}`, text);
  }
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
  const inPod = (more: Partial<KubeconfigOptions> = {}) => ({ env, serviceAccountFolder: at('account'), ...more });

  test('its service account, where nothing else is said', () => {
    expect(loadConnection(inPod())).toMatchObject({
      server: 'https://10.0.0.1:443',
      namespace: 'pod-ns',
      ca: PEM,
      user: { tokenFile: at('account/token') },
    });
    expect(currentNamespace(inPod())).toBe('pod-ns');
    expect(currentNamespace(inPod({ env: { ...env, POD_NAMESPACE: 'said' } }))).toBe('said');
  });

  test('its address may be one of IPv6', () => {
    expect(loadConnection(inPod({ env: { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' } })).server).toBe(
      'https://[fd00::1]:443',
    );
  });

  test('a kubeconfig comes first', () => {
    expect(loadConnection(inPod({ kubeconfig: file('outside') })).server).toBe('https://outside');
  });

  test('elsewhere there is nothing of the kind', () => {
    expect(loadConnection({ env: {}, serviceAccountFolder: at('account') }).server).toBe('http://localhost:8080');
  });
});

describe('faults', () => {
  const cases: [string, () => KubeconfigOptions, string][] = [
    ['a missing file', () => ({ env: {}, kubeconfig: '/missing/x' }), 'stat /missing/x: no such file or directory'],
    ['a missing context', () => ({ env: {}, kubeconfig: file('a'), kubeContext: 'b' }), 'context "b" does not exist'],
    [
      'a current context that is not there',
      () => ({ env: {}, kubeconfig: write('gone', 'current-context: z') }),
      'invalid configuration: context was not found for specified context: z',
    ],
    [
      'no YAML',
      () => ({ env: {}, kubeconfig: write('broken', 'a: [\n') }),
      `error loading config file "${at('broken')}": yaml: line 1: did not find expected node content`,
    ],
    [
      'a number for a text',
      () => ({ env: {}, kubeconfig: file('number', { cluster: 'server: 5' }) }),
      `error loading config file "${at('number.yaml')}": json: cannot unmarshal number into Go struct field clusters.cluster.server of type string`,
    ],
    [
      'two at once',
      () => ({ env: {}, kubeconfig: file('two', { user: 'client-certificate: /missing' }) }),
      'invalid configuration: [client-key-data or client-key must be specified for u-two to use the clientCert authentication method., unable to read client-cert /missing for u-two due to open /missing: no such file or directory]',
    ],
    [
      'a token and a password',
      () => ({ env: {}, kubeconfig: file('both', { user: 'token: a, username: b' }) }),
      'invalid configuration: more than one authentication method found for u-both; found [token basicAuth], only one is allowed',
    ],
    [
      'groups of nobody',
      () => ({ env: {}, kubeconfig: file('groups'), kubeAsGroups: ['g'] }),
      'invalid configuration: requesting uid, groups or user-extra for u-groups without impersonating a user',
    ],
    [
      'another proxy',
      () => ({ env: {}, kubeconfig: file('proxy', { cluster: 'server: "https://x", proxy-url: "ftp://y"' }) }),
      `invalid configuration: invalid 'proxy-url' "ftp://y" for cluster "c-proxy": unsupported scheme "ftp", must be http, https, or socks5`,
    ],
    [
      'an authority that is none',
      () => ({ env: {}, kubeconfig: file('ca', { cluster: 'server: "https://x", certificate-authority-data: YWJj' }) }),
      'unable to load root certificates: unable to parse bytes as PEM block',
    ],
    [
      'a plugin without its members',
      () => ({
        env: {},
        kubeconfig: file('plugin', { user: 'exec: {env: [{value: a}], interactiveMode: Sometimes}' }),
      }),
      'invalid configuration: [command must be specified for u-plugin to use exec authentication plugin, apiVersion must be specified for u-plugin to use exec authentication plugin, env variable name must be specified for u-plugin to use exec authentication plugin, invalid interactiveMode for u-plugin: "Sometimes"]',
    ],
  ];
  test.each(cases)('%s', (_, options, message) => {
    expect(() => loadConnection(options())).toThrow(expect.objectContaining({ code: 'KUBE_CONFIG_INVALID', message }));
  });
});
