/** Input that is made to hurt: each ends in an error that says where, with exit code 1, soon (e2e/parity/limits.js watches the process). */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from './main.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pack-bad-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** A chart of one template and its values. */
function chart(name: string, template: string, values = ''): string {
  write(`${name}/Chart.yaml`, `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`);
  write(`${name}/values.yaml`, values);
  write(`${name}/templates/a.yaml`, template);
  return join(folder, name);
}

const tar = async (...files: [name: string, content: string][]): Promise<Uint8Array> =>
  gzipSync(await packTar(files.map(([name, content]) => ({ header: { name, size: content.length }, body: content }))));

const CHART = 'apiVersion: v2\nname: c\nversion: 0.1.0\n';

/** 10 GB in 10 MB: one file of zeros, in a gzip stream of many members. */
async function hugeArchive(): Promise<Uint8Array> {
  const [members, size] = [100, 100 * 1024 * 1024];
  const head = (await packTar([{ header: { name: 'c/values.yaml', size: 1 }, body: '0' }])).subarray(0, 512);
  new TextEncoder().encodeInto(`${(members * size).toString(8).padStart(11, '0')} `, head.subarray(124));
  head.fill(0x20, 148, 156);
  const sum = head.reduce((a, b) => a + b, 0);
  new TextEncoder().encodeInto(`${sum.toString(8).padStart(6, '0')}\0 `, head.subarray(148));
  const zeros = gzipSync(new Uint8Array(size), { level: 1 });
  return Buffer.concat([gzipSync(head), ...Array.from({ length: members }, () => zeros)]);
}

const aliasBomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
  .concat(
    Array.from('bcdefghij', (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)}, `.repeat(8)}x]`),
  )
  .join('\n');

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const cases: [name: string, path: () => string | Promise<string>, error: RegExp][] = [
  [
    'a tpl that calls itself',
    () => chart('tpl-self', '{{ tpl .Values.t . }}', "t: '{{ tpl .Values.t . }}'"),
    /^Error: .*tpl-self\/templates\/a\.yaml/,
  ],
  [
    'a tpl that doubles itself',
    () =>
      chart(
        'tpl-double',
        '{{ tpl .Values.t (dict "n" 64 "Values" .Values "Template" .Template) }}',
        't: \'{{ if gt .n 0 }}{{ $d := dict "n" (sub .n 1) "Values" .Values "Template" .Template }}{{ tpl .Values.t $d }}{{ tpl .Values.t $d }}{{ end }}\'',
      ),
    /^Error: .*gave up after \d+ loop turns and template calls/,
  ],
  [
    'a range within ranges',
    () => chart('ranges', `${'{{ range until 1000 }}'.repeat(6)}x${'{{ end }}'.repeat(6)}`),
    /^Error: .*gave up after \d+ loop turns and template calls/,
  ],
  [
    'an include that includes itself',
    () => chart('cyclic', '{{ define "c" }}{{ include "c" . }}{{ end }}{{ include "c" . }}'),
    /^Error: .*cyclic\/templates\/a\.yaml/,
  ],
  [
    'a YAML alias bomb in the values',
    () => chart('alias', 'x', aliasBomb),
    /^Error: cannot load values\.yaml: .*excessive aliasing/,
  ],
  ['a YAML alias bomb in what is rendered', () => chart('alias-out', aliasBomb), /^Error: .*excessive aliasing/],
  [
    'deep nesting in the values',
    () => chart('deep', 'x', `a: ${nested(20_000)}`),
    /^Error: cannot load values\.yaml: .*exceeded max depth of 10000/,
  ],
  [
    'deep nesting in what is rendered',
    () => chart('deep-out', `a: ${nested(20_000)}`),
    /^Error: .*exceeded max depth of 10000/,
  ],
  [
    'parentheses without end',
    () => chart('parens', `{{ ${'('.repeat(100_000)} }}`),
    /^Error: parse error at \(parens\/templates\/a\.yaml/,
  ],
  [
    'a huge index',
    () => chart('index', '{{ index .Values.l 99999999999 }}', 'l: [1]'),
    /^Error: .*error calling index: index out of range: 99999999999/s,
  ],
  ['a huge repeat', () => chart('repeat', '{{ repeat 99999999999 "x" }}'), /^Error: .*repeat/s],
  ['a huge number of the values', () => chart('number', '{{ .Values.n.x }}', `n: ${'9'.repeat(400)}`), /^Error: /],
  [
    'an archive that climbs out',
    async () => write('out.tgz', await tar(['c/Chart.yaml', CHART], ['c/../../x', 'x'])),
    /^Error: chart illegally references parent directory/,
  ],
  [
    'an archive with an absolute path',
    async () => write('abs.tgz', await tar(['c/Chart.yaml', CHART], ['c//etc/passwd', 'x'])),
    /^Error: chart illegally contains absolute paths/,
  ],
  [
    'an archive with two files of one name',
    async () => write('twice.tgz', await tar(['c/Chart.yaml', CHART], ['c/a', '1'], ['c/a', '2'])),
    /^Error: .*c?\/?a/,
  ],
  [
    'an archive with a link out of it',
    async () =>
      write(
        'link.tgz',
        gzipSync(await packTar([{ header: { name: 'c/a', size: 0, type: 'symlink', linkname: '/etc/passwd' } }])),
      ),
    /^Error: .*"c\/a".*symlink/,
  ],
  [
    'an archive of 10 GB',
    async () => write('bomb.tgz', await hugeArchive()),
    /^Error: decompressed chart.* is larger than the maximum/,
  ],
  [
    'half an archive',
    async () => write('half.tgz', (await tar(['c/Chart.yaml', CHART])).subarray(0, 60)),
    /^Error: .*unexpected EOF/,
  ],
  [
    'bad UTF-8 in the values',
    () => (
      write('utf8/Chart.yaml', CHART),
      write('utf8/values.yaml', Uint8Array.of(0x61, 0x3a, 0x20, 0xff, 0xfe)),
      join(folder, 'utf8')
    ),
    /^Error: cannot load values\.yaml: .*invalid.*UTF-8/,
  ],
  [
    'a schema that is none',
    () => (
      write('schema/Chart.yaml', CHART), write('schema/values.schema.json', '{"type": 7}'), join(folder, 'schema')
    ),
    /^Error: .*schema/s,
  ],
  [
    'a Chart.yaml of nothing',
    () => (write('empty/Chart.yaml', ''), join(folder, 'empty')),
    /^Error: .*chart\.metadata|^Error: validation/,
  ],
];

test.each(cases)('%s', { timeout: 60_000 }, async (_, path, error) => {
  const at = await path();
  let err = '';
  const io = { stdout() {}, stderr: (text: string) => void (err += text), stdin: async () => '', env: {} };
  let code: number;
  try {
    code = await main(['template', at], io);
  } catch (e) {
    // Without the larger stack that the process has for this, the bound is that of the stack.
    err = `Error: ${(e as Error).message}`;
    code = 1;
  }
  expect(err).toMatch(error);
  expect(code).toBe(1);
});
