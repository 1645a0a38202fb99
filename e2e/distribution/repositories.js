// Repositories and dependencies: Helm and pack on the same files and servers, their outputs and what they leave compared.
// PACK_HELM names Helm's binary. Prints `N passed, N failed, N skipped`.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCharts, serveCharts } from '../lib/chart-server.js';
import { suite } from '../lib/suite.js';

const { root, check, helm, pack, write, end } = suite('repositories');

const errorOf = (stderr) => stderr.split('\n').find((line) => line.startsWith('Error: ')) ?? '';

/** Helm offers charts in no order; what it says to the person at the terminal is no word. */
const offered = (text) =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('_activeHelp_'))
    .sort()
    .join('\n');

/** Both programs, each in a home of its own, over the same lines; what each prints must be the same. */
async function transcript(title, lines, { files = {} } = {}) {
  const runs = {};
  for (const [name, run] of [
    ['helm', helm],
    ['pack', pack],
  ]) {
    const home = join(root, `${title}-${name}`);
    const cwd = join(home, 'work');
    mkdirSync(cwd, { recursive: true });
    for (const [path, content] of Object.entries(files)) write(join(cwd, path), content);
    runs[name] = [];
    for (const line of lines) {
      const { code, stdout, stderr } = await run(line, { home, cwd, input: 'secret\n' });
      const clean = (text) =>
        text
          .replaceAll(home, 'HOME')
          .replace('"helm ', '"pack ')
          .replace(/\.tgz\d+:/, '.tgz:');
      const out = line[0] === '__complete' ? offered(stdout) : stdout;
      runs[name].push({ code, stdout: clean(out), error: clean(errorOf(stderr)) });
    }
  }
  for (const [i, line] of lines.entries()) {
    const [a, b] = [JSON.stringify(runs.helm[i], null, 1), JSON.stringify(runs.pack[i], null, 1)];
    check(`${title}: ${line.join(' ')}`, a === b, `helm ${a}\npack ${b}`);
  }
}

const charts = join(root, 'charts');
await makeCharts(charts, pack);
const server = await serveCharts(charts);
const secured = await serveCharts(charts, { password: 'secret' });
const broken = await serveCharts(charts, {
  fault: ({ path }) => {
    if (path === '/index.yaml') return { body: 'entries: {a: [' };
    return undefined;
  },
});

await transcript('repositories', [
  ['repo', 'list'],
  ['repo', 'list', '-o', 'json'],
  ['repo', 'update'],
  ['search', 'repo'],
  ['repo', 'remove', 'x'],
  ['repo', 'add', 'one', server.url],
  ['repo', 'add', 'one', server.url],
  ['repo', 'add', 'one', `${server.url}/`],
  ['repo', 'add', 'one', server.url, '--force-update'],
  ['repo', 'add', 'a/b', server.url],
  ['repo', 'add', 'gone', 'https://kubernetes-charts.storage.googleapis.com'],
  ['repo', 'add', 'closed', 'http://127.0.0.1:1'],
  ['repo', 'add', 'bad', broken.url],
  ['repo', 'add', 'ftp', 'ftp://127.0.0.1/x'],
  ['repo', 'add', 'locked', secured.url],
  ['repo', 'add', 'locked', secured.url, '--username', 'user', '--password', 'wrong'],
  ['repo', 'add', 'locked', secured.url, '--username', 'user', '--password-stdin'],
  ['repo', 'add', 'one'],
  ['repo', 'list'],
  ['repo', 'ls', '-o', 'yaml'],
  ['repo', 'list', '-o', 'xml'],
  ['repo', 'list', '--no-headers'],
  ['repo', 'update', 'one'],
  ['repo', 'update', 'nope'],
  ['search', 'repo', 'web'],
  ['search', 'repo', 'storage', '-l'],
  ['search', 'repo', 'one/', '--devel'],
  ['search', 'repo', '--version', '<1', '-l', '-o', 'json'],
  ['search', 'repo', 'w.b', '-r', '-o', 'yaml'],
  ['search', 'repo', '(', '-r'],
  ['search', 'repo', 'nothing-like-it'],
  ['search', 'repo', 'nothing-like-it', '--fail-on-no-result'],
  ['search', 'repo', '--max-col-width', '12'],
  ['search', 'repo', '--version', 'x.y.z.w'],
  ['pull', 'one/web'],
  ['pull', 'one/web', '--version', '~0.2'],
  ['pull', 'one/web', '--devel'],
  ['pull', 'one/web', '--version', '9.9.9'],
  ['pull', 'one/none'],
  ['pull', 'none/web'],
  ['pull', 'web'],
  ['pull', `${server.url}/db-1.5.0.tgz`],
  ['pull', `${server.url}/db-9.tgz`],
  ['pull', 'db', '--repo', server.url, '--version', '1.0.0'],
  ['pull', 'db', '--repo', server.url, '--version', '7.x'],
  ['pull', 'nope', '--repo', server.url],
  ['pull', 'locked/db'],
  ['pull', 'db', '--repo', secured.url],
  ['pull', 'db', '--repo', secured.url, '--username', 'user', '--password', 'secret'],
  ['pull', `${secured.url}/db-1.5.0.tgz`, '--username', 'user', '--password', 'secret'],
  ['pull', `${server.url}`],
  ['pull', 'ftp://127.0.0.1/x.tgz'],
  ['pull', 'one/db', '--prov'],
  ['pull', 'one/db', '--verify'],
  ['pull', 'one/db', '--ca-file', 'nope'],
  ['pull', 'one/db', '--cert-file', 'nope', '--key-file', 'nope'],
  ['pull', 'one/db', '--content-cache', '/dev/null/x'],
  ['pull', 'one/db', '-d', 'nowhere'],
  ['pull', 'one/db', '--untar'],
  ['pull', 'one/db', '--untar'],
  ['pull', 'one/db', '--untar', '--untardir', 'under'],
  ['show', 'chart', 'one/web'],
  ['show', 'chart', 'one/web', '--version', '0.1.0'],
  ['show', 'chart', 'one/none'],
  ['show', 'values', 'none/web'],
  ['show', 'readme', './web'],
  ['show', 'chart', 'one/web', '--verify'],
  ['repo', 'add', 'late', server.url, '--timeout', '1ns'],
  ['repo', 'add', 'late', server.url, '--timeout', 'soon'],
  ['search', 'repo', '--max-col-width', 'wide'],
  ['template', 'x', 'one/db'],
  ['template', 'x', 'db', '--repo', server.url],
  ['template', 'x', `${server.url}/db-1.5.0.tgz`],
  ['repo', 'remove', 'one', 'none'],
  ['repo', 'rm', 'locked'],
  ['repo', 'list'],
]);

const umbrella = (name) =>
  `apiVersion: v2\nname: ${name}\nversion: 0.1.0\ndependencies:\n- {name: db, version: 1.x, repository: ${server.url}}\n`;
await transcript(
  'missing',
  [
    ['repo', 'add', 'one', server.url],
    ['template', 'x', 'u'],
    ['template', 'x', 'u', '--dependency-update'],
    ['template', 'x', 'u', '--dependency-update'],
    ['package', 'v'],
    ['package', 'v', '-u'],
  ],
  { files: { 'u/Chart.yaml': umbrella('u'), 'v/Chart.yaml': umbrella('v') } },
);

const hubChart = (name, description) => ({
  id: `tests/${name}`,
  artifactHub: { packageUrl: `https://hub.example.com/packages/helm/tests/${name}` },
  attributes: { name, description, repo: { name: 'tests', url: 'https://charts.example.com' } },
  relationships: { latestChartVersion: { data: { version: '1.2.3', app_version: '4.5' } } },
});
const hubOf = (answer) =>
  serveCharts(charts, { fault: ({ path }) => (path.startsWith('/api/chartsvc/') ? answer : undefined) });
const hubs = await Promise.all([
  hubOf({
    body: JSON.stringify({ data: [hubChart('web', 'A <b> & very long description '.repeat(4)), hubChart('db', '')] }),
  }),
  hubOf({ body: '{"data": []}' }),
  hubOf({ status: 500, body: 'no' }),
  hubOf({ body: '{"data": [' }),
  hubOf({ body: '{"data": [{}]}' }),
]);
const [hub, emptyHub, ...badHubs] = hubs.map(({ url }) => ['--endpoint', url]);
await transcript('hub', [
  ['search', 'hub', 'web', ...hub],
  ['search', 'hub', ...hub],
  ['search', 'hub', 'a', 'b', ...hub, '--list-repo-url'],
  ['search', 'hub', 'web', ...hub, '--max-col-width', '0'],
  ['search', 'hub', 'web', ...hub, '-o', 'json'],
  ['search', 'hub', 'web', ...hub, '-o', 'yaml'],
  ['search', 'hub', 'web', ...hub, '-o', 'xml'],
  ['search', 'hub', 'web', ...emptyHub],
  ['search', 'hub', 'web', ...emptyHub, '-o', 'json'],
  ['search', 'hub', 'web', ...emptyHub, '--fail-on-no-result'],
  ['search', 'hub', 'web', ...emptyHub, '--fail-on-no-result', '-o', 'yaml'],
  ...badHubs.map((bad) => ['search', 'hub', 'web', ...bad]),
  ['search', 'hub', 'web', '--endpoint', 'http://127.0.0.1:1'],
  ['search', 'hub', 'web', '--endpoint', 'nonsense'],
  ['search', 'hub', 'web', '--endpoint', 'ftp://x'],
]);
await Promise.all(hubs.map((one) => one.close()));

const complete = (...words) => ['__complete', ...words];
await transcript(
  'completion',
  [
    complete('pull', ''),
    ['repo', 'add', 'one', server.url],
    ['repo', 'add', 'other', server.url],
    complete('repo', 'remove', ''),
    complete('repo', 'remove', 'one', ''),
    complete('repo', 'update', ''),
    complete('repo', 'list', ''),
    complete('repo', 'add', ''),
    complete('repo', 'index', ''),
    complete('pull', ''),
    complete('pull', 'o'),
    complete('pull', 'ht'),
    complete('pull', 'zz'),
    complete('pull', './'),
    complete('pull', 'oci://'),
    complete('pull', 'https://x'),
    complete('pull', 'one/'),
    complete('pull', 'one/web', ''),
    complete('pull', 'one/web', '--version', ''),
    complete('pull', 'one/web', '--version='),
    complete('pull', 'one/none', '--version', ''),
    complete('pull', '--version', ''),
    complete('show', 'chart', ''),
    complete('show', 'values', 'o'),
    complete('show', 'values', 'w'),
    complete('show', 'values', './'),
    complete('show', 'chart', 'one/'),
    complete('show', 'chart', 'one/db', '--version', ''),
    complete('template', ''),
    complete('template', 'x', ''),
    complete('template', 'x', 'one/'),
    complete('template', 'x', 'one/web', ''),
    complete('template', '-g', 'one/'),
    complete('template', 'x', 'one/db', '--version', ''),
    complete('template', 'one/db', '--version', ''),
    complete('template', '-g', 'one/db', '--version', ''),
  ],
  { files: { 'wonder/Chart.yaml': 'x', 'other.tgz': '' } },
);

const dependent = (...lines) =>
  `apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n${lines.map((line) => `- ${line}\n`).join('')}`;
await transcript(
  'dependencies',
  [
    ['dependency', 'update', 'unlisted'],
    ['dependency', 'list', 'unlisted'],
    ['repo', 'add', 'one', server.url],
    ['dependency', 'update', 'unlisted'],
    ['dep', 'up', 'unlisted', '--skip-refresh'],
    ['dependency', 'build', 'unlisted'],
    ['dependency', 'update', 'named', '--verify'],
    ['dependency', 'update', 'named'],
    ['dependency', 'build', 'named', '--verify'],
    ['dependency', 'build', 'stale'],
    ['dependency', 'update', 'stale', '--ca-file', 'nope'],
    ['dependency', 'build', 'named'],
    ['dependency', 'update', 'unnamed'],
    ['dependency', 'update', 'no-url'],
    ['dependency', 'update', 'no-chart'],
    ['dependency', 'update', 'no-version'],
    ['dependency', 'update', 'none'],
    ['dependency', 'build', 'none'],
    ['package', 'none', '-u'],
    ['dependency', 'list', 'none'],
    ['dependency', 'update', 'legacy'],
    ['dependency', 'build', 'legacy'],
    ['dependency', 'update', 'unlisted/Chart.yaml'],
    ['dependency', 'update', 'nowhere'],
    ['dependency', 'update', 'a', 'b'],
  ],
  {
    files: {
      'unlisted/Chart.yaml': dependent(
        `{name: db, version: 1.x, repository: ${server.url}}`,
        `{name: db, alias: again, version: 1.x, repository: ${server.url}}`,
      ),
      'stale/Chart.yaml': dependent(`{name: db, version: 1.x, repository: ${server.url}}`),
      'stale/Chart.lock': `dependencies:\n- name: db\n  repository: ${server.url}\n  version: 1.0.0\ndigest: sha256:0\ngenerated: "2020-01-01T00:00:00Z"\n`,
      'named/Chart.yaml': dependent('{name: db, version: 1.x, repository: "@one"}'),
      'unnamed/Chart.yaml': dependent('{name: db, version: 1.x, repository: "@two"}'),
      'no-url/Chart.yaml': dependent('{name: db, version: 1.x, repository: stable}'),
      'no-chart/Chart.yaml': dependent(`{name: nope, version: 1.x, repository: ${server.url}}`),
      'no-version/Chart.yaml': dependent(`{name: db, version: 77.x, repository: ${server.url}}`),
      'none/Chart.yaml': 'apiVersion: v2\nname: umbrella\nversion: 0.1.0\n',
      'legacy/Chart.yaml': 'apiVersion: v1\nname: umbrella\nversion: 0.1.0\n',
      'legacy/requirements.yaml': `dependencies:\n- {name: db, version: 1.x, repository: ${server.url}}\n`,
    },
  },
);

async function known() {
  const home = join(root, 'shared');
  const file = join(home, 'config/repositories.yaml');
  await helm(['repo', 'add', 'of-helm', server.url], { home });
  await pack(['repo', 'add', 'of-pack', secured.url, '--username', 'user', '--password', 'secret'], { home });
  for (const [name, run] of [
    ['helm', helm],
    ['pack', pack],
  ]) {
    const { stdout } = await run(['repo', 'list', '-o', 'json'], { home });
    check(
      `${name} lists what both added`,
      JSON.parse(stdout)
        .map((r) => r.name)
        .join() === 'of-helm,of-pack',
      stdout,
    );
    const found = await run(['search', 'repo', 'of-helm/web'], { home });
    check(`${name} searches what both fetched`, found.stdout.includes('of-helm/web'), found.stderr);
  }
  const before = readFileSync(file, 'utf8');
  await pack(['repo', 'add', 'third', server.url], { home });
  await helm(['repo', 'remove', 'third'], { home });
  const mask = (text) => text.replace(/^generated: .*$/m, 'generated: *');
  check(
    'what pack added and helm removed leaves the file as it was',
    mask(readFileSync(file, 'utf8')) === mask(before),
  );
}

async function unchanged() {
  const home = join(root, 'etag');
  await pack(['repo', 'add', 'one', server.url], { home });
  const before = server.requests.length;
  const { code } = await pack(['repo', 'update'], { home });
  const asked = server.requests.slice(before);
  check(
    'an index that has not changed is asked for by its tag',
    code === 0 && asked[0]?.headers['if-none-match'] !== undefined,
  );
}

async function index() {
  for (const flags of [[], ['--url', 'https://charts.example.com/x'], ['--json']]) {
    const texts = [];
    for (const [name, run] of [
      ['helm', helm],
      ['pack', pack],
    ]) {
      const folder = join(root, `index-${name}`);
      cpSync(charts, folder, { recursive: true });
      rmSync(join(folder, 'index.yaml'));
      await run(['repo', 'index', folder, ...flags], { home: join(root, 'maker') });
      const text = readFileSync(join(folder, 'index.yaml'), 'utf8');
      texts.push(text.replaceAll(/"?\d{4}-\d\d-\d\dT[^\s",]+"?/g, 'TIME'));
      rmSync(folder, { recursive: true });
    }
    check(`repo index ${flags.join(' ')}`, texts[0] === texts[1], texts.join('\n=====\n').slice(0, 3000));
  }
}

const ranges = [
  '0.1.0',
  '=0.2.0',
  '!=2.0.0',
  '>0.1',
  '>=0.2.0',
  '<1',
  '<=1.0.0',
  '~0.2',
  '~0.2.0',
  '~1',
  '^0.1.0',
  '^0.2.0',
  '^1.0.0',
  '0.x',
  '0.2.x',
  '1.*',
  '*',
  '',
  '>=0.1.0 <1.0.0',
  '>=0.1.0, <1.0.0',
  '0.1.0 || 2.0.0',
  '0.1.0 - 1.0.0',
  '>0.1.0-0',
  '^1.1.0-0',
  '>=1.1.0-rc.1',
  '1.1.0-rc.1',
  '1.2.3+build.5',
  '~1.2.3',
  '1.2',
  'v1.0.0',
  '>1.0.0 !=1.2.3',
  '<2 >1',
  '>=2',
  '^2',
  '~2.0',
  '2.0.0',
  '=>1.0',
  '=<1.0',
  '~>0.2',
  '1.0.0-0 - 2.0.0',
  '9.9.9',
  '>5',
  'not a range',
  '1..2',
  '>= 0.1',
  '< 0.2',
  '^0',
  '~0',
  '0',
  '1',
  '2',
  '<0.1.0',
  '^0.0.1',
  '!=0.1.0 <0.2.1',
  '>=1.0.0 <2.0.0 || 0.1.0',
];
const shapes = ranges
  .map((range) => `- {name: web, version: ${JSON.stringify(range)}, repository: URL}`)
  .concat([
    '- {name: db, version: "1.x", repository: URL}\n- {name: web, version: "1.x", repository: URL}',
    '- {name: web, version: "0.1.0", repository: URL}\n- {name: web, alias: w2, version: "0.2.0", repository: URL}',
    '- {name: web, alias: w2, version: "0.x", repository: URL, condition: a.b, tags: [x, y], import-values: [data, {child: a, parent: b}]}',
    '- {name: web, version: "0.x", repository: "@one"}',
    '- {name: web, version: "0.x", repository: "alias:one"}',
    '- {name: web, version: "0.x", repository: "@none"}',
    '- {name: none, version: "0.x", repository: URL}',
    '- {name: near, version: "0.x", repository: "file://../near"}',
    '- {name: near, version: "9.x", repository: "file://../near"}',
    '- {name: near, version: "0.x", repository: "file://../nowhere"}',
    '- {name: inside, version: "0.1.0", repository: ""}',
    '- {name: web, version: "0.x", repository: "http://127.0.0.1:1"}',
  ]);

/** Chart.lock without its time, and without the digests of archives that Helm does not write. */
const lockOf = (folder) => {
  const path = join(folder, 'Chart.lock');
  if (!existsSync(path)) return 'none';
  return readFileSync(path, 'utf8')
    .replace(/^generated: .*$/m, '')
    .replaceAll(/^ {2}digest: .*\n/gm, '')
    .replaceAll(/^- digest: .*\n {2}/gm, '- ');
};

const archivesOf = (folder) => (existsSync(join(folder, 'charts')) ? readdirSync(join(folder, 'charts')).sort() : []);

async function dependencies() {
  const home = join(root, 'dependencies');
  await pack(['repo', 'add', 'one', server.url], { home });
  let n = 0;
  for (const shape of shapes) {
    const at = join(home, `case-${n++}`);
    write(join(at, 'near/Chart.yaml'), 'apiVersion: v2\nname: near\nversion: 0.3.0\n');
    for (const name of ['helm', 'pack']) {
      write(
        join(at, name, 'Chart.yaml'),
        `apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n${shape.replaceAll('URL', JSON.stringify(server.url))}\n`,
      );
      if (shape.includes('inside'))
        write(join(at, name, 'charts/inside/Chart.yaml'), 'apiVersion: v2\nname: inside\nversion: 0.1.0\n');
    }
    const theirs = await helm(['dependency', 'update', join(at, 'helm'), '--skip-refresh'], { home });
    const ours = await pack(['dependency', 'update', join(at, 'pack'), '--skip-refresh'], { home });
    const [a, b] = ['helm', 'pack'].map((name) => join(at, name));
    check(`dependency update of ${shape}: exit code`, theirs.code === ours.code, `${theirs.stderr}\n${ours.stderr}`);
    const said = ({ stdout, stderr }, name) =>
      `${stdout}${errorOf(stderr)}`.replaceAll(join(at, name), 'AT').replaceAll('pack dep', 'helm dep');
    // Of a server that is not there Helm says that nothing is cached of it, pack what happened.
    const isGone = shape.includes('127.0.0.1:1"');
    check(
      `dependency update of ${shape}: output`,
      isGone || said(theirs, 'helm') === said(ours, 'pack'),
      `${said(theirs, 'helm')}\n${said(ours, 'pack')}`,
    );
    check(`dependency update of ${shape}: lock`, lockOf(a) === lockOf(b), `${lockOf(a)}\n${lockOf(b)}`);
    check(
      `dependency update of ${shape}: charts/`,
      archivesOf(a).join() === archivesOf(b).join(),
      `${archivesOf(a)}\n${archivesOf(b)}`,
    );
    if (theirs.code !== 0 || ours.code !== 0) continue;
    const built = await helm(['dependency', 'build', b, '--skip-refresh'], { home });
    check(`helm builds from pack's lock of ${shape}`, built.code === 0, built.stderr);
    const rebuilt = await pack(['dependency', 'build', a, '--skip-refresh'], { home });
    check(`pack builds from helm's lock of ${shape}`, rebuilt.code === 0, rebuilt.stderr);
  }
}

async function trust() {
  const home = join(root, 'trust');
  const folder = join(root, 'republished');
  cpSync(charts, folder, { recursive: true });
  const own = await serveCharts(folder);
  await pack(['repo', 'add', 'one', own.url], { home });
  const chart = join(home, 'umbrella');
  write(
    join(chart, 'Chart.yaml'),
    `apiVersion: v2\nname: u\nversion: 0.1.0\ndependencies:\n- {name: db, version: 1.0.0, repository: ${own.url}}\n`,
  );
  check('a lock is made', (await pack(['dependency', 'update', chart], { home })).code === 0);
  const lock = readFileSync(join(chart, 'Chart.lock'), 'utf8');
  const sha = createHash('sha256')
    .update(readFileSync(join(folder, 'db-1.0.0.tgz')))
    .digest('hex');
  check('the lock has the digest of the archive', lock.includes(`digest: sha256:${sha}`), lock);
  cpSync(join(folder, 'db-1.5.0.tgz'), join(folder, 'db-1.0.0.tgz'));
  rmSync(join(home, 'cache/content'), { recursive: true, force: true });
  const wrong = await pack(['pull', 'one/db', '--version', '1.0.0'], { home });
  check(
    'an archive that is not what the index says is refused',
    wrong.code === 1 && wrong.stderr.includes('has digest sha256:'),
    wrong.stderr,
  );
  const built = await pack(['dependency', 'build', chart], { home });
  check(
    'a version that was published anew is refused',
    built.code === 1 && built.stderr.includes('digest'),
    built.stderr,
  );
  check('charts/ is what it was', archivesOf(chart).join() === 'db-1.0.0.tgz');
  const told = await pack(['pull', 'one/db', '--version', '1.0.0', '--allow-digest-mismatch', '-d', home], { home });
  check('--allow-digest-mismatch takes it', told.code === 0, told.stderr);
  const offline = await pack(['pull', 'one/web', '--offline', '-d', home], { home });
  check('--offline says what is not in the cache', offline.code === 1, offline.stderr);
  await pack(['pull', 'one/web', '-d', home], { home });
  await own.close();
  check(
    '--offline answers from the cache',
    (await pack(['pull', 'one/web', '--offline', '-d', home], { home })).code === 0,
  );
  check('the cache verifies', (await pack(['cache', 'verify'], { home })).code === 0);

  const linked = join(home, 'linked');
  write(join(linked, 'Chart.yaml'), readFileSync(join(chart, 'Chart.yaml'), 'utf8').replace(own.url, server.url));
  write(join(home, 'precious'), 'precious');
  symlinkSync(join(home, 'precious'), join(linked, 'Chart.lock'));
  const through = await pack(['dependency', 'update', linked], { home });
  check(
    'a lock that is a link is not written through',
    through.code === 1 && readFileSync(join(home, 'precious'), 'utf8') === 'precious',
    through.stderr,
  );
}

async function faults() {
  const home = join(root, 'faults');
  await pack(['repo', 'add', 'one', server.url], { home });
  const cached = join(home, 'cache/repository/one-index.yaml');
  const before = readFileSync(cached, 'utf8');
  const config = join(home, 'config/repositories.yaml');
  const answers = [
    ['that is cut', { headers: { 'content-length': 999999 }, body: before.slice(0, 100), cut: true }],
    ['of another kind', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['of 500', { status: 500 }],
    [
      'that names charts that are none',
      { body: 'apiVersion: v1\nentries: {"../x": [{name: ../x, version: 1.0.0, urls: [a]}], "a\\0b": []}\n' },
    ],
  ];
  for (const [name, answer] of answers) {
    const bad = await serveCharts(charts, { fault: ({ path }) => (path === '/index.yaml' ? answer : undefined) });
    writeFileSync(config, readFileSync(config, 'utf8').replace(/http:\/\/127.0.0.1:\d+/, bad.url));
    const { code, stderr } = await pack(['repo', 'update'], { home });
    const kept = name.includes('none') || (code === 1 && readFileSync(cached, 'utf8') === before);
    check(`an index ${name} keeps the old one`, kept, stderr);
    await bad.close();
  }
  check(
    'nothing is written outside the cache',
    !existsSync(join(home, 'cache/x-index.yaml')) && !existsSync(join(home, 'cache/repository/../x')),
  );
}

try {
  await known();
  await unchanged();
  await index();
  await dependencies();
  await trust();
  await faults();
} finally {
  await Promise.all([server, secured, broken].map((s) => s.close()));
}
end();
