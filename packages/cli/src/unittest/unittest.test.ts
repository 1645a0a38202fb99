import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../main.ts';
import { filesOf } from './find.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pack-unittest-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function tree(name: string, files: Record<string, string>): string {
  const path = join(folder, name);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), content);
  }
  return path;
}

async function run(argv: string[], env: Record<string, string> = {}) {
  const result = { code: 0, out: '', err: '' };
  result.code = await main(['unittest', ...argv], {
    stdout: (text: string) => void (result.out += text),
    stderr: (text: string) => void (result.err += text),
    stdin: async () => '',
    readable: true,
    env: { NO_COLOR: '1', PATH: process.env['PATH'] ?? '', ...env },
  });
  return result;
}

const CHART = 'apiVersion: v2\nname: shop\nversion: 1.0.0\n';
const MAP =
  'kind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n{{ if .Values.color }}data: {color: {{ .Values.color }}}{{ end }}\n';
const suite = (kind: string, template = 'map.yaml'): string =>
  `suite: maps\ntemplates: [${template}]\ntests:\n- it: is one\n  asserts: [{isKind: {of: ${kind}}}]\n`;

describe('unittest', () => {
  test('suites that pass, and those that do not', async () => {
    const path = tree('plain', {
      'Chart.yaml': CHART,
      'templates/map.yaml': MAP,
      'tests/good_test.yaml': suite('ConfigMap'),
      'tests/bad_test.yaml': suite('Pod'),
      'tests/no-suite_test.yaml': 'tests: []',
      'tests/helper.yaml': 'no suite',
    });
    const { code, out } = await run([path]);
    expect(code).toBe(1);
    expect(out).toContain(` PASS  maps\t${path}/tests/good_test.yaml\n`);
    expect(out).toContain('- asserts[0] `isKind` fail');
    expect(out).toContain('no tests found');
    expect(out).toContain(
      'Test Suites: 2 failed, 1 errored, 1 passed, 3 total\nTests:       1 failed, 1 passed, 2 total\n',
    );
    const good = await run([path, '-f', 'tests/good*']);
    expect(good.code).toBe(0);
  });

  test('colours', async () => {
    const { out } = await run([join(folder, 'plain'), '-f', 'tests/good*'], { NO_COLOR: '', HELM_COLOR: 'always' });
    expect(out).toContain('\x1b[32m PASS \x1b[0m');
  });

  test('coverage, JSON and a report', async () => {
    const path = join(folder, 'plain');
    const { out } = await run([path, '-f', 'tests/good*', '--coverage']);
    expect(out).toContain('Branches:    0.0% (0 of 1)\n    0.0%  shop/templates/map.yaml (0 of 1)\n          3:4 if\n');
    const json = await run([path, '-f', 'tests/good*', '--coverage', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({
      charts: [{ name: 'shop', suites: [{ passed: true, tests: [{ name: 'is one' }] }] }],
      coverage: [{ path: 'shop/templates/map.yaml', missed: [{ line: 3, column: 4, kind: 'if' }] }],
    });
    const file = join(folder, 'reports/junit.xml');
    expect((await run([path, '-o', file, '-t', 'junit'])).code).toBe(1);
    expect(readFileSync(file, 'utf8')).toContain('<failure message="Failed"');
    expect((await run([path, '-o', file, '-t', 'word'])).err).toContain('invalid argument "word"');
  });

  test('a pack, whose branches are those of Jinja', async () => {
    const path = tree('pack', {
      'Pack.yaml': 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: web, version: 1.0.0}\n',
      'values.yaml': 'color: null\nnames: [a]\n',
      'templates/map.yaml':
        'kind: ConfigMap\nmetadata: {name: {{ release.name }}}\n{% if values.color %}data: {color: {{ values.color }}}{% else %}data: {}{% endif %}\n' +
        '{% for name in values.names %}\n{{ name }}: 1\n{% endfor %}\n',
      'templates/other.yaml': '{{ nothing.at.all }}',
      'tests/map_test.yaml': `${suite('ConfigMap')}- it: fails\n  template: other.yaml\n  templates: [other.yaml]\n  asserts: [{notExists: {path: data.color}, template: map.yaml}]\n`,
    });
    const { code, out } = await run([path, '--coverage']);
    expect(out).toContain('Tests:       2 passed, 2 total');
    expect(out).toContain('66.7%  web/templates/map.yaml (2 of 3)\n          3:4 if\n');
    expect(code).toBe(0);
  });

  test('subcharts that are enabled', async () => {
    const child = (name: string): Record<string, string> => ({
      [`charts/${name}/Chart.yaml`]: CHART.replace('shop', name),
      [`charts/${name}/templates/map.yaml`]: MAP,
      [`charts/${name}/tests/own_test.yaml`]: `${suite('ConfigMap')}  set: {color: red}\n- it: has a color\n  set: {color: red}\n  asserts: [{equal: {path: data.color, value: red}}]\n`,
    });
    const path = tree('parent', {
      'Chart.yaml': `${CHART}dependencies: [{name: db, version: 1.0.0}, {name: cache, version: 1.0.0, condition: cache.enabled}]\n`,
      'values.yaml': 'cache: {enabled: false}\n',
      ...child('db'),
      ...child('cache'),
    });
    expect((await run([path])).out).toContain('Tests:       2 passed, 2 total');
    expect((await run([path, '--with-subchart=false'])).out).toContain('Tests:       0 passed, 0 total');
    const values = join(tree('values', { 'v.yaml': 'cache: {enabled: true}\n' }), 'v.yaml');
    expect((await run([path, '-v', values])).out).toContain(', 4 total');
  });

  test('snapshots are files', async () => {
    const path = tree('snap', {
      'Chart.yaml': CHART,
      'templates/map.yaml': MAP,
      'tests/s_test.yaml': suite('ConfigMap').replace('isKind: {of: ConfigMap}', 'matchSnapshot: {}'),
    });
    await run([path]);
    const file = join(path, 'tests/__snapshot__/s_test.yaml.snap');
    expect(readFileSync(file, 'utf8')).toBe(
      'is one:\n  1: |\n    kind: ConfigMap\n    metadata:\n      name: RELEASE-NAME\n',
    );
    writeFileSync(file, readFileSync(file, 'utf8').replace('RELEASE', 'OTHER'));
    expect((await run([path])).code).toBe(1);
    expect((await run([path, '-u'])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('RELEASE-NAME');
  });

  test('programs that post-render', async () => {
    const path = tree('post', {
      'Chart.yaml': CHART,
      'templates/map.yaml': MAP,
      'tests/p_test.yaml': `postRenderer: {cmd: sed, args: [s/ConfigMap/Changed/]}\n${suite('Changed')}`,
      'tests/q_test.yaml': `postRenderer: {cmd: 'false'}\n${suite('Changed')}`,
    });
    expect((await run([path, '-f', 'tests/p*'])).out).toContain('1 passed, 1 total');
    expect((await run([path, '-f', 'tests/q*'])).out).toContain(
      'Error: post-render failed: false ended with exit code 1',
    );
  });

  test('what is no chart', async () => {
    const { code, out } = await run([join(folder, 'nowhere'), join(folder, 'snap')]);
    expect(code).toBe(1);
    expect(out).toContain('### Error: ');
    expect(out).toContain('Charts:      1 failed, 1 errored, 1 passed, 2 total');
  });
});

describe('filesOf', () => {
  test.each([
    ['tests/*_test.yaml', ['tests/a_test.yaml']],
    ['tests/**/*_test.yaml', ['tests/a_test.yaml', 'tests/deep/er/c_test.yaml', 'tests/deep/b_test.yaml']],
    ['./tests/deep/b_test.yaml', ['tests/deep/b_test.yaml']],
    ['none/*.yaml', []],
  ])('%s', (pattern, found) => {
    const names = ['tests/a_test.yaml', 'tests/deep/b_test.yaml', 'tests/deep/er/c_test.yaml', 'tests/other.yaml'];
    const path = tree('glob', Object.fromEntries(names.map((name) => [name, ''])));
    expect(
      filesOf(path, pattern)
        .map((file) => file.slice(path.length + 1))
        .sort(),
    ).toEqual([...found].sort());
  });
});
