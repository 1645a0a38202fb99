// What pack does with dependencies, caches and searches that Helm does not. Where Helm can say whether the result is a
// chart, it is asked. PACK_HELM names Helm's binary. Prints `N passed, N failed, N skipped`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCharts, serveCharts } from '../lib/chart-server.js';
import { startRegistry } from '../lib/registry.js';
import { suite } from '../lib/suite.js';

const { root, check, skip, helm, pack, write, end } = suite('dependencies');
const folder = join(root, 'charts');
await makeCharts(folder, pack);
const server = await serveCharts(folder);
const home = join(root, 'home');

/** `dependencies`: [name, range, repository] each. */
const chartYaml = (name, version, ...dependencies) => {
  const lines = dependencies.map(
    ([other, range, repository = server.url]) =>
      `- {name: ${other}, version: "${range}", repository: "${repository}"}\n`,
  );
  return `apiVersion: v2\nname: ${name}\nversion: ${version}\n${lines.length > 0 ? 'dependencies:\n' : ''}${lines.join('')}`;
};

/** Puts charts that depend on each other into the repository. */
async function publish(...charts) {
  for (const [i, [name, version, ...dependencies]] of charts.entries()) {
    const source = join(root, 'sources', String(i), name);
    rmSync(source, { recursive: true, force: true });
    write(join(source, 'Chart.yaml'), chartYaml(name, version, ...dependencies));
    // Without what they depend on: that is for who uses them.
    execFileSync('tar', ['-czf', join(folder, `${name}-${version}.tgz`), '-C', join(source, '..'), name]);
  }
  await pack(['repo', 'index', folder], { home });
  await pack(['repo', 'update'], { home });
}

function chartOf(name, ...dependencies) {
  const path = join(root, 'own', name);
  write(join(path, 'Chart.yaml'), chartYaml(name, '0.1.0', ...dependencies));
  write(join(path, 'templates/a.yaml'), 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: own}\n');
  return path;
}

const archivesOf = (chart) =>
  existsSync(join(chart, 'charts')) ? readdirSync(join(chart, 'charts')).sort().join() : '';

async function expect(title, args, { code = 0, out = [], err = [], not = [], options = {} } = {}) {
  const result = await pack(args, { home, cwd: root, ...options });
  const isGood =
    result.code === code &&
    out.every((text) => result.stdout.includes(text)) &&
    err.every((text) => result.stderr.includes(text)) &&
    not.every((text) => !(result.stdout + result.stderr).includes(text));
  check(`${title}: ${args.slice(0, 2).join(' ')}`, isGood, JSON.stringify(result, null, 1));
  return result;
}

async function recursive() {
  await publish(
    ['leaf', '1.0.0'],
    ['leaf', '1.5.0'],
    ['leaf', '2.0.0'],
    ['left', '1.0.0', ['leaf', '^1.0.0']],
    ['right', '1.0.0', ['leaf', '>=1.0.0 <1.2.0']],
    ['other', '1.0.0', ['leaf', '^2.0.0']],
    ['round', '1.0.0', ['about', '^1.0.0']],
    ['about', '1.0.0', ['round', '^1.0.0']],
  );
  const chart = chartOf('diamond', ['left', '1.x'], ['right', '1.x']);
  await expect('one version for all', ['dependency', 'update', chart, '--recursive'], { out: ['leaf'] });
  const lock = readFileSync(join(chart, 'Chart.lock'), 'utf8');
  check('the lock has what the dependencies depend on', /leaf[^-]*version: 1\.0\.0/.test(lock), lock);
  await expect('a tree', ['dependency', 'tree', chart], { out: ['diamond', 'left', 'leaf', '1.0.0'], not: ['1.5.0'] });
  const { stdout } = await expect('a tree', ['dependency', 'tree', chart, '-o', 'json']);
  check('a tree as JSON', JSON.parse(stdout).dependencies?.length === 2, stdout);
  await expect('a tree', ['dependency', 'tree', chart, '-o', 'dot'], { out: ['digraph', '->'] });
  await expect('a tree', ['dependency', 'tree', chart, '-o', 'xml'], { code: 1, err: ['invalid format type'] });
  await expect('both ways', ['dependency', 'why', 'leaf', chart], { out: ['left', 'right', '^1.0.0', '<1.2.0'] });
  await expect('no way', ['dependency', 'why', 'nothing', chart], { code: 1, err: ['does not depend on nothing'] });
  const listed = await helm(['dependency', 'list', chart], { home });
  check('helm finds all there', listed.code === 0 && !/missing|wrong/.test(listed.stdout), listed.stdout);
  const rendered = await helm(['template', 'x', chart], { home });
  check('helm renders it', rendered.code === 0, rendered.stderr);
  const built = await helm(['dependency', 'build', chart, '--skip-refresh'], { home });
  check('helm builds from a lock of the whole tree', built.code === 0, built.stderr);
  await expect('the tree is put back', ['dependency', 'build', chart]);
  await expect('the tree is put back', ['dependency', 'why', 'leaf', chart], { out: ['left'] });

  const torn = chartOf('torn', ['left', '1.x'], ['other', '1.x']);
  await expect('no version for all', ['dependency', 'update', torn, '--recursive'], {
    code: 1,
    err: ['left', 'other', '^1.0.0', '^2.0.0'],
  });
  check('and nothing is written', archivesOf(torn) === '' && !existsSync(join(torn, 'Chart.lock')));
  const cycle = chartOf('cycle', ['round', '1.x']);
  await expect('a cycle is named', ['dependency', 'update', cycle, '--recursive'], {
    code: 1,
    err: ['round', 'about'],
  });
}

async function locks() {
  const chart = chartOf('locked', ['leaf', '^1.0.0']);
  await expect('a dry run', ['dependency', 'update', chart, '--dry-run'], { out: ['leaf', '1.5.0'] });
  check('changes nothing', archivesOf(chart) === '' && !existsSync(join(chart, 'Chart.lock')));
  await expect('without a lock', ['dependency', 'update', chart, '--locked'], {
    code: 1,
    err: ['there is no lock file'],
  });
  await expect('an update', ['dep', 'up', chart]);
  check('makes it', archivesOf(chart) === 'leaf-1.5.0.tgz', archivesOf(chart));
  await expect('the same lock', ['dependency', 'update', chart, '--locked']);
  await expect('nothing new', ['dependency', 'outdated', chart], { out: ['leaf', '1.5.0', '2.0.0'] });
  await publish(['leaf', '1.6.0']);
  await expect('another lock', ['dependency', 'update', chart, '--locked'], { code: 1, err: ['would change'] });
  check('leaves it', archivesOf(chart) === 'leaf-1.5.0.tgz', archivesOf(chart));
  const { stdout } = await expect('something new', ['dependency', 'outdated', chart, '-o', 'json']);
  const [{ name, current, wanted, latest } = {}] = JSON.parse(stdout);
  check('outdated as JSON', [name, current, wanted, latest].join() === 'leaf,1.5.0,1.6.0,2.0.0', stdout);
  rmSync(join(chart, 'charts'), { recursive: true });
  await expect('what is locked', ['dependency', 'build', chart]);
  check('is what is built', archivesOf(chart) === 'leaf-1.5.0.tgz', archivesOf(chart));
  await expect('the newest', ['dependency', 'update', chart]);
  check('comes with an update', archivesOf(chart) === 'leaf-1.6.0.tgz', archivesOf(chart));
}

async function cache() {
  const contents = join(home, 'cache/content');
  const { stdout } = await expect('the cache', ['cache', 'list', '-o', 'json']);
  const held = JSON.parse(stdout);
  check('holds what was fetched', held.length > 0 && held.every(({ digest, size }) => digest && size > 0), stdout);
  await expect('as a table', ['cache', 'ls'], { out: ['DIGEST', held[0].digest] });
  await expect('all is well', ['cache', 'verify'], { out: ['all as they should be'] });
  const { digest } = held.find(({ kind }) => kind === 'chart');
  const path = join(contents, digest.slice(0, 2), `${digest}.chart`);
  writeFileSync(path, 'changed');
  await expect('what was changed', ['cache', 'verify', '--keep'], { code: 1, out: [digest] });
  await expect('what was changed', ['cache', 'verify'], { code: 1, out: [digest] });
  check('is removed', !existsSync(path));
  await expect('afterwards', ['cache', 'verify']);

  const chart = chartOf('offline', ['leaf', '^1.0.0']);
  await expect('with the network', ['dependency', 'update', chart]);
  const before = server.requests.length;
  rmSync(join(chart, 'charts'), { recursive: true });
  await expect('without it', ['dependency', 'update', chart, '--offline']);
  await expect('without it', ['dependency', 'build', chart, '--offline']);
  await expect('without it', ['pull', 'one/leaf', '--version', '1.6.0', '--offline', '-d', root]);
  await expect('without it', ['show', 'chart', 'one/leaf', '--version', '1.6.0', '--offline'], { out: ['name: leaf'] });
  await expect('without it', ['template', 'x', 'one/leaf', '--version', '1.6.0', '--offline']);
  await expect('what is not there', ['pull', 'one/web', '--version', '0.2.0', '--offline'], {
    code: 1,
    err: ['is not in the cache', '--offline'],
  });
  check('no server was asked', server.requests.length === before);

  await expect('what would go', ['cache', 'prune', '--dry-run'], { out: ['Would remove'] });
  await expect('what is old', ['cache', 'prune', '--older-than', '1h'], { out: ['Removed 0 files'] });
  await expect('all', ['cache', 'prune'], { out: ['Removed'] });
  check('is gone', JSON.parse((await pack(['cache', 'list', '-o', 'json'], { home })).stdout).length === 0);
}

async function search() {
  await expect('an error of typing', ['search', 'repo', '--fuzzy', 'lefa', '-o', 'json'], { out: ['one/leaf'] });
  await expect('a word of the description', ['search', 'repo', '--fuzzy', 'storrage'], { out: ['one/db'] });
  await expect('nothing like it', ['search', 'repo', '--fuzzy', 'zzzzzzzzzz', '--fail-on-no-result'], { code: 1 });
}

/** A registry that lists its repositories is searched as an index is. */
async function registry() {
  const running = await startRegistry();
  const at = `oci://${running.host}`;
  try {
    for (const [archive, place] of [
      ['web-1.0.0.tgz', 'team/web'],
      ['web-2.0.0.tgz', 'team/web'],
      ['web-1.1.0-rc.1.tgz', 'team/web'],
      ['db-1.5.0.tgz', 'team/data'],
      ['leaf-1.0.0.tgz', 'other'],
    ])
      await pack(['push', join(folder, archive), `${at}/${place.replace(/\/web$/, '')}`], { home });
    const namesOf = ({ stdout }) =>
      JSON.parse(stdout).map(({ name, version }) => `${name.slice(at.length)}:${version}`);
    const line = (...words) => ['search', 'repo', ...words, '-o', 'json'];
    const cases = [
      ['all of it', line(at), '/other/leaf:1.0.0,/team/data/db:1.5.0,/team/web:2.0.0'],
      ['a namespace', line(`${at}/team`), '/team/data/db:1.5.0,/team/web:2.0.0'],
      ['a word', line(`${at}/team`, 'storage'), '/team/data/db:1.5.0'],
      ['all versions', line(`${at}/team`, 'web', '-l'), '/team/web:2.0.0,/team/web:1.0.0'],
      ['a range', line(`${at}/team`, 'web', '--version', '<2'), '/team/web:1.0.0'],
      ['a typing error', line(at, 'lefa', '--fuzzy'), '/other/leaf:1.0.0'],
      ['nothing', line(`${at}/nobody`), ''],
    ];
    for (const [title, args, names] of cases) {
      const result = await pack(args, { home });
      const isFound = result.code === 0 && namesOf(result).sort().join() === names.split(',').sort().join();
      check(`a registry is searched for ${title}`, isFound, JSON.stringify(result));
    }
    await expect('a name for a registry', ['repo', 'add', 'team', `${at}/team`]);
    for (const [title, args, names] of [
      ['all of it', line('team/'), 'team/data/db,team/web'],
      ['a word', line('team/web'), 'team/web'],
    ]) {
      const { stdout } = await pack(args, { home });
      const found = JSON.parse(stdout).map(({ name }) => name);
      check(`a registry with a name is searched for ${title}`, found.sort().join() === names, stdout);
    }
    await expect('what was found', ['show', 'chart', 'team/web'], { out: ['version: 2.0.0'] });
    await expect('the name of the registry', ['repo', 'remove', 'team']);
    const { stdout } = await pack(line(`${at}/team`, 'web'), { home });
    const [{ app_version: appVersion, description } = {}] = JSON.parse(stdout);
    check('with what its charts say of themselves', appVersion === '7' && description.startsWith('The web'), stdout);
    const chart = chartOf('of-registry', ['leaf', '^1.0.0', `${at}/other`]);
    await expect('a dependency in a registry', ['dependency', 'update', chart]);
    await expect('a chart of it', ['pull', `${at}/team/web`, '--version', '^1.0.0', '-d', root]);
    await running.stop();
    rmSync(join(chart, 'charts'), { recursive: true });
    for (const args of [
      ['pull', `${at}/team/web`, '-d', root],
      ['show', 'chart', `${at}/team/web`, '--version', '1.0.0'],
      ['template', 'x', `${at}/team/web`, '--version', '<2'],
      ['dependency', 'update', chart],
      ['dependency', 'build', chart],
    ])
      await expect('without the registry', [...args, '--offline']);
    check('its charts are there', archivesOf(chart) === 'leaf-1.0.0.tgz', archivesOf(chart));
    await expect('what was never fetched', ['pull', `${at}/team/data/db`, '--offline'], {
      code: 1,
      err: ['is not in the cache', '--offline'],
    });
  } finally {
    await running.stop();
  }
}

/** Charts in git repositories, by the user's own git. */
async function git() {
  const run = (...args) => execFileSync('git', args, { stdio: 'pipe', env: { ...process.env, HOME: root } });
  try {
    run('--version');
  } catch {
    return skip('charts in git', 'there is no git');
  }
  const source = join(root, 'git-source');
  const bare = join(root, 'charts.git');
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
  run('init', '-q', source);
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
    write(join(source, 'deploy/own/Chart.yaml'), chartYaml('own', version));
    run('-C', source, 'add', '.');
    run('-C', source, ...identity, 'commit', '-q', '-m', version);
    run('-C', source, ...identity, 'tag', `v${version}`);
  }
  run('clone', '-q', '--bare', source, bare);
  const address = `git+file://${bare}`;
  await expect('a tag of git', ['pull', `${address}@v1.0.0?path=deploy/own`, '-d', root]);
  check('is packed', existsSync(join(root, 'own-1.0.0.tgz')));
  await expect('a range of tags', ['show', 'chart', `${address}?path=deploy/own`, '--version', '^1.0.0'], {
    out: ['version: 1.1.0'],
  });
  await expect('no such tag', ['pull', `${address}@v9?path=deploy/own`], { code: 1 });
  await expect('no such folder', ['pull', `${address}@v1.0.0?path=../..`], { code: 1 });
  await expect('what would be a flag', ['pull', `${address}@--upload-pack=touch?path=deploy/own`], { code: 1 });
  const chart = chartOf('of-git', ['own', '^1.0.0', `${address}?path=deploy/own`]);
  await expect('a dependency in git', ['dependency', 'update', chart]);
  check('is fetched', archivesOf(chart) === 'own-1.1.0.tgz', archivesOf(chart));
  rmSync(join(chart, 'charts'), { recursive: true });
  await expect('and built again', ['dependency', 'build', chart]);
  const rendered = await helm(['template', 'x', chart], { home });
  check('helm renders it', rendered.code === 0, rendered.stderr);
  const named = `${address}?path=deploy`;
  await expect('a name for a git repository', ['repo', 'add', 'ours', named], { out: ['"ours" has been added'] });
  await expect('is listed', ['repo', 'list', '-o', 'json'], { out: [named] });
  await expect('has no index', ['repo', 'update', 'ours']);
  await expect('is taken', ['repo', 'add', 'ours', server.url], { code: 1, err: ['already exists'] });
  const byName = chartOf('of-named-git', ['own', '^1.0.0', '@ours']);
  await expect('a dependency by that name', ['dependency', 'update', byName]);
  check('is fetched by name', archivesOf(byName) === 'own-1.1.0.tgz', archivesOf(byName));
  await expect('a chart by that name', ['show', 'chart', 'ours/own', '--version', '^1.0.0'], {
    out: ['version: 1.1.0'],
  });
  const unlisted = ['repo', 'add', 'theirs', named, '--username', 'me', '--password', 'secret'];
  await expect('a password for git', unlisted, { code: 1, err: ['are not kept here'] });
  await expect('no address of git', ['repo', 'add', 'theirs', 'git+ext::sh'], { code: 1, err: ['not an address'] });
  await expect('the name', ['repo', 'remove', 'ours']);
  await expect('is gone', ['repo', 'list'], { not: ['ours'] });
}

/** A folder of archives has a name beside Helm's list: of one that it cannot ask Helm updates none. */
async function folders() {
  const url = `file://${folder}`;
  await expect('a name for a folder', ['repo', 'add', 'near', url]);
  await expect('of a folder', ['repo', 'update', 'near'], { out: ['from the "near" chart repository'] });
  await expect('of a folder', ['search', 'repo', 'near/leaf'], { out: ['near/leaf'] });
  await expect('of a folder', ['show', 'chart', 'near/leaf', '--version', '1.0.0'], { out: ['version: 1.0.0'] });
  await expect('the name is taken', ['repo', 'add', 'near', server.url], { code: 1, err: ['already exists'] });
  const chart = chartOf('of-folder', ['leaf', '1.0.0', '@near']);
  await expect('a dependency from a folder', ['dependency', 'update', chart]);
  check('is packed with it', archivesOf(chart) === 'leaf-1.0.0.tgz', archivesOf(chart));
  const updated = await helm(['repo', 'update'], { home });
  check('helm updates the rest', updated.code === 0 && !updated.stdout.includes('near'), updated.stderr);
  await expect('the folder', ['repo', 'remove', 'near'], { out: ['removed'] });
  await expect('is gone', ['search', 'repo', 'near/leaf'], { out: ['No results found'] });
}

/** Packs have the same resolver behind them, and a lock of their own. */
async function packs() {
  await publish(['low', '1.0.0'], ['low', '1.1.0'], ['high', '1.0.0', ['low', '^1.0.0']]);
  const pack = join(root, 'own', 'pack');
  const yaml = (more = '') =>
    `apiVersion: sherpack.io/v1\nkind: Pack\nmetadata:\n  name: own\n  version: 0.1.0\ndependencies:\n- {name: high, version: ^1.0.0, repository: "${server.url}", alias: top}\n- {name: leaf, version: "*", repository: "${server.url}", condition: leaf.enabled}\n${more}`;
  write(join(pack, 'Pack.yaml'), yaml());
  write(join(pack, 'values.yaml'), 'leaf: {enabled: false}\n');
  const lockFile = join(pack, 'Pack.lock.yaml');
  const archives = () => (existsSync(join(pack, 'packs')) ? readdirSync(join(pack, 'packs')).sort().join() : '');
  await expect('a pack', ['dependency', 'update', pack]);
  const lock = readFileSync(lockFile, 'utf8');
  check('a pack has what it needs, and not what it switches off', archives() === 'high-1.0.0.tgz', archives());
  check('and a lock of its own', /^packYamlDigest: sha256:/m.test(lock) && /constraint: \^1\.0\.0/.test(lock), lock);
  check('with what its charts need', /^transitive:\n- digest: sha256:\w+\n {2}name: low/m.test(lock), lock);
  check('and no lock of charts', !existsSync(join(pack, 'Chart.lock')) && !existsSync(join(pack, 'charts')));
  await expect('a pack again', ['dependency', 'update', pack, '--locked']);
  check('keeps its lock', readFileSync(lockFile, 'utf8') === lock);
  rmSync(join(pack, 'packs'), { recursive: true });
  await expect('of a pack', ['dependency', 'build', pack]);
  check('a pack is built from its lock', archives() === 'high-1.0.0.tgz', archives());
  await expect('of a pack', ['dependency', 'list', pack], { out: ['high', 'ok'] });
  await expect('of a pack', ['dependency', 'tree', pack], { out: ['high', 'low'] });
  await expect('of a pack', ['dependency', 'why', 'low', pack], { out: ['high'] });
  write(join(pack, 'Pack.yaml'), yaml('- {name: low, version: 1.0.0, repository: "@one"}\n'));
  await expect('a lock of another Pack.yaml', ['dependency', 'build', pack], { code: 1, err: ['Pack.lock.yaml'] });
  await expect('one version for the pack and its charts', ['dependency', 'update', pack]);
  check('is the older', archives() === 'high-1.0.0.tgz,low-1.0.0.tgz', archives());
  write(join(pack, 'Pack.yaml'), yaml('- {name: low, version: ">9", repository: "@one"}\n'));
  await expect('a range that nothing meets', ['dependency', 'update', pack], { code: 1, err: ['low'] });
  check('changes nothing', archives() === 'high-1.0.0.tgz,low-1.0.0.tgz', archives());
  write(join(pack, 'Pack.yaml'), yaml('- {name: low, versoin: 1}\n'));
  await expect('a field that is none', ['dependency', 'list', pack], { err: ['did you mean'] });
}

/** Servers of charts are shown what is kept for their hosts. */
async function kept() {
  const locked = await serveCharts(folder, { password: 'secret' });
  const auths = { [new URL(locked.url).host]: { auth: Buffer.from('user:secret').toString('base64') } };
  write(join(root, 'docker/config.json'), JSON.stringify({ auths }));
  const options = { env: { DOCKER_CONFIG: join(root, 'docker') } };
  await expect('who is unknown', ['repo', 'add', 'locked', locked.url], { code: 1, err: ['401'] });
  await expect('whom Docker knows', ['repo', 'add', 'locked', locked.url], { options });
  await expect('whom Docker knows', ['pull', 'locked/leaf', '--version', '1.0.0', '-d', root], { options });
  const list = readFileSync(join(home, 'config/repositories.yaml'), 'utf8');
  check('the list has no password', list.includes(locked.url) && !list.includes('secret'), list);
  await expect('who is unknown again', ['repo', 'update', 'locked'], { code: 1, out: ['401'] });
  await pack(['repo', 'remove', 'locked'], { home });
  await locked.close();
}

/** Settings of pack's own win over Helm's. */
async function settings() {
  const other = join(root, 'other.yaml');
  const env = { PACK_REPOSITORY_CONFIG: other, HELM_REPOSITORY_CONFIG: join(root, 'none.yaml') };
  await expect('a list of its own', ['repo', 'add', 'twin', server.url], { options: { env } });
  check('is written', existsSync(other) && !existsSync(join(root, 'none.yaml')));
  await expect('and read', ['repo', 'list', '-o', 'json'], { out: ['twin'], not: ['"one"'], options: { env } });
}

try {
  mkdirSync(home, { recursive: true });
  await pack(['repo', 'add', 'one', server.url], { home });
  await recursive();
  await locks();
  await cache();
  await search();
  await registry();
  await git();
  await folders();
  await kept();
  await packs();
  await settings();
} finally {
  await server.close();
}
end();
