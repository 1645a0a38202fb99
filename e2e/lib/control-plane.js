// A Kubernetes control plane on loopback, from programs that the module e2e/controlplane builds once.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash, createPrivateKey, sign } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Agent, request } from 'node:https';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const sources = fileURLToPath(new URL('../controlplane/', import.meta.url));
const ISSUER = 'https://kubernetes.default.svc';
const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'];

/** Where the programs are: a folder of the cache that the module's contents name. */
function programsFolder() {
  const module = readFileSync(join(sources, 'go.mod'), 'utf8');
  const [, version] = /k8s\.io\/kubernetes (v\S+)/.exec(module);
  const digest = createHash('sha256').update(module).digest('hex').slice(0, 8);
  const cache = process.env.PACK_CI_CACHE ?? join(homedir(), '.cache/pack-ci');
  return { version, folder: join(cache, `controlplane-${version}-${digest}`) };
}

const isBuilt = (folder) => PROGRAMS.every((name) => existsSync(join(folder, name)));

/** Whether the control plane can be started without building anything. */
export const hasControlPlane = () => isBuilt(programsFolder().folder);

/**
 * The folder of the programs, built if they are missing: one build at a time (a lock of which a dead owner does not
 * matter), into a folder beside that is then renamed, so that whoever looks sees all or nothing.
 */
export async function buildControlPlane() {
  const { version, folder } = programsFolder();
  if (isBuilt(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  const lock = `${folder}.lock`;
  while (!isBuilt(folder)) {
    if (!acquire(lock)) {
      await sleep(500);
      continue;
    }
    const fresh = mkdtempSync(`${folder}.new-`);
    try {
      const [major, minor] = version.slice(1).split('.');
      const stamp = Object.entries({ gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' })
        .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
        .join(' ');
      console.error('building the control plane, once: this takes some minutes');
      execFileSync('go', ['install', '-trimpath', '-ldflags', `-s -w ${stamp}`, 'tool', './etcd'], {
        cwd: sources,
        env: { ...process.env, GOBIN: fresh, GOFLAGS: '-mod=mod' },
        stdio: ['ignore', 2, 2],
      });
      for (const name of PROGRAMS) renameSync(join(fresh, name), join(folder, name));
    } finally {
      rmSync(fresh, { recursive: true, force: true });
      rmSync(lock, { force: true });
    }
  }
  return folder;
}

function acquire(lock) {
  try {
    const file = openSync(lock, 'wx');
    writeFileSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (e) {
    if (e.code !== 'EEXIST') throw e;
  }
  const owner = Number(readFileSync(lock, 'utf8') || process.pid);
  try {
    process.kill(owner, 0);
  } catch (e) {
    if (e.code === 'ESRCH') rmSync(lock, { force: true });
  }
  return false;
}

/**
 * Ends the programs it was told of and removes the folder as soon as its input ends, which it does however this
 * process ends: one mechanism for stop(), exit, Ctrl-C and kill -9. It is in a session of its own, out of Ctrl-C's reach.
 */
const WARDEN = `pids=
while read -r verb pid; do
  case $verb in
    +) pids="$pids $pid" ;;
    -) kept=; for p in $pids; do [ "$p" = "$pid" ] || kept="$kept $p"; done; pids=$kept ;;
  esac
done
[ -z "$pids" ] || kill -9 $pids 2>/dev/null
rm -rf "$1" || { sleep 1; rm -rf "$1"; }`;

function startWarden(folder) {
  const child = spawn('sh', ['-c', WARDEN, 'sh', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.unref();
  child.stdin.unref();
  return {
    guard: (pid) => child.stdin.write(`+ ${pid}\n`),
    release: (pid) => child.stdin.write(`- ${pid}\n`),
    async end() {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}

/** A program that can be stopped, started again with the same arguments, and frozen. */
function startProgram(folder, warden, command, args) {
  const name = command.slice(command.lastIndexOf('/') + 1);
  let child;
  let ended;
  function start() {
    const log = openSync(join(folder, `${name}.log`), 'a');
    child = spawn(command, args, { stdio: ['ignore', log, log], detached: true, cwd: folder });
    closeSync(log);
    const { pid } = child;
    warden.guard(pid);
    ended = new Promise((resolve) => {
      child.once('exit', () => {
        warden.release(pid);
        resolve();
      });
    });
    child.unref();
  }
  start();
  return {
    start,
    /** At once and without a farewell, as a machine that loses power. */
    async stop() {
      child.ref();
      child.kill('SIGKILL');
      await ended;
    },
    /** No answer, but connections stay. */
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    get exitCode() {
      return child.exitCode ?? child.signalCode;
    },
  };
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
      .on('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        server.close(() => resolve(port));
      });
  });

/** An authority and what it signs, in a folder. */
async function createAuthority(folder) {
  mkdirSync(folder);
  const at = (name) => join(folder, name);
  const openssl = (...args) => run('openssl', args);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const ca = [
    'req',
    '-x509',
    ...newKey,
    '-days',
    '30',
    '-subj',
    '/CN=ca',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
  ];
  const serviceAccounts = async () => {
    await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', at('sa.key'));
    await openssl('ec', '-in', at('sa.key'), '-pubout', '-out', at('sa.pub'));
  };
  await Promise.all([openssl(...ca), serviceAccounts()]);
  return {
    at,
    /** Paths of a certificate, for a server on loopback or for a person. */
    async issue(name, { commonName = name, organizations = [], days = 30 } = {}) {
      const subject = [...organizations.map((each) => `/O=${each}`), `/CN=${commonName}`].join('');
      const [key, csr, cert, extensions] = ['key', 'csr', 'crt', 'ext'].map((end) => at(`${name}.${end}`));
      writeFileSync(extensions, 'subjectAltName=DNS:localhost,DNS:kubernetes,IP:127.0.0.1,IP:10.0.0.1\n');
      await openssl('req', ...newKey, '-subj', subject, '-keyout', key, '-out', csr);
      const signing = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-set_serial', `0x${randomHex()}`];
      await openssl('x509', '-req', '-in', csr, ...signing, '-days', `${days}`, '-extfile', extensions, '-out', cert);
      return { cert, key };
    },
  };
}

const randomHex = () => `1${Math.random().toString(16).slice(2, 14)}`;
const base64url = (text) => Buffer.from(text).toString('base64url');
const embedded = (path) => readFileSync(path).toString('base64');

/**
 * Starts etcd, kube-apiserver (RBAC), kube-controller-manager, kube-scheduler and KWOK with one node, in a temporary
 * folder and on free ports. All of it ends with `stop()` or with this process, however that ends.
 *
 * @param {{ folder?: string }} [options] `folder`: where the temporary folder is made.
 */
export async function startControlPlane({ folder: parent = tmpdir() } = {}) {
  const bin = await buildControlPlane();
  const folder = mkdtempSync(join(parent, 'pack-cluster-'));
  const warden = startWarden(folder);
  try {
    return await startIn(folder, bin, warden);
  } catch (e) {
    const log = join(folder, 'kube-apiserver.log');
    if (existsSync(log)) e.message += `\n${readFileSync(log, 'utf8').slice(-2000)}`;
    await warden.end();
    throw e;
  }
}

async function startIn(folder, bin, warden) {
  const start = (name, args) => startProgram(folder, warden, join(bin, name), args);
  const [etcdPort, apiPort, kubeletPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const etcdServer = `http://127.0.0.1:${etcdPort}`;
  const server = `https://127.0.0.1:${apiPort}`;
  // biome-ignore format: a flag and its value
  const etcd = start('etcd', [
    '--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn',
    '--listen-client-urls', etcdServer, '--advertise-client-urls', etcdServer,
    '--listen-peer-urls', 'http://127.0.0.1:0', '--initial-advertise-peer-urls', 'http://127.0.0.1:1',
    '--initial-cluster', 'default=http://127.0.0.1:1',
  ]);
  const pki = await createAuthority(join(folder, 'pki'));
  const [tls, admin] = await Promise.all([
    pki.issue('apiserver', { commonName: 'kube-apiserver' }),
    pki.issue('admin', { organizations: ['system:masters'] }),
  ]);
  // biome-ignore format: a flag and its value
  const apiserver = start('kube-apiserver', [
    '--etcd-servers', etcdServer, '--bind-address', '127.0.0.1', '--advertise-address', '127.0.0.1',
    '--secure-port', `${apiPort}`, '--tls-cert-file', tls.cert, '--tls-private-key-file', tls.key,
    '--cert-dir', join(folder, 'pki'), '--client-ca-file', pki.at('ca.crt'),
    '--kubelet-client-certificate', admin.cert, '--kubelet-client-key', admin.key,
    '--service-account-key-file', pki.at('sa.pub'), '--service-account-signing-key-file', pki.at('sa.key'),
    '--service-account-issuer', ISSUER, '--service-cluster-ip-range', '10.0.0.0/16', '--authorization-mode', 'RBAC',
    '--allow-privileged', '--endpoint-reconciler-type', 'none', '--profiling=false',
  ]);

  const authority = readFileSync(pki.at('ca.crt'));
  const agent = new Agent({
    keepAlive: true,
    ca: authority,
    cert: readFileSync(admin.cert),
    key: readFileSync(admin.key),
  });
  const api = requester(server, agent);
  const kubeconfig = join(folder, 'kubeconfig');
  /** A kubeconfig in the folder, of the administrator unless `user` says otherwise; its path. */
  function writeKubeconfig(name, { user, namespace, cluster } = {}) {
    const path = join(folder, name);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'local', cluster: cluster ?? { server, 'certificate-authority-data': authority.toString('base64') } },
      ],
      users: [
        {
          name: 'user',
          user: user ?? {
            'client-certificate-data': embedded(admin.cert),
            'client-key-data': embedded(admin.key),
          },
        },
      ],
      contexts: [
        { name: 'local', context: { cluster: 'local', user: 'user', ...(namespace !== undefined && { namespace }) } },
      ],
      'current-context': 'local',
    };
    writeFileSync(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
    return path;
  }
  writeKubeconfig('kubeconfig');

  const ready = () => until(`${server} is ready`, async () => (await api('GET', '/readyz')).status === 200, apiserver);
  await ready();
  // biome-ignore format: a flag and its value
  const controllers = start('kube-controller-manager', [
    '--kubeconfig', kubeconfig, '--service-account-private-key-file', pki.at('sa.key'),
    '--root-ca-file', pki.at('ca.crt'), '--use-service-account-credentials', '--leader-elect=false',
    '--secure-port', '0', '--controllers', CONTROLLERS, '--profiling=false',
    '--kube-api-qps', '500', '--kube-api-burst', '1000',
  ]);
  // biome-ignore format: a flag and its value
  const scheduler = start('kube-scheduler', [
    '--kubeconfig', kubeconfig, '--leader-elect=false', '--secure-port', '0',
    '--kube-api-qps', '500', '--kube-api-burst', '1000',
  ]);
  writeFileSync(join(folder, 'pod.log'), POD_LOG);
  const kwokObject = (kind, spec) =>
    `---\n${JSON.stringify({ apiVersion: 'kwok.x-k8s.io/v1alpha1', kind, metadata: { name: 'pods' }, spec })}\n`;
  writeFileSync(
    join(folder, 'kwok.yaml'),
    readFileSync(join(sources, 'kwok-stages.yaml'), 'utf8') +
      kwokObject('ClusterLogs', { logs: [{ logsFile: join(folder, 'pod.log'), follow: false }] }) +
      // Commands in containers run on this machine.
      kwokObject('ClusterExec', { execs: [{ local: { workDir: folder } }] }),
  );
  // biome-ignore format: a flag and its value
  const kwok = start('kwok', [
    '--kubeconfig', kubeconfig, '--config', join(folder, 'kwok.yaml'), '--manage-all-nodes=true',
    '--node-ip', '127.0.0.1', '--node-port', `${kubeletPort}`, '--server-address', `127.0.0.1:${kubeletPort}`,
    '--tls-cert-file', tls.cert, '--tls-private-key-file', tls.key, '--node-lease-duration-seconds', '40',
  ]);
  await api('POST', '/api/v1/nodes', {
    metadata: {
      name: 'node-1',
      labels: { 'kubernetes.io/hostname': 'node-1', 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
    },
  });
  const exists = async (path) => (await api('GET', path)).status === 200;
  const nodeReady = async () =>
    (await api('GET', '/api/v1/nodes/node-1')).body.status?.conditions?.some(
      ({ type, status }) => type === 'Ready' && status === 'True',
    );
  await until('the service account of namespace default', () =>
    exists('/api/v1/namespaces/default/serviceaccounts/default'),
  );
  await until('the node is ready', nodeReady);

  return {
    folder,
    kubeconfig,
    server,
    /** Path of the certificate of the authority that signed the server's. */
    ca: pki.at('ca.crt'),
    writeKubeconfig,
    /** Paths `{ cert, key }` of a certificate of the cluster's authority: `commonName` is the user. */
    certificate: pki.issue,
    /** The answer `{ status, body }` to a request of the administrator. */
    api,
    /** A namespace with its service account, without which no pod starts. */
    async createNamespace(name) {
      await api('POST', '/api/v1/namespaces', { metadata: { name } });
      await until(`the service account of namespace ${name}`, () =>
        exists(`/api/v1/namespaces/${name}/serviceaccounts/default`),
      );
    },
    /**
     * A token of a service account, which is created if it is missing. One that has lived its `seconds` is still taken
     * for ten more if it was used before: the server remembers.
     */
    async tokenFor(name, { namespace = 'default', seconds = 3600 } = {}) {
      const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
      const created = await api('POST', accounts, { metadata: { name } });
      const { metadata } = created.status === 201 ? created.body : (await api('GET', `${accounts}/${name}`)).body;
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: ISSUER,
        aud: [ISSUER],
        sub: `system:serviceaccount:${namespace}:${name}`,
        iat: now - 60 + Math.min(seconds, 0),
        nbf: now - 60 + Math.min(seconds, 0),
        exp: now + seconds,
        'kubernetes.io': { namespace, serviceaccount: { name, uid: metadata.uid } },
      };
      const key = createPrivateKey(readFileSync(pki.at('sa.key')));
      const text = [{ alg: 'ES256', typ: 'JWT' }, claims].map((part) => base64url(JSON.stringify(part))).join('.');
      const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
      return `${text}.${signature.toString('base64url')}`;
    },
    /** The server, which `start` waits for. */
    apiserver: {
      ...apiserver,
      async start() {
        apiserver.start();
        await ready();
      },
    },
    etcd,
    controllers,
    scheduler,
    kwok,
    async stop() {
      agent.destroy();
      await warden.end();
    },
  };
}

/** In the format of container runtimes; every container of every pod has this log. */
const POD_LOG = ['the simulated pod says hello', 'and goodbye']
  .map((line) => `2026-01-01T00:00:00.000000000Z stdout F ${line}\n`)
  .join('');

/** Without those that need a cloud, addresses of nodes or kubeadm. */
const CONTROLLERS = [
  '*',
  ...['bootstrap-signer', 'token-cleaner', 'node-ipam', 'cloud-node-lifecycle', 'service-lb', 'node-route'].map(
    (name) => `-${name}-controller`,
  ),
].join(',');

/** Asks every 20 ms, for at most a minute; `program` must not end meanwhile. */
async function until(what, holds, program) {
  for (const end = Date.now() + 60_000; ; await sleep(20)) {
    if (await holds().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`waited a minute: ${what}`);
    if (program?.exitCode != null) throw new Error(`ended: ${what}`);
  }
}

/** Requests with JSON of the administrator. */
const requester =
  (server, agent) =>
  (method, path, body, { contentType = 'application/json', headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const sent = request(`${server}${path}`, {
        method,
        agent,
        headers: {
          Accept: 'application/json',
          ...(text !== undefined && { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(text) }),
          ...headers,
        },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => (answer += chunk));
        response.on('error', reject);
        response.on('end', () => {
          const json = response.headers['content-type']?.startsWith('application/json') === true;
          resolve({ status: response.statusCode, body: json ? JSON.parse(answer) : answer });
        });
      });
      sent.end(text);
    });
