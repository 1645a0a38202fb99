import fc from 'fast-check';
import { toGo } from 'go-template';
import { describe, expect, test } from 'vitest';

import { UnittestError } from './error.ts';
import { find } from './path.ts';

const DOCUMENT = toGo({
  kind: 'Pod',
  metadata: { name: 'web', annotations: { 'a.b/c': 'yes', "it's": 1, 'x"y': 2 }, 'a.b': 3 },
  spec: {
    containers: [
      { name: 'app', image: 'app:1', port: 80, tls: true, none: null },
      { name: 'side', image: 'side:2', port: 9000, tls: false },
    ],
    matrix: [[1, 2], [3]],
    n: [0, 1, 2, 3, 4],
  },
});

describe('find', () => {
  const cases: [path: string, found: unknown[]][] = [
    ['kind', ['Pod']],
    ['$.kind', ['Pod']],
    ['$', [DOCUMENT]],
    ['spec.containers[0].image', ['app:1']],
    ['spec.containers[-1].image', ['side:2']],
    ['spec.containers[2].image', []],
    ['spec.containers[*].name', ['app', 'side']],
    ['spec.containers.*.name', ['app', 'side']],
    ['metadata.annotations["a.b/c"]', ['yes']],
    ["metadata.annotations['a.b/c']", ['yes']],
    ["metadata.annotations['it\\'s']", [1]],
    ['metadata.annotations["x\\"y"]', [2]],
    ["metadata['name', 'a.b']", ['web', 3]],
    ['metadata.a\\.b', [3]],
    ['metadata.name~', ['name']],
    ['spec.n[1:3]', [1, 2]],
    ['spec.n[:2]', [0, 1]],
    ['spec.n[-2:]', [3, 4]],
    ['spec.n[::2]', [0, 2, 4]],
    ['spec.n[::-1]', [4, 3, 2, 1, 0]],
    ['spec.n[0,2]', [0, 2]],
    ['spec.matrix[0][1]', [2]],
    ['..image', ['app:1', 'side:2']],
    ['spec..name', ['app', 'side']],
    ['spec.containers[?(@.name == "side")].image', ['side:2']],
    ["spec.containers[?(@.name=='app')].port", [80]],
    ['spec.containers[?(@.port > 100)].name', ['side']],
    ['spec.containers[?(@.port >= 80 && @.tls == true)].name', ['app']],
    ['spec.containers[?(@.port < 80 || @.tls == false)].name', ['side']],
    ['spec.containers[?(!(@.tls == true))].name', ['side']],
    ['spec.containers[?(@.none)].name', ['app']],
    ['spec.containers[?(@.none == null)].name', ['app']],
    ['spec.containers[?(@.image =~ /^si.*:\\d$/)].name', ['side']],
    ['spec.containers[?(@.name != "app")].name', ['side']],
    ['spec.containers[?(@.name == 80)].name', []],
    ['spec.containers[?(@.missing == 80)].name', []],
    ['spec.containers[?($.kind == "Pod")].name', ['app', 'side']],
    ['$[?(@.kind == "Pod")].metadata.name', ['web']],
    ['missing.too', []],
    ['kind.below', []],
    ['__proto__', []],
    ['constructor.name', []],
  ];
  test.each(cases)('%s', (path, found) => {
    expect(find(DOCUMENT, path)).toEqual(found);
  });

  const faults: [path: string, message: string][] = [
    ['spec.', 'child name missing'],
    ['spec[', 'unmatched ['],
    ['spec["a', 'unmatched "'],
    ['spec[x]', 'invalid array index'],
    ['spec[0:1:0]', 'step value must be non-zero'],
    ['spec[?(@.a == )]', 'a value is missing'],
    ['spec[?(@.a == 1]', 'missing end of filter'],
    ['spec[?(@.a =~ x)]', 'a regular expression is missing'],
    [`spec[?(${'!'.repeat(5000)}@.a)]`, 'nested too deeply'],
    [`spec[?(${'('.repeat(5000)}@.a)]`, 'nested too deeply'],
    ['a~b', 'unexpected'],
  ];
  test.each(faults)('refuses %.40s', (path, message) => {
    expect(() => find(DOCUMENT, path)).toThrow(message);
  });

  test('any text is a path or refused', () => {
    const part = fc.constantFrom(
      'a',
      '.',
      '..',
      '[',
      ']',
      '*',
      '?(',
      '@',
      '==',
      '"',
      "'",
      ')',
      '0',
      ':',
      '~',
      '$',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          return Array.isArray(find(DOCUMENT, parts.join('')));
        } catch (e) {
          return e instanceof UnittestError;
        }
      }),
    );
  });
});
