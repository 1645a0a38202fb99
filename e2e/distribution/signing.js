// Usage: node e2e/distribution/signing.js
// Signs with pack, Helm and minisign, and verifies what one has signed with the others: keys of GnuPG, good ones and
// bad ones, archives that are not what was signed. Needs gpg and minisign; what it has not, it skips.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, runHelm, runPack } from '../lib/programs.js';

const folder = mkdtempSync(join(tmpdir(), 'pack-signing-'));
const at = (...names) => join(folder, ...names);
const counts = { passed: 0, failed: 0, skipped: 0 };

function result(name, fault) {
  if (fault === undefined) counts.passed++;
  else counts.failed++;
  console.log(fault === undefined ? `ok   ${name}` : `FAIL ${name}\n${fault}`);
}

function skip(name, why) {
  counts.skipped++;
  console.log(`skip ${name}: ${why}`);
}

const has = (program) =>
  spawnSync(program, ['--version']).error === undefined || spawnSync(program, ['-v']).error === undefined;

const env = { GNUPGHOME: at('home'), HOME: folder };
const helm = (...args) => runHelm(args, { cwd: folder, env });
const pack = (...args) => runPack(args, { cwd: folder, env });

/** What is different in what two programs say; a hint may follow Helm's error. */
function difference(wanted, got) {
  const fault = (what, a, b) => `${what}\n- ${JSON.stringify(a)}\n+ ${JSON.stringify(b)}`;
  if (wanted.code !== got.code) return fault('exit codes', wanted, got);
  if (wanted.stdout !== got.stdout) return fault('output', wanted.stdout, got.stdout);
  if (wanted.stderr !== got.stderr && !got.stderr.startsWith(`${wanted.stderr}Hint: `))
    return fault('errors', wanted.stderr, got.stderr);
  return undefined;
}

const succeeded = ({ code, stderr }) => (code === 0 ? undefined : `exit ${code}: ${stderr}`);

// Keys

const gpg = (...args) =>
  execFileSync('gpg', ['--batch', '--yes', '--quiet', '--homedir', at('home'), ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
const unlocked = ['--pinentry-mode', 'loopback', '--passphrase', ''];

function makeKeys() {
  mkdirSync(at('home'), { mode: 0o700 });
  const make = (name, kind, ...more) =>
    gpg(...more, ...unlocked, '--quick-gen-key', `${name} <${name}@example.org>`, kind, 'default', 'never');
  make('rsa', 'rsa2048');
  make('eddsa', 'ed25519');
  make('nist', 'nistp256');
  make('stranger', 'rsa2048');
  make('both-one', 'ed25519');
  make('both-two', 'ed25519');
  gpg(
    '--pinentry-mode',
    'loopback',
    '--passphrase',
    'open sesame',
    '--quick-gen-key',
    'locked <locked@example.org>',
    'rsa2048',
    'default',
    'never',
  );
  gpg(
    '--faked-system-time',
    '20200101T000000',
    ...unlocked,
    '--quick-gen-key',
    'expired <expired@example.org>',
    'rsa2048',
    'default',
    '1y',
  );
  make('revoked', 'rsa2048');
  gpg(...unlocked, '--quick-gen-key', 'subkey <subkey@example.org>', 'rsa2048', 'cert', 'never');
  gpg(...unlocked, '--quick-add-key', fingerprint('subkey'), 'rsa2048', 'sign', 'never');
  gpg(...unlocked, '--quick-add-uid', 'eddsa', 'second name <second@example.org>');
  for (const name of ['rsa', 'eddsa', 'nist', 'stranger', 'locked', 'expired', 'revoked', 'subkey']) exportKey(name);
  const secret = (...names) => gpg('--pinentry-mode', 'loopback', '--passphrase', '', '--export-secret-keys', ...names);
  writeFileSync(at('both.sec'), secret('both-one', 'both-two'));
  writeFileSync(at('all.pub'), gpg('--export'));
  writeFileSync(at('rsa.asc'), gpg('--armor', '--export', 'rsa'));
  writeFileSync(at('rsa.sec.asc'), gpg(...unlocked, '--armor', '--export-secret-keys', 'rsa'));
  writeFileSync(
    at('two.asc'),
    Buffer.concat([gpg('--armor', '--export', 'stranger'), gpg('--armor', '--export', 'rsa')]),
  );
  writeFileSync(at('empty.pub'), '');
  writeFileSync(at('garbage.pub'), 'no keyring\n');
  writeFileSync(at('torn.pub'), readFileSync(at('rsa.pub')).subarray(0, 100));
  copyFileSync(at('home/pubring.kbx'), at('pubring.kbx'));
  const certificate = at('home/openpgp-revocs.d', `${fingerprint('revoked')}.rev`);
  writeFileSync(at('revocation'), readFileSync(certificate, 'utf8').replace(/^:/m, ''));
  gpg('--import', at('revocation'));
  writeFileSync(at('revoked.pub'), gpg('--export', 'revoked'));
}

const fingerprint = (name) => /^fpr:+([0-9A-F]+):/m.exec(gpg('--with-colons', '--list-keys', name).toString())[1];

function exportKey(name) {
  const passphrase = name === 'locked' ? 'open sesame' : '';
  writeFileSync(at(`${name}.pub`), gpg('--export', name));
  writeFileSync(
    at(`${name}.sec`),
    gpg('--pinentry-mode', 'loopback', '--passphrase', passphrase, '--export-secret-keys', name),
  );
}

// Charts

const charts = {
  plain: { 'Chart.yaml': 'apiVersion: v2\nname: plain\nversion: 0.1.0\n' },
  odd: {
    'Chart.yaml':
      'apiVersion: v2\nname: odd\nversion: 1.0.0+b.1\ndescription: |\n  - dash   \n  -----BEGIN\n\n  ünï \t\nkeywords: ["-", "- x"]\nannotations:\n  "-a": "...\\n---\\n"\n',
  },
  old: {
    'Chart.yaml': 'apiVersion: v1\nname: old\nversion: 1.0.0\n',
    'requirements.yaml': 'dependencies:\n- name: sub\n  version: 1.0.0\n  repository: https://example.org\n',
    'charts/sub/Chart.yaml': 'apiVersion: v1\nname: sub\nversion: 1.0.0\n',
  },
};

function makeCharts() {
  for (const [name, files] of Object.entries(charts)) {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(at(name, file, '..'), { recursive: true });
      writeFileSync(at(name, file), text);
    }
  }
}

/** Packs and signs a chart into a folder of its own; the path of the archive. */
async function signed(program, chart, key, out, ...more) {
  mkdirSync(at(out), { recursive: true });
  const ran = await program('package', chart, '--sign', '--key', key, '--keyring', `${key}.sec`, '-d', out, ...more);
  const archive = readdirSync(at(out)).find((name) => name.endsWith('.tgz'));
  return { ran, archive: `${out}/${archive}` };
}

const bodyOf = (file) =>
  readFileSync(at(file), 'utf8')
    .split('-----BEGIN PGP SIGNATURE')[0]
    .replace(/sha256:\w+/, '*');

async function exchanges() {
  for (const chart of Object.keys(charts)) {
    const [theirs, ours] = [
      await signed(helm, chart, 'rsa', `helm-${chart}`),
      await signed(pack, chart, 'rsa', `pack-${chart}`),
    ];
    result(
      `${chart}: what is signed reads as Helm's`,
      bodyOf(`${theirs.archive}.prov`) === bodyOf(`${ours.archive}.prov`) ? undefined : bodyOf(`${ours.archive}.prov`),
    );
    for (const { archive } of [theirs, ours]) await verifiedByBoth(`${archive} is verified`, archive, 'all.pub');
  }
  for (const key of ['eddsa', 'nist', 'locked', 'subkey']) {
    writeFileSync(at('passphrase'), 'open sesame\nmore\n');
    const { ran, archive } = await signed(pack, 'plain', key, `by-${key}`, '--passphrase-file', 'passphrase');
    result(`pack signs with ${key}`, succeeded(ran));
    await verifiedByBoth(`signed with ${key}`, archive, 'all.pub');
    const checked = spawnSync('gpg', ['--homedir', at('home'), '--verify', at(`${archive}.prov`)], {
      encoding: 'utf8',
    });
    result(`gpg verifies it, signed with ${key}`, checked.status === 0 ? undefined : checked.stderr);
  }
  for (const key of ['eddsa', 'nist', 'locked']) {
    const { archive } = await signed(helm, 'plain', key, `helm-by-${key}`, '--passphrase-file', 'passphrase');
    await verifiedByBoth(`Helm's, signed with ${key}`, archive, 'all.pub');
  }
  for (const keyring of ['rsa.asc', 'two.asc', 'rsa.sec', 'rsa.sec.asc'])
    result(
      `pack reads ${keyring}`,
      succeeded(await pack('verify', 'helm-plain/plain-0.1.0.tgz', '--keyring', keyring)),
    );
  copyFileSync(at('all.pub'), at('home/pubring.gpg'));
  result(
    'the default keyring is that of Helm',
    difference(await helm('verify', 'helm-plain/plain-0.1.0.tgz'), await pack('verify', 'helm-plain/plain-0.1.0.tgz')),
  );
  const piped = await run(
    'sh',
    [
      '-c',
      'echo "open sesame" | "$0" "$@"',
      process.execPath,
      packFile,
      'package',
      'plain',
      'odd',
      '--sign',
      '--key',
      'locked',
      '--keyring',
      'locked.sec',
      '--passphrase-file',
      '-',
      '-d',
      'piped',
    ],
    { cwd: folder, env },
  );
  result('a passphrase for two charts by standard input', succeeded(piped));
  await verifiedByBoth('signed by standard input', 'piped/plain-0.1.0.tgz', 'locked.pub');
}

const packFile = new URL('../../packages/cli/bin/pack.js', import.meta.url).pathname;

/** Several names of a key come in the order of a Go map. */
const inOrder = (ran) => ({ ...ran, stdout: ran.stdout.split('\n').sort().join('\n') });

async function verifiedByBoth(name, archive, keyring) {
  const [theirs, ours] = await Promise.all([
    helm('verify', archive, '--keyring', keyring),
    pack('verify', archive, '--keyring', keyring),
  ]);
  result(name, succeeded(theirs) ?? difference(inOrder(theirs), inOrder(ours)));
}

async function refusals() {
  const good = 'helm-plain/plain-0.1.0.tgz';
  const copy = (name, change = {}) => {
    mkdirSync(at(name));
    const [archive, provenance] = [readFileSync(at(good)), readFileSync(at(`${good}.prov`), 'latin1')];
    writeFileSync(at(name, 'plain-0.1.0.tgz'), change.archive?.(archive) ?? archive);
    writeFileSync(at(name, 'plain-0.1.0.tgz.prov'), change.provenance?.(provenance) ?? provenance, 'latin1');
    return `${name}/plain-0.1.0.tgz`;
  };
  const other = readFileSync(at('helm-odd/odd-1.0.0+b.1.tgz.prov'), 'latin1');
  const cases = [
    ['another key', good, 'stranger.pub'],
    ['no key', good, 'empty.pub'],
    ['a keyring that is none', good, 'garbage.pub'],
    ['a keybox', good, 'pubring.kbx'],
    ['a missing keyring', good, 'nowhere.pub'],
    ['a changed archive', copy('changed', { archive: (data) => Buffer.concat([data, Buffer.from('x')]) }), 'all.pub'],
    ['a provenance file of another chart', copy('other', { provenance: () => other }), 'all.pub'],
    ['a changed text', copy('text', { provenance: (text) => text.replace('name: plain', 'name: plane') }), 'all.pub'],
    [
      'an added line',
      copy('line', { provenance: (text) => text.replace('name: plain', 'name: plain\nx: y') }),
      'all.pub',
    ],
    [
      'a header that is not allowed',
      copy('header', { provenance: (text) => text.replace('Hash: SHA512', 'Hash: SHA512\nComment: x') }),
      'all.pub',
    ],
    ['no signature', copy('none', { provenance: () => 'apiVersion: v2\n' }), 'all.pub'],
    [
      'half a signature',
      copy('half', { provenance: (text) => text.slice(0, text.indexOf('-----BEGIN PGP SIGNATURE')) }),
      'all.pub',
    ],
    ['an empty provenance file', copy('empty', { provenance: () => '' }), 'all.pub'],
    [
      'white space at the ends of lines',
      copy('space', { provenance: (text) => text.replace('name: plain', 'name: plain  \t') }),
      'all.pub',
    ],
    ['line ends of Windows', copy('crlf', { provenance: (text) => text.replaceAll('\n', '\r\n') }), 'all.pub'],
    ['text before and after', copy('around', { provenance: (text) => `before\n${text}\nafter\n` }), 'all.pub'],
    ['a folder', 'plain', 'all.pub'],
    ['a file that is no archive', 'plain/Chart.yaml', 'all.pub'],
    ['nothing', 'nowhere.tgz', 'all.pub'],
  ];
  for (const key of ['expired', 'revoked', 'subkey']) {
    const { archive } = await signed(helm, 'plain', key, `helm-by-${key}`);
    cases.push([`signed by ${key}, as Helm does`, archive, `${key}.pub`]);
  }
  mkdirSync(at('missing'));
  copyFileSync(at(good), at('missing/plain-0.1.0.tgz'));
  cases.push(['a missing provenance file', 'missing/plain-0.1.0.tgz', 'all.pub']);
  mkdirSync(at('renamed'));
  copyFileSync(at(good), at('renamed/x.tgz'));
  copyFileSync(at(`${good}.prov`), at('renamed/x.tgz.prov'));
  cases.push(['an archive of another name', 'renamed/x.tgz', 'all.pub']);
  for (const [name, archive, keyring] of cases) {
    const [theirs, ours] = await Promise.all([
      helm('verify', archive, '--keyring', keyring),
      pack('verify', archive, '--keyring', keyring),
    ]);
    result(`verify: ${name}`, difference(theirs, ours));
  }
  const torn = await pack('verify', good, '--keyring', 'torn.pub');
  result(
    'verify: half a keyring',
    torn.code === 1 && /failed to load keyring/.test(torn.stderr) ? undefined : torn.stderr,
  );
}

async function signingFaults() {
  writeFileSync(at('wrong'), 'wrong\n');
  writeFileSync(at('nothing'), '');
  const cases = [
    ['no key is named', []],
    ['no key of that name', ['--key', 'nobody', '--keyring', 'rsa.sec']],
    ['two keys of that name', ['--key', 'both', '--keyring', 'both.sec']],
    ['public keys only', ['--key', 'rsa', '--keyring', 'rsa.pub']],
    ['no keyring', ['--key', 'rsa', '--keyring', 'nowhere.sec']],
    ['a wrong passphrase', ['--key', 'locked', '--keyring', 'locked.sec', '--passphrase-file', 'wrong']],
    ['an empty passphrase file', ['--key', 'locked', '--keyring', 'locked.sec', '--passphrase-file', 'nothing']],
    ['no passphrase file', ['--key', 'locked', '--keyring', 'locked.sec', '--passphrase-file', 'nowhere']],
    ['nothing at standard input', ['--key', 'locked', '--keyring', 'locked.sec', '--passphrase-file', '-']],
  ];
  for (const [name, flags] of cases) {
    const args = ['package', 'plain', '--sign', '-d', 'faults', ...flags];
    result(`package --sign: ${name}`, difference(await helm(...args), await pack(...args)));
  }
  for (const key of ['expired', 'revoked']) {
    copyFileSync(at(`${key}.sec`), at('bad.sec'));
    if (key === 'revoked') writeFileSync(at('bad.sec'), gpg(...unlocked, '--export-secret-keys', 'revoked'));
    const { code, stderr } = await pack(
      'package',
      'plain',
      '--sign',
      '--key',
      key,
      '--keyring',
      'bad.sec',
      '-d',
      'faults',
    );
    result(
      `package --sign: the key is ${key}`,
      code === 1 && stderr.includes(key) ? undefined : `exit ${code}: ${stderr}`,
    );
  }
}

// minisign

const minisign = (args, input = '') => spawnSync('minisign', args, { cwd: folder, input, encoding: 'utf8' });

async function minisigns() {
  writeFileSync(at('data'), 'what is signed\n');
  writeFileSync(at('word'), 'pass word\n');
  minisign(['-G', '-p', 'theirs.pub', '-s', 'theirs.key'], 'pass word\npass word\n');
  minisign(['-G', '-W', '-p', 'open.pub', '-s', 'open.key']);
  result('keygen with a passphrase', succeeded(await pack('keygen', 'ours', '--passphrase-file', 'word')));
  result('keygen without one', succeeded(await pack('keygen', 'bare', '--no-passphrase')));
  const again = await pack('keygen', 'ours', '--no-passphrase');
  result(
    'keygen replaces no key',
    again.code === 1 && again.stderr.includes('already exists') ? undefined : again.stderr,
  );
  for (const key of ['theirs', 'open', 'ours', 'bare']) {
    copyFileSync(at('data'), at(`data-${key}`));
    result(
      `pack signs with ${key}.key`,
      succeeded(await pack('sign', `data-${key}`, '--secret-key', `${key}.key`, '--passphrase-file', 'word')),
    );
    checkedByBoth(
      `pack's, with ${key}.key`,
      `data-${key}`,
      key,
      await pack('verify', `data-${key}`, '--public-key', `${key}.pub`),
    );
    minisign(['-S', '-s', `${key}.key`, '-m', `data-${key}`, '-t', 'a trusted comment'], 'pass word\n');
    checkedByBoth(
      `minisign's, with ${key}.key`,
      `data-${key}`,
      key,
      await pack('verify', `data-${key}`, '--public-key', `${key}.pub`),
    );
  }
  minisign(['-S', '-l', '-s', 'open.key', '-m', 'data']);
  checkedByBoth("minisign's of the old kind", 'data', 'open', await pack('verify', 'data', '--public-key', 'open.pub'));
  const key = readFileSync(at('open.pub'), 'utf8').split('\n')[1];
  result('a public key in place of its file', succeeded(await pack('verify', 'data', '--public-key', key)));
  const cases = [
    ['another key', {}, 'bare.pub', 'key id'],
    ['a changed file', { data: (text) => `${text}x` }, 'open.pub', 'Signature verification failed'],
    [
      'a changed trusted comment',
      { signature: (text) => text.replace('trusted comment: timestamp', 'trusted comment: Timestamp') },
      'open.pub',
      'Comment signature verification failed',
    ],
    ['half a signature', { signature: (text) => text.slice(0, 60) }, 'open.pub', 'not a signature'],
    ['no signature', { signature: () => '' }, 'open.pub', 'untrusted signature comment'],
    ['no public key', {}, 'data', 'not a public key'],
  ];
  await pack('sign', 'data', '--secret-key', 'open.key');
  for (const [name, change, publicKey, message] of cases) {
    writeFileSync(at('bad'), change.data?.(readFileSync(at('data'), 'utf8')) ?? readFileSync(at('data')));
    const signature = readFileSync(at('data.minisig'), 'utf8');
    writeFileSync(at('bad.minisig'), change.signature?.(signature) ?? signature);
    const { code, stderr } = await pack('verify', 'bad', '--public-key', publicKey);
    result(`verify, minisign: ${name}`, code === 1 && stderr.includes(message) ? undefined : `exit ${code}: ${stderr}`);
  }
  const missing = await pack('verify', 'word', '--public-key', 'open.pub');
  result('verify, minisign: a missing signature', missing.code === 1 ? undefined : missing.stdout);
  const wrong = await pack('sign', 'data', '--secret-key', 'ours.key', '--passphrase-file', 'wrong');
  result(
    'sign: a wrong passphrase',
    wrong.code === 1 && wrong.stderr.includes('Wrong password') ? undefined : wrong.stderr,
  );
}

function checkedByBoth(name, file, key, ours) {
  const theirs = minisign(['-V', '-p', `${key}.pub`, '-m', file]);
  const wanted = { code: theirs.status, stdout: theirs.stdout.replace(/^Comment signature.*\n/, ''), stderr: '' };
  result(name, theirs.status === 0 ? difference(wanted, { ...ours, stderr: '' }) : theirs.stderr);
}

try {
  if (has('gpg')) {
    makeKeys();
    makeCharts();
    await exchanges();
    await refusals();
    await signingFaults();
  } else skip('OpenPGP', 'there is no gpg');
  if (has('minisign')) await minisigns();
  else skip('minisign', 'there is no minisign');
} finally {
  if (has('gpgconf')) spawnSync('gpgconf', ['--homedir', at('home'), '--kill', 'all']);
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;
