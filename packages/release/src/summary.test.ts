import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { unpackRecord } from './record.ts';
import type { RecordHead } from './storage/storage.ts';
import { type ReleaseSummary, summariesOf } from './summary.ts';

const records = readFileSync(new URL('testdata/records.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const packed = (text: string): string => gzipSync(text).toString('base64');

const headOf = (text: string, more: Partial<RecordHead> = {}): RecordHead => {
  const { namespace = '', version = 0 } = /"version":(?<version>\d+),"namespace":"(?<namespace>[^"]*)"/.exec(text)
    ?.groups ?? { namespace: 'shop', version: 1 };
  const labels = { team: 'a' };
  const load = () => unpackRecord(packed(text), labels);
  return {
    name: 'web',
    namespace,
    version: Number(version),
    status: 'deployed',
    labels,
    packed: packed(text),
    load,
    ...more,
  };
};

const shown = (summary: ReleaseSummary | Error | undefined): unknown => {
  if (summary === undefined || summary instanceof Error) return summary;
  const { name, namespace, version, info, labels, chart } = summary;
  return { name, namespace, version, info, labels, metadata: chart?.metadata };
};

/** The text is made so long that it is not unpacked whole. */
const long = (text: string): string =>
  text.replace('"templates":[', () => {
    let noise = '';
    for (let i = 0, state = 7; i < 8000; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      noise += state.toString(36);
    }
    return `"templates":[{"name":"noise","data":"${noise}"},`;
  });

describe.each<[string, (text: string) => string]>([
  ['short', (text) => text],
  ['long', long],
])('a %s record is summed up as it is', (_, of) => {
  test.each(records.map((text, i) => [i, of(text)] as const))('record %i', async (_i, text) => {
    const head = headOf(text);
    const [summary] = await summariesOf([head]);
    expect(shown(summary)).toEqual(shown(await head.load()));
  });

  test('without the work of reading all of it', async () => {
    const load = (): never => expect.unreachable();
    const text = of(records[2] as string);
    // Cut off after its start: nobody looks there.
    const start = text.length > 20_000 ? packed(text).slice(0, 8000) : packed(text);
    const [summary] = await summariesOf([headOf(text, { packed: start, load })]);
    expect(shown(summary)).toMatchObject({ name: 'rt' });
  });
});

test('many at once, each by itself', async () => {
  const texts = Array.from({ length: 200 }, (_, i) => records[i % records.length] as string);
  const heads = texts.map((text, i) => headOf(i % 7 === 0 ? long(text) : text));
  const broken = headOf('', { packed: packed('{"info":3}') });
  const cut = headOf('', { packed: packed(records[1] as string).slice(0, 100) });
  const bomb = headOf('', { packed: gzipSync(Buffer.alloc(3_000_000)).toString('base64') });
  heads.splice(5, 0, broken, cut, bomb);
  const summaries = await summariesOf(heads);
  expect(summaries.slice(5, 8)).toEqual([
    expect.objectContaining({ message: 'the record of the release is broken: info is no object' }),
    expect.objectContaining({ message: 'the record of the release is broken: it is cut off or damaged' }),
    expect.objectContaining({ message: 'the record of the release is broken: it is no JSON' }),
  ]);
  for (const [i, summary] of summaries.entries()) {
    if (i < 5 || i > 7) expect(shown(summary)).toEqual(shown(await heads[i]?.load()));
  }
});

test.each<[string, string]>([
  ['no chart', '{"name":"web","info":{"status":"failed"},"version":1,"namespace":"shop"}'],
  ['another order', '{"chart":{"metadata":{"name":"x","version":"1"}},"info":{"status":"failed"},"name":"web"}'],
  ['records of before there was compression', records[1] as string],
])('%s', async (_, text) => {
  const head = headOf(text, { packed: btoa(text) });
  const [summary] = await summariesOf([head]);
  expect(shown(summary)).toMatchObject({ name: 'web', info: { status: expect.any(String) } });
});

test('what is not packed is loaded', async () => {
  const { packed: _, ...head } = headOf(records[1] as string);
  expect(shown((await summariesOf([head]))[0])).toMatchObject({ name: 'web' });
});

test('whatever the texts in it are', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(text, text, fc.dictionary(text, text), async (notes, description, annotations) => {
      const chart = { metadata: { name: 'x', version: '1', description, annotations }, templates: null };
      const hostile = `${notes}","chart":{"metadata":{"name":"evil`;
      const record = { name: 'web', info: { status: 'failed', notes: hostile }, chart, version: 1, namespace: 'shop' };
      const head = headOf(JSON.stringify(record));
      const [summary] = await summariesOf([head]);
      expect(shown(summary)).toEqual(shown({ ...(await head.load()), namespace: 'shop', version: 1 }));
    }),
    { numRuns: 50 },
  );
});
