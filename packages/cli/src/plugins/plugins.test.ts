import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../main.ts';
import { secretProviders } from './javascript.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-plugins-'));
afterAll(() => rmSync(root, { recursive: true }));

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(root, 'home-'));
});

const envOf = (env: Record<string, string> = {}) => ({
  PATH: process.env['PATH'],
  HOME: home,
  HELM_DATA_HOME: join(home, 'data'),
  HELM_CONFIG_HOME: join(home, 'config'),
  HELM_CACHE_HOME: join(home, 'cache'),
  AWS_SECRET_ACCESS_KEY: 'of the parent',
  ...env,
});

async function pack(argv: readonly string[], env: Record<string, string> = {}) {
  const result = { code: 0, out: '', err: '' };
  const io = {
    stdout: (text: string) => void (result.out += text),
    stderr: (text: string) => void (result.err += text),
    stdin: async () => '',
    env: envOf(env),
  };
  result.code = await main(argv, io);
  return result;
}

function write(folder: string, files: Record<string, string>): string {
  for (const [name, content] of Object.entries(files)) {
    const path = join(home, folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: content.startsWith('#!') ? 0o755 : 0o644 });
  }
  return join(home, folder);
}

const manifest = (name: string, type: string, command: string, more = ''): string =>
  `apiVersion: v1\nname: ${name}\nversion: 1.0.0\ntype: ${type}\nruntime: subprocess\nruntimeConfig:\n  platformCommand: [{command: sh, args: [-c, ${JSON.stringify(command)}, sh]}]\n${more}`;

const JS = 'apiVersion: v1\nname: js\nversion: 1.0.0\ntype: hooks/v1\nruntime: javascript\n';
const javaScript = (code: string): string => write('js', { 'plugin.yaml': JS, 'index.js': code });

const installed = (folder: string) => pack(['plugin', 'install', folder, '--yes']);
const plugins = (): string => join(home, 'data/plugins');

const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';
const chart = (template = MAP): string =>
  write('chart', { 'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 0.1.0\n', 'templates/a.yaml': template });

describe('a plugin', () => {
  const folder = (): string => write('hi', { 'plugin.yaml': manifest('hi', 'cli/v1', 'echo hi $*; exit 3') });

  it('is not installed before somebody has agreed to it', async () => {
    const { code, err } = await pack(['plugin', 'install', folder()]);
    expect([code, existsSync(join(plugins(), 'hi'))]).toEqual([1, false]);
    expect(err).toContain('can do all that you can do: nobody has agreed to that\nHint: look at it, then use --yes');
  });

  it('is a command, with its own exit code', async () => {
    expect((await installed(folder())).out).toContain('Installed plugin: hi\n');
    expect(await pack(['hi', 'a', '--namespace', 'x', '-b'])).toMatchObject({
      code: 3,
      err: 'Error: plugin "hi" exited with error\n',
    });
    expect((await pack(['--help'])).out).toContain('  hi ');
    expect((await pack(['__complete', 'h'])).out).toContain('hi\t');
  });

  it('does not run when it has changed, and breaks nothing else', async () => {
    await installed(folder());
    appendFileSync(join(home, 'hi/plugin.yaml'), '# changed\n');
    const { code, err } = await pack(['hi']);
    expect([code, err.split('\n')[0]]).toEqual([1, 'Error: plugin "hi": its code is not what was agreed to']);
    expect((await pack(['version'])).code).toBe(0);
    await pack(['plugin', 'trust', 'hi']);
    expect((await pack(['hi'])).code).toBe(3);
  });

  it('does not run when Helm has installed it, until it is agreed to', async () => {
    write('data/plugins/hi', { 'plugin.yaml': manifest('hi', 'cli/v1', 'exit 0') });
    expect((await pack(['hi'])).err).toContain('plugin "hi": nobody has agreed to its code');
    expect((await pack(['plugin', 'trust', 'hi'])).code).toBe(0);
    expect((await pack(['hi'])).code).toBe(0);
  });

  it('is warned of and skipped when it is broken', async () => {
    write('data/plugins/broken', { 'plugin.yaml': 'name: a\nname: b\n' });
    const { code, err } = await pack(['plugin', 'list']);
    expect(code).toBe(0);
    expect(err).toContain('level=WARN msg="failed to load plugin (ignoring)"');
    expect((await pack(['template', chart()])).err).toBe('');
  });

  it('cannot take the name of a command, or of another plugin', async () => {
    const template = write('t', { 'plugin.yaml': manifest('template', 'cli/v1', 'exit 0') });
    expect((await installed(template)).err).toContain('plugin name "template" is that of a command');
    await installed(folder());
    const other = write('other', { 'plugin.yaml': manifest('hi', 'cli/v1', 'exit 0') });
    expect((await installed(other)).err).toContain('two plugins claim the name "hi"');
    expect((await installed(join(home, 'hi'))).err).toContain('Error: plugin already exists\n');
    expect(readdirSync(plugins()).sort()).toEqual(['hi', 'plugins.lock']);
  });

  it('is gone with all that was kept of it', async () => {
    const more = '  platformHooks: {delete: [{command: echo, args: [bye]}]}\n';
    await installed(write('hi', { 'plugin.yaml': manifest('hi', 'cli/v1', 'exit 0', more) }));
    expect((await pack(['plugin', 'uninstall', 'hi'])).out).toBe('bye\nUninstalled plugin: hi\n');
    expect(readdirSync(plugins())).toEqual(['plugins.lock']);
    expect(readFileSync(join(plugins(), 'plugins.lock'), 'utf8')).toBe('{\n  "plugins": {}\n}\n');
    expect(existsSync(join(home, 'hi/plugin.yaml'))).toBe(true);
  });

  it('sees the environment as with Helm, and what is harmless alone where that is asked for', async () => {
    await installed(
      write('env', {
        'plugin.yaml': manifest('env-of', 'cli/v1', 'echo key=${AWS_SECRET_ACCESS_KEY} $HELM_PLUGIN_NAME'),
      }),
    );
    expect((await pack(['env-of'])).out).toBe('key=of the parent env-of\n');
    expect((await pack(['env-of'], { PACK_PLUGIN_ENV: 'minimal' })).out).toBe('key= env-of\n');
  });

  it('is left alone with HELM_NO_PLUGINS', async () => {
    await installed(folder());
    expect((await pack(['hi'], { HELM_NO_PLUGINS: '1' })).err).toContain('unknown command "hi"');
  });

  it('is not run without its list of what was agreed to', async () => {
    await installed(folder());
    writeFileSync(join(plugins(), 'plugins.lock'), '{"plugins": {"hi": null}}');
    expect((await pack(['hi'])).err).toContain('is no list of plugins');
  });
});

describe('an archive', () => {
  const archive = async (name: string, files: Record<string, string>): Promise<string> => {
    const entries = Object.entries(files).map(([path, body]) => ({ header: { name: path, size: body.length }, body }));
    const file = join(home, name);
    writeFileSync(file, gzipSync(await packTar(entries)));
    return file;
  };
  const PLUGIN = manifest('hi', 'cli/v1', 'exit 0');

  it('must be signed, unless it is said otherwise', async () => {
    const file = await archive('hi-1.0.0.tgz', { 'hi/plugin.yaml': PLUGIN });
    expect((await installed(file)).err).toContain('plugin verification failed: no provenance file (.prov) found');
    expect((await pack(['plugin', 'install', file, '--yes', '--verify=false'])).out).toContain(
      'Installed plugin: hi\n',
    );
    expect(readdirSync(plugins()).sort()).toEqual(['hi', 'hi-1.0.0.tgz', 'plugins.lock']);
    expect((await pack(['plugin', 'list'])).out).toContain('unsigned');
  });

  it.each([
    ['a version that climbs out', { 'hi/plugin.yaml': PLUGIN.replace('1.0.0', '../../../x') }, 'must be valid semver'],
    [
      'a name that climbs out',
      { 'hi/plugin.yaml': PLUGIN.replace('name: hi', 'name: ../hi') },
      'invalid plugin `name`',
    ],
    ['a path that climbs out', { 'hi/plugin.yaml': PLUGIN, '../x': '' }, "path contains '..'"],
    ['no plugin', { 'hi/x': '' }, 'plugin metadata (plugin.yaml) missing'],
  ])('is refused with %s, and leaves nothing', async (_, files, message) => {
    const file = await archive('hi-1.0.0.tgz', files);
    expect((await pack(['plugin', 'install', file, '--yes', '--verify=false'])).err).toContain(message);
    expect(readdirSync(plugins())).toEqual([]);
  });

  it('is refused when its own name climbs out', async () => {
    const file = await archive('..tgz', { 'hi/plugin.yaml': PLUGIN });
    expect((await pack(['plugin', 'install', file, '--yes', '--verify=false'])).err).toContain(
      "cannot be the name of a plugin's folder",
    );
  });
});

describe('a post-renderer', () => {
  const through = (name: string, ...more: string[]) => pack(['template', chart(), '--post-renderer', name, ...more]);

  it('is a plugin, with arguments', async () => {
    const sed = manifest('pr', 'postrenderer/v1', '').replace(/\{command:.*\}/, '{command: sed}');
    await installed(write('pr', { 'plugin.yaml': sed }));
    expect((await through('pr', '--post-renderer-args', 's/name: a/name: z/')).out).toContain('name: z');
  });
  it('is a program with arguments, several in a row', async () => {
    const { out } = await through("sed 's/name: a/name: b/'", '--post-renderer', 'sed "s/name: b/name: c d/"');
    expect(out).toContain('name: c d');
  });
  it.each([
    ['nope', 'invalid argument "nope" for "--post-renderer" flag: plugin: {Name:nope Type:postrenderer/v1} not found'],
    ['true', 'error while running post render on files: post-renderer "true" produced empty output'],
    ["sh -c 'echo why >&2; exit 4'", 'exit status 4'],
    ['echo "{"', 'error while parsing post rendered output: error parsing YAML: MalformedYAMLError: '],
    ['kustomize=/nowhere', '/nowhere has no kustomization.yaml'],
  ])('that is %s fails', async (name, message) => {
    const { code, err } = await through(name);
    expect([code, err.includes(message)]).toEqual([1, true]);
  });
  it('shows what it says', async () => {
    expect((await through("sh -c 'echo why >&2; cat'")).err).toBe('why\n');
  });
  it('that hangs ends with the timeout', async () => {
    expect((await through('sleep 1000', '--timeout', '500ms')).err).toContain('sleep has not ended after 0.5 s');
  });
  it('of a plugin that nobody has agreed to does not run', async () => {
    write('data/plugins/pr', { 'plugin.yaml': manifest('pr', 'postrenderer/v1', 'cat') });
    expect((await through('pr')).err).toContain('nobody has agreed to its code');
  });
});

describe('a getter', () => {
  const getter = (script: string): string =>
    write('get', {
      'plugin.yaml': 'name: get\nversion: 1.0.0\ndownloaders: [{command: get.sh, protocols: [loc]}]\n',
      'get.sh': `#!/bin/sh\n${script}\n`,
    });
  it('serves values', async () => {
    await installed(getter('echo "name: $4"'));
    const path = chart(MAP.replace('name: a', 'name: {{ .Values.name }}'));
    expect((await pack(['template', path, '-f', 'loc://x/v.yaml'])).out).toContain('name: loc://x/v.yaml');
  });
  it('that fails says so', async () => {
    await installed(getter('exit 1'));
    expect((await pack(['template', 'loc://x/c.tgz'])).err).toContain('plugin "get" exited with error');
    expect((await pack(['template', 'nope://x/c.tgz'])).err).toContain('scheme "nope" not supported');
  });
});

describe('a plugin in JavaScript', () => {
  const template = (text: string, env?: Record<string, string>) => pack(['template', chart(MAP + text)], env);

  it('changes values, adds functions, and changes what was rendered', async () => {
    await installed(
      javaScript(`export default {
        preRender: ({ chart, values }) => ({ values: { ...values, x: chart.name } }),
        registerFunctions: () => ({ shout: (s) => s.toUpperCase(), sum: async (...n) => n.reduce((a, b) => a + b) }),
        postRender: (manifests) => manifests.replace('name: a', 'name: b'),
      }`),
    );
    const { out } = await template('data: {x: {{ shout .Values.x }}, n: "{{ sum 1 2 39 }}"}\n');
    expect(out).toContain('name: b\ndata: {x: C, n: "42"}');
  });

  it('adds functions to what is linted', async () => {
    await installed(javaScript('export default { registerFunctions: () => ({ shout: (s) => s.toUpperCase() }) }'));
    expect((await pack(['lint', chart(`${MAP}data: {x: {{ shout "a" }}}\n`)])).out).toContain('0 chart(s) failed');
  });

  it('gives functions to packs too', async () => {
    await installed(javaScript('export default { registerFunctions: () => ({ shout: (s) => s.toUpperCase() }) }'));
    const folder = write('pack', {
      'Pack.yaml': 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: p, version: 1.0.0}\n',
      'templates/a.yaml': `${MAP}data: {x: {{ shout("a") }}, y: {{ "b" | shout }}}\n`,
    });
    expect((await pack(['template', folder])).out).toContain('data: {x: A, y: B}');
  });

  it('leaves integers beyond 2^53 as they are, unless it changes them', async () => {
    const change = '({ values }) => ({ values: { ...values, b: values.b + 2, c: [...values.c].reverse() } })';
    await installed(javaScript(`export default { preRender: ${change} }`));
    const folder = write('pack', {
      'Pack.yaml': 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: p, version: 1.0.0}\n',
      'templates/a.yaml': `${MAP}data: {x: {{ values|tojson }}}\n`,
    });
    const values = 'a.b[0]=9007199254740993,b=9007199254740993,c={9007199254740993,9007199254740995}';
    expect((await pack(['template', folder, '--set', values])).out).toContain(
      '"a":{"b":[9007199254740993]},"b":9007199254740994,"c":[9007199254740996,9007199254740992]',
    );
  });

  it('sees nothing that is secret of the environment', async () => {
    await installed(
      javaScript('export default { registerFunctions: () => ({ seen: () => JSON.stringify(process.env) }) }'),
    );
    const { out } = await template('data: {x: {{ seen | quote }}}\n', { HELM_KUBETOKEN: 'of the parent too' });
    expect(out).toContain('HELM_PLUGIN_NAME');
    expect(out).not.toContain('of the parent');
  });

  it.each([
    ['does not load', 'throw new Error("no luck")', 'no luck'],
    ['is no JavaScript', 'no luck', 'Unexpected identifier'],
    ['ends while it is loaded', 'process.exit(0)', 'has ended: exit status 0'],
    ['hangs while it is loaded', 'for (;;);', 'loading has not ended after 1 s'],
    ['has functions that are none', 'export default { registerFunctions: 42 }', 'is not a function'],
  ])('that %s is warned of and left out', async (_, code, message) => {
    await installed(javaScript(code));
    const { out, err } = await template('', { PACK_PLUGIN_TIMEOUT: '1s' });
    expect(out).toContain('name: a');
    expect(err).toContain('level=WARN msg="failed to load plugin (ignoring)" name=js');
    expect(err).toContain(message);
  });

  it('that prints garbage is shown and disturbs nothing', async () => {
    await installed(
      javaScript(
        'console.log("garbage"); process.send("nonsense"); process.send({ id: 77 }); process.send(null); export default {}',
      ),
    );
    const { out, err } = await template('');
    expect([out, err]).toEqual([`---\n# Source: c/templates/a.yaml\n${MAP}`, 'garbage\n']);
  });

  it.each([
    ['fails', '() => { throw new Error("no luck"); }', 'plugin "js": f: no luck'],
    ['hangs', '() => { for (;;); }', 'plugin "js": f has not ended after 1 s'],
    ['crashes', '() => process.abort()', 'plugin "js" has ended'],
    ['never answers', '() => new Promise(() => {})', 'plugin "js": f has not ended after 1 s'],
  ])('of which a function %s fails the template alone', async (_, code, message) => {
    await installed(javaScript(`export default { registerFunctions: () => ({ f: ${code} }) }`));
    const { code: exit, err } = await template('data: {x: {{ f }}}\n', { PACK_PLUGIN_TIMEOUT: '1s' });
    expect([exit, err.includes(`error calling f: ${message}`)]).toEqual([1, true]);
    expect((await pack(['version'])).code).toBe(0);
  });

  it.each([
    ['no text', 'postRender: () => 42', 'post-renderer "js" did not give a text'],
    ['no objects', 'postRender: () => "{"', 'error parsing YAML'],
    ['no values', 'preRender: () => ({ values: 1 })', 'values are no map'],
  ])('that gives %s is refused', async (_, code, message) => {
    await installed(javaScript(`export default { ${code} }`));
    expect((await template('')).err).toContain(message);
  });

  it('that has changed is left out', async () => {
    await installed(javaScript('export default { postRender: () => "x" }'));
    appendFileSync(join(home, 'js/index.js'), '// changed\n');
    const { out, err } = await template('');
    expect(out).toContain('name: a');
    expect(err).toContain('its code is not what was agreed to');
  });

  it('does not pollute', async () => {
    await installed(
      javaScript('export default { preRender: () => ({ values: JSON.parse(\'{"__proto__": {"polluted": 1}}\') }) }'),
    );
    expect((await template('')).code).toBe(0);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('resolves secrets', async () => {
    await installed(
      javaScript('export default { secretsProvider: { scheme: "mine", resolve: (name) => `secret of ${name}` } }'),
    );
    const silent = () => undefined;
    const providers = await secretProviders({ stdout: silent, stderr: silent, stdin: async () => '', env: envOf() });
    expect(await providers.get('mine')?.('db')).toBe('secret of db');
  });
});
