import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

import { main } from '../main.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-errors-'));
afterAll(() => rmSync(root, { recursive: true }));

/** What is said of a pack with these templates. */
async function said(name: string, templates: Readonly<Record<string, string>>): Promise<string> {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, name, path)), { recursive: true });
    writeFileSync(join(root, name, path), text);
  };
  write('Pack.yaml', `apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: ${name}, version: 1.0.0}\n`);
  write('values.yaml', 'image: {tag: x}\n');
  for (const [path, text] of Object.entries(templates)) write(`templates/${path}`, text);
  let err = '';
  const io = { stdout: () => undefined, stderr: (text: string) => void (err += text), stdin: async () => '' };
  await main(['template', join(root, name)], { ...io, env: { HOME: root } });
  return err;
}

test('a template of a pack is shown as it is written, that of a Secret too', async () => {
  const text = 'kind: Secret\nstringData:\n  a: b\n  password: {{ values.image.tga }}\n';
  expect(await said('one', { 'a.yaml': text })).toBe(`Error: one/templates/a.yaml:4:29: values.image.tga is undefined
  at one/templates/a.yaml:4:29
    2 | stringData:
    3 |   a: b
  > 4 |   password: {{ values.image.tga }}
      |                             ^
    5 | ${''}
Hint: did you mean "tag"?
`);
});

test('each of several', async () => {
  const err = await said('two', { 'a.yaml': 'a: {{ values.image.tga }}\n', 'b.yaml': 'b: {% if %}\n' });
  expect(err).toContain('Error: 2 faults in templates:\n- two/templates/a.yaml:1:20: ');
  expect(err).toContain('  > 1 | a: {{ values.image.tga }}\n      |                    ^\n');
  expect(err).toContain('  > 1 | b: {% if %}\n      |          ^\n');
  expect(err).not.toContain('Hint');
});
