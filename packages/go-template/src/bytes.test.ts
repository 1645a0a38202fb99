import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteLength, compareBytes, fromBytes, isValidUtf8, rejoin, sliceBytes, toBytes } from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 40 });

test('any bytes survive as a string', () => {
  fc.assert(fc.property(bytes, (b) => void expect(toBytes(fromBytes(b))).toEqual(b)));
});

test('length, order and validity are those of the bytes', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const [s, t] = [fromBytes(a), fromBytes(b)];
      expect(byteLength(s)).toBe(a.length);
      expect(Math.sign(compareBytes(s, t))).toBe(Math.sign(Buffer.compare(a, b)));
      expect(isValidUtf8(s)).toBe(Buffer.from(Buffer.from(a).toString('utf8')).equals(a));
    }),
  );
});

test('a character cut in two is one again when its halves meet', () => {
  const s = 'aé🎉';
  for (let i = 0; i <= byteLength(s); i++) expect(rejoin(sliceBytes(s, 0, i) + sliceBytes(s, i))).toBe(s);
});
