import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatFloat, Int, parseFloat64, quoteGo, sliceOf, sprint, sprintf, toGo, unquoteGo } from '../index.ts';

const int = (n: number): Int => Int.of('int', n);

describe('sprintf', () => {
  const cases: [format: string, args: unknown[], want: string][] = [
    ['%d|%5d|%-5d|%05d|%+d', [int(42), int(42), int(42), int(42), int(42)], '42|   42|42   |00042|+42'],
    [
      '%x %X %o %O %b %#x %c %q %U',
      Array.from({ length: 9 }, () => int(65)),
      "41 41 101 0o101 1000001 0x41 A 'A' U+0041",
    ],
    [
      '%v %f %.2f %e %g %8.3f|%-8.1f|',
      [1e6, 1.5, 2.345, 123456.789, 1e21, 3.14159, 2.5],
      '1e+06 1.500000 2.35 1.234568e+05 1e+21    3.142|2.5     |',
    ],
    [
      '%s|%10s|%-10s|%.2s|%q|%x',
      ['héy', 'héy', 'héy', 'héy', 'a"b\n', 'hi'],
      'héy|       héy|héy       |hé|"a\\"b\\n"|6869',
    ],
    ['%t %v %5t', [true, false, true], 'true false  true'],
    [
      '%v %v %v',
      [toGo({ b: 1, a: [1, 'x', null] }), sliceOf('string', ['a', 'b']), null],
      'map[a:[1 x <nil>] b:1] [a b] <nil>',
    ],
    ['%#v %+v', [toGo({ a: 'x' }), toGo(['y'])], 'map[string]interface {}{"a":"x"} [y]'],
    ['%T %T %T %T', [int(1), 1, 1n, toGo({})], 'int float64 int64 map[string]interface {}'],
    ['%d %s %z', ['a', int(1), int(2)], '%!d(string=a) %!s(int=1) %!z(int=2)'],
    ['%d', [], '%!d(MISSING)'],
    ['x', [int(1), 'y'], 'x%!(EXTRA int=1, string=y)'],
    ['%', [], '%!(NOVERB)'],
    ['%[2]d %[1]d %[3]d', [int(1), int(2)], '2 1 %!d(BADINDEX)'],
    ['%*d|%-*d|', [int(5), int(1), int(4), int(2)], '    1|2   |'],
    ['100%%', [], '100%'],
    ['%5v|%-5v|', [toGo([1, 2]), 'x'], '[    1     2]|x    |'],
    ['%.3v %.3d', ['abcdef', int(7)], 'abc 007'],
  ];
  test.each(cases)('%s', (format, args, want) => expect(sprintf(format, ...args)).toBe(want));
});

test('sprint puts a space only between operands that are no strings', () => {
  expect(sprint(int(1), int(2), 'a', 'b', int(3), null, null)).toBe('1 2a b3 <nil> <nil>'.replace('a b', 'ab'));
});

describe('formatFloat', () => {
  const cases: [v: number, format: string, precision: number, want: string][] = [
    [2.5, 'f', 0, '2'],
    [3.5, 'f', 0, '4'],
    [0.1, 'f', 20, '0.10000000000000000555'],
    [1e21, 'f', -1, '1000000000000000000000'],
    [5e-324, 'e', -1, '5e-324'],
    [100000, 'g', -1, '100000'],
    [1000000, 'g', -1, '1e+06'],
    [0.0001, 'g', -1, '0.0001'],
    [0.00001, 'g', -1, '1e-05'],
    [1.5, 'x', -1, '0x1.8p+00'],
    [1, 'b', -1, '4503599627370496p-52'],
  ];
  test.each(cases)('%d as %s, %d', (v, format, precision, want) =>
    expect(formatFloat(v, format, precision)).toBe(want),
  );

  test('the shortest text reads back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.constantFrom('e', 'f', 'g', 'x'), (v, format) => {
        expect(parseFloat64(formatFloat(v, format, -1))).toBe(v);
      }),
    );
  });
});

test('quoting and unquoting are inverse', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (s) => void expect(unquoteGo(quoteGo(s))).toBe(s)));
});
