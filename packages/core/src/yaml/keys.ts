const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;

const isLetter = (point: number): boolean =>
  point < 0x80 ? (point | 0x20) >= 0x61 && (point | 0x20) <= 0x7a : LETTER.test(String.fromCodePoint(point));
const isDigit = (point: number): boolean =>
  point < 0x80 ? point >= 0x30 && point <= 0x39 : DIGIT.test(String.fromCodePoint(point));

/**
 * The order in which go-yaml writes the keys of a map: letters after all else, runs of digits by value, the rest by
 * code point. It is not transitive (a1b, a10b, a2b), in Go neither. Version 3 of go-yaml puts letters before all else
 * where they follow a digit. (sorter.go keyList.Less.)
 */
export function compareKeys(a: string, b: string, version: 2 | 3): number {
  const n = Math.min(a.length, b.length);
  let i = 0;
  while (i < n && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === n) return a.length - b.length;
  // Not within a pair of surrogates.
  if (i > 0 && (a.charCodeAt(i - 1) & 0xfc00) === 0xd800) i--;
  const x = a.codePointAt(i) as number;
  const y = b.codePointAt(i) as number;
  const xIsLetter = isLetter(x);
  const yIsLetter = isLetter(y);
  if (xIsLetter && yIsLetter) return x - y;
  if (xIsLetter || yIsLetter) {
    const afterDigit = version === 3 && i > 0 && isDigit(previousPoint(a, i));
    return xIsLetter === afterDigit ? -1 : 1;
  }
  const nonZero = (x === 0x30 || y === 0x30) && digitsBefore(a, i);
  const [p, pEnd] = digitRun(a, i, nonZero);
  const [q, qEnd] = digitRun(b, i, nonZero);
  if (p !== q) return p < q ? -1 : 1;
  if (pEnd !== qEnd) return pEnd - qEnd;
  return x - y;
}

function previousPoint(s: string, at: number): number {
  const low = s.charCodeAt(at - 1);
  return (low & 0xfc00) === 0xdc00 && at > 1 ? (s.codePointAt(at - 2) as number) : low;
}

/** Whether the digits right before `at` hold another one than 0: then a 0 there counts. */
function digitsBefore(s: string, at: number): boolean {
  for (let j = at - 1; j >= 0 && isDigit(s.charCodeAt(j)); j--) if (s.charCodeAt(j) !== 0x30) return true;
  return false;
}

/** The value of the digits from `at`, an int64 that wraps around, and how many there are. */
function digitRun(s: string, at: number, nonZero: boolean): [bigint | number, number] {
  let value = nonZero ? 1 : 0;
  let big: bigint | undefined;
  let count = 0;
  for (let i = at; i < s.length; count++) {
    const point = s.codePointAt(i) as number;
    if (!isDigit(point)) break;
    if (big === undefined && value > 1e14) big = BigInt(value);
    if (big === undefined) value = value * 10 + point - 0x30;
    else big = BigInt.asIntN(64, big * 10n + BigInt(point - 0x30));
    i += point > 0xffff ? 2 : 1;
  }
  return [big ?? value, count];
}
