// The client beside crane and skopeo, on registries new and old, with tokens and with mirrors. What one writes the others
// read, and digests are equal. Prints `N passed, N failed, N skipped`.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  blobOf,
  copy,
  createMemoryStore,
  createRegistry,
  packIndex,
  packManifest,
} from '../../packages/oci-client-ts/dist/index.js';
import {
  createFetch,
  openLayout,
  openLayoutTar,
  writeLayoutTar,
} from '../../packages/oci-client-ts/dist/node/index.js';
import { craneProgram, makeCertificates, startEmbedded, startRegistry } from '../lib/registry.js';
import { suite } from '../lib/suite.js';
import { startTokenServer } from '../lib/token-server.js';

const { root, check, write, end, ...run } = suite('interop');
const home = join(root, 'home');
const pack = (args, more) => run.pack(args, { home, ...more });
const execute = promisify(execFile);
const crane = async (...args) =>
  (await execute(craneProgram(), args, { env: { ...process.env, HOME: home } })).stdout.trim();
const skopeo = async (...args) =>
  (await execute('skopeo', ['--insecure-policy', ...args], { env: { ...process.env, HOME: home } })).stdout.trim();

const GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

/** An image of two platforms, in memory. */
async function makeImage() {
  const store = createMemoryStore();
  const platforms = [];
  for (const architecture of ['amd64', 'arm64']) {
    const folder = join(root, `image-${architecture}`);
    write(join(folder, 'hello'), `hello ${architecture}\n`);
    await execute('tar', ['-czf', join(root, `${architecture}.tgz`), '-C', folder, '.']);
    await execute('tar', ['-cf', join(root, `${architecture}.tar`), '-C', folder, '.']);
    const layer = blobOf(GZIP, readFileSync(join(root, `${architecture}.tgz`)));
    const { digest } = blobOf(GZIP, readFileSync(join(root, `${architecture}.tar`))).descriptor;
    const config = blobOf(
      CONFIG,
      Buffer.from(JSON.stringify({ architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [digest] } })),
    );
    const image = packManifest({ config: config.descriptor, layers: [layer.descriptor] });
    for (const { descriptor, data } of [layer, config, image]) await store.push(descriptor, data);
    platforms.push({ ...image.descriptor, platform: { os: 'linux', architecture } });
  }
  const index = packIndex({ manifests: platforms });
  await store.push(index.descriptor, index.data);
  await store.tag(index.descriptor, 'v1');
  return { store, index: index.descriptor, platforms };
}

async function exchange(kind, start) {
  const registry = await start();
  try {
    const { host } = registry;
    const { store, index, platforms } = await makeImage();
    const ours = createRegistry(host, { fetch: createFetch({}) });
    const at = (name) => `${host}/${name}`;
    await copy(store, ours.repository('ours/app'), 'v1');

    // What we write, others read.
    check(`${kind}: crane finds our index`, (await crane('digest', '--insecure', at('ours/app:v1'))) === index.digest);
    check(`${kind}: crane lists our tags`, (await crane('ls', '--insecure', at('ours/app'))) === 'v1');
    await crane('validate', '--insecure', '--remote', at('ours/app:v1'));
    check(`${kind}: crane finds our index valid`, true);
    const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${at('ours/app:v1')}`);
    check(`${kind}: skopeo reads our index`, blobOf('', Buffer.from(raw)).descriptor.digest === index.digest);

    // What others write, we read.
    await crane('copy', '--insecure', at('ours/app:v1'), at('crane/app:v1'));
    const fromCrane = createMemoryStore();
    check(
      `${kind}: we copy what crane copied`,
      (await copy(ours.repository('crane/app'), fromCrane, 'v1')).digest === index.digest,
    );
    const [amd64] = platforms;
    const one = (
      await copy(ours.repository('crane/app'), createMemoryStore(), 'v1', {
        platform: { os: 'linux', architecture: 'amd64' },
      })
    ).digest;
    check(`${kind}: one platform of it`, one === amd64.digest);
    await crane('append', '--insecure', '-f', join(root, 'amd64.tar'), '-t', at('crane/new:v1'), '--oci-empty-base');
    const built = await crane('digest', '--insecure', at('crane/new:v1'));
    check(`${kind}: we read what crane built`, (await ours.repository('crane/new').resolve('v1')).digest === built);

    // Layouts, as folders and archives.
    const layout = join(mkdtempSync(join(root, 'layout-')), 'l');
    await copy(ours.repository('ours/app'), openLayout(layout).repository(), 'v1');
    await skopeo('copy', '--all', '--dest-tls-verify=false', `oci:${layout}:v1`, `docker://${at('skopeo/app:v1')}`);
    check(
      `${kind}: skopeo pushes our layout`,
      (await ours.repository('skopeo/app').resolve('v1')).digest === index.digest,
    );
    const theirs = join(mkdtempSync(join(root, 'layout-')), 'l');
    await skopeo('copy', '--all', '--src-tls-verify=false', `docker://${at('ours/app:v1')}`, `oci:${theirs}:v1`);
    check(
      `${kind}: we read the layout of skopeo`,
      (await copy(openLayout(theirs).repository(), createMemoryStore(), 'v1')).digest === index.digest,
    );
    const archive = join(root, `${kind.replaceAll(' ', '-')}.tar`);
    await writeLayoutTar(archive, [{ store: ours.repository('ours/app'), reference: 'v1' }]);
    await skopeo(
      'copy',
      '--all',
      '--dest-tls-verify=false',
      `oci-archive:${archive}:v1`,
      `docker://${at('skopeo/tar:v1')}`,
    );
    check(
      `${kind}: skopeo pushes our archive`,
      (await ours.repository('skopeo/tar').resolve('v1')).digest === index.digest,
    );
    const packed = join(root, `${kind.replaceAll(' ', '-')}-skopeo.tar`);
    await skopeo(
      'copy',
      '--all',
      '--src-tls-verify=false',
      `docker://${at('ours/app:v1')}`,
      `oci-archive:${packed}:v1`,
    );
    const opened = await openLayoutTar(packed);
    check(
      `${kind}: we read the archive of skopeo`,
      (await copy(opened.repository(), createMemoryStore(), 'v1')).digest === index.digest,
    );
    await opened.close();
    await crane('pull', '--insecure', '--format=oci', at('ours/app:v1'), join(root, `${kind}-crane`));
    const [{ digest }] = JSON.parse(readFileSync(join(root, `${kind}-crane/index.json`), 'utf8')).manifests;
    check(`${kind}: the layout of crane has our digest`, digest === index.digest);

    // Referrers, whether or not the registry knows of them.
    const repository = ours.repository('ours/app');
    const signature = packManifest({ artifactType: 'application/vnd.sig', layers: [], subject: index });
    await repository.push(blobOf('application/vnd.oci.empty.v1+json', Buffer.from('{}')).descriptor, Buffer.from('{}'));
    await repository.push(signature.descriptor, signature.data);
    const copied = createMemoryStore();
    await copy(repository, copied, 'v1', { referrers: true });
    check(
      `${kind}: referrers are copied along`,
      (await copied.referrers(index)).map((referrer) => referrer.digest).join() === signature.descriptor.digest,
    );
    await repository.deleteManifest(signature.descriptor.digest);
    check(`${kind}: a referrer that is deleted is not listed`, (await repository.referrers(index)).length === 0);
  } finally {
    await registry.stop();
  }
}

async function makeChart() {
  write(join(root, 'web/Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 0.1.0\n');
  write(join(root, 'web/templates/a.yaml'), 'kind: ConfigMap\n');
  await pack(['package', join(root, 'web'), '-d', root]);
  return join(root, 'web-0.1.0.tgz');
}

async function tokens(archive) {
  const tls = makeCertificates(join(root, 'tls'));
  const service = await startTokenServer({
    tls,
    users: {
      writer: { password: 'write', refresh: 'write-token', actions: ['pull', 'push', 'delete'] },
      reader: { password: 'read', refresh: 'read-token', actions: ['pull'] },
      '': { actions: [] },
    },
  });
  const registry = await startRegistry({ token: service.config });
  const at = (name) => join(root, `home-${name}`);
  try {
    const remote = `oci://${registry.host}/charts`;
    const login = (program, user, password) =>
      run[program](['registry', 'login', registry.host, '-u', user, '--password-stdin', '--plain-http'], {
        home: at(`${program}-${user}`),
        input: password,
      });
    const stranger = await pack(['push', archive, remote]);
    check(
      'a stranger gets no token to push',
      stranger.code === 1 && /log in|unauthorized/.test(stranger.stderr),
      stranger.stderr,
    );
    const wrong = await login('pack', 'writer', 'no');
    check('a wrong password is refused', wrong.code === 1, wrong.stderr);
    for (const program of ['pack', 'helm']) {
      const writer = at(`${program}-writer`);
      const loggedIn = await login(program, 'writer', 'write');
      check(`${program} logs in by a token`, loggedIn.code === 0, loggedIn.stderr);
      const pushed = await run[program](['push', archive, remote, '--plain-http'], { home: writer });
      check(`${program} pushes with a token`, pushed.code === 0, pushed.stderr);
      await login(program, 'reader', 'read');
      const pulled = await run[program](['pull', `${remote}/web`, '--plain-http', '-d', writer], {
        home: at(`${program}-reader`),
      });
      check(`${program} pulls as one who may read`, pulled.code === 0, pulled.stderr);
      const refused = await run[program](['push', archive, `${remote}/other`, '--plain-http'], {
        home: at(`${program}-reader`),
      });
      check(`${program} does not push as one who may read`, refused.code === 1, refused.stderr);
    }
    service.requests.length = 0;
    const identity = createRegistry(registry.host, {
      fetch: createFetch({}),
      credentials: () => ({ identityToken: 'write-token' }),
    }).repository('charts/web');
    check('an identity token is exchanged', (await identity.tags()).join() === '0.1.0');
    await identity.resolve('0.1.0');
    check(
      'for one scope one token is fetched',
      service.requests.length === 1 && service.requests[0].method === 'POST',
      JSON.stringify(service.requests),
    );
    const blob = blobOf('a/b', Buffer.from('x'.repeat(1000)));
    await createRegistry(registry.host, {
      fetch: createFetch({}),
      credentials: () => ({ username: 'writer', password: 'write' }),
    })
      .repository('one/a')
      .push(blob.descriptor, blob.data);
    const other = createRegistry(registry.host, {
      fetch: createFetch({}),
      credentials: () => ({ username: 'writer', password: 'write' }),
    }).repository('one/b');
    check('a mount asks for both repositories', await other.mount(blob.descriptor, 'one/a'));
    const denied = await createRegistry(registry.host, {
      fetch: createFetch({}),
      credentials: () => ({ username: 'reader', password: 'read' }),
    })
      .repository('one/c')
      .push(blob.descriptor, blob.data)
      .then(
        () => undefined,
        (e) => e,
      );
    check('who may not push is told so', ['AUTH_REQUIRED', 'AUTH_DENIED'].includes(denied?.code), String(denied));
  } finally {
    await registry.stop();
    await service.stop();
  }
}

async function mirrors(archive) {
  const mirror = await startRegistry({});
  try {
    const pushed = await pack(['push', archive, `oci://${mirror.host}/proxy/charts`]);
    check('the mirror is filled', pushed.code === 0, pushed.stderr);
    const gone = 'oci://127.0.0.1:1/charts/web';
    const pull = async (name, files, more = []) => {
      const own = join(root, `mirrors-${name}`);
      mkdirSync(join(own, 'out'), { recursive: true });
      for (const [path, content] of files) write(join(own, 'config/registry', path), content);
      return run.pack(['pull', gone, '-d', join(own, 'out'), ...more], { home: own });
    };
    const conf = `[[registry]]\nprefix = "127.0.0.1:1"\nlocation = "127.0.0.1:1"\n[[registry.mirror]]\nlocation = "127.0.0.1:2"\ninsecure = true\n[[registry.mirror]]\nlocation = "${mirror.host}/proxy"\ninsecure = true\n`;
    for (const [name, version] of [
      ['the newest', []],
      ['a constraint', ['--version', '~0.1']],
      ['a version', ['--version', '0.1.0']],
    ]) {
      const pulled = await pull('conf', [['registries.conf', conf]], version);
      check(`registries.conf: ${name}, from the second mirror`, pulled.code === 0, pulled.stderr);
    }
    const hosts = `[host."http://${mirror.host}/v2/proxy"]\n  capabilities = ["pull", "resolve"]\n  override_path = true\n`;
    const byHosts = await pull('hosts', [['certs.d/127.0.0.1:1/hosts.toml', hosts]], ['--version', '0.1.0']);
    check('hosts.toml: from the mirror', byHosts.code === 0, byHosts.stderr);
    const blocked = await pull('blocked', [
      ['registries.conf', '[[registry]]\nlocation = "127.0.0.1:1/charts"\nblocked = true\n'],
    ]);
    check('what is blocked is not asked for', blocked.code === 1 && blocked.stderr.includes('blocks'), blocked.stderr);
    const broken = await pull('broken', [['registries.conf', 'registry = 1']]);
    check(
      'a broken file is named',
      broken.code === 1 && broken.stderr.includes('registries.conf: registry must be a list of tables'),
      broken.stderr,
    );
  } finally {
    await mirror.stop();
  }
}

try {
  await exchange('distribution', () => startRegistry({}));
  await exchange('docker-registry 2.8', () => startRegistry({ old: true }));
  await exchange('embedded', () => startEmbedded(join(root, 'embedded')));
  const archive = await makeChart();
  await tokens(archive);
  await mirrors(archive);
} finally {
  end();
}
