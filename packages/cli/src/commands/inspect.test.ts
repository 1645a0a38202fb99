import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

import { main } from '../main.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-inspect-'));
afterAll(() => rmSync(root, { recursive: true }));

async function run(...argv: string[]): Promise<string> {
  let out = '';
  const collect = (text: string): void => void (out += text);
  await main(argv, { stdout: collect, stderr: collect, stdin: async () => '', env: { HOME: root } });
  return out;
}

const pack = join(root, 'web');
mkdirSync(join(pack, 'templates'), { recursive: true });
writeFileSync(
  join(pack, 'Pack.yaml'),
  'apiVersion: sherpack.io/v1\nkind: library\nmetadata: {name: web, version: 1.0.0}\n',
);
writeFileSync(join(pack, 'templates/a.yaml'), 'a: 1\n');
const archive = join(root, 'web-1.0.0.tgz');

test('an archive says what it has, and what is beside it', async () => {
  await run('package', pack, '-d', root);
  writeFileSync(`${archive}.minisig`, '');
  const text = await run('inspect', archive);
  expect(text).toMatch(
    /^NAME: web\nVERSION: 1\.0\.0\nTYPE: pack, library\nCREATED: 1980-01-01T00:00:00\.000Z\nDIGEST: sha256:[0-9a-f]{64}\n/,
  );
  expect(text).toContain(`SIGNATURE: ${archive}.minisig\n`);
  expect(text).toMatch(
    /\nFILE +\tSIZE *\nMANIFEST +\t[\d.]+ \w+ *\nPack\.yaml +\t\d+ B *\ntemplates\/a\.yaml *\t5 B *\n/,
  );
  expect(text).toMatch(/\n3 files, \d+ B\n$/);
  // printf 'a: 1\n' | sha256sum
  const digest = 'sha256:37b128c59f1f5097f73f82691cb519f1f568667faab5ced1b4ab979d36837eae';
  expect(await run('inspect', archive, '--checksums')).toContain(digest);
  expect(JSON.parse(await run('inspect', archive, '-o', 'json')).files).toContainEqual({
    path: 'templates/a.yaml',
    size: 5,
    digest,
  });
  expect(await run('inspect', archive, '--manifest')).toContain(`templates/a.yaml ${digest}\n`);
});

test('a folder has no MANIFEST', async () => {
  expect(await run('inspect', pack)).toContain('\nMANIFEST: none\n');
  expect(await run('inspect', pack, '--manifest')).toBe(
    `Error: ${pack} has no MANIFEST\nHint: archives of packs have one\n`,
  );
});

test('it is the other name of show', async () => {
  expect(await run('inspect', 'chart', pack)).toContain('kind: library');
});
