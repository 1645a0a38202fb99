import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

import { main } from './main.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-missing-'));
afterAll(() => rmSync(root, { recursive: true }));

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const HEAD = 'apiVersion: sherpack.io/v1\nkind: Pack\n';
write('db/Pack.yaml', `${HEAD}metadata: {name: db, version: 1.0.0}\n`);
write('db/templates/a.yaml', 'from: db\n');
const dependency = (more: string): string =>
  `${HEAD}metadata: {name: web, version: 1.0.0}\ndependencies: [{name: db, version: 1.0.0, repository: "file://../db"${more}}]\n`;
for (const [name, more] of [
  ['off', ', condition: db.enabled'],
  ['never', ', enabled: false'],
  ['unsaid', ', condition: db.unsaid'],
  ['alias', ', condition: db.enabled, alias: store'],
] as const) {
  write(`${name}/Pack.yaml`, dependency(more));
  write(`${name}/values.yaml`, 'db: {enabled: false}\n');
  write(`${name}/templates/a.yaml`, 'from: web\n');
}
cpSync(join(root, 'db'), join(root, 'never/packs/db'), { recursive: true });

async function run(command: string, name: string, ...more: string[]): Promise<string> {
  let out = '';
  const collect = (text: string): void => void (out += text);
  const io = { stdout: collect, stderr: collect, stdin: async () => '', env: { HOME: root } };
  await main([...command.split(' '), join(root, name), ...more], io);
  return out;
}

const MISSING = 'Error: found in Pack.yaml, but missing in packs/: ';
const HINT = '\nHint: fetch what is missing: pack dependency build PACK\n';

test.each([
  ['what its values switch off is not missed', 'template', 'off', [], 'from: web'],
  ['nor packed', 'package', 'off', ['-d', root], 'Successfully packaged'],
  ['but what yours switch on', 'template', 'off', ['--set', 'db.enabled=true'], `${MISSING}db${HINT}`],
  ['by its name here', 'template', 'alias', ['--set', 'db.enabled=true'], `${MISSING}store${HINT}`],
  ['what nothing switches off', 'template', 'unsaid', [], `${MISSING}db${HINT}`],
  ['also in an archive', 'package', 'unsaid', [], `${MISSING}db${HINT}`],
])('%s', async (_, command, name, flags, text) => {
  expect(await run(command, name, ...flags)).toContain(text);
});

test('what the pack itself switches off is not rendered, wherever it lies', async () => {
  expect(await run('template', 'never', '--set', 'db.enabled=true')).toBe(
    '---\n# Source: web/templates/a.yaml\nfrom: web\n',
  );
});

test('what is fetched is what is rendered', async () => {
  await run('dependency update', 'unsaid');
  expect(await run('template', 'unsaid')).toContain('from: db');
  await run('dependency update', 'alias');
  expect(await run('template', 'alias')).not.toContain('from: db');
});

test('lint takes archives of packs, and what lies in packs/', async () => {
  await run('package', 'db', '-d', root);
  expect(await run('lint', 'db-1.0.0.tgz')).toContain('1 chart(s) linted, 0 chart(s) failed');
  await run('dependency update', 'unsaid');
  cpSync(join(root, 'db'), join(root, 'unsaid/packs/other'), { recursive: true });
  const text = await run('lint', 'unsaid', '--with-subcharts');
  expect(text.match(/==> Linting .*\n/g)?.map((line) => line.split('/').at(-1))).toEqual([
    'unsaid\n',
    'db-1.0.0.tgz\n',
    'other\n',
  ]);
  expect(await run('lint', 'off')).toContain('0 chart(s) failed');
});
