// Usage: node e2e/secrets/secrets.js
// References to secrets from values to a cluster, and what is shown of them: nothing. Programs: sops and age-keygen (of PATH,
// or built once with go install), gpg. Prints `N passed, N failed, N skipped`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { startControlPlane } from '../lib/control-plane.js';
import { pathWithSops } from '../lib/sops.js';
import { suite } from '../lib/suite.js';
import { startVault } from '../lib/vault.js';

const { root, check, shown, good, write, end, pack: run } = suite('secrets');
const path = pathWithSops();
const plane = await startControlPlane();
await plane.createNamespace('secrets');
const home = join(root, 'home');
mkdirSync(home);
const gnupg = join(root, 'gnupg');
mkdirSync(gnupg, { mode: 0o700 });

const vault = await startVault({
  tokens: ['hvs.test'],
  first: { 'legacy/app': { password: 'vault-first-secret' } },
  second: { 'myapp/db': [{ password: 'vault-old-secret' }, { password: 'vault-second-secret', port: 5432 }] },
  roles: { deploy: 'role-secret' },
});

const env = {
  KUBECONFIG: plane.kubeconfig,
  HELM_NAMESPACE: 'secrets',
  PATH: path,
  GNUPGHOME: gnupg,
  VAULT_ADDR: vault.address,
  VAULT_TOKEN: 'hvs.test',
  SOPS_AGE_KEY_FILE: join(root, 'age.txt'),
  APP_TOKEN: 'variable-secret',
};
const pack = (...args) => run(args, { home, cwd: root, env });
const packIn = (more, ...args) => run(args, { home, cwd: root, env: { ...env, ...more } });
const own = (command, args, input) =>
  execFileSync(command, args, {
    cwd: root,
    input,
    env: { ...process.env, ...env, HOME: home },
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });

const all = ({ stdout, stderr }) => stdout + stderr;
const bad = (title, result, ...texts) =>
  check(title, result.code === 1 && texts.every((text) => result.stderr.includes(text)), shown(result));
const base64 = (text) => Buffer.from(text).toString('base64');
const hides = (title, result, ...secrets) =>
  check(
    title,
    secrets.every((secret) => [secret, base64(secret)].every((form) => !all(result).includes(form))),
    shown(result),
  );
const object = async (address) => (await plane.api('GET', address)).body;
const secret = async (name) => {
  const { data } = await object(`/api/v1/namespaces/secrets/secrets/${name}`);
  return (
    data &&
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
  );
};

write(join(root, 'web/Pack.yaml'), 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: web, version: 1.0.0}\n');
write(join(root, 'web/values.yaml'), 'password: none\nmore: {}\n');
write(
  join(root, 'web/templates/secret.yaml'),
  `apiVersion: v1
kind: Secret
metadata: {name: "{{ release.name }}"}
stringData:
  password: {{ values.password | quote }}
  admin: {{ generate_secret("admin", 20) | quote }}
{% for name, value in values.more | items %}
  {{ name }}: {{ value | quote }}
{% endfor %}
`,
);
write(
  join(root, 'web/templates/config.yaml'),
  `apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ release.name }}"}
data: {url: "pg://app:{{ values.password }}@db"}
`,
);
write(join(root, 'web/templates/NOTES.txt'), 'The password is {{ values.password }}.\n');
write(join(root, 'chart/Chart.yaml'), 'apiVersion: v2\nname: chart\nversion: 1.0.0\n');
write(join(root, 'chart/values.yaml'), 'password: none\n');
write(join(root, 'chart/templates/a.yaml'), 'password: {{ .Values.password | quote }}\n');

// Files of sops, made by sops.
own('age-keygen', ['-o', 'age.txt']);
const recipient = own('age-keygen', ['-y', 'age.txt']).trim();
own('gpg', [
  '--batch',
  '--quiet',
  '--passphrase',
  '',
  '--quick-gen-key',
  'Pack <pack@test.invalid>',
  'default',
  'default',
  'never',
]);
const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(own('gpg', ['--list-keys', '--with-colons']))[1];
const plain =
  'password: sops-secret-word\ntls:\n  keys:\n  - "line one\\nline two of it\\n"\nport: 5432\nopen_unencrypted: yes\n';
write(join(root, 'plain.yaml'), plain);
const encrypt = (to, ...args) => write(join(root, to), own('sops', ['encrypt', ...args]));
encrypt('age.enc.yaml', '--age', recipient, 'plain.yaml');
encrypt('pgp.enc.yaml', '--pgp', fingerprint, 'plain.yaml');
encrypt('json.enc.json', '--age', recipient, '--output-type', 'json', 'plain.yaml');
write(join(root, 'raw.bin'), 'whole-file-secret');
encrypt('raw.enc', '--age', recipient, 'raw.bin');
write(join(root, 'token.txt'), 'file-secret-text');

for (const [reference, text] of [
  ['vault:secret/myapp/db#password', 'vault-second-secret'],
  ['vault:secret/data/myapp/db#password', 'vault-second-secret'],
  ['vault:secret/myapp/db?version=1#password', 'vault-old-secret'],
  ['vault:kv/legacy/app#password', 'vault-first-secret'],
  ['sops:age.enc.yaml#password', 'sops-secret-word'],
  ['sops:pgp.enc.yaml#password', 'sops-secret-word'],
  ['sops:json.enc.json#tls.keys[0]', 'line two of it'],
  ['sops:raw.enc', 'whole-file-secret'],
  ['file:token.txt', 'file-secret-text'],
  ['env:APP_TOKEN', 'variable-secret'],
]) {
  const set = ['--set-string', `password=${reference}`];
  good(`${reference} is resolved`, await pack('template', 'r', 'chart', ...set, '--secrets=resolve'), text);
  const masked = await pack('template', 'r', 'web', ...set);
  good(`${reference} is masked`, masked, 'password: "(hidden)"', 'pg://app:(hidden)@db');
  hides(`${reference} is not shown`, masked, text);
  good(`${reference} stays in charts`, await pack('template', 'r', 'chart', ...set), `password: "${reference}"`);
}

// Vault by a role, and asked once for each secret.
{
  const role = { VAULT_TOKEN: '', VAULT_ROLE_ID: 'deploy', VAULT_SECRET_ID: 'role-secret' };
  vault.requests.length = 0;
  const sets = ['a', 'b', 'c'].flatMap((name) => ['--set', `more.${name}=vault:secret/myapp/db#password`]);
  good('a role logs in', await packIn(role, 'template', 'r', 'web', ...sets), 'a: "(hidden)"');
  check('once, for one secret', vault.requests.length === 3, vault.requests.join('\n'));
  const wrong = { ...role, VAULT_SECRET_ID: 'wrong' };
  bad(
    'a wrong one does not',
    await packIn(wrong, 'template', 'r', 'web', ...sets),
    'invalid role or secret ID',
    'VAULT_TOKEN',
  );
  const down = { VAULT_ADDR: 'http://127.0.0.1:9' };
  bad(
    'nor is anything had where no Vault is',
    await packIn(down, 'template', 'r', 'web', ...sets),
    'cannot be reached',
    'VAULT_ADDR',
  );
}

// AWS by its SDK, from an endpoint that speaks its JSON protocol.
{
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { SecretId } = JSON.parse(Buffer.concat(chunks).toString());
    const isKnown = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue' && SecretId === 'prod/db';
    const answer = isKnown
      ? { Name: SecretId, SecretString: '{"password":"aws-secret-word"}' }
      : { __type: 'ResourceNotFoundException', Message: "Secrets Manager can't find the specified secret." };
    response
      .writeHead(isKnown ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const aws = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${server.address().port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKID',
    AWS_SECRET_ACCESS_KEY: 'key',
  };
  const at = (reference) => ['template', 'r', 'chart', '--set', `password=${reference}`, '--secrets=resolve'];
  good('AWS gives a key', await packIn(aws, ...at('aws-sm:prod/db#password')), 'password: "aws-secret-word"');
  bad('and says what it has not', await packIn(aws, ...at('aws-sm:none')), "can't find the specified secret");
  server.close();
}

// What fails or is refused: the place, the reference and a way out, and never a secret.
{
  const faults = [
    ['vault:secret/myapp/db#pass', 'has no key "pass"', 'its keys are password, port'],
    ['vault:secret/none#a', 'Vault has no secret secret/none'],
    ['vault:secret/myapp/db', 'it names no key', 'Hint: write vault:PATH#KEY'],
    ['sops:plain.yaml#password', 'it is not encrypted by sops'],
    ['sops:age.enc.yaml#pass', 'has no pass', 'its keys are'],
    ['file:../../etc/passwd', 'lies outside', 'PACK_SECRETS_PATH'],
    ['file:/etc/passwd', 'lies outside', 'PACK_SECRETS_PATH'],
    ['env:NOT_SET', 'the variable NOT_SET is not set'],
    ['k8s:secrets/none#a', 'there is no Secret none in secrets'],
  ];
  for (const [reference, ...texts] of faults) {
    const result = await pack(
      'template',
      'r',
      'web',
      '--set-string',
      `more.x=${reference}`,
      '--set',
      'password=env:APP_TOKEN',
      '--debug',
    );
    bad(`${reference} is refused`, result, `cannot resolve more.x: ${reference}: `, ...texts);
    hides(`${reference}: nothing is shown`, result, 'variable-secret', 'vault-second-secret', 'sops-secret-word');
  }
  symlinkSync('/etc/passwd', join(root, 'link'));
  bad('a link that leads out', await pack('template', 'r', 'web', '--set', 'password=file:link'), 'lies outside');
  const changed = readFileSync(join(root, 'age.enc.yaml'), 'utf8').replace(
    'open_unencrypted: "yes"',
    'open_unencrypted: "no"',
  );
  write(join(root, 'changed.yaml'), changed);
  const tampered = await pack('template', 'r', 'web', '--set', 'password=sops:changed.yaml#password');
  bad('a file that was changed', tampered, 'it was changed by other means than sops');
  write(
    join(root, 'greedy/Pack.yaml'),
    'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: greedy, version: 1.0.0}\n',
  );
  write(join(root, 'greedy/values.yaml'), 'mine: env:APP_TOKEN\n');
  write(join(root, 'greedy/templates/a.yaml'), 'a: {{ values.mine }}\n');
  bad(
    'what a pack asks for by itself',
    await pack('template', 'r', 'greedy'),
    'the chart asks for it',
    '--secrets=resolve',
  );
  good('but not when it is allowed', await pack('template', 'r', 'greedy', '--secrets=resolve'), 'a: variable-secret');
  good(
    'an escaped one is a text',
    await pack('template', 'r', 'web', '--set', 'password=\\\\env:APP_TOKEN'),
    'env:APP_TOKEN',
  );
}

// Providers of plugins.
{
  write(
    join(root, 'plugin/plugin.yaml'),
    'apiVersion: v1\nname: own\nversion: 1.0.0\ntype: hooks/v1\nruntime: javascript\n',
  );
  write(
    join(root, 'plugin/index.js'),
    `const resolve = (name) => name === 'hang' ? new Promise(() => {}) : name === 'odd' ? 5 : 'plugin-secret-of-' + name;
export default { secretsProvider: { scheme: 'own', resolve } };`,
  );
  good('a plugin', await pack('plugin', 'install', 'plugin', '--yes'));
  const at = (reference) => ['template', 'r', 'chart', '--set', `password=${reference}`, '--secrets=resolve'];
  good('gives secrets', await pack(...at('own:db')), 'plugin-secret-of-db');
  hides('which are masked', await pack(...at('own:db').slice(0, -1), '--secrets=mask'), 'plugin-secret-of-db');
  bad('one that is no text', await pack(...at('own:odd')), 'cannot resolve password: own:odd: ', 'own');
  bad(
    'one that hangs',
    await packIn({ PACK_PLUGIN_TIMEOUT: '1s' }, ...at('own:hang')),
    'cannot resolve password: own:hang: ',
  );
  good('is removed', await pack('plugin', 'uninstall', 'own'));
  good('and its scheme is a text again', await pack(...at('own:db')), 'password: "own:db"');
}

// -f secrets://
{
  const from = ['template', 'r', 'chart', '-f', 'secrets://age.enc.yaml'];
  good('an encrypted values file', await pack(...from), 'password: "sops-secret-word"');
  hides('is masked', await pack(...from, '--secrets=mask'), 'sops-secret-word');
  bad(
    'and told of',
    await pack('template', 'r', 'chart', '-f', 'secrets://none.yaml'),
    'secrets://none.yaml',
    'there is no such file',
  );
}

// A release, from its plan to its end.
{
  const release = ['web', '--set', 'password=vault:secret/myapp/db#password'];
  const record = async (revision) => {
    const { data } = await object(`/api/v1/namespaces/secrets/secrets/sh.helm.release.v1.rel.v${revision}`);
    const text = Buffer.from(Buffer.from(data.release, 'base64').toString(), 'base64');
    return JSON.parse((await import('node:zlib')).gunzipSync(text).toString());
  };
  good('nothing is kept by a dry run', await pack('install', 'rel', ...release, '--dry-run=server'), '(hidden)');
  check('nothing of what it generated', (await secret('pack.generated.rel')) === undefined);
  const installed = await pack('install', 'rel', ...release, '--debug');
  good('is installed', installed, 'STATUS: deployed', 'The password is (hidden).');
  hides('without showing the secret', installed, 'vault-second-secret');
  const first = await secret('rel');
  const later = await pack('status', 'rel');
  good('nor do its notes show it later', later, 'The password is (hidden).');
  check('has the secret', first.password === 'vault-second-secret', shown(first));
  check('and one that was generated', /^[A-Za-z0-9]{20}$/.test(first.admin), shown(first));
  hides('nor what was generated', installed, first.admin);
  check('its record has the reference', (await record(1)).config.password === 'vault:secret/myapp/db#password');
  good(
    'which is what get values shows',
    await pack('get', 'values', 'rel'),
    'password: vault:secret/myapp/db#password',
  );

  const diff = await pack(
    'diff',
    'upgrade',
    'rel',
    ...release.slice(0, 1),
    '--set',
    'password=vault:kv/legacy/app#password',
  );
  good('a diff', diff, 'ConfigMap', '(hidden)');
  hides('shows no secret', diff, 'vault-first-secret', first.admin);
  const upgraded = await pack(
    'upgrade',
    'rel',
    'web',
    '--reuse-values',
    '--set',
    'more.token=env:APP_TOKEN',
    '--diff',
    '--debug',
  );
  good('is upgraded with the values it had', upgraded, 'has been upgraded');
  hides('without showing a secret', upgraded, 'vault-second-secret', 'variable-secret', first.admin);
  const second = await secret('rel');
  check(
    'resolves again',
    second.password === 'vault-second-secret' && second.token === 'variable-secret',
    shown(second),
  );
  check('keeps what was generated', second.admin === first.admin, shown(second));

  const planned = await pack('plan', 'upgrade', 'rel', 'web', '--set', 'password=file:token.txt', '-o', 'plan.json');
  good('a plan', planned, 'ConfigMap');
  const plan = readFileSync(join(root, 'plan.json'), 'utf8');
  hides(
    'has no secret in it',
    { stdout: plan, stderr: all(planned) },
    'file-secret-text',
    'vault-second-secret',
    first.admin,
  );
  good('is applied', await pack('apply', 'plan.json'), 'STATUS: deployed');
  check('with it', (await secret('rel')).password === 'file-secret-text');
  good('goes back', await pack('rollback', 'rel', '1'), 'Rollback was a success');
  const back = await secret('rel');
  check('to what it was', back.password === 'vault-second-secret' && back.admin === first.admin, shown(back));
  const linked = ['template', 'r', 'web', '--set', 'password=k8s:secrets/rel#password'];
  good('its Secret is one to refer to', await pack(...linked), '(hidden)');
  good(
    'by its name alone',
    await pack('template', 'r', 'chart', '--set', 'password=k8s:rel#admin', '--secrets=resolve'),
    first.admin,
  );
  good('is uninstalled', await pack('uninstall', 'rel'), 'uninstalled');
  check('with what was generated', (await secret('pack.generated.rel')) === undefined);
}

// What is generated while planning is what is applied, and goes when an installation is undone.
{
  good('a plan of an installation', await pack('plan', 'install', 'new', 'web', '-o', 'new.json'), 'Secret');
  check('keeps nothing yet', (await secret('pack.generated.new')) === undefined);
  good('is applied', await pack('apply', 'new.json'), 'STATUS: deployed');
  const { admin } = await secret('new');
  good('and upgraded', await pack('upgrade', 'new', 'web', '--set', 'more.a=b'), 'has been upgraded');
  check('keeps what it had', (await secret('new')).admin === admin);
  write(
    join(root, 'broken/Pack.yaml'),
    'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: broken, version: 1.0.0}\n',
  );
  write(
    join(root, 'broken/templates/a.yaml'),
    'apiVersion: v1\nkind: Pod\nmetadata: {name: "{{ generate_secret("x", 12, "lowercase") }}"}\nspec: {containers: []}\n',
  );
  const undone = await pack('install', 'bad', 'broken', '--rollback-on-failure', '--timeout', '20s');
  check('an installation that fails', undone.code === 1, shown(undone));
  check('leaves nothing that was generated', (await secret('pack.generated.bad')) === undefined);
}

vault.close();
await plane.stop();
end();
