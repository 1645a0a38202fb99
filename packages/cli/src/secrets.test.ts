import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadChart } from '@pack/core';
import { afterAll, expect, test } from 'vitest';

import type { Io } from './command.ts';
import { globalFlags } from './flags/common.ts';
import { parseFlags } from './flags/parse.ts';
import { secretsFlag } from './flags/secrets.ts';
import { main } from './main.ts';
import { renderWithSecrets } from './secrets.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-secrets-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

write('chart/Chart.yaml', 'apiVersion: v2\nname: chart\nversion: 1.0.0\n');
write('chart/templates/a.yaml', 'a: {{ .Values.a | quote }}\nb: {{ .Values.a | b64enc }}\n');
write('chart/values.yaml', 'a: x\n');
write('chart/values.schema.json', '{"properties": {"a": {"type": "string", "maxLength": 12}}}');
write('pack/Pack.yaml', 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: pack, version: 1.0.0}\n');
write('pack/templates/a.yaml', 'a: {{ values.a | quote }}\n');
write('pack/values.yaml', 'a: x\n');
write('asking/Pack.yaml', 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: asking, version: 1.0.0}\n');
write('asking/templates/a.yaml', 'a: {{ secrets["env:" ~ secrets["env:WHICH"]] | required("it is needed") }}\n');
write('none/Pack.yaml', 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: none, version: 1.0.0}\n');
write('none/templates/a.yaml', 'a: {{ secrets.password }}\n');
write(
  'asking/tests/a_test.yaml',
  'tests: [{it: a, template: a.yaml, asserts: [{equal: {path: a, value: "env:env:WHICH"}}]}]\n',
);
write('own/Pack.yaml', 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: own, version: 1.0.0}\n');
write('own/templates/a.yaml', 'a: {{ values.a | quote }}\n');
write('own/values.yaml', 'a: env:SECRET\n');

const env = {
  HOME: root,
  HELM_DATA_HOME: join(root, 'data'),
  SECRET: 'hunter22',
  WHICH: 'SECRET',
  LONG: 'hunter22-hunter22',
};

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const io: Io = {
    stdout: (text) => void (out += text),
    stderr: (text) => void (err += text),
    stdin: async () => '',
    env,
  };
  return { code: await main(argv, io), out, err };
}

const template = (chart: string, ...more: string[]) => run('template', 'r', join(root, chart), ...more);
const A = ['--set', 'a=env:SECRET'];

test.each([
  ['a chart keeps it', 'chart', A, 'a: "env:SECRET"'],
  ['or not', 'chart', [...A, '--secrets=resolve'], 'a: "hunter22"\nb: aHVudGVyMjI='],
  ['or shows nothing', 'chart', [...A, '--secrets=mask'], 'a: "(hidden)"\nb: (hidden)'],
  ['a pack shows nothing', 'pack', A, 'a: "(hidden)"'],
  ['or all', 'pack', [...A, '--secrets=resolve'], 'a: "hunter22"'],
  ['or keeps it', 'pack', [...A, '--secrets=keep'], 'a: "env:SECRET"'],
  ['what a pack asks for, if it may', 'own', ['--secrets=resolve'], 'a: "hunter22"'],
  ['what templates ask for, if they may', 'asking', ['--secrets=resolve'], 'a: hunter22'],
  ['what templates ask for, hidden', 'asking', ['--secrets=mask'], 'a: (hidden)'],
  ['what templates ask for, kept', 'asking', ['--secrets=keep'], 'a: env:env:WHICH'],
  ['what a pack asks for and the user sets', 'own', ['--set', 'a=mine'], 'a: "mine"'],
])('%s', async (_, chart, flags, text) => {
  expect(await template(chart, ...flags)).toMatchObject({ code: 0, out: expect.stringContaining(text) });
});

test.each([
  ['a pack that asks by itself', () => template('own'), 'cannot resolve a: env:SECRET: the chart asks for it'],
  [
    'a template that asks',
    () => template('asking'),
    'asking/templates/a.yaml:1:32: cannot resolve secrets: env:WHICH: the chart asks for it',
  ],
  [
    'what is no reference',
    () => template('none', '--secrets=resolve'),
    'none/templates/a.yaml:1:15: "password" is no reference to a secret',
  ],
  [
    'a variable that is not set',
    () => template('pack', '--set', 'a=env:NONE'),
    'a: env:NONE: the variable NONE is not set',
  ],
  ['a file elsewhere', () => template('pack', '--set', 'a=file:/etc/hostname'), 'lies outside of the folders'],
  ['a mode that is none', () => template('pack', '--secrets=show'), 'must be resolve, keep or mask'],
  ['a values file that is not there', () => template('chart', '-f', 'secrets://none.yaml'), 'secrets://none.yaml'],
])('%s is refused', async (_, refused, text) => {
  expect(await refused()).toMatchObject({ code: 1, out: '', err: expect.stringContaining(text) });
});

test('an error that quotes the secret does not show it', async () => {
  const { code, err } = await template('chart', '--set', 'a=env:LONG', '--secrets=resolve', '--debug');
  expect([code, err.includes('maxLength'), err.includes('hunter22')]).toEqual([1, true, false]);
});

test('files of --output-dir have no secrets either', async () => {
  const folder = join(root, 'out');
  await template('pack', ...A, '--output-dir', folder);
  expect(readFileSync(join(folder, 'pack/templates/a.yaml'), 'utf8')).toContain('a: "(hidden)"');
});

test('lint resolves what it is told to', async () => {
  const chart = join(root, 'chart');
  expect((await run('lint', chart, '--set', 'a=env:LONG')).out).toContain('0 chart(s) failed');
  const { out } = await run('lint', chart, '--set', 'a=env:LONG', '--secrets=resolve');
  expect([out.includes('maxLength'), out.includes('hunter22')]).toEqual([true, false]);
});

test('lint and unit tests keep what templates ask for', async () => {
  expect((await run('lint', join(root, 'asking'))).out).toContain('0 chart(s) failed');
  expect((await run('unittest', join(root, 'asking'))).out).toContain('1 passed, 1 total');
});

test('what is recorded has the references, imported values too', async () => {
  const bytes = (name: string, text: string) => ({ name, data: new TextEncoder().encode(text) });
  const chart = await loadChart([
    bytes(
      'Chart.yaml',
      'apiVersion: v2\nname: up\nversion: 1.0.0\ndependencies:\n- {name: sub, version: 1.0.0, repository: "", import-values: [data]}\n',
    ),
    bytes('templates/a.yaml', 'a: {{ .Values.imported }}\n'),
    bytes('charts/sub/Chart.yaml', 'apiVersion: v2\nname: sub\nversion: 1.0.0\n'),
    bytes('charts/sub/values.yaml', 'exports: {data: {imported: "env:SECRET"}}\n'),
  ]);
  const given = parseFlags(['--secrets=resolve'], { ...globalFlags, secrets: secretsFlag });
  const io: Io = { stdout: () => undefined, stderr: () => undefined, stdin: async () => '', env };
  const rendered = await renderWithSecrets({ chart }, {}, given, io);
  expect(rendered.files['up/templates/a.yaml']).toBe('a: hunter22\n');
  expect(JSON.stringify(rendered.chart.values)).not.toContain('hunter22');
});
