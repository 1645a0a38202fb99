import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { readContent, sha256 } from './content.ts';

const streamOf = (chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

test('a stream is read whole, whatever was expected of its length', async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: -1, max: 500 }), fc.boolean(), async (parts, expected, hashed) => {
      const wanted = Buffer.concat(parts);
      const data = await readContent(streamOf(parts), { expected, maxSize: 1000, digest: hashed });
      expect(Buffer.from(data).equals(wanted)).toBe(true);
      expect(await sha256(data)).toBe(createHash('sha256').update(wanted).digest('hex'));
    }),
  );
});

test('what a stream is held to is not hashed again', async () => {
  const digest = 'f'.repeat(64);
  const data = await readContent(streamOf([new Uint8Array(8)]), { expected: 8, maxSize: 8, digest });
  expect(await sha256(data)).toBe(digest);
});

test.each([
  ['that is too large', 0],
  ['that is said to be smaller', 5],
  ['that is said to be larger than anything', Number.NaN],
])('a stream %s is refused', async (_, expected) => {
  const chunks = [new Uint8Array(8), new Uint8Array(8)];
  await expect(readContent(streamOf(chunks), { expected, maxSize: 15, digest: true })).rejects.toThrow(RangeError);
});
