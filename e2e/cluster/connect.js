// Usage: node e2e/cluster/connect.js
// Ways into a cluster, and what is said where there is none: pack's library beside Helm, which must say the same.
// Prints `N passed, N failed, N skipped`.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect as openSocket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, currentNamespace } from '@pack/kube/node';
import { startControlPlane } from '../lib/control-plane.js';
import { suite } from '../lib/suite.js';

const { root, check, helm, pack, write, end } = suite('connect');
const cluster = await startControlPlane();
const { PATH } = process.env;
const SECRETS = { apiVersion: 'v1', kind: 'Secret' };
const unreachable = 'kubernetes cluster unreachable: ';

/** What the library says of `list`, after the call by which Helm finds out whether there is a cluster. */
async function listed(options) {
  try {
    const connection = connect({ env: { PATH, HOME: root, ...options.env }, ...options });
    try {
      await connection.version();
    } catch (e) {
      return { code: e.code, text: unreachable + e.message, hint: e.hint };
    }
    const { items } = await connection.list(SECRETS, { namespace: options.namespace ?? 'default' });
    return { code: 'ok', text: '', items };
  } catch (e) {
    const isConfiguration = e.code === 'KUBE_CONFIG_INVALID';
    return { code: e.code, text: isConfiguration ? unreachable + e.message : e.message, hint: e.hint };
  }
}

const flagNames = {
  kubeconfig: '--kubeconfig',
  kubeContext: '--kube-context',
  kubeApiServer: '--kube-apiserver',
  kubeToken: '--kube-token',
  kubeAsUser: '--kube-as-user',
  kubeCaFile: '--kube-ca-file',
  kubeTlsServerName: '--kube-tls-server-name',
};

/** `helm list` with the same flags: its error without what it was doing. */
async function helmListed({ env, kubeAsGroups = [], kubeInsecureSkipTlsVerify, namespace, ...flags }) {
  const args = Object.entries(flagNames).flatMap(([name, flag]) => (flags[name] ? [flag, flags[name]] : []));
  const { code, stderr } = await helm(
    [
      'list',
      ...args,
      ...kubeAsGroups.flatMap((group) => ['--kube-as-group', group]),
      ...(kubeInsecureSkipTlsVerify ? ['--kube-insecure-skip-tls-verify'] : []),
      ...(namespace === undefined ? [] : ['--namespace', namespace]),
    ],
    { home: root, env },
  );
  return code === 0 ? '' : stderr.replace(/^Error: (?:list: failed to list: )?/, '').trimEnd();
}

/** Both get in, or both say the same. */
async function same(title, options, code = 'ok') {
  const [ours, theirs] = await Promise.all([listed(options), helmListed(options)]);
  const good = ours.code === code && ours.text === theirs;
  check(title, good, `pack: ${ours.code} ${ours.text}\nhelm: ${theirs}`);
  return ours;
}

const kubeconfig = (name, more) => cluster.writeKubeconfig(name, more);
const admin = cluster.kubeconfig;

// Who one is.
await same('client certificate', { kubeconfig: admin });
await same('KUBECONFIG', { env: { KUBECONFIG: admin } });
const token = await cluster.tokenFor('reader');
const RULES = [
  { apiGroups: [''], resources: ['secrets'], verbs: ['list'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
];
await cluster.api('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', {
  metadata: { name: 'reader' },
  rules: RULES,
});
await cluster.api('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
  metadata: { name: 'reader' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
  subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'default' }],
});
await same('token', { kubeconfig: kubeconfig('token', { user: { token } }) });
writeFileSync(join(cluster.folder, 'reader.token'), `${token}\n`);
await same('token file', { kubeconfig: kubeconfig('token-file', { user: { tokenFile: 'reader.token' } }) });
await same('--kube-token', { kubeconfig: kubeconfig('nobody', { user: {} }), kubeToken: token });
await same('--kube-apiserver and --kube-ca-file', {
  kubeApiServer: cluster.server,
  kubeCaFile: cluster.ca,
  kubeToken: token,
});
await same('--kube-insecure-skip-tls-verify', {
  kubeApiServer: cluster.server,
  kubeToken: token,
  kubeInsecureSkipTlsVerify: true,
});
const tls = (server, more) => ({ server, 'certificate-authority': cluster.ca, ...more });
await same('tls-server-name', {
  kubeconfig: kubeconfig('name', { cluster: tls(cluster.server, { 'tls-server-name': 'kubernetes' }) }),
});
const bob = await cluster.certificate('bob', { organizations: ['readers'] });
await same(
  'a certificate without rights',
  { kubeconfig: kubeconfig('bob', { user: { 'client-certificate': bob.cert, 'client-key': bob.key } }) },
  'KUBE_FORBIDDEN',
);

// Impersonation and what RBAC denies.
const denied = await same('--kube-as-user', { kubeconfig: admin, kubeAsUser: 'carol' }, 'KUBE_FORBIDDEN');
check('the hint names verb and resource', /list on secrets/.test(denied.hint), denied.hint);
await same('--kube-as-group', { kubeconfig: admin, kubeAsUser: 'carol', kubeAsGroups: ['a', 'system:masters'] });
await same('--kube-as-group alone', { kubeconfig: admin, kubeAsGroups: ['a'] }, 'KUBE_CONFIG_INVALID');
await same(
  'one namespace only',
  { kubeconfig: join(cluster.folder, 'token'), namespace: 'kube-system' },
  'KUBE_FORBIDDEN',
);

// Exec plugins.
const plugin = join(root, 'plugin');
const runs = join(root, 'runs');
writeFileSync(
  plugin,
  `#!/bin/sh
echo run >> ${runs}
printf '%s' "$KUBERNETES_EXEC_INFO" > ${root}/info
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$TOKEN'"'$MORE'}}'
`,
);
chmodSync(plugin, 0o755);
const execUser = (more = {}, env = {}) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: plugin,
    interactiveMode: 'Never',
    env: Object.entries({ TOKEN: token, ...env }).map(([name, value]) => ({ name, value })),
    ...more,
  },
});
const runCount = () => readFileSync(runs, 'utf8').split('\n').length - 1;
await same('exec plugin', { kubeconfig: kubeconfig('exec', { user: execUser() }) });
const info = kubeconfig('exec-info', { user: execUser({ provideClusterInfo: true }) });
await listed({ kubeconfig: info });
const ourInfo = readFileSync(join(root, 'info'), 'utf8');
await helmListed({ kubeconfig: info });
const helmInfo = readFileSync(join(root, 'info'), 'utf8');
check('KUBERNETES_EXEC_INFO', ourInfo === helmInfo, `pack: ${ourInfo}\nhelm: ${helmInfo}`);
{
  const before = runCount();
  const connection = connect({ env: { PATH }, kubeconfig: join(cluster.folder, 'exec') });
  await Promise.all([connection.version(), connection.list(SECRETS, { namespace: 'default' })]);
  check('a plugin runs once', runCount() === before + 1);
  const expiring = { MORE: ',"expirationTimestamp":"2020-01-01T00:00:00Z"' };
  const again = connect({ env: { PATH }, kubeconfig: kubeconfig('expiring', { user: execUser({}, expiring) }) });
  await again.version();
  await again.version();
  check('and again when what it said has expired', runCount() === before + 3, `${runCount() - before}`);
}
await same(
  'a plugin that fails',
  { kubeconfig: kubeconfig('exec-fails', { user: execUser({ command: '/bin/false' }) }) },
  'KUBE_UNAUTHORIZED',
);
await same(
  'a plugin that is not there',
  {
    kubeconfig: kubeconfig('exec-missing', {
      user: execUser({ command: 'no-such-plugin', installHint: 'get \u001b[1mit\u001b[0m' }),
    }),
  },
  'KUBE_UNAUTHORIZED',
);
await same(
  'a plugin that needs a terminal',
  { kubeconfig: kubeconfig('exec-tty', { user: execUser({ interactiveMode: 'Always' }) }) },
  'KUBE_UNAUTHORIZED',
);
await same(
  'a plugin of another version',
  { kubeconfig: kubeconfig('exec-old', { user: execUser({ apiVersion: 'client.authentication.k8s.io/v1beta1' }) }) },
  'KUBE_UNAUTHORIZED',
);

// Tokens that are not good, or no longer.
const isSilent = (text, secret) => !text.includes(secret);
for (const [title, bad] of [
  ['an expired token', await cluster.tokenFor('reader', { seconds: -60 })],
  ['a token that is none', 'not-a-token-at-all'],
]) {
  const { text, hint } = await listed({ kubeconfig: kubeconfig('bad-token', { user: { token: bad } }) });
  const theirs = await helmListed({ kubeconfig: join(cluster.folder, 'bad-token') });
  check(title, text === theirs && /log in again/.test(hint), `pack: ${text}\nhelm: ${theirs}`);
  check(`${title} is not printed`, isSilent(text + hint, bad));
}
{
  // The same connection, whose token file is exchanged meanwhile.
  const file = join(cluster.folder, 'rotating.token');
  writeFileSync(file, await cluster.tokenFor('reader', { seconds: -60 }));
  const connection = connect({ env: {}, kubeconfig: kubeconfig('rotating', { user: { tokenFile: file } }) });
  const first = await connection.list(SECRETS, { namespace: 'default' }).catch((e) => e.code);
  writeFileSync(file, token);
  const second = await connection.list(SECRETS, { namespace: 'default' }).catch((e) => e.code);
  check('a token file is read again after a 401', first === 'KUBE_UNAUTHORIZED' && second.items !== undefined);
}

// Where there is no cluster.
await same('nobody listens', { kubeApiServer: 'https://127.0.0.1:1' }, 'KUBE_UNAVAILABLE');
await same('no such host', { kubeApiServer: 'https://cluster.invalid' }, 'KUBE_UNAVAILABLE');
await same('no configuration', {}, 'KUBE_UNAVAILABLE');
await same('an unknown authority', { kubeApiServer: cluster.server, kubeToken: 'x' }, 'KUBE_UNAVAILABLE');
await same('another name', { kubeconfig: admin, kubeTlsServerName: 'elsewhere' }, 'KUBE_UNAVAILABLE');
await same('http to https', { kubeApiServer: cluster.server.replace('https', 'http') }, 'KUBE_REFUSED');
await same('a missing file', { kubeconfig: join(root, 'missing') }, 'KUBE_CONFIG_INVALID');
await same('a missing context', { kubeconfig: admin, kubeContext: 'other' }, 'KUBE_CONFIG_INVALID');
await same('a missing authority', { kubeconfig: admin, kubeCaFile: '/missing' }, 'KUBE_CONFIG_INVALID');
await same(
  'a certificate without key',
  { kubeconfig: kubeconfig('no-key', { user: { 'client-certificate': bob.cert } }) },
  'KUBE_CONFIG_INVALID',
);

// What needs no cluster does without.
for (const [title, template, ...args] of [
  ['a dry run of the client', 'a: {{ .Capabilities.KubeVersion.Version }}', 'install', 'rel', '--dry-run=client'],
  ['no names of hosts', 'a: {{ getHostByName "localhost" | quote }}', 'template', 'rel'],
  ['names of hosts', 'a: {{ getHostByName "localhost" | quote }}', 'template', 'rel', '--enable-dns'],
  ['a host that is none', 'a: {{ getHostByName "x.invalid" }}', 'template', 'rel', '--enable-dns'],
]) {
  const chart = join(root, 'offline');
  write(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: offline\nversion: 1.0.0\n');
  write(join(chart, 'templates/a.yaml'), `${template}\n`);
  const [command, name, ...flags] = args;
  const options = { home: root, env: { KUBECONFIG: join(root, 'missing') } };
  const [ours, theirs] = await Promise.all([pack, helm].map((run) => run([command, name, chart, ...flags], options)));
  const plain = ({ code, stdout, stderr }) =>
    [code, stdout.replace(/LAST DEPLOYED: .*/, ''), stderr.split('\n').find((line) => line.startsWith('Error: '))].join(
      '\n',
    );
  check(title, plain(ours) === plain(theirs), `pack: ${plain(ours)}\nhelm: ${plain(theirs)}`);
}

// Lists of files.
const second = kubeconfig('second', { cluster: { server: 'https://127.0.0.1:1' }, namespace: 'elsewhere' });
const list = (...files) => ({ KUBECONFIG: files.join(':') });
await same('the first file wins', { env: list(join(root, 'missing'), admin, second) });
await same('and not the last', { env: list(second, admin) }, 'KUBE_UNAVAILABLE');
check('the namespace of the context', currentNamespace({ env: list(second) }) === 'elsewhere');
check('the default namespace', currentNamespace({ env: list(admin) }) === 'default');

// Proxies.
{
  let tunnels = 0;
  const proxy = createServer();
  proxy.on('connect', ({ url }, socket, head) => {
    tunnels++;
    const [host, port] = url.split(':');
    const target = openSocket(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      if (head.length > 0) target.write(head);
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const proxyUrl = `http://127.0.0.1:${proxy.address().port}`;
  await same('proxy-url', {
    kubeconfig: kubeconfig('proxy', { cluster: tls(cluster.server, { 'proxy-url': proxyUrl }) }),
  });
  check('both went through the proxy', tunnels >= 2, `${tunnels} tunnels`);
  const before = tunnels;
  await same('HTTPS_PROXY is not for loopback', { kubeconfig: admin, env: { HTTPS_PROXY: proxyUrl } });
  check('nobody went through it', tunnels === before);
  proxy.closeAllConnections();
  proxy.close();
  await same(
    'a proxy that is not there',
    { kubeconfig: kubeconfig('no-proxy', { cluster: tls(cluster.server, { 'proxy-url': 'http://127.0.0.1:1' }) }) },
    'KUBE_UNAVAILABLE',
  );
}

// The server goes and comes back, for one and the same connection.
{
  const connection = connect({ env: {}, kubeconfig: admin, patience: 0 });
  const watched = [];
  const stop = new AbortController();
  const watching = (async () => {
    for await (const { object } of connection.watch(
      { apiVersion: 'v1', kind: 'ConfigMap' },
      { namespace: 'default' },
      stop,
    )) {
      watched.push(object.metadata.name);
    }
    return 'ended';
  })();
  await connection.list(SECRETS);
  // A watch that has not begun yet fails when its server goes.
  while (watched.length === 0) await sleep(20);
  await cluster.apiserver.stop();
  check('a watch ends with its server', (await watching) === 'ended');
  const gone = await connection.list(SECRETS).catch((e) => e.code);
  await cluster.apiserver.start();
  const back = await connection.list(SECRETS).catch((e) => e.message);
  check('gone', gone === 'KUBE_UNAVAILABLE', String(gone));
  check('and back', back.items?.length >= 0, String(back));
  await connection.close();
}

await cluster.stop();
end();
