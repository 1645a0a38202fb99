import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePluginManifest } from './manifest.ts';

const V1 = 'apiVersion: v1\nname: a\nversion: 1.0.0\ntype: cli/v1\nruntime: subprocess\n';
const of = (type: string, more = ''): string => V1.replace('cli/v1', type) + more;

it('cannot speak to the terminal', () => {
  const config = 'config: {shortHelp: "a\\u001b[31m\\u0007b"}\nsourceURL: "x\\u001b]0;y"\n';
  expect(parsePluginManifest(V1 + config)).toMatchObject({ shortHelp: 'a[31mb', sourceUrl: 'x]0;y' });
});

describe('plugin.yaml in the form of Helm 3', () => {
  it('is a command', () => {
    const text =
      'name: a\nversion: 1.0.0\nusage: "x\\u001b[31my"\ncommand: $HELM_PLUGIN_DIR/a b\nhooks: {install: "x $Y"}\n';
    expect(parsePluginManifest(text)).toMatchObject({
      apiVersion: 'legacy',
      type: 'cli/v1',
      shortHelp: 'x[31my',
      platformCommand: [{ os: '', arch: '', command: '$HELM_PLUGIN_DIR/a b', args: [] }],
      hooks: { install: [{ command: 'sh', args: ['-c', 'x $Y'] }] },
      expandHookArgs: false,
    });
  });
  it('is a getter when it downloads', () => {
    const text = 'name: a\nversion: 1.0.0\ndownloaders: [{command: get, protocols: [s3, gs]}]\nother: ignored\n';
    expect(parsePluginManifest(text)).toMatchObject({ type: 'getter/v1', protocols: ['s3', 'gs'] });
  });
  it('may use anchors', () => {
    expect(parsePluginManifest('name: a\nusage: &x y\ndescription: *x\n').longHelp).toBe('y');
  });
});

it.each([
  ['a command', V1, { apiVersion: 'v1', type: 'cli/v1', runtime: 'subprocess' }],
  ['a getter', of('getter/v1', 'config: {protocols: [a, 1]}\n'), { protocols: ['a', '1'] }],
  ['a post-renderer', of('postrenderer/v1'), { type: 'postrenderer/v1' }],
  [
    'hooks in JavaScript',
    of('hooks/v1', 'runtimeConfig: {main: lib/a.js}\n').replace('subprocess', 'javascript'),
    { runtime: 'javascript', main: 'lib/a.js' },
  ],
])('plugin.yaml of version 1: %s', (_, text, want) => {
  expect(parsePluginManifest(text)).toMatchObject(want);
});

it.each([
  ['name: ../a\n', 'invalid plugin name "../a": must contain only a-z, A-Z, 0-9, _ and -'],
  ['name: a b\n', 'invalid plugin name "a b": must contain only a-z, A-Z, 0-9, _ and -'],
  ['name: a\nversion: ../../x\n', 'invalid plugin version "../../x": must be valid semver'],
  ['apiVersion: v1\nname: ../a\n', 'invalid plugin `name`'],
  ['apiVersion: v1\nname: a\n', 'plugin `version` is required'],
  ['apiVersion: v1\nname: a\nversion: ../x\n', 'invalid plugin `version` "../x": must be valid semver'],
  ['apiVersion: v2\nname: a\n', 'invalid plugin apiVersion: "v2"'],
  [
    'name: a\nname: b\n',
    'failed to peek plugin.yaml API version: yaml: unmarshal errors:\n  line 2: mapping key "name" already defined at line 1',
  ],
  [
    `${V1}config: {usage: a, usage: b}\n`,
    'failed to peek plugin.yaml API version: yaml: unmarshal errors:\n  line 6: mapping key "usage" already defined at line 6',
  ],
  [`${V1}foo: bar\n`, 'yaml: unmarshal errors:\n  line 6: field foo not found in type plugin.MetadataV1'],
  ['name: a\ncommand: x\nplatformCommand: [{command: y}]\n', 'both platformCommand and command are set'],
  [
    'name: a\nplatformCommand: x\n',
    'yaml: unmarshal errors:\n  line 2: cannot unmarshal !!str `x` into []plugin.PlatformCommand',
  ],
  ['name: a\nignoreFlags: "true"\n', 'yaml: unmarshal errors:\n  line 2: cannot unmarshal !!str `true` into bool'],
  ['a: b: c\n', 'failed to peek plugin.yaml API version: yaml: mapping values are not allowed in this context'],
  ['', 'failed to peek plugin.yaml API version: EOF'],
  [of('nope'), 'failed to convert MetadataV1 to Metadata: unknown plugin type "nope"'],
  [of('getter/v1'), 'config validation failed: getter has no protocols'],
  [
    of('hooks/v1', 'runtimeConfig: {main: ../../x.js}\n').replace('subprocess', 'javascript'),
    'runtimeConfig: main "../../x.js" is not within the plugin',
  ],
  [
    of('hooks/v1'),
    'failed to convert MetadataV1 to Metadata: a plugin of type hooks/v1 has runtime javascript, and no other has',
  ],
  [' '.repeat(1024 * 1024 + 1), 'plugin.yaml is larger than 1048576 bytes'],
])('refuses %j', (text, message) => {
  expect(() => parsePluginManifest(text)).toThrow(expect.objectContaining({ code: 'PLUGIN_INVALID', message }));
});

const FIELDS = [
  'name',
  'version',
  'type',
  'runtime',
  'config',
  'runtimeConfig',
  'platformCommand',
  'hooks',
  'downloaders',
];

it('reads or refuses whatever is in it', () => {
  const value = fc.constantFrom('null', '[]', '[null]', '{}', '{a: null}', '[{}]', '1', 'x', '{protocols: null}');
  const fields = fc.uniqueArray(fc.tuple(fc.constantFrom(...FIELDS), value), { selector: ([name]) => name });
  fc.assert(
    fc.property(fields, fc.constantFrom('', 'apiVersion: v1\n'), (lines, head) => {
      const text = head + lines.map(([name, item]) => `${name}: ${item}\n`).join('');
      try {
        expect(parsePluginManifest(text).name).toMatch(/^[A-Za-z0-9_-]+$/);
      } catch (e) {
        expect(e).toMatchObject({ code: 'PLUGIN_INVALID' });
      }
    }),
  );
});
