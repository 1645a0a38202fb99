// Usage: node e2e/packs/journey.js
// A pack from its making to its end, with what others make of it on the way: minisign, GnuPG, sops, crane, the registry of the
// CNCF and a cluster. Prints `N passed, N failed, N skipped`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { startControlPlane } from '../lib/control-plane.js';
import { craneProgram, startRegistry } from '../lib/registry.js';
import { pathWithSops } from '../lib/sops.js';
import { suite } from '../lib/suite.js';

const { root, check, shown, bad, write, end, pack: run, helm: runHelm } = suite('journey');
const [plane, registry] = await Promise.all([startControlPlane(), startRegistry()]);
await plane.createNamespace('journey');
const home = join(root, 'home');
mkdirSync(home);
mkdirSync(join(root, 'gnupg'), { mode: 0o700 });
const env = {
  KUBECONFIG: plane.kubeconfig,
  HELM_NAMESPACE: 'journey',
  PATH: pathWithSops(),
  GNUPGHOME: join(root, 'gnupg'),
  SOPS_AGE_KEY_FILE: join(root, 'age.txt'),
};
const pack = (...args) => run(args, { home, cwd: root, env });
const helm = (...args) => runHelm(args, { home, cwd: root, env });
const program = (command, ...args) =>
  execFileSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env, HOME: home },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const has = ({ stdout, stderr }, texts) => texts.every((text) => `${stdout}${stderr}`.includes(text));
const good = (title, result, ...texts) => check(title, result.code === 0 && has(result, texts), shown(result));
const hides = (title, result, ...secrets) =>
  check(
    title,
    secrets.every((secret) => !has(result, [secret]) && !has(result, [Buffer.from(secret).toString('base64')])),
    shown(result),
  );
/** Whether a program succeeds, and with what it says. */
const says = (title, text, ...args) => {
  try {
    const out = program(...args);
    check(title, out.includes(text), out);
  } catch (e) {
    check(title, false, `${e.message}\n${e.stderr}`);
  }
};
const object = async (path) => (await plane.api('GET', path)).body;
const configMap = async () => (await object('/api/v1/namespaces/journey/configmaps/rel-shop')).data;
const password = async () => {
  const { data } = await object('/api/v1/namespaces/journey/secrets/rel-shop');
  return Buffer.from(data?.password ?? '', 'base64').toString();
};

// Made, looked at, tested.
good('a new pack', await pack('create', '--pack', 'shop'), 'Creating shop');
write(
  join(root, 'shop/templates/database.yaml'),
  `{%- import "_helpers.j2" as h with context -%}
apiVersion: v1
kind: Secret
metadata: {name: "{{ h.fullname() }}"}
stringData:
  password: {{ values.database.password | required("database.password is needed") | quote }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ h.fullname() }}"}
data:
  account: {{ values.database.account | quote }}
  mode: {{ values.database.mode | quote }}
`,
);
const values = readFileSync(join(root, 'shop/values.yaml'), 'utf8');
write(
  join(root, 'shop/values.yaml'),
  `${values}\ndatabase: {password: "none", account: 9007199254740993, mode: slow}\n`,
);
write(
  join(root, 'shop/tests/database_test.yaml'),
  `suite: database
templates: [database.yaml]
tests:
- it: has the password
  set: {database.password: s3cret}
  documentSelector: {path: kind, value: Secret}
  asserts: [{equal: {path: stringData.password, value: s3cret}}]
- it: is as it was
  asserts: [{matchSnapshot: {}}]
- it: wants a password
  set: {database.password: ""}
  asserts: [{failedTemplate: {errorPattern: database.password is needed}}]
`,
);
good('has no faults', await pack('lint', 'shop', '--strict'), '0 chart(s) failed');
good('passes its tests', await pack('unittest', 'shop', '--coverage'), 'Tests:       7 passed, 7 total', 'Branches:');
check('which took a snapshot', existsSync(join(root, 'shop/tests/__snapshot__/database_test.yaml.snap')));
good('passes them again', await pack('unittest', 'shop'), 'Snapshot:    2 passed, 2 total');

// Packed and signed, by pack and by others, and verified by the other.
program(
  'gpg',
  '--batch',
  '--quiet',
  '--passphrase',
  '',
  '--quick-gen-key',
  'shop@test.invalid',
  'rsa2048',
  'default',
  'never',
);
for (const [file, what] of [
  ['ring.gpg', '--export'],
  ['secret.gpg', '--export-secret-keys'],
])
  program('gpg', '--batch', '--pinentry-mode', 'loopback', '--passphrase', '', '--output', file, what);
const signing = ['--sign', '--key', 'shop@test.invalid', '--keyring', 'secret.gpg'];
good('is packed', await pack('package', 'shop', ...signing), 'shop-0.1.0.tgz');
good(
  'is what its MANIFEST says',
  await pack('inspect', 'shop-0.1.0.tgz'),
  'TYPE: pack',
  'shop-0.1.0.tgz.prov',
  'MANIFEST',
);
good(
  'is as its author signed it',
  await pack('verify', 'shop-0.1.0.tgz', '--keyring', 'ring.gpg'),
  'shop@test.invalid',
);
says('GnuPG says so too', 'name: shop', 'gpg', '--batch', '--quiet', '--decrypt', 'shop-0.1.0.tgz.prov');
good('keys of minisign', await pack('keygen', 'shop', '--no-passphrase'), 'shop.pub');
good('sign it', await pack('sign', 'shop-0.1.0.tgz', '--secret-key', 'shop.key', '--trusted-comment', 'shop 0.1.0'));
says('minisign verifies it', 'Trusted comment: shop 0.1.0', 'minisign', '-Vm', 'shop-0.1.0.tgz', '-p', 'shop.pub');
program('minisign', '-G', '-W', '-f', '-p', 'other.pub', '-s', 'other.key');
program('minisign', '-S', '-m', 'shop-0.1.0.tgz', '-s', 'other.key', '-x', 'other.minisig', '-t', 'by minisign');
const byOther = ['verify', 'shop-0.1.0.tgz', '--public-key', 'other.pub', '--signature', 'other.minisig'];
good('and what minisign signed is verified', await pack(...byOther), 'by minisign');
bad('but not with another key', await pack(...byOther.slice(0, 3), 'shop.pub', ...byOther.slice(4)));

// Through a registry.
const remote = `oci://${registry.host}/packs`;
good('is pushed', await pack('push', 'shop-0.1.0.tgz', remote, '--plain-http'), 'Pushed:');
const manifest = JSON.parse(program(craneProgram(), 'manifest', '--insecure', `${registry.host}/packs/shop:0.1.0`));
check(
  'is a chart to registries',
  manifest.config.mediaType === 'application/vnd.cncf.helm.config.v1+json' &&
    manifest.layers
      .map(({ mediaType }) => mediaType)
      .sort()
      .join() ===
      'application/vnd.cncf.helm.chart.content.v1.tar+gzip,application/vnd.cncf.helm.chart.provenance.v1.prov',
  shown(manifest),
);
const from = [`${remote}/shop`, '--version', '^0.1.0', '--plain-http'];
const verified = ['--verify', '--keyring', 'ring.gpg'];
good('is fetched and verified', await pack('pull', ...from, ...verified, '-d', '.', '--untar', '--untardir', 'got'));
check('as it was', readFileSync(join(root, 'got/shop/Pack.yaml'), 'utf8').includes('name: shop'));
write(join(root, 'empty.gpg'), '');
bad('not with the keys of others', await pack('pull', ...from, '--verify', '--keyring', 'empty.gpg', '-d', 'none'));
good('Helm fetches it too', await helm('pull', ...from, '-d', 'got'));
check(
  'byte for byte',
  readFileSync(join(root, 'got/shop-0.1.0.tgz')).equals(readFileSync(join(root, 'shop-0.1.0.tgz'))),
);

// And by a name of the registry.
good('a registry has a name', await pack('repo', 'add', 'reg', remote), '"reg" has been added');
good('once', await pack('repo', 'add', 'reg', remote), 'already exists with the same configuration');
bad('which no other has', await pack('repo', 'add', 'reg', `${remote}/other`), 'already exists');
good('it is listed', await pack('repo', 'list'), 'reg', remote);
check('Helm does not hear of it', !(await helm('repo', 'list')).stdout.includes('reg'));
good('charts have names in it', await pack('template', 'rel', 'reg/shop', '--version', '^0.1.0'), 'name: rel-shop');
good('are fetched', await pack('pull', 'shop', '--repo', 'reg', '-d', 'got'));
good('and sent', await pack('push', 'shop-0.1.0.tgz', '--repo', 'reg'), 'Pushed:');
write(
  join(root, 'over/Pack.yaml'),
  'apiVersion: sherpack.io/v1\nmetadata: {name: over, version: 1.0.0}\ndependencies: [{name: shop, version: 0.x, repository: "@reg"}]\n',
);
good('are depended on', await pack('dependency', 'update', 'over'), 'Saving 1 charts');
good('and rendered', await pack('template', 'rel', 'over'), 'Source: over/charts/shop/templates/service.yaml');
good('it goes', await pack('repo', 'remove', 'reg'), '"reg" has been removed');
bad('for good', await pack('template', 'rel', 'reg/shop'), 'repo reg not found');

// Through a repository, by its name, which takes charts as ChartMuseum does.
{
  const folder = join(root, 'site');
  mkdirSync(folder);
  const museum = createServer(async (request, response) => {
    if (request.headers.authorization !== `Basic ${Buffer.from('ada:pass').toString('base64')}`) {
      return response.writeHead(401).end();
    }
    if (request.method === 'POST' && request.url === '/api/charts') {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      // One part of a form, of which the archive is what is between its head and the boundary.
      const body = Buffer.concat(chunks);
      const start = body.indexOf('\r\n\r\n') + 4;
      write(join(folder, 'shop-0.1.0.tgz'), body.subarray(start, body.indexOf('\r\n--', start)));
      await pack('repo', 'index', folder);
      return response.writeHead(201).end('{"saved":true}');
    }
    const file = join(folder, request.url);
    if (!existsSync(file)) return response.writeHead(404).end();
    response.end(readFileSync(file));
  });
  await new Promise((resolve) => museum.listen(0, '127.0.0.1', resolve));
  await pack('repo', 'index', folder);
  const login = ['--username', 'ada', '--password', 'pass'];
  good('a repository', await pack('repo', 'add', 'mine', `http://127.0.0.1:${museum.address().port}`, ...login));
  good('takes it', await pack('push', 'shop-0.1.0.tgz', '--repo', 'mine'), 'Pushed: shop-0.1.0.tgz');
  bad('one that is none does not', await pack('push', 'shop-0.1.0.tgz', '--repo', 'none'), 'repo none not found');
  good('has it', await pack('repo', 'update', 'mine'));
  good('where it is found', await pack('search', 'repo', 'shop'), 'mine/shop', '0.1.0');
  good(
    'and fetched',
    await pack('pull', 'shop', '--repo', 'mine', '--version', '^0.1.0', '--untar', '--untardir', 'of'),
  );
  check('as it was', readFileSync(join(root, 'of/shop/Pack.yaml'), 'utf8').includes('name: shop'));
  good('is rendered from there', await pack('template', 'rel', 'mine/shop'), 'name: rel-shop');
  museum.close();
}

// With secrets that sops encrypted, in a cluster.
program('age-keygen', '-o', 'age.txt');
const recipient = program('age-keygen', '-y', 'age.txt').trim();
const encrypt = (name, text) => {
  write(join(root, 'plain.yaml'), text);
  write(join(root, name), program('sops', 'encrypt', '--age', recipient, 'plain.yaml'));
};
encrypt('one.enc.yaml', 'password: first-of-sops\n');
encrypt('two.enc.yaml', 'database: {password: second-of-sops, mode: fast}\n');
write(join(root, 'prod.yaml'), 'database: {password: "sops:one.enc.yaml#password", account: 9007199254740995}\n');
const secrets = ['first-of-sops', 'second-of-sops'];
const wait = ['--wait', '--timeout', '60s'];
const installed = await pack('install', 'rel', ...from, ...verified, '-f', 'prod.yaml', ...wait, '--debug');
good('is installed', installed, 'STATUS: deployed');
hides('without a word of the secret', installed, ...secrets);
check('which the cluster has', (await password()) === 'first-of-sops', await password());
check(
  'with what was written, to the digit',
  (await configMap())?.account === '9007199254740995',
  shown(await configMap()),
);
const stored = await pack('get', 'values', 'rel');
good('the record has the reference, and the number', stored, 'sops:one.enc.yaml#password', '9007199254740995');
const next = ['upgrade', 'rel', 'shop', '-f', 'prod.yaml', '-f', 'secrets://two.enc.yaml', '--set', 'replicas=2'];
const diff = await pack('diff', ...next);
good('what an upgrade would change', diff, 'spec.replicas: 1 → 2', 'data.mode', '(hidden)');
hides('without a word of the secrets', diff, ...secrets);
const planned = await pack('plan', ...next, '-o', 'plan.json');
good('is planned', planned, 'spec.replicas');
hides(
  'without a word of them',
  { ...planned, stdout: planned.stdout + readFileSync(join(root, 'plan.json')) },
  ...secrets,
);
const upgraded = await pack(...next, ...wait, '--debug');
good('is upgraded', upgraded, 'has been upgraded');
hides('without a word of the secrets', upgraded, ...secrets);
check('to the other', (await password()) === 'second-of-sops', await password());
bad('the plan of before is of no use', await pack('apply', 'plan.json'), 'rel');
good('goes on with what it has', await pack('upgrade', 'rel', 'shop', '--reuse-values', ...wait), 'has been upgraded');
check('to the digit', (await configMap())?.account === '9007199254740995', shown(await configMap()));
const tested = await pack(
  'test',
  'rel',
  '--timeout',
  '60s',
  '--logs',
  '--parallel',
  '4',
  '--cleanup',
  '--junit',
  'junit.xml',
);
good('is tested', tested, 'Succeeded');
good('goes back', await pack('rollback', 'rel', '1', ...wait), 'Rollback was a success');
check('to what it was', (await password()) === 'first-of-sops' && (await configMap())?.mode === 'slow');
good('has a history', await pack('history', 'rel'), 'shop-0.1.0', 'Rollback to 1');
good('has a status', await pack('status', 'rel'), 'STATUS: deployed');
good('is listed beside charts, by Helm too', await helm('list'), 'shop-0.1.0');
good('is uninstalled', await pack('uninstall', 'rel', '--wait'), 'uninstalled');
check('and gone', (await object('/apis/apps/v1/namespaces/journey/deployments/rel-shop')).code === 404);

await registry.stop();
await plane.stop();
end();
