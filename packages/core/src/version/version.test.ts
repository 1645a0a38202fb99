import fc from 'fast-check';
import { GoError } from 'go-template';
import { describe, expect, test } from 'vitest';

import { parseConstraint, reasonsAgainst, satisfies } from './constraint.ts';
import {
  compareVersions,
  incrementMajor,
  incrementMinor,
  incrementPatch,
  parseStrictVersion,
  parseVersion,
  type SemVer,
  withMetadata,
  withPrerelease,
} from './version.ts';

const message = (act: () => unknown): string => {
  try {
    act();
  } catch (e) {
    if (e instanceof GoError) return e.message;
    throw e;
  }
  throw new Error('no error');
};

describe('parse', () => {
  test.each([
    ['1', '1.0.0'],
    ['v1.2', '1.2.0'],
    ['01.02.03', '1.2.3'],
    ['1.2-rc.1+b.01', '1.2.0-rc.1+b.01'],
    ['1.2.3--x', '1.2.3--x'],
    ['18446744073709551615.0.0', '18446744073709551615.0.0'],
  ])('%s is %s', (text, canonical) => {
    const version = parseVersion(text);
    expect([String(version), version.original]).toEqual([canonical, text]);
  });

  test.each([
    ['', 'invalid semantic version'],
    ['V1', 'invalid semantic version'],
    ['1.2.3 ', 'invalid semantic version'],
    ['1.2.3.4', 'invalid semantic version'],
    ['1.2.3-01', 'version segment starts with 0'],
    [
      '18446744073709551616',
      'error parsing version segment: strconv.ParseUint: parsing "18446744073709551616": value out of range',
    ],
    ['1'.repeat(257), 'version string is too long (max 256 bytes)'],
  ])('%s: %s', (text, error) => {
    expect(message(() => parseVersion(text))).toBe(error);
  });

  test.each([
    ['', 'version string empty'],
    ['1.2', 'invalid semantic version'],
    ['v1.2.3', 'invalid characters in version'],
    ['1.02.3', 'version segment starts with 0'],
    ['1.2.', 'strconv.ParseUint: parsing "": invalid syntax'],
    ['1.2.3-a..b', 'invalid prerelease string'],
    ['1.2.3+', 'invalid metadata string'],
  ])('strictly, %s: %s', (text, error) => {
    expect(message(() => parseStrictVersion(text))).toBe(error);
  });

  test('strict versions are lenient ones', () => {
    expect(parseStrictVersion('1.2.3-a.1+b')).toEqual(parseVersion('1.2.3-a.1+b'));
  });
});

test('versions order as Semantic Versioning has it', () => {
  const ordered = [
    '0.9.9',
    '1.0.0-1',
    '1.0.0-2',
    '1.0.0-10',
    '1.0.0-a',
    '1.0.0-a.1',
    '1.0.0-b',
    '1.0.0',
    '1.0.1',
    '1.2.0',
    '10.0.0',
  ];
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) {
      expect([a, b, compareVersions(parseVersion(a), parseVersion(b))]).toEqual([a, b, Math.sign(i - j)]);
    }
  }
  expect(compareVersions(parseVersion('1.0.0+a'), parseVersion('1.0.0+b'))).toBe(0);
});

describe('change', () => {
  const version = parseVersion('v1.2.3-rc.1+b');
  test.each([
    [incrementMajor(version), 'v2.0.0'],
    [incrementMinor(version), 'v1.3.0'],
    [incrementPatch(version), 'v1.2.3'],
    [incrementPatch(incrementPatch(version)), 'v1.2.4'],
    [withPrerelease(version, ''), 'v1.2.3+b'],
    [withMetadata(version, 'x'), 'v1.2.3-rc.1+x'],
  ])('%# keeps the v of the text', (changed, original) => {
    expect(changed.original).toBe(original);
  });

  test('refuses what no version may have', () => {
    expect(message(() => withPrerelease(version, '01'))).toBe('version segment starts with 0');
    expect(message(() => withMetadata(version, 'a_b'))).toBe('invalid metadata string');
    expect(message(() => incrementMajor(parseVersion('18446744073709551615')))).toBe(
      'major version increment would overflow uint64',
    );
  });
});

test('templates see the methods of a pointer, or of the value that Inc and Set return', () => {
  const version = parseVersion('1.2.3');
  const call = (v: SemVer, name: string, ...args: unknown[]): unknown => v.goMethod(name)?.call(...(args as never[]));
  expect(call(version, 'Major')).toBe(1n);
  expect(call(version, 'LessThan', parseVersion('1.3'))).toBe(true);
  const next = call(version, 'IncMinor') as SemVer;
  expect([next.goType, next.kind, next.goString()]).toEqual(['semver.Version', 'struct', '1.3.0']);
  expect(next.goMethod('Compare')).toBeUndefined();
});

describe('constraints', () => {
  test.each([
    ['>=1.2, <2', '1.9.9', true],
    ['1.2 - 2', '2.0.5', true],
    ['!=1.x', '1.5.0', false],
    ['~1', '1.9.0', true],
    ['~1.2.3', '1.3.0', false],
    ['^0.2.3', '0.3.0', false],
    ['^0.0', '0.0.9', true],
    ['>11', '11.1.0', false],
    ['<=2', '2.9.9', true],
    ['>=1.0.0', '1.5.0-rc', false],
    ['>=1.0.0-0', '1.5.0-rc', true],
    ['>=2-0 || 1.x', '3.0.0-alpha', true],
    ['^*', '1.0.0', false],
    ['~*', '7.0.0', true],
    ['01.2.3', '1.2.3', true],
  ])('%s on %s: %j', (constraint, version, wanted) => {
    const parsed = parseConstraint(constraint);
    expect(satisfies(parseVersion(version), parsed)).toBe(wanted);
    expect(reasonsAgainst(parseVersion(version), parsed).length === 0).toBe(wanted);
  });

  test.each([
    ['', 'improper constraint: ""'],
    ['1 ||', 'improper constraint: ""'],
    ['==1', 'improper constraint: "==1"'],
    ['1,', 'improper constraint: "1,"'],
    ['>=1<2', 'improper constraint: ">=1<2"'],
    ['1|2', 'constraint parser error'],
    ['99999999999999999999', 'constraint parser error'],
    ['1'.repeat(513), 'constraint string is too long (max 512 bytes)'],
    [`${'1||'.repeat(32)}1`, 'too many constraint groups (max 32)'],
  ])('%j: %s', (constraint, error) => {
    expect(message(() => parseConstraint(constraint))).toBe(error);
  });

  test.each([
    ['<1', '1.2.0', ['"1.2.0" is greater than or equal to "1"']],
    [
      '^0.1',
      '0.2.0',
      [
        '"0.2.0" does not have same minor version as "0.1". Expected minor versions to match when constraint major version is 0',
      ],
    ],
    [
      '>1 <3 || 5',
      '4.0.0-a',
      ['"4.0.0-a" is a prerelease version and the constraint is only looking for release versions'],
    ],
    [
      '=1.2.3 || ~2.1',
      '2.2.0',
      ['"2.2.0" is not equal to "1.2.3"', '"2.2.0" does not have same major and minor version as "2.1"'],
    ],
  ])('%s tells why not %s', (constraint, version, reasons) => {
    expect(reasonsAgainst(parseVersion(version), parseConstraint(constraint))).toEqual(reasons);
  });

  test('any text of their characters is read or refused at once', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123.xX*-+v<>=~^!|, a'), maxLength: 512 });
    fc.assert(
      fc.property(text, (constraint) => {
        try {
          satisfies(parseVersion('1.2.3'), parseConstraint(constraint));
        } catch (e) {
          expect(e).toBeInstanceOf(GoError);
        }
      }),
    );
    expect(message(() => parseConstraint(`${'1  '.repeat(160)}!`))).toContain('improper constraint');
  });
});
