/** Sprig's functions of chance. */
import { type FuncMap, func, GoError } from 'go-template';

import { encodeBase64 } from './encoding.ts';
import { replaceBroken } from './rune.ts';
import type { World } from './world.ts';

const NUMERIC = '0123456789';
const ALPHABETIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PRINTABLE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');

const MAX_COUNT = 2 ** 27;

export function randomFunctions({ random }: Pick<World, 'random'>): FuncMap {
  /** An even pick of 0 to `limit` - 1. */
  const below = (limit: number): number => {
    const span = 2 ** 48;
    for (;;) {
      const n = random(6).reduce((sum, byte) => sum * 256 + byte, 0);
      if (n < span - (span % limit)) return n % limit;
    }
  };

  const checkCount = (count: number): void => {
    if (count < 0 || count > MAX_COUNT) throw new GoError('runtime error: makeslice: len out of range');
  };

  /** '' for a negative count, as Sprig drops that error. Bytes that would favour the first characters are passed over. */
  const text = (alphabet: string) =>
    func('func(int) string', (count: number) => {
      checkCount(Math.max(count, 0));
      const fair = 256 - (256 % alphabet.length);
      const chars: string[] = [];
      while (chars.length < count) {
        for (const byte of random(count - chars.length))
          if (byte < fair) chars.push(alphabet[byte % alphabet.length] as string);
      }
      return chars.join('');
    });

  function shuffle(input: string): string {
    const chars = [...replaceBroken(input)];
    for (let i = chars.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [chars[i], chars[j]] = [chars[j] as string, chars[i] as string];
    }
    return chars.join('');
  }

  function randInt(min: number, max: number): number {
    if (max <= min) throw new GoError('invalid argument to Intn');
    return min + below(max - min);
  }

  function randBytes(count: number): string {
    checkCount(count);
    return encodeBase64(random(count));
  }

  function uuidv4(): string {
    const bytes = random(16).slice();
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  return {
    randAlphaNum: text(ALPHABETIC + NUMERIC),
    randAlpha: text(ALPHABETIC),
    randAscii: text(PRINTABLE),
    randNumeric: text(NUMERIC),
    randBytes: func('func(int) (string, error)', randBytes),
    randInt: func('func(int, int) int', randInt),
    shuffle: func('func(string) string', shuffle),
    uuidv4: func('func() string', uuidv4),
  };
}
