import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

import { main } from '../main.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-values-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

async function run(...argv: string[]): Promise<string> {
  let out = '';
  const collect = (text: string): void => void (out += text);
  const env = { HOME: root, HELM_DATA_HOME: join(root, 'data') };
  await main(argv, { stdout: collect, stderr: collect, stdin: async () => 'a: 9007199254740993\n', env });
  return out;
}

write('pack/Pack.yaml', 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: pack, version: 1.0.0}\n');
write('pack/templates/a.yaml', 'a: {{ values.a }}\nb: {{ values.a + 1 }}\n');
write('pack/values.yaml', 'a: 9007199254740995\n');
write(
  'pack/tests/a_test.yaml',
  `suite: a
templates: [a.yaml]
tests:
- {it: a, set: {a: 9007199254740993}, asserts: [{equal: {path: a, value: 9007199254740993}}]}
- {it: b, values: [../../v.yaml], asserts: [{equal: {path: a, value: 9007199254740993}}]}
`,
);
write('chart/Chart.yaml', 'apiVersion: v2\nname: chart\nversion: 1.0.0\n');
write('chart/templates/a.yaml', 'a: {{ .Values.a }}\nb: {{ add .Values.a 1 }}\n');
const file = write('v.yaml', 'a: 9007199254740993\n');

const EXACT = 'a: 9007199254740993\nb: 9007199254740994\n';
const FLOAT = 'a: 9.007199254740992e+15\nb: 9007199254740993\n';

test.each([
  ['pack', [], 'a: 9007199254740995\nb: 9007199254740996\n'],
  ['pack', ['-f', file], EXACT],
  ['pack', ['-f', '-'], EXACT],
  ['pack', ['--set', 'a=9007199254740993'], EXACT],
  ['pack', ['--set-json', 'a=9007199254740993'], EXACT],
  ['chart', ['-f', file], FLOAT],
  ['chart', ['--set-json', 'a=9007199254740993'], FLOAT],
  ['chart', ['--set', 'a=9007199254740993'], EXACT],
])('integers beyond 2^53 in a %s by %j', async (chart, flags, text) => {
  expect(await run('template', 'r', join(root, chart), ...flags)).toBe(
    `---\n# Source: ${chart}/templates/a.yaml\n${text}`,
  );
});

test('and where packs are tested', async () => {
  expect(await run('unittest', join(root, 'pack'), '-f', 'tests/*_test.yaml')).toContain('2 passed, 2 total');
});
