// Real registries on loopback: that of the CNCF and crane, built once into the cache folder of CI, and its predecessor,
// of Debian, which has no referrers.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { packProgram } from './programs.js';

const CRANE = 'v0.22.1';
const REGISTRY = 'v3.0.0';

/** A program of a Go module, built if the cache has none. */
function goProgram(name, module, version) {
  const folder = join(process.env.PACK_CI_CACHE ?? join(homedir(), '.cache/pack-ci'), `${name}-${version}`);
  const file = join(folder, basename(module));
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    execFileSync('go', ['install', '-trimpath', `${module}@${version}`], {
      env: { ...process.env, GOBIN: folder },
      stdio: 'inherit',
    });
  }
  return file;
}

export const craneProgram = () => goProgram('crane', 'github.com/google/go-containerregistry/cmd/crane', CRANE);

const registryProgram = () =>
  goProgram('distribution', 'github.com/distribution/distribution/v3/cmd/registry', REGISTRY);

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/**
 * `htpasswd`: the line of a file of passwords; `tls`: paths of a certificate and its key; `token`: who is asked for
 * tokens, as the registry's configuration has it; `old`: the registry of Debian.
 */
export async function startRegistry({ htpasswd, tls, token, old = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'pack-registry-'));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  if (htpasswd !== undefined) writeFileSync(join(folder, 'htpasswd'), htpasswd);
  const auth = {
    ...(htpasswd !== undefined && { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } }),
    ...(token !== undefined && { token }),
  };
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    log: { level: 'error' },
    http: { addr: host, ...(tls !== undefined && { tls: { certificate: tls.cert, key: tls.key } }) },
    ...(Object.keys(auth).length > 0 && { auth }),
  };
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  const program = old ? 'docker-registry' : registryProgram();
  const child = spawn(program, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  for (let i = 0; ; i++) {
    try {
      await fetch(`http://${host}/v2/`, { signal: AbortSignal.timeout(1000) });
      break;
    } catch (e) {
      if (i === 100) throw e;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const closed = new Promise((resolve) => child.on('close', resolve));
  return {
    host,
    /** Once is enough. */
    async stop() {
      child.kill();
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `pack registry serve` of a folder. */
export async function startEmbedded(folder) {
  const child = spawn(process.execPath, [packProgram, 'registry', 'serve', folder, '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const host = await new Promise((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
      const found = /http:\/\/(\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('close', () => reject(new Error(said)));
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  return {
    host,
    stop() {
      child.kill();
      return closed;
    },
  };
}

/** A certificate for 127.0.0.1 and the authority that signed it. */
export function makeCertificates(folder) {
  mkdirSync(folder, { recursive: true });
  const at = (name) => join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'ignore' });
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
  );
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=127.0.0.1',
    '-keyout',
    at('tls.key'),
    '-out',
    at('tls.csr'),
  );
  writeFileSync(at('ext'), 'subjectAltName=IP:127.0.0.1\n');
  openssl(
    'x509',
    '-req',
    '-in',
    at('tls.csr'),
    '-CA',
    at('ca.crt'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    at('ext'),
    '-out',
    at('tls.crt'),
  );
  return { ca: at('ca.crt'), cert: at('tls.crt'), key: at('tls.key') };
}
