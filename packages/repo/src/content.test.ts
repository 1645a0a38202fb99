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

test.each([true, false])('a stream is read whole, hashed: %s', async (hashed) => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(chunks, async (parts) => {
      const wanted = Buffer.concat(parts);
      const heard: Uint8Array[] = [];
      const content = await readContent(streamOf(parts), {
        maxSize: 1000,
        digest: hashed,
        onChunk: (chunk) => heard.push(chunk),
      });
      const hex = createHash('sha256').update(wanted).digest('hex');
      expect([content.size, await content.digest()]).toEqual([wanted.length, hex]);
      expect(Buffer.from(content.bytes).equals(wanted)).toBe(true);
      expect(await sha256(content.bytes)).toBe(hex);
      expect(heard).toEqual(parts);
    }),
  );
});

test('what a stream is held to is not hashed again', async () => {
  const digest = 'f'.repeat(64);
  const content = await readContent(streamOf([new Uint8Array(8), new Uint8Array(8)]), { maxSize: 16, digest });
  expect([await content.digest(), await sha256(content.bytes)]).toEqual([digest, digest]);
});

test('a stream that is too large is refused', async () => {
  const chunks = [new Uint8Array(8), new Uint8Array(8)];
  await expect(readContent(streamOf(chunks), { maxSize: 15, digest: true })).rejects.toThrow(RangeError);
});
