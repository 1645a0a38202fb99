import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readItems } from './items.ts';
import { parseJson } from './json.ts';

async function* chunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size = 7, limit?: number): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of readItems(chunks(text, size), limit)) items.push(item);
  return items;
}

test('whatever is in them, and wherever they are cut', async () => {
  const item = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ depthSize: 'small' }));
  await fc.assert(
    fc.asyncProperty(fc.array(item, { maxLength: 4 }), fc.integer({ min: 1, max: 9 }), async (items, size) => {
      const metadata = { resourceVersion: '1', continue: '', more: { a: ['\\"{[', { b: [{}] }] } };
      for (const list of [
        { kind: 'L', metadata, items },
        { items, metadata },
      ]) {
        const text = JSON.stringify(list);
        expect(await read(text, size)).toEqual((parseJson(text) as { items: unknown }).items);
      }
    }),
    { numRuns: 150 },
  );
});

test.each<[string, string, unknown[]]>([
  ['none', '{"items":[]}', []],
  ['null', '{"kind":"L","items":null}', []],
  ['spaces', ' {\n "items" : [ {"a" : 1 } ,\n{ "b":[ ] } ] }\n', [{ a: 1 }, { b: [] }]],
  ['backslashes', '{"items":[{"a":"\\\\"},{"a":"\\\\\\""}]}', [{ a: '\\' }, { a: '\\"' }]],
  ['characters of several bytes', '{"items":[{"a":"ü€😀"}]}', [{ a: 'ü€😀' }]],
  ['large integers', '{"items":[{"a":12345678901234567890}]}', [{ a: 12345678901234567890n }]],
])('%s', async (_, text, items) => {
  for (const size of [1, 2, 3, 1000]) expect(await read(text, size)).toEqual(items);
});

describe('what is no list', () => {
  test.each(['', 'hello', '{"items":[{"a":1}', '{"items":[{"a":1},', '{"items":[{"a":"', '{"items":[{"a":nul}]}'])(
    '%s',
    async (text) => {
      await expect(read(text)).rejects.toMatchObject({ code: 'KUBE_REFUSED' });
    },
  );

  test('an item without an end', async () => {
    await expect(read(`{"items":[{"a":"${'x'.repeat(200)}`, 10, 100)).rejects.toThrow('larger than 100 bytes');
  });
});
