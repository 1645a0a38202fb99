import { type Chart, isCodedError } from '@pack/core';
import { type GoMap, toGo } from 'go-template';
import { describe, expect, test } from 'vitest';

import { loadValidator, type ValidateValuesOptions } from '../schema.ts';
import { validateText } from './validate.ts';
import { englishInteger, englishNumber } from './value.ts';

const DRAFT_7 = '"$schema":"http://json-schema.org/draft-07/schema#"';
const none = (): undefined => undefined;
const check = (schema: string, values: object): string | undefined => validateText(schema, toGo(values), none);
const broken = (schema: string): string => {
  try {
    validateText(schema, toGo({}), none);
  } catch (e) {
    return (e as Error).message;
  }
  throw new Error('no error');
};

describe('what values lack', () => {
  test.each<[string, object, string]>([
    ['{"type":"string"}', {}, "- at '': got object, want string\n"],
    ['{"properties":{"a":{"type":["string","null"]}}}', { a: 5 }, "- at '/a': got number, want null or string\n"],
    ['{"properties":{"a":{"type":"integer"}}}', { a: 1.5 }, "- at '/a': got number, want integer\n"],
    [
      '{"properties":{"a":{"enum":[1.0,"b",null,true,1e3]}}}',
      { a: 5 },
      "- at '/a': value must be one of 1.0, 'b', <nil>, true, 1e3\n",
    ],
    ['{"properties":{"a":{"enum":[[]]}}}', { a: 5 }, "- at '/a': 'enum' failed\n"],
    ['{"properties":{"a":{"const":1.50}}}', { a: 1 }, "- at '/a': value must be 1.50\n"],
    ['{"required":["x","y"]}', {}, "- at '': missing properties 'x', 'y'\n"],
    ['{"additionalProperties":false}', { b: 1, 'a/~': 1 }, "- at '': additional properties 'a/~', 'b' not allowed\n"],
    ['{"properties":{"a/~":false}}', { 'a/~': 1 }, "- at '/a~1~0': false schema\n"],
    [
      '{"patternProperties":{"^a":{"maximum":1000}}}',
      { ab: 1_234_567.5 },
      "- at '/ab': maximum: got 1.2345675×10⁰⁶, want 1,000\n",
    ],
    [
      '{"properties":{"a":{"minLength":12345,"pattern":"^b"}}}',
      { a: 'é' },
      "- at '/a': minLength: got 1, want 12,345\n- at '/a': 'é' does not match pattern '^b'\n",
    ],
    [
      '{"properties":{"a":{"uniqueItems":true,"maxItems":1}}}',
      { a: [1, 2, 1] },
      "- at '/a': maxItems: got 3, want 1\n- at '/a': items at 0 and 2 are equal\n",
    ],
    [
      '{"properties":{"a":{"prefixItems":[{}],"items":{"type":"string"}}}}',
      { a: [1, 2] },
      "- at '/a/0': got number, want string\n",
    ],
    [
      '{"properties":{"a":{"contains":{"type":"string"}}}}',
      { a: [1] },
      "- at '/a': no items match contains schema\n  - at '/a/0': got number, want string\n",
    ],
    [
      '{"properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}}}',
      { a: 1 },
      "- at '/a': 'anyOf' failed\n  - at '/a': got number, want string\n  - at '/a': got number, want null\n",
    ],
    [
      '{"properties":{"a":{"oneOf":[true,true]},"b":{"not":{}}}}',
      { a: 1, b: 1 },
      "- at '/a': 'oneOf' failed, subschemas 0, 1 matched\n- at '/b': 'not' failed\n",
    ],
    [
      '{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}',
      { a: 1 },
      "- at '': missing property 'b'\n",
    ],
    [
      '{"propertyNames":{"maxLength":1}}',
      { ab: 1 },
      "- at '': invalid propertyName 'ab'\n  - at '': maxLength: got 2, want 1\n",
    ],
    ['{"dependentRequired":{"a":["b"]}}', { a: 1 }, "- at '': properties 'b' required, if 'a' exists\n"],
    [
      '{"unevaluatedProperties":false,"allOf":[{"properties":{"a":true}}]}',
      { a: 1, b: 1 },
      "- at '/b': false schema\n",
    ],
    ['{"properties":{"a":{"multipleOf":0.01}}}', { a: 19.999 }, "- at '/a': multipleOf: got 19.999, want 0.01\n"],
    ['{"$ref":"#/$defs/x","$defs":{"x":{"required":["a"]}}}', {}, "- at '': missing property 'a'\n"],
    [
      '{"allOf":[{"$ref":"#/$defs/x"}],"$defs":{"x":{"required":["a"],"minProperties":3}}}',
      {},
      "- at '': 'allOf' failed\n  - at '': validation failed\n    - at '': minProperties: got 0, want 3\n    - at '': missing property 'a'\n",
    ],
    [
      '{"$ref":"#"}',
      {},
      '- at \'\': both /$ref and  resolve to "file:///values.schema.json#" causing reference cycle\n',
    ],
    [
      `{${DRAFT_7},"properties":{"a":{"$ref":"#/definitions/x","type":"null"}},"definitions":{"x":{"type":"string"}}}`,
      { a: 1 },
      "- at '/a': got number, want string\n",
    ],
    [
      `{${DRAFT_7},"properties":{"a":{"format":"ipv4"}}}`,
      { a: '1.2.3.x' },
      "- at '/a': '1.2.3.x' is not valid ipv4: strconv.Atoi: parsing \"x\": invalid syntax\n",
    ],
    [
      `{${DRAFT_7},"properties":{"a":{"format":"date-time"}}}`,
      { a: '2020-13-01T00:00:00Z' },
      "- at '/a': '2020-13-01T00:00:00Z' is not valid date-time: invalid date element: parsing time \"2020-13-01\": month out of range\n",
    ],
  ])('%s', (schema, values, expected) => {
    expect(check(schema, values)).toBe(expected);
  });

  test.each<[string, object]>([
    ['{}', { a: 1 }],
    ['true', {}],
    ['{"properties":{"a":{"type":"integer"}}}', { a: 2.0 }],
    ['{"properties":{"a":{"type":"integer","const":5}}}', { a: 5n }],
    ['{"properties":{"a":{"multipleOf":0.1}}}', { a: 0.3 }],
    ['{"properties":{"a":{"format":"ipv4"}}}', { a: 'x' }],
    ['{"properties":{"a":{"const":{"x":[1,1e2]}}}}', { a: { x: [1, 100] } }],
    ['{"$defs":{"n":{"$anchor":"n","properties":{"next":{"$ref":"#n"}}}},"$ref":"#n"}', { next: { next: {} } }],
  ])('nothing: %s', (schema, values) => {
    expect(check(schema, values)).toBeUndefined();
  });
});

describe('schemas that are none', () => {
  const invalid = '"file:///values.schema.json#" is not valid against metaschema: jsonschema validation failed with ';
  const meta = "'https://json-schema.org/draft/2020-12/schema#'\n";

  test.each([
    ['', 'EOF'],
    ['{', 'unexpected EOF'],
    ['{} x', 'invalid character after top-level value'],
    ['{not', "invalid character 'n' looking for beginning of object key string"],
    ['5', `${invalid}${meta}- at '': got number, want boolean or object`],
    ['{"minLength":-1}', `${invalid}${meta}- at '': 'allOf' failed\n  - at '/minLength': minimum: got -1, want 0`],
    [
      '{"pattern":"("}',
      `${invalid}${meta}- at '': 'allOf' failed\n  - at '/pattern': '(' is not valid regex: error parsing regexp: missing closing ): \`(\``,
    ],
    [
      `{${DRAFT_7},"pattern":"("}`,
      `${invalid}'http://json-schema.org/draft-07/schema#'\n- at '/pattern': '(' is not valid regex: error parsing regexp: missing closing ): \`(\``,
    ],
    ['{"$ref":"#/nope"}', 'json-pointer in "file:///values.schema.json#/nope" not found'],
    [
      '{"$ref":"#nope"}',
      'anchor in "file:///values.schema.json#nope" not found in schema "file:///values.schema.json"',
    ],
    ['{"$ref":"ftp://x/y"}', 'failing loading "ftp://x/y": no URLLoader registered for "ftp://x/y"'],
    ['{"maximum":1e999999}', 'number 1e999999 is out of range'],
  ])('%s', (schema, expected) => {
    expect(broken(schema)).toBe(expected);
  });

  test.each(['file:///etc/passwd', 'http://example.com/x', 'other.json', 'https://x/y#/a'])(
    '%s is never fetched',
    (url) => {
      expect(broken(`{"$ref":"${url}"}`)).toMatch(
        /^failing loading ".*": schemas are not fetched from files or the network$/,
      );
      expect(broken(`{"$schema":"http://example.com/mine"}`)).toMatch(/^failing loading "http:\/\/example.com\/mine"/);
    },
  );
});

describe('schemas made to hurt', () => {
  test('references that multiply', () => {
    const defs = Array.from(
      { length: 40 },
      (_, i) => `"d${i}":{"allOf":[{"$ref":"#/$defs/d${i + 1}"},{"$ref":"#/$defs/d${i + 1}"}]}`,
    );
    expect(() => check(`{"$ref":"#/$defs/d0","$defs":{${defs.join(',')},"d40":{"type":"object"}}}`, {})).toThrow(
      'steps to check',
    );
  });

  test('a long chain of references', () => {
    const defs = Array.from({ length: 3000 }, (_, i) => `"d${i}":{"$ref":"#/$defs/d${i + 1}"}`);
    expect(() => check(`{"$ref":"#/$defs/d0","$defs":{${defs.join(',')},"d3000":{}}}`, {})).toThrow('levels deep');
  });

  test('deep nesting', () => {
    expect(broken(`${'{"not":'.repeat(2000)}true${'}'.repeat(2000)}`)).toBe('schema is nested more than 500 deep');
  });

  test('deep values', () => {
    let deep: object = {};
    for (let i = 0; i < 900; i++) deep = { a: deep };
    expect(check('{"properties":{"a":{"$ref":"#"}}}', { a: {} })).toBeUndefined();
    expect(() => check('{"properties":{"a":{"$ref":"#"}}}', deep)).toThrow('levels deep');
  });

  test('patterns that make others backtrack', () => {
    expect(check('{"properties":{"a":{"pattern":"^(a+)+$"}}}', { a: `${'a'.repeat(5000)}!` })).toContain(
      'does not match pattern',
    );
  });
});

describe('charts', () => {
  const chart = (name: string, schema: string | undefined, dependencies: Chart[] = []): Chart => ({
    metadata: { apiVersion: 'v2', name, version: '1.0.0' },
    values: toGo({}) as GoMap,
    templates: [],
    files: [],
    raw: [],
    dependencies,
    ...(schema !== undefined && { schema: new TextEncoder().encode(schema) }),
  });

  const failure = async (c: Chart, values: object, options?: ValidateValuesOptions): Promise<string> => {
    try {
      (await loadValidator(c))(c, toGo(values) as GoMap, options);
    } catch (e) {
      if (isCodedError(e)) return `${e.code} ${e.message}`;
      throw e;
    }
    return '';
  };

  const HEAD = "SCHEMA_VIOLATED values don't meet the specifications of the schema(s) in the following chart(s):\n";
  const requireX = '{"required":["x"]}';

  test('all faults of all charts come at once', async () => {
    const tree = chart('c', requireX, [
      chart('s', requireX, [chart('leaf', '{')]),
      chart('t', requireX),
      chart('u', requireX),
    ]);
    expect(await failure(tree, { s: { leaf: {} }, t: { x: 1 }, u: 5 })).toBe(
      `${HEAD}c:\n- at '': missing property 'x'\ns:\n- at '': missing property 'x'\nleaf:\nunexpected EOFu:\ninvalid type for values: expected object (map), got float64\n`,
    );
  });

  test('a subchart without values is not judged', async () => {
    expect(await failure(chart('c', undefined, [chart('s', requireX)]), { s: null })).toBe('');
  });

  test('a urn allows everything, with a warning', async () => {
    const warnings: unknown[] = [];
    expect(await failure(chart('c', '{"$ref":"urn:x:y"}'), {}, { warn: (...warning) => warnings.push(warning) })).toBe(
      '',
    );
    expect(warnings).toEqual([['unresolved URN reference ignored; using permissive schema', { urn: 'urn:x:y' }]]);
  });

  test('what is allowed to load is followed', async () => {
    const load = (url: string): string | undefined =>
      url === 'https://x/y.json' ? '{"$defs":{"z":{"required":["q"]}}}' : undefined;
    expect(await failure(chart('c', '{"$ref":"https://x/y.json#/$defs/z"}'), {}, { load })).toBe(
      `${HEAD}c:\n- at '': missing property 'q'\n`,
    );
  });
});

test.each([
  [0, '0'],
  [1.5, '1.5'],
  [-999_999.5, '-999,999.5'],
  [100_000, '100,000'],
  [1e6, '1×10⁰⁶'],
  [1e25, '1×10²⁵'],
  [-0.0001, '-0.0001'],
  [0.00001, '1×10⁻⁰⁵'],
  [-1234.5, '-1,234.5'],
  [1.2e-10, '1.2×10⁻¹⁰'],
])('the number %d in English', (n, expected) => {
  expect(englishNumber(n)).toBe(expected);
});

test('integers in English', () => {
  expect([0, 999, 1000, 1_234_567].map(englishInteger)).toEqual(['0', '999', '1,000', '1,234,567']);
});
