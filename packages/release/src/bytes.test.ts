import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { fromBase64, gunzip, gzip, textOfBase64, toBase64 } from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 200_000 });

test('what is packed is unpacked', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, async (plain) => {
      expect(Buffer.compare(await gunzip(await gzip(plain), 200_000), plain)).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test('base64 is that of Node and of the web', () => {
  fc.assert(
    fc.property(bytes, (plain) => {
      const text = toBase64(plain);
      expect(text).toBe(Buffer.from(plain).toString('base64'));
      expect(Buffer.compare(fromBase64(text), plain)).toBe(0);
      expect(textOfBase64(text)).toBe(atob(text));
    }),
    { numRuns: 30 },
  );
});

test('a part of an array is no more than that part', async () => {
  const part = new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 3);
  expect(toBase64(part)).toBe('AgM=');
  expect([...(await gunzip(await gzip(part), 10))]).toEqual([2, 3]);
});

test.each<[string, Uint8Array]>([
  ['more than the limit', gzipSync(Buffer.alloc(1001))],
  ['a bomb', gzipSync(Buffer.alloc(50_000_000))],
  ['what is cut off', gzipSync('abcdefgh').subarray(0, 12)],
  ['what is no gzip', Buffer.from('abcdefgh')],
])('%s is refused', async (_, packed) => {
  await expect(gunzip(packed, 1000)).rejects.toThrow();
});
