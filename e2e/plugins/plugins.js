// Usage: node e2e/plugins/plugins.js
// Plugins and post-renderers beside Helm's: the same folders, the same output. PACK_HELM names Helm's binary; git, gpg,
// npm and kubectl are those of the machine. Prints `N passed, N failed, N skipped`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveCharts } from '../lib/chart-server.js';
import { startControlPlane } from '../lib/control-plane.js';
import { suite } from '../lib/suite.js';

const { root, check, skip, write, end, pack: runPack, helm: runHelm, startPack, startRegistry } = suite('plugins');
const at = (...path) => join(root, ...path);
const shown = (...results) => JSON.stringify(results, null, 1).replaceAll('\\n', '\n');
const homes = { pack: at('pack'), helm: at('helm') };
const env = { AWS_SECRET_ACCESS_KEY: 'of the parent' };
const runs = { pack: runPack, helm: runHelm };
const inHome =
  (program, home) =>
  (args, more = {}) =>
    runs[program](args, { home, cwd: root, env: { ...env, ...more.env } });
const pack = inHome('pack', homes.pack);
const helm = inHome('helm', homes.helm);
for (const home of Object.values(homes)) mkdirSync(home);

const good = (title, result, ...texts) =>
  check(title, result.code === 0 && texts.every((text) => result.stdout.includes(text)), shown(result));
const bad = (title, result, ...texts) =>
  check(
    title,
    result.code !== 0 && texts.every((text) => `${result.stdout}${result.stderr}`.includes(text)),
    shown(result),
  );

/** Without what each has of its own. */
const neutral = (text) =>
  text
    .replaceAll(homes.pack, 'HOME')
    .replaceAll(homes.helm, 'HOME')
    .replace(/^HELM_BIN=.*$/m, 'HELM_BIN=')
    .replace(/^Hint: .*\n/gm, '');

/** Both say and do the same; `stderr: false` where they say it in other words. */
function same(title, ours, theirs, { stderr = true } = {}) {
  const equal =
    ours.code === theirs.code &&
    neutral(ours.stdout) === neutral(theirs.stdout) &&
    (!stderr || neutral(ours.stderr) === neutral(theirs.stderr));
  check(title, equal, shown({ ours, theirs }));
}

/** The same in both homes; `--yes` is pack's alone. */
async function both(title, args, { yes = false, ...options } = {}) {
  const [ours, theirs] = await Promise.all([pack([...args, ...(yes ? ['--yes'] : [])]), helm(args)]);
  same(title, ours, theirs, options);
  return ours;
}

function program(path, text) {
  write(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

// Sources of plugins.
write(
  at('src/hello/plugin.yaml'),
  `apiVersion: v1
name: hello
version: 1.2.3
type: cli/v1
runtime: subprocess
sourceURL: https://example.com/hello
config: {shortHelp: says hello, longHelp: says hello at length, usage: 'hello [NAME]'}
runtimeConfig:
  platformCommand:
  - {os: plan9, command: nowhere}
  - {command: '\${HELM_PLUGIN_DIR}/run.sh', args: [fixed, $HELM_PLUGIN_NAME]}
  platformHooks:
    install: [{command: sh, args: [-c, 'echo installed $HELM_PLUGIN_NAME']}]
    update: [{command: echo, args: [updated]}]
    delete: [{command: echo, args: [gone]}]
`,
);
program(
  at('src/hello/run.sh'),
  'echo "hello $@"; [ "$3" = env ] && env | grep ^HELM_ | sort; [ "$3" = fail ] && exit 7; exit 0',
);
write(
  at('src/hello/completion.yaml'),
  'commands:\n- {name: sub, flags: [a, bee], validArgs: [xx, zz]}\n- {name: dyn}\n',
);
program(at('src/hello/plugin.complete'), 'echo "one:$*"; echo two; echo :4');
write(
  at('src/old/plugin.yaml'),
  'name: old\nversion: 0.1.0\nusage: an old one\ncommand: "$HELM_PLUGIN_DIR/run.sh x"\nhooks: {install: "echo hook $HELM_PLUGIN_NAME"}\n',
);
program(at('src/old/run.sh'), 'echo "old $@ $AWS_SECRET_ACCESS_KEY"; cat');
const renderer = (name, command) =>
  write(
    at('src', name, 'plugin.yaml'),
    `apiVersion: v1\nname: ${name}\nversion: 1.0.0\ntype: postrenderer/v1\nruntime: subprocess\nconfig: {}\nruntimeConfig: {platformCommand: [${JSON.stringify(command)}]}\n`,
  );
renderer('as-is', { command: 'cat' });
renderer('with-sed', { command: 'sed' });
renderer('failing', { command: 'false' });
renderer('silent', { command: 'true' });
write(
  at('src/getter/plugin.yaml'),
  'apiVersion: v1\nname: getter\nversion: 1.0.0\ntype: getter/v1\nruntime: subprocess\nconfig: {protocols: [loc]}\nruntimeConfig:\n  protocolCommands:\n  - {protocols: [loc], platformCommand: [{command: get.sh, args: [one]}]}\n',
);
program(at('src/getter/get.sh'), `p="${root}/served/\${5#loc://x/}"; [ -f "$p" ] || exit 4; cat "$p"`);

// From folders, and what both make of them.
await both('hello is installed from a folder', ['plugin', 'install', at('src/hello')], { yes: true });
await both('old is installed from a folder', ['plugin', 'install', at('src/old')], { yes: true });
await both('both are listed', ['plugin', 'list']);
await both('of one type', ['plugin', 'list', '--type', 'getter/v1']);
await both('hello is not installed twice', ['plugin', 'install', at('src/hello')], { yes: true });
await both('hello runs', ['hello', 'a', '-b', '--namespace', 'ns', '--c=d']);
await both('hello sees the settings', ['hello', 'env', '-n', 'ns', '--kube-context', 'kc', '--debug=false']);
await both("hello's exit code is passed on", ['hello', 'fail']);
await both('old runs, with the environment', ['old', 'a', '--namespace=x']);
await both('hello completes its words', ['__complete', 'hello', '']);
await both('and those below', ['__complete', 'hello', 'sub', '']);
await both('and asks its program', ['__complete', 'hello', 'dyn', 'a', ''], { stderr: false });
await both('unknown ones are not updated', ['plugin', 'update', 'nope']);
await both('unknown ones are not uninstalled', ['plugin', 'uninstall', 'nope']);
await both('what is nowhere is not installed', ['plugin', 'install', '/nowhere'], { yes: true });
await both('a folder without a plugin is not installed', ['plugin', 'install', at('src')], { yes: true });
await both('hello is uninstalled', ['plugin', 'uninstall', 'hello']);
for (const home of Object.values(homes)) write(join(home, 'data/plugins/broken/plugin.yaml'), 'name: a\nname: b\n');
await both('one that is broken is warned of', ['plugin', 'list'], { stderr: false });
for (const home of Object.values(homes)) execFileSync('rm', ['-r', join(home, 'data/plugins/broken')]);

// One folder for both.
{
  const data = { env: { HELM_DATA_HOME: at('shared') } };
  const theirs = await helm(['plugin', 'install', at('src/hello')], data);
  good('Helm installs', theirs, 'Installed plugin: hello');
  same('and pack finds it', await pack(['plugin', 'list'], data), await helm(['plugin', 'list'], data), {
    stderr: false,
  });
  bad('but does not run it', await pack(['hello'], data), 'nobody has agreed to its code');
  good('before it is agreed to', await pack(['plugin', 'trust', 'hello'], data), 'Trusted plugin: hello (sha256:');
  good('pack runs it', await pack(['hello'], data), 'hello fixed hello');
  good('pack installs', await pack(['plugin', 'install', at('src/old'), '--yes'], data), 'Installed plugin: old');
  good('and Helm runs that', await helm(['old', 'a'], data), 'old x a');
  good('pack uninstalls', await pack(['plugin', 'uninstall', 'hello', 'old'], data), 'Uninstalled plugin: old');
  check(
    'nothing but the list is left',
    readdirSync(at('shared/plugins')).join() === 'plugins.lock',
    readdirSync(at('shared/plugins')).join(),
  );
}

// Changed code.
{
  cpSync(at('src/old'), at('src/changing'), { recursive: true });
  write(at('src/changing/plugin.yaml'), 'name: changing\nversion: 0.1.0\ncommand: $HELM_PLUGIN_DIR/run.sh\n');
  good('a plugin is installed', await pack(['plugin', 'install', at('src/changing'), '--yes']));
  good('it runs', await pack(['changing']), 'old');
  appendFileSync(at('src/changing/run.sh'), 'echo more\n');
  bad(
    'not when it has changed',
    await pack(['changing']),
    'its code is not what was agreed to',
    'plugin trust changing',
  );
  good('and all else does', await pack(['old']), 'old');
  good('it goes', await pack(['plugin', 'uninstall', 'changing']));
  bad(
    'without --yes none is installed',
    await pack(['plugin', 'install', at('src/getter')]),
    'nobody has agreed to that',
  );
}

// Archives, signed and not.
const gpg = (...args) => execFileSync('gpg', ['--batch', '--yes', '--quiet', '--homedir', at('gpg'), ...args]);
mkdirSync(at('gpg'), { mode: 0o700 });
gpg(
  '--pinentry-mode',
  'loopback',
  '--passphrase',
  '',
  '--quick-gen-key',
  'signer <signer@example.org>',
  'rsa2048',
  'default',
  'never',
);
writeFileSync(at('pub'), gpg('--export'));
writeFileSync(at('sec'), gpg('--pinentry-mode', 'loopback', '--passphrase', '', '--export-secret-keys'));
{
  const packing = (folder) => [
    'plugin',
    'package',
    at('src/hello'),
    '-d',
    at(folder),
    '--key',
    'signer',
    '--keyring',
    at('sec'),
  ];
  good('pack packs and signs', await pack(packing('by-pack')), 'Successfully signed.');
  good('Helm packs and signs', await helm(packing('by-helm')), 'Successfully signed.');
  for (const folder of ['by-pack', 'by-helm']) {
    const archive = at(folder, 'hello-1.2.3.tgz');
    await both(`${folder} is verified`, ['plugin', 'verify', archive, '--keyring', at('pub')]);
    await both(`${folder} is installed`, ['plugin', 'install', archive, '--keyring', at('pub')], { yes: true });
    await both(`${folder} is listed as signed`, ['plugin', 'list']);
    await both(`${folder} runs`, ['hello', 'x']);
    await both(`${folder} is uninstalled`, ['plugin', 'uninstall', 'hello']);
  }
  cpSync(at('by-pack'), at('tampered'), { recursive: true });
  appendFileSync(at('tampered/hello-1.2.3.tgz'), 'x');
  const tampered = ['plugin', 'install', at('tampered/hello-1.2.3.tgz'), '--keyring', at('pub')];
  await both('one that was tampered with is not', tampered, { yes: true });
  write(at('unsigned/hello-1.2.3.tgz'), readFileSync(at('by-pack/hello-1.2.3.tgz')));
  const unsigned = ['plugin', 'install', at('unsigned/hello-1.2.3.tgz')];
  await both('nor one without a signature', unsigned, { yes: true });
  await both('but when it is asked for', [...unsigned, '--verify=false'], { yes: true });
  await both('it is listed as unsigned', ['plugin', 'list']);
  await both('and uninstalled', ['plugin', 'uninstall', 'hello']);
  await both('folders are not verified', ['plugin', 'verify', at('src/hello')]);
  await both('nor other files', ['plugin', 'verify', at('pub')]);
}

// From a server, a registry, npm and git.
{
  const server = await serveCharts(at('by-pack'));
  const url = `${server.url}/hello-1.2.3.tgz`;
  await both('a plugin comes from a server', ['plugin', 'install', url, '--keyring', at('pub')], { yes: true });
  await both('and runs', ['hello']);
  await both('and goes', ['plugin', 'uninstall', 'hello']);
  await both('what is not there does not', ['plugin', 'install', `${server.url}/nope-1.0.0.tgz`], {
    yes: true,
    stderr: false,
  });
  await server.close?.();
}
{
  const served = await startRegistry(at('registry'), { home: homes.pack, cwd: root });
  const { address } = served;
  const upload = async (data) => {
    const digest = `sha256:${createHash('sha256').update(data).digest('hex')}`;
    const begun = await fetch(`http://${address}/v2/plugins/hello/blobs/uploads/`, { method: 'POST' });
    const where = new URL(begun.headers.get('location'), `http://${address}`);
    where.searchParams.set('digest', digest);
    await fetch(where, { method: 'PUT', body: data, headers: { 'content-type': 'application/octet-stream' } });
    return { digest, size: data.length };
  };
  const layer = async (name) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    ...(await upload(readFileSync(at('by-pack', name)))),
    annotations: { 'org.opencontainers.image.title': name },
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/vnd.helm.plugin.v1+json',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', ...(await upload(Buffer.from('{}'))) },
    layers: [await layer('hello-1.2.3.tgz'), await layer('hello-1.2.3.tgz.prov')],
  };
  await fetch(`http://${address}/v2/plugins/hello/manifests/1.2.3`, {
    method: 'PUT',
    body: JSON.stringify(manifest),
    headers: { 'content-type': manifest.mediaType },
  });
  const source = ['plugin', 'install', `oci://${address}/plugins/hello:1.2.3`, '--plain-http'];
  // Helm says on standard output what it has pulled, and twice.
  const [ours, theirs] = await Promise.all([
    pack([...source, '--keyring', at('pub'), '--yes']),
    helm([...source, '--keyring', at('pub')]),
  ]);
  good(
    'a plugin comes from a registry',
    ours,
    'Signed by: signer',
    'Plugin Hash Verified: sha256:',
    'Installed plugin: hello',
  );
  good('as with Helm', theirs, 'Signed by: signer', 'Installed plugin: hello');
  await both('and runs', ['hello']);
  await both('and is listed', ['plugin', 'list']);
  good(
    'pack brings it up to date',
    await pack(['plugin', 'update', 'hello', '--plain-http', '--keyring', at('pub')]),
    'Updated plugin: hello',
  );
  await both('and goes', ['plugin', 'uninstall', 'hello']);
  served.child.kill();
  await served.ended;
}
{
  write(
    at('npm/package/package.json'),
    '{"name": "@me/hello-npm", "version": "1.2.3", "scripts": {"install": "touch /tmp/never"}}',
  );
  cpSync(at('src/hello'), at('npm/package'), { recursive: true });
  const archive = execFileSync('tar', ['-C', at('npm'), '-cz', 'package']);
  const server = createServer((request, response) => {
    const own = `http://${request.headers.host}`;
    const path = decodeURIComponent(request.url);
    if (path.endsWith('.tgz')) return response.end(archive);
    if (path !== '/@me/hello-npm') return response.writeHead(404).end('{}');
    const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
    const version = {
      name: '@me/hello-npm',
      version: '1.2.3',
      dist: { tarball: `${own}/hello-npm-1.2.3.tgz`, integrity },
    };
    response.setHeader('content-type', 'application/json');
    return response.end(
      JSON.stringify({ name: '@me/hello-npm', 'dist-tags': { latest: '1.2.3' }, versions: { '1.2.3': version } }),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const more = {
    env: { npm_config_registry: `http://127.0.0.1:${server.address().port}/`, npm_config_cache: at('npm-cache') },
  };
  const install = (name) => pack(['plugin', 'install', `npm:${name}`, '--verify=false', '--yes'], more);
  good('a plugin comes from npm', await install('@me/hello-npm@^1'), 'installed hello', 'Installed plugin: hello');
  good('and runs', await pack(['hello']), 'hello fixed hello');
  good('and goes', await pack(['plugin', 'uninstall', 'hello']));
  bad('what is not there does not', await install('@me/nope'), 'npm pack @me/nope');
  bad('nor what is no name', await install('--help'), 'is no name of an npm package');
  server.close();
}
{
  const git = (folder, ...args) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { stdio: 'pipe' });
  const work = at('git/helm-hello');
  cpSync(at('src/hello'), work, { recursive: true });
  git(work, 'init', '--quiet', '-b', 'main');
  const publish = (tag, text) => {
    appendFileSync(join(work, 'run.sh'), `${text}\n`);
    git(work, 'add', '-A');
    git(work, 'commit', '--quiet', '-m', tag);
    git(work, 'tag', tag);
  };
  publish('v1.0.0', '# one');
  publish('v2.0.0', '# two');
  // Helm knows a repository of files by its `.git`.
  const url = `file://${work}`;
  const source = ['plugin', 'install', url, '--verify=false'];
  await both('git needs --verify=false', ['plugin', 'install', url], { yes: true });
  const last = (home) => readFileSync(join(home, 'data/plugins/helm-hello/run.sh'), 'utf8').trim().split('\n').at(-1);
  await both('a plugin comes from git, by a range', [...source, '--version', '<2'], { yes: true });
  check('at the tag within it', last(homes.pack) === '# one' && last(homes.helm) === '# one', last(homes.pack));
  await both('and goes', ['plugin', 'uninstall', 'hello']);
  await both('a plugin comes from git, the newest', source, { yes: true });
  // Helm takes its own copy of before, which stays at the tag.
  check('as it is there', last(homes.pack) === '# two', last(homes.pack));
  await both('and runs', ['hello']);
  publish('v3.0.0', '# three');
  bad('what has changed is asked for', await pack(['plugin', 'update', 'hello']), 'nobody has agreed to that');
  check('and stays as it was', last(homes.pack) === '# two');
  await both('and brought up to date', ['plugin', 'update', 'hello'], { yes: true });
  check('to what is there now', last(homes.pack) === '# three', last(homes.pack));
  for (const home of Object.values(homes)) appendFileSync(join(home, 'data/plugins/helm-hello/run.sh'), '# by hand\n');
  await both('but not over changes', ['plugin', 'update', 'hello'], { yes: true });
  bad('which do not run', await pack(['hello']), 'its code is not what was agreed to');
  await pack(['plugin', 'trust', 'hello']);
  await both('and goes', ['plugin', 'uninstall', 'hello']);
  await both('a version that is not there is refused', [...source, '--version', '>9'], { yes: true });
  git(at(), 'clone', '--quiet', '--bare', work, at('git/helm-bare.git'));
  const bare = ['plugin', 'install', `file://${at('git/helm-bare.git')}`, '--verify=false', '--yes'];
  good('a plugin comes from a bare repository', await pack(bare), 'Installed plugin: hello');
  good('and goes', await pack(['plugin', 'uninstall', 'hello']));
}

// Post-renderers, over the charts of the suite of parity.
for (const name of ['as-is', 'with-sed', 'failing', 'silent', 'getter'])
  await both(`${name} is installed`, ['plugin', 'install', at('src', name)], { yes: true });
{
  const charts = join(dirname(fileURLToPath(import.meta.url)), '../parity/charts');
  // Their output is another each time, or has the version of the program.
  const unlike = new Set(['random', 'capabilities']);
  for (const name of readdirSync(charts).filter((chart) => !unlike.has(chart))) {
    const args = ['template', 'r', join(charts, name), '--post-renderer', 'as-is'];
    const [ours, theirs] = await Promise.all([pack(args), helm(args)]);
    check(
      `${name} goes through a post-renderer`,
      ours.code === theirs.code && ours.stdout === theirs.stdout,
      shown({ ours, theirs }),
    );
  }
  write(at('chart/Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 0.1.0\n');
  cpSync(
    join(dirname(fileURLToPath(import.meta.url)), '../../packages/release/src/testdata/post-render/template.yaml'),
    at('chart/templates/a.yaml'),
    { recursive: true },
  );
  const through = (...more) => ['template', 'r', at('chart'), ...more.flatMap((one) => ['--post-renderer', one])];
  await both('comments and every kind of scalar', through('as-is'));
  const args = ['-e', 's/three/four/', '-e', 's/two/zwei/'].flatMap((arg) => ['--post-renderer-args', arg]);
  const sed = [...through('with-sed'), ...args];
  await both('arguments', sed);
  // Helm leaves out what it exited with.
  await both('one that fails', through('failing'), { stderr: false });
  bad('says what it exited with', await pack(through('failing')), 'plugin "failing" exited with error: exit status 1');
  await both('one that says nothing', through('silent'));
  await both('one that is not there', through('nope'));
  same('a program', await pack(through('cat')), await helm(through('as-is')));
  const several = await pack(through('with-sed s/x/y/', 'sed s/three/four/', "sed 's/four/five six/'"));
  bad('a program that is a plugin with words', several, 'not found');
  good('several in a row', await pack(through('sed s/three/four/', "sed 's/four/five six/'")), 'z: five six');
  bad('what it says and its exit code', await pack(through("sh -c 'echo why >&2; exit 4'")), 'why\n', 'exit status 4');
  bad('a time to end', await pack([...through('sleep 1000'), '--timeout', '1s']), 'sleep has not ended after 1 s');
  const stopped = startPack(through('sh -c "echo begun >&2; sleep 1000"'), { home: homes.pack, cwd: root });
  await new Promise((resolve) => stopped.child.stderr.once('data', resolve));
  stopped.child.kill('SIGINT');
  bad('Ctrl-C ends it', await stopped.ended, 'context canceled');
}
{
  write(at('simple/Chart.yaml'), 'apiVersion: v2\nname: simple\nversion: 0.1.0\n');
  write(at('simple/templates/a.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
  write(at('overlays/base/kustomization.yaml'), 'commonAnnotations: {team: shop}\n');
  write(at('overlays/prod/kustomization.yaml'), 'components: []\nresources: [../base]\nnamePrefix: prod-\n');
  const prod = await pack(['template', 'r', at('simple'), '--post-renderer', `kustomize=${at('overlays/prod')}`]);
  if (/is found in PATH/.test(prod.stderr)) skip('kustomize', 'neither kustomize nor kubectl is here');
  else {
    good('kustomize', prod, '# Source: simple/templates/a.yaml', 'name: prod-a');
    check(
      'leaves nothing behind',
      readdirSync(at('overlays')).join() === 'base,prod',
      readdirSync(at('overlays')).join(),
    );
  }
}

// Getters.
{
  mkdirSync(at('served'));
  await helm(['package', at('simple'), '-d', at('served')]);
  await helm(['repo', 'index', at('served')]);
  write(at('served/values.yaml'), 'x: 1\n');
  await both('a chart by its address', ['template', 'r', 'loc://x/simple-0.1.0.tgz']);
  await both('a scheme that nobody serves', ['template', 'r', 'nope://x/simple-0.1.0.tgz']);
  await both('a repository', ['repo', 'add', 'loc', 'loc://x']);
  await both('its charts', ['search', 'repo', 'loc']);
  await both('one of them', ['template', 'r', 'loc/simple']);
  mkdirSync(at('pulled'));
  await both('which is fetched', ['pull', 'loc/simple', '-d', at('pulled')]);
  await both('values', ['template', 'r', at('simple'), '-f', 'loc://x/values.yaml']);
  bad('what is not there', await pack(['template', 'r', 'loc://x/nope.tgz']), 'plugin "getter" exited with error');
}

// Releases: hooks go through it too, and what is recorded is Helm's.
{
  const plane = await startControlPlane();
  const more = { env: { KUBECONFIG: plane.kubeconfig, HELM_NAMESPACE: 'rendered' } };
  await plane.createNamespace('rendered');
  write(at('released/Chart.yaml'), 'apiVersion: v2\nname: released\nversion: 0.1.0\n');
  const map = (name, hook) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}-{{ .Release.Name }}\n${hook ? '  annotations: {helm.sh/hook: pre-install}\n' : ''}data: {color: red}\n`;
  write(at('released/templates/a.yaml'), `${map('a')}---\n${map('hook', true)}`);
  const install = (name) => [
    'install',
    name,
    at('released'),
    '--post-renderer',
    'with-sed',
    '--post-renderer-args',
    's/red/blue/',
  ];
  good('pack installs through a post-renderer', await pack(install('ours'), more), 'STATUS: deployed');
  good('Helm installs through it', await helm(install('theirs'), more), 'STATUS: deployed');
  for (const what of ['manifest', 'hooks']) {
    const [ours, theirs] = await Promise.all([pack(['get', what, 'ours'], more), helm(['get', what, 'theirs'], more)]);
    check(
      `both record the same ${what}`,
      ours.stdout.replaceAll('ours', 'theirs') === theirs.stdout,
      shown({ ours, theirs }),
    );
  }
  const color = async (name) =>
    (await plane.api('GET', `/api/v1/namespaces/rendered/configmaps/${name}`)).body.data?.color;
  check('an object is what came out', (await color('a-ours')) === 'blue');
  check('a hook is too', (await color('hook-ours')) === 'blue');
  const upgrade = ['ours', at('released'), '--post-renderer', 'sed s/red/green/'];
  good('a diff shows what will come out', await pack(['diff', 'upgrade', ...upgrade], more), 'green');
  good('an upgrade does it', await pack(['upgrade', ...upgrade], more), 'has been upgraded');
  check('on the cluster', (await color('a-ours')) === 'green');
  bad(
    'one that fails changes nothing',
    await pack(['upgrade', 'ours', at('released'), '--post-renderer', 'failing'], more),
    'UPGRADE FAILED',
  );
  check('of it', (await color('a-ours')) === 'green');
  await plane.stop();
}

// Plugins in JavaScript, of which Helm knows nothing.
{
  write(at('js/plugin.yaml'), 'apiVersion: v1\nname: js\nversion: 1.0.0\ntype: hooks/v1\nruntime: javascript\n');
  write(
    at('js/index.js'),
    `export default {
  preRender: ({ values }) => ({ values: { ...values, x: 1 } }),
  registerFunctions: () => ({ secret: () => process.env.AWS_SECRET_ACCESS_KEY ?? 'none', hang: () => { for (;;); } }),
  postRender: (manifests) => manifests.replace('name: a', 'name: js'),
};\n`,
  );
  good(
    'a plugin in JavaScript is installed',
    await pack(['plugin', 'install', at('js'), '--yes']),
    'Installed plugin: js',
  );
  write(
    at('simple/templates/a.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: "{{ .Values.x }}", secret: {{ secret }}}\n',
  );
  good('it hooks into a render', await pack(['template', 'r', at('simple')]), 'name: js', 'x: "1"', 'secret: none');
  write(at('simple/templates/a.yaml'), '{{ hang }}');
  bad(
    'and cannot hang it',
    await pack(['template', 'r', at('simple')], { env: { PACK_PLUGIN_TIMEOUT: '1s' } }),
    'hang has not ended after 1 s',
  );
  check(
    'Helm does not hear of it',
    (await helm(['plugin', 'list'])).stderr === '' && !existsSync(join(homes.pack, 'data/plugins/js')),
  );
}

check(
  'no staging is left',
  !readdirSync(join(homes.pack, 'data/plugins')).some((name) => basename(name).startsWith('.')),
);
end();
