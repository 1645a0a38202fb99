import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from './main.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pack-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A chart of these files, with a Chart.yaml if there is none. */
function chart(name: string, files: Record<string, string>): string {
  const path = join(folder, name);
  for (const [file, content] of Object.entries({
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`,
    ...files,
  })) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), content);
  }
  return path;
}

async function run(argv: string[], input = ''): Promise<{ code: number; out: string; err: string }> {
  const result = { code: 0, out: '', err: '' };
  const io = {
    stdout: (text: string) => void (result.out += text),
    stderr: (text: string) => void (result.err += text),
    stdin: async () => input,
    env: {},
  };
  result.code = await main(argv, io);
  return result;
}

const MAP = 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata: {v: {{ .Values.v | quote }}}\n';

test('template prints manifests with their source', async () => {
  const path = chart('plain', { 'templates/a.yaml': MAP, 'values.yaml': 'v: 1\n' });
  expect(await run(['template', 'x', path, '--set', 'v=2'])).toEqual({
    code: 0,
    err: '',
    out: '---\n# Source: plain/templates/a.yaml\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata: {v: "2"}\n',
  });
});

test.each([
  ['--color=bad', 'bad'],
  ['--colour=Always', 'Always'],
  ['--color=', ''],
])('version %s is refused, as it is by Helm', async (flag, mode) => {
  const { code, out, err } = await run(['version', flag, '--help']);
  expect({ code, out, first: err.split('\n')[0] }).toEqual({
    code: 1,
    out: '',
    first: `Error: invalid color mode ${JSON.stringify(mode)}: must be one of: never, auto, always`,
  });
});

test.each(['hide-notes', 'render-subchart-notes'])('template --%s warns that it does nothing', async (flag) => {
  const { code, err } = await run(['template', 'x', chart('noted', { 'templates/a.yaml': MAP }), `--${flag}`]);
  const warning = `Flag --${flag} has been deprecated, this flag has no effect for 'pack template' and will be removed in Helm 5`;
  expect([code, err]).toEqual([0, `${warning}\n`]);
});

test('values come from standard input too, below --set', async () => {
  const path = chart('stdin', { 'templates/a.yaml': MAP });
  expect((await run(['template', path, '-f', '-'], 'v: in\n')).out).toContain('v: "in"');
  expect((await run(['template', path, '--set', 'v=set', '-f', '-'], 'v: in\n')).out).toContain('v: "set"');
});

test('--output-dir writes files and says so', async () => {
  const path = chart('out', { 'templates/a.yaml': MAP });
  const target = join(folder, 'target');
  const { out } = await run(['template', path, '--output-dir', target]);
  expect(out).toBe(`wrote ${target}/out/templates/a.yaml\n\n`);
  expect(readdirSync(target, { recursive: true })).toContain('out/templates/a.yaml');
  expect(readFileSync(join(target, 'out/templates/a.yaml'), 'utf8')).toMatch(
    /^---\n# Source: out\/templates\/a.yaml\n/,
  );
});

test('--show-only shows what it names, and refuses what there is not', async () => {
  const path = chart('only', { 'templates/a.yaml': MAP, 'templates/b.yaml': MAP.replace('name: a', 'name: b') });
  expect((await run(['template', path, '-s', 'templates/b.yaml'])).out).not.toContain('name: a}');
  const { code, err } = await run(['template', path, '-s', 'templates/c.yaml']);
  expect([code, err]).toEqual([1, 'Error: could not find template templates/c.yaml in chart\n']);
});

describe('a failed template shows its line and who included it', () => {
  test('after what Helm says', async () => {
    const path = chart('fails', {
      'templates/_h.tpl': '{{ define "h" }}\n{{ .Values.a.b }}\n{{ end }}',
      'templates/a.yaml': 'a: {{ include "h" . }}\n',
    });
    const { code, err } = await run(['template', path]);
    expect(code).toBe(1);
    expect(err).toContain('nil pointer evaluating interface {}.b\n\nUse --debug flag to render out invalid YAML\n');
    expect(err).toContain('  at fails/templates/_h.tpl:2:11\n');
    expect(err).toContain('  > 2 | {{ .Values.a.b }}\n');
    expect(err).toContain('  included from fails/templates/a.yaml:1:7\n');
  });
});

describe('faults', () => {
  const cases: [name: string, argv: string[], message: string][] = [
    ['an unknown command', ['nope'], 'Error: unknown command "nope" for "pack"\n'],
    ['an unknown flag', ['template', '--nope'], 'Error: unknown flag: --nope\n'],
    ['no chart', ['template'], 'Error: "pack template" requires at least 1 argument\n'],
    ['a chart that is not there', ['template', './nowhere'], 'not found\n'],
    ['a values file that is not there', ['template', '.', '-f', 'nowhere.yaml'], 'Error: '],
  ];
  test.each(cases)('%s', async (_, argv, message) => {
    const { code, out, err } = await run(argv);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(message);
  });
});

test('package gives the same bytes for the same chart, and what it packed renders', async () => {
  const path = chart('packed', { 'templates/a.yaml': MAP, 'values.yaml': 'v: 1\n' });
  const archives: Buffer[] = [];
  for (const target of ['one', 'two']) {
    const { code, out } = await run(['package', path, '-d', join(folder, target), '--version', '2.0.0']);
    const file = join(folder, target, 'packed-2.0.0.tgz');
    expect([code, out]).toEqual([0, `Successfully packaged chart and saved it to: ${file}\n`]);
    archives.push(readFileSync(file));
    expect((await run(['template', file])).out).toContain('data: {v: "1"}');
  }
  expect(archives[0]?.equals(archives[1] as Buffer)).toBe(true);
});

test('help lists commands, and a command its flags', async () => {
  expect((await run([])).out).toContain('  template ');
  expect((await run(['template', '--help'])).out).toContain('--show-only stringArray');
  expect((await run(['show'])).out).toContain('  values ');
});

test.each([
  ['{{ .Values.imag.repo }}', 'Hint: there is no imag; did you mean image?'],
  ['{{ .Values.nothing.at.all }}', 'Hint: there is no nothing; there are global, image'],
  ['{{ .Capabilities.KubeVersion.Mayor }}', 'Hint: there is no Mayor; did you mean Major?'],
  ['{{ toYml . }}', 'Hint: did you mean toYaml?'],
  ['{{ include "a.lables" . }}{{ define "a.labels" }}{{ end }}', 'Hint: did you mean a.labels?'],
  ['a: b\n c: [', '  > 2 |  c: ['],
])('the error of %j helps', async (template, help) => {
  const values = 'image: {repo: x}\nglobal: {}\n';
  const path = chart('helped', { 'templates/a.yaml': template, 'values.yaml': values });
  const { code, err } = await run(['template', path]);
  expect(code).toBe(1);
  expect(err.split('\n')).toContain(help);
});
