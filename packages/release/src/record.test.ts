import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parseChart } from '@pack/core';
import { toGo } from 'go-template';
import { describe, expect, test } from 'vitest';

import { ReleaseError } from './error.ts';
import { encodeRelease, isPending, packRecord, storedChart, unpackRecord } from './record.ts';

// What Helm printed for `helm install --dry-run=client -o json`, and what it stored for revisions with hooks that ran.
const records = readFileSync(new URL('testdata/records.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');

describe('records of Helm are written again as they were read', () => {
  test.each(records.map((text, i) => [i, text] as const))('record %i', async (_, text) => {
    expect(encodeRelease(await unpackRecord(Buffer.from(text).toString('base64')))).toBe(text);
    expect(encodeRelease(await unpackRecord(gzipSync(text).toString('base64')))).toBe(text);
  });

  test.each(records.map((text, i) => [i, text] as const))('packed: record %i', async (_, text) => {
    const release = await unpackRecord(gzipSync(text).toString('base64'), { team: 'a' });
    expect(release.labels).toEqual({ team: 'a' });
    expect(await unpackRecord(await packRecord(release), { team: 'a' })).toEqual(release);
  });
});

test('what is read is what Helm knows', async () => {
  const release = await unpackRecord(Buffer.from(records[0] as string).toString('base64'));
  expect(release).toMatchObject({ name: 'web', namespace: 'shop', version: 1, applyMethod: 'ssa' });
  expect(release.info).toMatchObject({ status: 'pending-install', notes: 'Thanks for web ü\n' });
  expect(release.chart?.metadata).toMatchObject({ name: 'shop', appVersion: '7', description: 'Füße & <b>' });
  expect({ ...release.config }).toEqual({ replicas: 3, a: { b: 'c' }, l: [1, 2] });
  expect(release.hooks).toMatchObject([
    {
      name: 't',
      kind: 'Pod',
      events: ['test', 'pre-install'],
      weight: -3,
      deletePolicies: ['hook-succeeded'],
      outputLogPolicies: ['hook-failed'],
      lastRun: { phase: '' },
    },
  ]);
});

test('records of Helm 3 say less', async () => {
  const text = '{"name":"old","info":{"first_deployed":"","last_deployed":"","deleted":"","status":""},"version":3}';
  const release = await unpackRecord(btoa(text));
  expect(release).toMatchObject({
    name: 'old',
    version: 3,
    applyMethod: '',
    chart: undefined,
    hooks: [],
    manifest: '',
  });
  expect(release.info).toEqual({ status: 'unknown' });
});

test('values of packs keep integers beyond 2^53; those of charts are floats, as Helm has them', async () => {
  const read = async (head: string, text: string) => {
    const file = (name: string, content: string) => ({ name, data: new TextEncoder().encode(content) });
    const chart = parseChart([file(head, text), file('values.yaml', 'a: 9007199254740993\nb: 1\n')]);
    const [record] = records.map((one) => Buffer.from(one).toString('base64'));
    const release = await unpackRecord(record as string);
    const config = toGo({ a: 9007199254740995n, b: 1.5 });
    return unpackRecord(await packRecord({ ...release, chart: storedChart(chart), config }));
  };
  const pack = await read('Pack.yaml', 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: a, version: 1.0.0}\n');
  expect({ ...pack.config }).toEqual({ a: 9007199254740995n, b: 1.5 });
  expect({ ...pack.chart?.values }).toEqual({ a: 9007199254740993n, b: 1 });
  const chart = await read('Chart.yaml', 'apiVersion: v2\nname: a\nversion: 1.0.0\n');
  expect({ ...chart.config }).toEqual({ a: 9007199254740996, b: 1.5 });
  expect({ ...chart.chart?.values }).toEqual({ a: 2 ** 53, b: 1 });
});

describe('what is no record', () => {
  const BROKEN = 'the record of the release is broken: ';
  const cases: [string, string, string][] = [
    ['nothing', '', 'it is no JSON'],
    ['no base64', '!!!', 'it is no JSON'],
    ['a text', btoa('hello'), 'it is no JSON'],
    ['a list', btoa('[]'), 'it is no object'],
    ['null', btoa('null'), 'it is no object'],
    ['info that is none', btoa('{"info":3}'), 'info is no object'],
    ['a config that is none', btoa('{"config":[]}'), 'config is no object'],
    ['a hook that is none', btoa('{"hooks":[1]}'), 'a hook is no object'],
    ['a file that is none', btoa('{"chart":{"templates":["a"]}}'), 'a file is no object'],
    ['gzip that is cut off', gzipSync('{"name":"a"}').subarray(0, 20).toString('base64'), 'it is cut off or damaged'],
    ['gzip of no JSON', gzipSync('hello').toString('base64'), 'it is no JSON'],
  ];
  test.each(cases)('%s', async (_, text, what) => {
    const e = await unpackRecord(text).catch((fault: unknown) => fault as ReleaseError);
    expect(e).toBeInstanceOf(ReleaseError);
    expect(e).toMatchObject({ code: 'RELEASE_RECORD_BROKEN', message: BROKEN + what });
  });

  test('a bomb is not unpacked', async () => {
    const bomb = Buffer.concat(Array(300).fill(gzipSync(Buffer.alloc(1024 * 1024)))).toString('base64');
    await expect(unpackRecord(bomb)).rejects.toMatchObject({
      code: 'RELEASE_RECORD_BROKEN',
      message: `${BROKEN}it unpacks to more than 268435456 bytes`,
    });
  });

  test('nothing of it is told', async () => {
    const e = (await unpackRecord(btoa('{"config":{"password":hunter2')).catch((fault: unknown) => fault)) as Error;
    expect(`${e.stack} ${String(e.cause)}`).not.toContain('hunter2');
  });

  test('a name that leads into prototypes is a name', async () => {
    const release = await unpackRecord(btoa('{"name":"a","config":{"__proto__":{"polluted":true}}}'));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.keys(release.config)).toEqual(['__proto__']);
  });
});

test('of a chart there is what Helm keeps', () => {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const modified = new Date('2026-01-02T03:04:05.120Z');
  const chart = parseChart([
    { name: 'Chart.yaml', data: text('apiVersion: v2\nname: shop\nversion: 1.0.0\n'), modified },
    { name: 'values.yaml', data: text('a: 1\n') },
    { name: 'values.schema.json', data: text('{}') },
    { name: 'templates/a.yaml', data: text('kind: X'), modified: new Date('2026-01-02T03:04:05Z') },
    { name: 'files/x.bin', data: new Uint8Array([0, 255]) },
    { name: 'charts/sub/Chart.yaml', data: text('apiVersion: v2\nname: sub\nversion: 1.0.0\n') },
  ]);
  const { templates, files, modtime, schema, schemamodtime, values } = storedChart(chart);
  expect(templates).toEqual([{ name: 'templates/a.yaml', data: btoa('kind: X'), modtime: '2026-01-02T03:04:05Z' }]);
  expect(files).toEqual([{ name: 'files/x.bin', data: 'AP8=' }]);
  expect({ modtime, schema, schemamodtime }).toEqual({
    modtime: '2026-01-02T03:04:05.12Z',
    schema: btoa('{}'),
    schemamodtime: '0001-01-01T00:00:00Z',
  });
  expect(Object.keys(values ?? {})).toEqual(['a']);
});

describe('values of a chart', () => {
  const cases: [title: string, files: Record<string, string>, values: object | null][] = [
    ['without values.yaml', {}, null],
    ['whose values.yaml is empty', { 'values.yaml': '' }, {}],
    ['that has some', { 'values.yaml': 'a: b\n' }, { a: 'b' }],
  ];
  test.each(cases)('%s', (_, files, values) => {
    const all = { 'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n', ...files };
    const raw = Object.entries(all).map(([name, content]) => ({ name, data: new TextEncoder().encode(content) }));
    expect(storedChart(parseChart(raw)).values).toEqual(values);
  });
});

test.each([
  ['pending-install', true],
  ['pending-upgrade', true],
  ['pending-rollback', true],
  ['deployed', false],
  ['uninstalling', false],
])('%s is pending: %s', (status, is) => {
  expect(isPending(status)).toBe(is);
});
