// The registry of the CNCF on loopback, built once into the cache folder of CI.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const VERSION = 'v3.0.0';

function program() {
  const folder = join(process.env.PACK_CI_CACHE ?? join(homedir(), '.cache/pack-ci'), `distribution-${VERSION}`);
  const file = join(folder, 'registry');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    execFileSync('go', ['install', '-trimpath', `github.com/distribution/distribution/v3/cmd/registry@${VERSION}`], {
      env: { ...process.env, GOBIN: folder },
      stdio: 'inherit',
    });
  }
  return file;
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** `htpasswd`: the line of a file of passwords; `tls`: paths of a certificate and its key. */
export async function startRegistry({ htpasswd, tls } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'pack-registry-'));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  if (htpasswd !== undefined) writeFileSync(join(folder, 'htpasswd'), htpasswd);
  const config = [
    'version: 0.1',
    `storage: {filesystem: {rootdirectory: ${folder}/data}, delete: {enabled: true}}`,
    'log: {level: error}',
    `http: {addr: "${host}"${tls === undefined ? '' : `, tls: {certificate: ${tls.cert}, key: ${tls.key}}`}}`,
    ...(htpasswd === undefined ? [] : [`auth: {htpasswd: {realm: test, path: ${folder}/htpasswd}}`]),
  ];
  writeFileSync(join(folder, 'config.yml'), `${config.join('\n')}\n`);
  const child = spawn(program(), ['serve', join(folder, 'config.yml')], { stdio: ['ignore', 'ignore', 'ignore'] });
  for (let i = 0; ; i++) {
    try {
      await fetch(`http://${host}/v2/`, { signal: AbortSignal.timeout(1000) });
      break;
    } catch (e) {
      if (i === 100) throw e;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    host,
    stop: () =>
      new Promise((resolve) => {
        child.on('close', () => {
          rmSync(folder, { recursive: true, force: true });
          resolve();
        });
        child.kill();
      }),
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
