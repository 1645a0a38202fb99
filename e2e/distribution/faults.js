// Servers that misbehave, processes that are killed or meet, disks that are full: what pack keeps, and what it says.
// PACK_HELM names Helm's binary. Prints `N passed, N failed, N skipped`.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeCharts, serveCharts } from '../lib/chart-server.js';
import { makeCertificates } from '../lib/registry.js';
import { suite } from '../lib/suite.js';

const { root, check, skip, helm, pack, startPack, write, end } = suite('faults');
const charts = join(root, 'charts');
await makeCharts(charts, pack);
const server = await serveCharts(charts);

const homeOf = (name) => {
  const home = join(root, name);
  mkdirSync(home, { recursive: true });
  return home;
};
const isIndex = ({ path }) => path === '/index.yaml';
const indexOf = (home, name) => join(home, `cache/repository/${name}-index.yaml`);
const archivesOf = (folder) => (existsSync(join(folder, 'charts')) ? readdirSync(join(folder, 'charts')).sort() : []);
const umbrella = (url, ...dependencies) =>
  `apiVersion: v2\nname: u\nversion: 0.1.0\ndependencies:\n${dependencies.map(([name, version]) => `- {name: ${name}, version: "${version}", repository: ${url}}\n`).join('')}`;

async function certificates() {
  const { ca, cert, key } = makeCertificates(join(root, 'tls'));
  const pair = { cert: readFileSync(cert), key: readFileSync(key) };
  const plain = await serveCharts(charts, { tls: pair, password: 'secret' });
  const mutual = await serveCharts(charts, {
    tls: { ...pair, ca: readFileSync(ca), requestCert: true, rejectUnauthorized: true },
  });
  const login = ['--username', 'user', '--password', 'secret'];
  const client = ['--ca-file', ca, '--cert-file', cert, '--key-file', key];
  const lines = [
    [false, ['repo', 'add', 'plain', plain.url, ...login]],
    [true, ['repo', 'add', 'insecure', plain.url, ...login, '--insecure-skip-tls-verify']],
    [true, ['repo', 'add', 'plain', plain.url, ...login, '--ca-file', ca]],
    [false, ['repo', 'add', 'mutual', mutual.url, '--ca-file', ca]],
    [true, ['repo', 'add', 'mutual', mutual.url, ...client]],
    [false, ['repo', 'add', 'other', plain.url, ...login, '--ca-file', join(root, 'nowhere')]],
    [true, ['repo', 'update']],
    [true, ['pull', 'plain/db']],
    [true, ['pull', 'mutual/db']],
    [false, ['pull', 'db', '--repo', plain.url, ...login]],
    [true, ['pull', 'db', '--repo', plain.url, ...login, '--ca-file', ca]],
    [true, ['pull', `${plain.url}/web-0.1.0.tgz`, ...login, '--insecure-skip-tls-verify']],
    [true, ['show', 'chart', 'mutual/web']],
    [true, ['template', 'x', 'db', '--repo', mutual.url, ...client]],
  ];
  const homes = { helm: homeOf('tls-helm'), pack: homeOf('tls-pack') };
  for (const [good, line] of lines) {
    const ours = await pack(line, { home: homes.pack, cwd: homes.pack });
    const theirs = await helm(line, { home: homes.helm, cwd: homes.helm });
    const isAlike = ours.code === (good ? 0 : 1) && theirs.code === ours.code;
    check(`certificates: ${line.join(' ')}`, isAlike, `helm ${theirs.code} ${theirs.stderr}\npack ${ours.stderr}`);
  }
  for (const [name, run, home] of [
    ['helm', helm, homes.pack],
    ['pack', pack, homes.helm],
  ]) {
    const { code, stderr } = await run(['repo', 'update'], { home });
    check(`${name} uses the certificates that the other's list names`, code === 0, stderr);
  }
  await Promise.all([plain.close(), mutual.close()]);
}

/** Credentials go to the server that they are for, and to no other unless one says so. */
async function credentials() {
  const home = homeOf('credentials');
  const stranger = await serveCharts(charts);
  const elsewhere = stranger.url.replace('127.0.0.1', 'localhost');
  const redirecting = await serveCharts(charts, {
    fault: ({ path, headers }) =>
      headers.authorization === undefined
        ? { status: 401 }
        : path.startsWith('/db-')
          ? { status: 302, headers: { location: `${elsewhere}${path}` } }
          : undefined,
  });
  const login = ['--username', 'user', '--password', 'secret'];
  await pack(['repo', 'add', 'one', redirecting.url, ...login], { home });
  const sent = () => stranger.requests.splice(0).map(({ headers }) => headers.authorization !== undefined);
  const { code, stderr } = await pack(['pull', 'one/db'], { home, cwd: home });
  check('a redirect to another host is followed', code === 0, stderr);
  check('credentials do not follow a redirect to another host', sent().join() === 'false');

  const folder = join(root, 'absolute');
  cpSync(charts, folder, { recursive: true });
  const index = readFileSync(join(folder, 'index.yaml'), 'utf8');
  writeFileSync(join(folder, 'index.yaml'), index.replaceAll(/- (db|web)-/g, `- ${elsewhere}/$1-`));
  const absolute = await serveCharts(folder, { password: 'secret' });
  await pack(['repo', 'add', 'absolute', absolute.url, ...login], { home });
  await pack(['repo', 'add', 'all', absolute.url, ...login, '--pass-credentials'], { home });
  for (const [name, isSent] of [
    ['absolute', false],
    ['all', true],
  ]) {
    rmSync(join(home, 'cache/content'), { recursive: true, force: true });
    const pulled = await pack(['pull', `${name}/web`], { home, cwd: home });
    check(`the index of ${name} names another host`, pulled.code === 0, pulled.stderr);
    check(`credentials of ${name} are ${isSent ? '' : 'not '}sent there`, sent().join() === String(isSent));
  }

  const shown = [];
  const closed = 'http://user:secret@127.0.0.1:1';
  for (const line of [
    ['repo', 'add', 'two', closed],
    ['pull', `${closed}/db-1.0.0.tgz`],
    ['pull', 'db', '--repo', closed],
    ['repo', 'add', 'three', absolute.url, '--username', 'user', '--password', 'secret2'],
  ]) {
    const { stdout, stderr: err } = await pack([...line, '--debug'], { home, cwd: home });
    shown.push(stdout, err);
  }
  check('no error shows a password', !shown.join('\n').includes('secret'), shown.join('\n'));

  const run = startPack(['repo', 'add', 'four', absolute.url, '--username', 'user', '--password-stdin'], {
    home,
    input: 'secret\n',
  });
  let seen = '';
  const until = run.ended.then(() => true);
  while (!(await Promise.race([until, wait(5, false)]))) {
    const line = `/proc/${run.child.pid}/cmdline`;
    if (existsSync(line)) seen += readFileSync(line, 'utf8');
  }
  check('a password from standard input is in no list of processes', !seen.includes('secret\0'));
  check('and is the right one', (await run.ended).code === 0);
  await Promise.all([stranger, redirecting, absolute].map((s) => s.close()));
}

const entry = (name, version, more = '') =>
  `  - {apiVersion: v2, name: ${name}, version: ${version}, urls: [${'db-1.0.0.tgz'}]${more}}\n`;

/** What an index can hold that it should not. */
async function indexes() {
  const home = homeOf('indexes');
  await pack(['repo', 'add', 'one', server.url], { home });
  const good = readFileSync(indexOf(home, 'one'), 'utf8');
  const config = join(home, 'config/repositories.yaml');
  const listed = readFileSync(config, 'utf8');
  const hostile = {
    'names that are paths': `  "../x":\n${entry('"../x"', '1.0.0')}  ok:\n${entry('ok', '1.0.0')}`,
    'NUL in names': `  "a\\0b":\n${entry('"a\\0b"', '1.0.0')}  ok:\n${entry('ok', '1.0.0')}`,
    'a chart twice': `  ok:\n${entry('ok', '1.0.0')}  ok:\n${entry('ok', '2.0.0')}`,
    'a version twice': `  ok:\n${entry('ok', '1.0.0')}${entry('ok', '1.0.0')}`,
    'versions that are none': `  ok:\n${entry('ok', 'one')}${entry('ok', '1.0.0')}${entry('ok', '"1..2"')}`,
    'entries that are null': '  ok:\n  - null\n  no: null\n',
    'names of objects': `  __proto__:\n${entry('__proto__', '1.0.0')}  constructor:\n${entry('constructor', '1.0.0')}`,
    'a URL of this machine': '  ok:\n  - {apiVersion: v2, name: ok, version: 1.0.0, urls: ["file:///etc/hostname"]}\n',
    'a URL that leads out': '  ok:\n  - {apiVersion: v2, name: ok, version: 1.0.0, urls: ["../../../etc/hostname"]}\n',
    'a URL that is none': '  ok:\n  - {apiVersion: v2, name: ok, version: 1.0.0, urls: ["http://[::1"]}\n',
    'no URL': '  ok:\n  - {apiVersion: v2, name: ok, version: 1.0.0}\n',
    'a digest that is none': `  ok:\n${entry('ok', '1.0.0', ', digest: x')}`,
    'deep nesting': `  ok: ${'['.repeat(100_000)}\n`,
    'an alias of aliases': `  a: &a [x, x]\n  b: &b [*a, *a, *a, *a]\n${Array.from({ length: 20 }, (_, i) => `  c${i}: &c${i} [*${i ? `c${i - 1}` : 'b'}, *${i ? `c${i - 1}` : 'b'}]\n`).join('')}`,
    'no YAML': '  ok: [\n',
  };
  const answers = {
    ...Object.fromEntries(
      Object.entries(hostile).map(([name, entries]) => [name, { body: `apiVersion: v1\nentries:\n${entries}` }]),
    ),
    'half of its text': { headers: { 'content-length': good.length }, body: good.slice(0, good.length / 2), cut: true },
    'less than it says': { headers: { 'content-length': good.length }, body: good.slice(0, 100) },
    nothing: { body: '' },
    'another kind': { headers: { 'content-type': 'text/html' }, body: '<html><body>Sign in</body></html>' },
    'a fault': { status: 500 },
    'too many requests': { status: 429, headers: { 'retry-after': '1' } },
    'a redirect to itself': { status: 302, headers: { location: '/index.yaml' } },
    'a redirect to a file': { status: 302, headers: { location: 'file:///etc/hostname' } },
  };
  const isKept = new Set([
    'half of its text',
    'less than it says',
    'nothing',
    'another kind',
    'a fault',
    'too many requests',
    'a redirect to itself',
    'a redirect to a file',
    'deep nesting',
    'no YAML',
  ]);
  for (const [name, answer] of Object.entries(answers)) {
    const bad = await serveCharts(charts, { fault: (request) => (isIndex(request) ? answer : undefined) });
    writeFileSync(indexOf(home, 'one'), good);
    writeFileSync(config, listed.replace(/http:\/\/127\.0\.0\.1:\d+/, bad.url));
    const before = Date.now();
    const { code, stderr } = await pack(['repo', 'update'], { home });
    const isOld = readFileSync(indexOf(home, 'one'), 'utf8') === good;
    const isWhole = isKept.has(name) ? code === 1 && isOld : code === 0 || isOld;
    check(`an index with ${name}`, isWhole, `${code} kept ${isOld}\n${stderr}`);
    check(`an index with ${name}: no crash`, !stderr.includes('internal error'), stderr);
    check(`an index with ${name}: in time`, Date.now() - before < 20_000);
    if (!isKept.has(name)) {
      const found = await pack(['search', 'repo', '-l', '-o', 'json'], { home });
      check(`an index with ${name} is searched`, !found.stderr.includes('internal error'), found.stderr);
      const pulled = await pack(['pull', 'one/ok', '-d', home], { home, cwd: home });
      check(`an index with ${name} is pulled from`, !pulled.stderr.includes('internal error'), pulled.stderr);
    }
    await bad.close();
  }
  const strays = readdirSync(home).filter(
    (name) => !['config', 'cache', 'data'].includes(name) && !name.endsWith('.tgz'),
  );
  const odd = readdirSync(join(home, 'cache/repository')).filter((name) => !name.startsWith('one-'));
  check('nothing is written where it should not be', strays.length === 0 && odd.length === 0, `${strays} ${odd}`);

  const dripping = await serveCharts(charts, { fault: (request) => (isIndex(request) ? { drip: true } : undefined) });
  const before = Date.now();
  const late = await pack(['repo', 'add', 'late', dripping.url, '--timeout', '1s'], { home });
  const isInTime = late.code === 1 && Date.now() - before < 10_000 && late.stderr.includes('deadline exceeded');
  check('an index that drips is given up', isInTime, late.stderr);
  await dripping.close();
}

/** A million entries are read; what is in them is found. */
async function million() {
  const home = homeOf('million');
  const folder = join(root, 'million-charts');
  mkdirSync(folder);
  const parts = ['apiVersion: v1\nentries:\n'];
  for (let chart = 0; chart < 1000; chart++) {
    parts.push(`  chart-${chart}:\n`);
    for (let version = 999; version >= 0; version--)
      parts.push(`  - {name: chart-${chart}, version: 1.0.${version}, urls: [a.tgz]}\n`);
  }
  writeFileSync(join(folder, 'index.yaml'), parts.join(''));
  const own = await serveCharts(folder);
  const added = await pack(['repo', 'add', 'big', own.url], { home });
  check('an index with a million entries is added', added.code === 0, added.stderr);
  const found = await pack(['search', 'repo', 'chart-999', '-o', 'json'], { home });
  check('and searched', found.stdout.includes('"version":"1.0.999"'), found.stdout.slice(0, 300) + found.stderr);
  await own.close();
}

/** Milliseconds that a command takes from its start to its end. */
async function lasts(run) {
  const before = Date.now();
  await run();
  return Date.now() - before;
}

const MOMENTS = 25;

/** kill -9 in the middle of `dependency update`: charts/ is the old set or the new one, and the lock is of that set. */
async function killedUpdate() {
  const home = homeOf('killed');
  const slow = await serveCharts(charts, { delay: 5 });
  await pack(['repo', 'add', 'one', slow.url], { home });
  const chart = join(home, 'umbrella');
  const sets = [
    [
      ['db', '1.0.0'],
      ['web', '0.1.0'],
    ],
    [
      ['db', '1.5.0'],
      ['web', '1.0.0'],
    ],
  ];
  const update = ['dependency', 'update', chart];
  const names = sets.map((set) => set.map(([name, version]) => `${name}-${version}.tgz`).join());
  write(join(chart, 'Chart.yaml'), umbrella(slow.url, ...sets[0]));
  await pack(update, { home });
  let duration = await lasts(() => pack(update, { home }));
  let [whole, finished] = [0, 0];
  for (let i = 0; i < MOMENTS; i++) {
    const [from, to] = i % 2 === 0 ? [0, 1] : [1, 0];
    write(join(chart, 'Chart.yaml'), umbrella(slow.url, ...sets[from]));
    await pack(update, { home });
    write(join(chart, 'Chart.yaml'), umbrella(slow.url, ...sets[to]));
    const run = startPack(update, { home });
    // Most of what can go wrong does so at the end.
    setTimeout(() => run.child.kill('SIGKILL'), duration * (0.4 + (0.65 * i) / MOMENTS));
    if ((await run.ended).code === 0) {
      finished++;
      // It was measured while the machine did something else.
      duration *= 0.9;
    }
    const left = archivesOf(chart).join();
    await pack(['dependency', 'tree', chart], { home });
    const there = archivesOf(chart).join();
    const lock = readFileSync(join(chart, 'Chart.lock'), 'utf8');
    const isOf = (set) =>
      sets[set].every(([name, version]) => new RegExp(`name: ${name}\\n[^-]*version: ${version}\\n`).test(lock));
    const strays = readdirSync(chart).filter((name) => !['Chart.yaml', 'Chart.lock', 'charts'].includes(name));
    const isWhole = [names[from], names[to], ''].includes(left) && strays.length === 0;
    if (isWhole && ((there === names[from] && isOf(from)) || (there === names[to] && isOf(to)))) whole++;
    else console.log(`moment ${i}: ${left} then ${there}, ${strays}\n${lock}`);
  }
  check('dependency update is whole after kill -9', whole === MOMENTS, `${whole} of ${MOMENTS}`);
  check('most of them were killed before their end', finished < MOMENTS / 2, `${finished} ended by themselves`);
  await slow.close();
}

/** kill -9 in the middle of `repo update`: the index and what is beside it are all old or all new. */
async function killedRefresh() {
  const home = homeOf('killed-refresh');
  const folder = join(root, 'changing');
  mkdirSync(folder);
  const texts = ['alpha', 'omega'].map((name) => {
    const lines = Array.from(
      { length: 5000 },
      (_, i) => `  - {name: ${name}, version: 1.0.${5000 - i}, urls: [a.tgz]}\n`,
    );
    return `apiVersion: v1\nentries:\n  ${name}:\n${lines.join('')}`;
  });
  writeFileSync(join(folder, 'index.yaml'), texts[0]);
  const changing = await serveCharts(folder, { delay: 10 });
  await pack(['repo', 'add', 'one', changing.url], { home });
  writeFileSync(join(folder, 'index.yaml'), texts[1]);
  const duration = await lasts(() => pack(['repo', 'update'], { home }));
  let kept = 0;
  for (let i = 0; i < MOMENTS; i++) {
    writeFileSync(join(folder, 'index.yaml'), texts[i % 2]);
    const run = startPack(['repo', 'update'], { home });
    setTimeout(() => run.child.kill('SIGKILL'), duration * (0.4 + (0.65 * i) / MOMENTS));
    await run.ended;
    const index = readFileSync(indexOf(home, 'one'), 'utf8');
    const name = ['alpha', 'omega'][texts.indexOf(index)];
    const found = await pack(['search', 'repo', '-o', 'json'], { home });
    if (name !== undefined && found.stdout.includes(`one/${name}`)) kept++;
    else console.log(`moment ${i}: ${name} ${index.length} ${found.stdout} ${found.stderr}`);
  }
  check('repo update keeps an index whole after kill -9', kept === MOMENTS, `${kept} of ${MOMENTS}`);
  const { code } = await pack(['repo', 'update'], { home });
  check('and goes on after it', code === 0 && texts.includes(readFileSync(indexOf(home, 'one'), 'utf8')));
  await changing.close();
}

const ROUNDS = 100;

/** Two processes on one list and one cache; in every other round one of them is Helm. */
async function together() {
  const home = homeOf('together');
  const failures = [];
  for (let i = 0; i < ROUNDS; i++) {
    const second = i % 2 === 0 ? pack : helm;
    const both = await Promise.all([
      pack(['repo', 'add', `r${i}-0`, server.url], { home }),
      second(['repo', 'add', `r${i}-1`, server.url], { home }),
    ]);
    for (const { code, stderr } of both) if (code !== 0) failures.push(`${i}: ${stderr}`);
  }
  check('two processes that add repositories both succeed', failures.length === 0, failures.slice(0, 5).join('\n'));
  const { stdout } = await pack(['repo', 'list', '-o', 'json'], { home });
  const names = new Set(JSON.parse(stdout).map(({ name }) => name));
  check('and none is lost', names.size === 2 * ROUNDS, `${names.size} of ${2 * ROUNDS}`);
  const pulls = await Promise.all(
    [0, 1, 2, 3].map((i) => pack(['pull', 'r0-0/web', '-d', homeOf(`pulled-${i}`)], { home })),
  );
  check(
    'one chart is pulled by four at once',
    pulls.every(({ code }) => code === 0),
  );
  const updates = await Promise.all([pack, pack, helm].map((run) => run(['repo', 'update', 'r0-0', 'r1-1'], { home })));
  check(
    'one index is updated by three at once',
    updates.every(({ code }) => code === 0),
  );
  check(
    'and is whole',
    readFileSync(indexOf(home, 'r0-0'), 'utf8') === readFileSync(join(charts, 'index.yaml'), 'utf8'),
  );
  check('and the cache too', (await pack(['cache', 'verify'], { home })).code === 0);
}

/** A disk of one megabyte, and nearly all of it taken. */
async function fullDisk() {
  const disk = join(root, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'pipe' });
  } catch (e) {
    return skip('a full disk', `no tmpfs can be mounted: ${String(e.stderr).trim()}`);
  }
  try {
    const home = homeOf('full');
    const chart = join(disk, 'umbrella');
    const env = { HELM_REPOSITORY_CACHE: join(disk, 'repository') };
    const content = { HELM_CONTENT_CACHE: join(disk, 'content') };
    await pack(['repo', 'add', 'one', server.url], { home, env });
    write(join(chart, 'Chart.yaml'), umbrella(server.url, ['db', '1.0.0']));
    const first = await pack(['dependency', 'update', chart], { home, env });
    check('there is room at first', first.code === 0, first.stderr);
    const lock = readFileSync(join(chart, 'Chart.lock'), 'utf8');
    const index = readFileSync(join(disk, 'repository/one-index.yaml'), 'utf8');
    write(join(chart, 'Chart.yaml'), umbrella(server.url, ['db', '1.5.0'], ['web', '1.0.0']));
    try {
      for (let i = 0; ; i++) writeFileSync(join(disk, `filler-${i}`), Buffer.alloc(4096));
    } catch {
      // Now it is full.
    }
    const ours = await pack(['dependency', 'update', chart, '--skip-refresh'], { home, env });
    check(
      'a full disk is an error of dependency update',
      ours.code === 1 && /no space|ENOSPC/i.test(ours.stderr),
      ours.stderr,
    );
    check(
      'charts/ and the lock are what they were',
      archivesOf(chart).join() === 'db-1.0.0.tgz' && readFileSync(join(chart, 'Chart.lock'), 'utf8') === lock,
    );
    const added = await pack(['repo', 'add', 'two', server.url], { home, env });
    check(
      'a full disk is an error of repo add',
      added.code === 1 && /no space|ENOSPC/i.test(added.stderr),
      added.stderr,
    );
    await pack(['repo', 'update'], { home, env });
    check('the index is what it was', readFileSync(join(disk, 'repository/one-index.yaml'), 'utf8') === index);
    const cached = await pack(['pull', 'one/web', '-d', home], { home, env: { ...env, ...content } });
    check(
      'a full cache is no error of pull',
      cached.code === 0 && existsSync(join(home, 'web-2.0.0.tgz')),
      cached.stderr,
    );
    const full = await pack(['pull', 'one/web', '-d', disk], { home, env });
    check(
      'a full destination is one, and leaves nothing',
      full.code === 1 && !readdirSync(disk).some((name) => name.includes('web-')),
      full.stderr,
    );
  } finally {
    execFileSync('umount', [disk]);
  }
}

/** Files that are links to elsewhere are not written through. */
async function links() {
  const home = homeOf('links');
  await pack(['repo', 'add', 'one', server.url], { home });
  const precious = join(home, 'precious');
  const text = 'dependencies: []\n';
  writeFileSync(precious, text);
  const chart = join(home, 'umbrella');
  write(join(chart, 'Chart.yaml'), umbrella(server.url, ['db', '1.0.0']));
  symlinkSync(precious, join(chart, 'Chart.lock'));
  const update = await pack(['dependency', 'update', chart], { home });
  check('a lock that is a link is refused', update.code === 1 && update.stderr.includes('symlink'), update.stderr);
  check('and charts/ is not made', archivesOf(chart).length === 0);
  rmSync(join(home, 'cache/repository/one-index.yaml'));
  symlinkSync(precious, indexOf(home, 'one'));
  await pack(['repo', 'update'], { home });
  rmSync(indexOf(home, 'one'));
  copyFileSync(join(charts, 'index.yaml'), indexOf(home, 'one'));
  mkdirSync(join(home, 'out'));
  symlinkSync(precious, join(home, 'out/web-2.0.0.tgz'));
  await pack(['pull', 'one/web', '-d', join(home, 'out')], { home });
  check('what links lead to is as it was', readFileSync(precious, 'utf8') === text);
}

try {
  await certificates();
  await credentials();
  await indexes();
  await million();
  await killedUpdate();
  await killedRefresh();
  await together();
  await fullDisk();
  await links();
} finally {
  await server.close();
}
end();
