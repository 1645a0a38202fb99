// Charts in registries: what one of Helm and pack pushes the other pulls, and both push the same bytes.
// Prints `N passed, N failed, N skipped`.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  blobOf,
  createRegistry,
  digestOf,
  EMPTY_CONFIG,
  packManifest,
  readAll,
} from '../../packages/oci-client-ts/dist/index.js';
import { createFetch } from '../../packages/oci-client-ts/dist/node/index.js';
import { makeCertificates, startEmbedded, startRegistry } from '../lib/registry.js';
import { suite } from '../lib/suite.js';

const { root, check, write, end, ...run } = suite('registries');
const homes = { helm: join(root, 'helm-home'), pack: join(root, 'pack-home') };
const helm = (args, input) => run.helm(args, { home: homes.helm, input });
const pack = (args, input) => run.pack(args, { home: homes.pack, input });
const programs = { helm, pack };

async function makeChart(version) {
  const chart = join(root, 'web');
  write(
    join(chart, 'Chart.yaml'),
    `apiVersion: v2\nname: web\nversion: ${version}\nappVersion: "1"\ndescription: Tests <&>\nhome: https://example.com\nsources: [https://example.com/src]\nmaintainers: [{name: Ada, email: ada@example.com}, {name: Bo}]\nannotations: {a/b: c, org.opencontainers.image.title: other}\n`,
  );
  write(join(chart, 'templates/a.yaml'), 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: {{ .Release.Name }}}\n');
  await pack(['package', chart, '-d', root]);
  return join(root, `web-${version}.tgz`);
}

const versions = ['0.1.0', '0.2.0', '1.0.0+build.7', '1.1.0-rc.1'];
const archives = [];
for (const version of versions) archives.push(await makeChart(version));
const sha = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');

async function plain(start) {
  const registry = await start();
  try {
    for (const archive of archives) {
      const theirs = await helm(['push', archive, `oci://${registry.host}/of-helm`, '--plain-http']);
      const ours = await pack(['push', archive, `oci://${registry.host}/of-pack`]);
      check(`push of ${archive}: code`, theirs.code === 0 && ours.code === 0, theirs.stderr + ours.stderr);
      check(
        `push of ${archive}: the same manifest`,
        theirs.stdout === ours.stdout.replaceAll('of-pack', 'of-helm'),
        theirs.stdout + ours.stdout,
      );
    }
    for (const [by, of] of [
      ['helm', 'of-pack'],
      ['pack', 'of-helm'],
      ['pack', 'of-pack'],
    ]) {
      const flags = ['--plain-http'];
      const chart = `oci://${registry.host}/${of}/web`;
      for (const [version, file] of [
        ['0.1.0', archives[0]],
        ['~0.1', archives[0]],
        ['1.0.0+build.7', archives[2]],
        ['', archives[2]],
        ['>1.0.0-0', archives[3]],
      ]) {
        const folder = mkdtempSync(join(root, 'pulled-'));
        const { code, stderr } = await programs[by]([
          'pull',
          chart,
          ...(version === '' ? [] : ['--version', version]),
          '-d',
          folder,
          ...flags,
        ]);
        const name = file.slice(root.length + 1);
        check(`${by} pulls ${of} ${version}: code`, code === 0, stderr);
        if (code === 0) check(`${by} pulls ${of} ${version}: bytes`, sha(join(folder, name)) === sha(file));
      }
    }
    const lines = [
      ['pull', `oci://${registry.host}/of-helm/web`, '--version', '9', '--plain-http'],
      ['pull', `oci://${registry.host}/of-helm/web:0.1.0`, '--version', '0.2.0', '--plain-http'],
      ['pull', `oci://${registry.host}/of-helm/web:0.1.0`, '--plain-http'],
      ['pull', `oci://${registry.host}/of-helm/web`, '--version', '>7', '--plain-http'],
      ['push', 'none.tgz', `oci://${registry.host}/x`, '--plain-http'],
      ['push', 'web', `oci://${registry.host}/x`, '--plain-http'],
      ['push', archives[0], `${registry.host}/x`, '--plain-http'],
      ['push', archives[0], `oci+x://${registry.host}/x`, '--plain-http'],
    ];
    const outcome = ({ code, stdout, stderr }) => JSON.stringify([code, stdout, stderr.split('\n')[0]]);
    for (const line of lines) {
      const [theirs, ours] = [await helm(line), await pack(line)];
      check(line.join(' '), outcome(theirs) === outcome(ours), `${outcome(theirs)}\n${outcome(ours)}`);
    }
    const remote = `oci://${registry.host}/of-helm/web`;
    const [theirs, ours] = [
      await helm(['template', 'x', remote, '--plain-http']),
      await pack(['template', 'x', remote, '--plain-http']),
    ];
    check(
      'template of a chart in a registry',
      theirs.stdout.endsWith(ours.stdout) && ours.stdout.includes('kind: ConfigMap'),
      ours.stderr,
    );
    const digest = /Digest: (\S+)/.exec((await pack(['pull', `${remote}:0.1.0`, '--plain-http'])).stdout)?.[1];
    const pinned = await pack(['template', 'x', `${remote}@${digest}`, '--plain-http']);
    check('template of a chart by its digest', pinned.code === 0, pinned.stderr);
    await dependencies(registry);
    await client(registry);
  } finally {
    await registry.stop();
  }
}

async function dependencies({ host }) {
  const locks = {};
  for (const name of ['helm', 'pack']) {
    const chart = join(root, `umbrella-${name}`);
    write(
      join(chart, 'Chart.yaml'),
      `apiVersion: v2\nname: u\nversion: 0.1.0\ndependencies:\n- {name: web, version: "0.x", repository: "oci://${host}/of-helm"}\n`,
    );
    const { code, stderr } = await programs[name](['dependency', 'update', chart, '--plain-http']);
    check(`${name} updates dependencies from a registry`, code === 0, stderr);
    locks[name] = readFileSync(join(chart, 'Chart.lock'), 'utf8')
      .replace(/^generated: .*$/m, '')
      .replace(/^- digest: .*\n {2}/gm, '- ');
  }
  check('the locks are the same', locks.helm === locks.pack, locks.helm + locks.pack);
  const built = await helm(['dependency', 'build', join(root, 'umbrella-pack'), '--plain-http']);
  check("helm builds from pack's lock", built.code === 0, built.stderr);
}

/** The client itself, with the transport of Node. */
async function client({ host }) {
  const repository = createRegistry(host, { fetch: createFetch({}), chunkSize: 4 * 1024 * 1024 }).repository('a/b');
  const big = new Uint8Array(10 * 1024 * 1024).map((_, i) => i % 251);
  const layer = blobOf('application/octet-stream', big);
  await repository.push(layer.descriptor, big);
  await repository.push(EMPTY_CONFIG.descriptor, EMPTY_CONFIG.data);
  const manifest = packManifest({ artifactType: 'application/vnd.test', layers: [layer.descriptor] });
  await repository.pushTagged(manifest.descriptor, manifest.data, 'v1');
  check(
    'a blob in pieces comes back whole',
    digestOf(await readAll(await repository.fetch(layer.descriptor), 1e9)) === layer.descriptor.digest,
  );
  check('a tag names its manifest', (await repository.resolve('v1')).digest === manifest.descriptor.digest);
  const signature = packManifest({
    artifactType: 'application/vnd.sig',
    layers: [EMPTY_CONFIG.descriptor],
    subject: manifest.descriptor,
  });
  await repository.push(signature.descriptor, signature.data);
  const referrers = await repository.referrers(manifest.descriptor, 'application/vnd.sig');
  check('a referrer is listed', referrers.length === 1 && referrers[0].digest === signature.descriptor.digest);
  await repository.deleteManifest(signature.descriptor.digest);
  check('a referrer that is deleted is not', (await repository.referrers(manifest.descriptor)).length === 0);
  const other = createRegistry(host, { fetch: createFetch({}) }).repository('a/c');
  check('a blob is mounted', await other.mount(layer.descriptor, 'a/b'));
}

async function secured() {
  const tls = makeCertificates(join(root, 'tls'));
  write(join(root, 'pw/Chart.yaml'), 'apiVersion: v2\nname: pw\nversion: 0.1.0\n');
  write(join(root, 'pw/templates/a.yaml'), 'v: {{ htpasswd "user" "secret" }}');
  const htpasswd = /v: (\S+)/.exec((await pack(['template', 'x', join(root, 'pw')])).stdout)[1];
  const registry = await startRegistry({ htpasswd: `${htpasswd}\n`, tls });
  try {
    const remote = `oci://${registry.host}/charts`;
    const unknown = await pack(['push', archives[0], remote]);
    check(
      'an unknown certificate is refused, with a hint',
      unknown.code === 1 && /certificate|HTTPS/.test(unknown.stderr),
      unknown.stderr,
    );
    const stranger = await pack(['push', archives[0], remote, '--ca-file', tls.ca]);
    check('a stranger is refused', stranger.code === 1 && stranger.stderr.includes('log in'), stranger.stderr);
    const wrong = await pack(
      ['registry', 'login', registry.host, '-u', 'user', '--password-stdin', '--ca-file', tls.ca],
      'wrong\n',
    );
    check('a wrong password is refused', wrong.code === 1 && !wrong.stderr.includes('wrong\n'), wrong.stderr);
    for (const name of ['pack', 'helm']) {
      const login = await programs[name](
        ['registry', 'login', registry.host, '-u', 'user', '--password-stdin', '--ca-file', tls.ca],
        'secret\n',
      );
      check(`${name} logs in`, login.code === 0 && login.stdout.includes('Login Succeeded'), login.stderr);
      const pushed = await programs[name](['push', archives[0], remote, '--ca-file', tls.ca]);
      check(`${name} pushes`, pushed.code === 0, pushed.stderr);
    }
    const insecure = await pack(['pull', `${remote}/web`, '--insecure-skip-tls-verify', '-d', root]);
    check('--insecure-skip-tls-verify takes any certificate', insecure.code === 0, insecure.stderr);
    const other = join(root, 'pack-home/config/registry/config.json');
    check(
      'what pack keeps, helm reads',
      (await run.helm(['pull', `${remote}/web`, '--ca-file', tls.ca, '-d', root], { home: homes.pack })).code === 0,
      readFileSync(other, 'utf8').length.toString(),
    );
    check(
      'what helm keeps, pack reads',
      (await run.pack(['pull', `${remote}/web`, '--ca-file', tls.ca, '-d', root], { home: homes.helm })).code === 0,
    );
    await pack(['registry', 'logout', registry.host]);
    check(
      'after logging out one is a stranger',
      (await pack(['pull', `${remote}/web`, '--ca-file', tls.ca, '-d', root])).code === 1,
    );
  } finally {
    await registry.stop();
  }
}

try {
  await plain(startRegistry);
  await plain(() => startRegistry({ old: true }));
  await plain(() => startEmbedded(join(root, 'served')));
  await secured();
} finally {
  end();
}
