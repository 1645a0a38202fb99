import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseChallenges } from './challenge.ts';

test.each<[string, unknown]>([
  ['Basic realm="x"', [{ scheme: 'basic', parameters: { realm: 'x' } }]],
  [
    'Bearer realm="https://a/t",service="s",scope="repository:a:pull,push"',
    [{ scheme: 'bearer', parameters: { realm: 'https://a/t', service: 's', scope: 'repository:a:pull,push' } }],
  ],
  [
    'Negotiate, Basic realm="a \\"b\\"", Bearer realm=x',
    [
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'basic', parameters: { realm: 'a "b"' } },
      { scheme: 'bearer', parameters: { realm: 'x' } },
    ],
  ],
  ['', []],
  ['"', []],
])('%s', (header, challenges) => expect(parseChallenges(header)).toEqual(challenges));

test('any header ends', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'Basic realm=",\\ x') }), (header) =>
      Array.isArray(parseChallenges(header)),
    ),
  );
});
