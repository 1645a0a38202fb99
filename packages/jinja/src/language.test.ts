import fc from 'fast-check';
import { toGo } from 'go-template';
import { expect, test } from 'vitest';

import { createPackRenderer } from './render.ts';
import { PACK_YAML, packOf, render, renderFiles, WORLD } from './testing.ts';

const VALUES = {
  list: [3, 1, 2],
  dict: { b: 1, a: { c: [1] } },
  text: 'hello world',
  none: null,
  users: [{ name: 'x', age: 3 }, { name: 'y' }],
};

/** What nunjucks does otherwise, or not at all. */
const cases: readonly (readonly [what: string, template: string, output: string])[] = [
  ['a dict in a dict at the end of an expression', '{{ {"a": {"b": 1}}}}', '{"a": {"b": 1}}'],
  ['the end of a comment in text', 'a #} b', 'a #} b'],
  ['a comment between tags', 'a{# {{ #}b{#- c -#} d', 'abd'],
  ['escapes in texts', String.raw`{{ "\u00e4\x41\t\\\"" }}{{ '\'' }}`, 'äA\t\\"\''],
  ['texts side by side', '{{ "a" "b" }}', 'ab'],
  ['raw', '{% raw %}{{ x }}{% endraw %}', '{{ x }}'],
  ['raw without white space', 'a {%- raw -%} {{ x }} {%- endraw -%} b', 'a{{ x }}b'],
  ['white space control', 'a\n{%- if true %} b\n{%- endif -%}\n c {{- 1 -}} d', 'a bc1d'],
  ['the newline at the end', 'x\n', 'x'],
  ['but one', 'x\n\n', 'x\n'],
  ['constants in both spellings', '{{ true }}{{ True }}{{ none }}{{ None }}{{ False }}', 'truetruenonenonefalse'],
  ['forms of numbers', '{{ 0x10 }} {{ 1_000 }} {{ 1e3 }} {{ 1.0 }} {{ 0b11 }} {{ 0o7 }}', '16 1000 1000.0 1.0 3 7'],
  ['large integers', '{{ 9007199254740993 + 0 }} {{ 2 ** 100 }}', '9007199254740993 1267650600228229401496703205376'],
  [
    'floats stay floats',
    '{{ 6 / 2 }} {{ 1 + 1.0 }} {{ 7 // 2 }} {{ 7.0 // 2 }} {{ 1e21 }} {{ 1.5e-7 }}',
    '3.0 2.0 3 3.0 1000000000000000000000.0 0.00000015',
  ],
  ['division of negative numbers', '{{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7 // -3 }}', '-4 2 1 -2'],
  [
    'operators of one precedence, from the left',
    '{{ 1 - 2 + 3 }} {{ 2 * 3 // 4 }} {{ 8 / 2 / 2 }} {{ 10 % 4 * 2 }} {{ 2 ** 3 ** 2 }}',
    '2 1 2.0 4 64',
  ],
  ['~ binds tighter than +', '{{ "a" + "b" ~ "c" }} {{ 2 ~ 3 * 4 }}', 'abc 212'],
  ['chains of comparisons', '{{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 1 < 2 == true }}', 'true false false'],
  [
    'not in',
    '{{ 1 not in [1] }} {{ not 1 in [1] }} {{ "b" in {"a": 1} }} {{ "ell" in "hello" }}',
    'false false false true',
  ],
  [
    'tests bind tightly',
    '{{ 1 is odd and true }} {{ not 1 is odd }} {{ -1 is odd }} {{ 2 is divisibleby 2 }}',
    'true false true true',
  ],
  ['equality by value', '{{ [1] == [1] }} {{ {"a": [1.0]} == {"a": [1]} }} {{ 1 == "1" }}', 'true true false'],
  [
    'truth',
    '{{ not [] }}{{ not {} }}{{ not "" }}{{ not 0.0 }}{{ not none }}{{ not [0] }}',
    'truetruetruetruetruefalse',
  ],
  ['and, or give values', '{{ 0 or "x" }} {{ 1 and "y" }} {{ "" or [] }}', 'x y []'],
  [
    'conditions in a row',
    '{{ 1 if false else 2 if false else 3 }}|{{ 1 if false }}|{{ (1 if false)|default("d") }}',
    '3||d',
  ],
  [
    'lists and dicts are shown as written',
    `{{ ["a'b", 'c"d', 1.0, true, none] }} {{ {"k": "v\\n"} }}`,
    '["a\'b", "c\\"d", 1.0, true, none] {"k": "v\\n"}',
  ],
  ['tuples', '{{ (1, 2) }}{{ () }}{{ (1,) }}{{ (1) }}', '[1, 2][][1]1'],
  [
    'slices',
    '{{ values.list[1:] }}{{ values.list[:-1] }}{{ values.list[::-1] }}{{ values.text[0:5] }}{{ values.list[5:] }}',
    '[1, 2][3, 1][2, 1, 3]hello[]',
  ],
  ['indexes', '{{ values.list[-1] }}{{ values.list.0 }}{{ values.text[0] }}{{ values["dict"]["a"].c[0] }}', '23h1'],
  [
    'keys keep their order',
    '{{ values.dict }}{% for k, v in values.dict|items %}{{ k }}{% endfor %}',
    '{"b": 1, "a": {"c": [1]}}ba',
  ],
  [
    'a key that an object of JavaScript has',
    '{{ {"constructor": 1}.constructor }}{{ {"__proto__": 2}["__proto__"] }}',
    '12',
  ],
  [
    'loop',
    '{% for x in values.list %}{{ loop.index }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}',
    '12truefalse3 21falsefalse3 30falsetrue3 ',
  ],
  [
    'neighbours',
    '{% for x in values.list %}{{ loop.previtem|default("-") }}{{ loop.nextitem|default("-") }} {% endfor %}',
    '-1 32 1- ',
  ],
  [
    'cycle and changed',
    '{% for x in [1, 1, 2] %}{{ loop.cycle("a", "b") }}{{ loop.changed(x) }} {% endfor %}',
    'atrue bfalse atrue ',
  ],
  [
    'a loop with a condition',
    '{% for x in values.list if x > 1 %}{{ x }}{{ loop.length }}{% else %}none{% endfor %}',
    '3222',
  ],
  ['a loop over nothing', '{% for x in [] %}{{ x }}{% else %}none{% endfor %}', 'none'],
  [
    'a loop over a dict, and a text',
    '{% for k in {"a": 1} %}{{ k }}{% endfor %}{% for c in "xy" %}{{ c }}.{% endfor %}',
    'ax.y.',
  ],
  ['nested targets', '{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}', '123'],
  [
    'a recursive loop',
    '{% for n in [{"n": 1, "c": [{"n": 2, "c": []}]}] recursive %}{{ n.n }}@{{ loop.depth }}[{{ loop(n.c) }}]{% endfor %}',
    '1@1[2@2[]]',
  ],
  [
    'break and continue',
    '{% for i in [1, 2, 3, 4] %}{% if i == 2 %}{% continue %}{% elif i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}',
    '13',
  ],
  ['set in a loop stays there', '{% set x = 1 %}{% for i in [2] %}{% set x = i %}{{ x }}{% endfor %}{{ x }}', '21'],
  ['set in a condition does not', '{% if true %}{% set x = 1 %}{% endif %}{{ x }}', '1'],
  [
    'namespace',
    '{% set ns = namespace(x=1) %}{% for i in [2, 3] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}',
    '6',
  ],
  ['set of several names', '{% set a, b = [1, 2] %}{{ a }}{{ b }}', '12'],
  [
    'set of a block, through a filter',
    '{% set x %}a{{ 1 }}{% endset %}{{ x }}{% set x | upper %}b{% endset %}{{ x }}',
    'a1B',
  ],
  ['with', '{% with a = 1, b = a + 1 %}{{ a }}{{ b }}{% endwith %}', '12'],
  ['do', '{% do range(3) %}x', 'x'],
  ['filter blocks', '{% filter upper | replace("A", "x") %}abc{% endfilter %}', 'xBC'],
  [
    'macros',
    '{% macro m(a, b=2, c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, c=3) }}{{ m(b=1, a=5) }}',
    '[121][123][515]',
  ],
  [
    'a macro sees what is around it',
    '{% set x = 1 %}{% macro m() %}{{ x }}{{ values.text }}{% endmacro %}{% set x = 2 %}{{ m() }}',
    '2hello world',
  ],
  [
    'call',
    '{% macro m(x) %}<{{ caller(x, k=2) }}>{% endmacro %}{% call(a, k) m(1) %}{{ a }}{{ k }}{% endcall %}',
    '<12>',
  ],
  [
    'whether there is a caller',
    '{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}{% call m() %}{% endcall %}',
    'falsetrue',
  ],
  [
    'arguments from a list and a dict',
    '{% macro m(a, b, c) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(*[1, 2], **{"c": 3}) }}',
    '123',
  ],
  ['blocks', '{% block x %}B{% endblock x %}{{ self.x() }}', 'BB'],
  ['nothing is escaped', '{{ "<&>" }}{% autoescape true %}{{ "<" }}{% endautoescape %}', '<&><'],
  [
    'map and select',
    '{{ values.users|map(attribute="name")|join(",") }} {{ values.users|selectattr("age")|list|length }} {{ [1, 2]|map("string")|list }}',
    'x,y 1 ["1", "2"]',
  ],
  [
    'methods that Python has',
    '{{ values.dict.items()|length }}{{ values.dict.get("zz", 1) }}{{ "a,b".split(",") }}{{ "Ab".lower() }}',
    '21["a", "b"]ab',
  ],
  [
    "Sprig's own",
    '{{ "a" | b64enc }} {{ add(1, 2) }} {{ 5 | sub(7) }} {{ list(1, 2) | has(2) }} {{ values.text | regexFind("w.*") }}',
    'YQ== 3 2 true world',
  ],
  ['toyaml as Helm writes it', '{{ {"b": [1, {"c": 1.0}], "a": "y"}|toyaml }}', 'a: "y"\nb:\n- 1\n- c: 1'],
  ['tojson as Helm writes it', '{{ {"b": "<", "a": 1e21}|tojson }}', '{"a":1e+21,"b":"\\u003c"}'],
];

test.each(cases)('%s', async (_, template, output) => {
  expect(await render(template, VALUES)).toBe(output);
});

test.each([
  ['both', { trimBlocks: true, lstripBlocks: true }, 'a\n  b\nc\nd\n  1\ne'],
  ['trim', { trimBlocks: true }, 'a\n    b\n  c\n  d\n  1\ne'],
  ['lstrip', { lstripBlocks: true }, 'a\n\n  b\n\nc\n\nd\n  1\ne'],
  ['none', {}, 'a\n  \n  b\n  \nc\n  \nd\n  1\ne'],
])('white space around blocks: %s', async (_, whitespace, output) => {
  const template = 'a\n  {% if true %}\n  b\n  {% endif %}\nc\n  {# c #}\nd\n  {{ 1 }}\ne\n';
  expect(await render(template, {}, { whitespace })).toBe(output);
});

test('a tag may keep its white space', async () => {
  const whitespace = { trimBlocks: true, lstripBlocks: true };
  expect(await render('a\n  {%+ if true %}\n  b\n  {% endif +%}\nc', {}, { whitespace })).toBe('a\n    b\n\nc');
});

test('text without tags is what it was', async () => {
  const text = fc.string().filter((s) => !/\{[{%#]/.test(s) && !/\r?\n$/.test(s));
  await fc.assert(
    fc.asyncProperty(text, async (s) => {
      expect(await render(s)).toBe(s);
    }),
  );
});

test('texts in expressions are what they spell', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (s) => {
      expect(await render(`{{ ${JSON.stringify(s)} }}`)).toBe(s);
    }),
  );
});

test.each([
  ['tojson', '{"a":{"x":1}}{"a":{"x":2}}'],
  ['toyaml', 'a:\n  x: 1a:\n  x: 2'],
])('%s writes what a namespace has become', async (encoder, expected) => {
  const template = `{% set ns = namespace(x=1) %}{% set d = {"a": ns} %}{{ d|${encoder} }}{% set ns.x = 2 %}{{ d|${encoder} }}`;
  expect(await render(template)).toBe(expected);
});

test('encoders write what the values of this render are', async () => {
  const pack = packOf({ 'templates/t': '{{ values.a|tojson }}{{ values.a|toyaml }}{{ none|tojson }}' });
  const { render: again } = await createPackRenderer(pack, WORLD);
  const values = toGo({ a: { b: 1 } }) as { a: { b: unknown } };
  const first = again({ values });
  values.a.b = toGo(2);
  expect([first, again({ values })].map(({ files }) => files['web/templates/t'])).toEqual([
    '{"b":1}b: 1null',
    '{"b":2}b: 2null',
  ]);
});

test.each([
  ['a template that is included', { 'templates/_a': '{{ loop.index }}' }, '{% include "_a" %}'],
  [
    'what is imported with context',
    { 'templates/_a': '{% set x = loop.index %}' },
    '{% from "_a" import x with context %}{{ x }}',
  ],
  ['a macro that is defined in it', {}, '{% macro m() %}{{ loop.index }}{% endmacro %}{{ m() }}'],
  ['a loop within it', {}, '{% for y in [loop.index] %}{{ y }}{% endfor %}'],
  ['a condition of a loop within it', {}, '{% for y in [1] if loop.index %}{{ i }}{% endfor %}'],
  ['the default of a parameter', {}, '{% macro m(x=loop.index) %}{{ x }}{% endmacro %}{{ m() }}'],
  ['the filter of a block', {}, '{% filter replace("x", loop.index) %}x{% endfilter %}'],
])('%s sees the loop around it', async (_, files, body) => {
  const rendered = await renderFiles({
    'Pack.yaml': PACK_YAML,
    ...files,
    'templates/a': `{% for i in [1, 2] %}${body}{% endfor %}`,
  });
  expect(rendered['web/templates/a']).toBe('12');
});

test('a block sees the loop around it, whichever template defines it', async () => {
  const rendered = await renderFiles({
    'Pack.yaml': PACK_YAML,
    'templates/_base': '{% for i in [1, 2] %}{% block b %}{{ loop.index }}{% endblock %}{% endfor %}',
    'templates/a': '{% extends "_base" %}{% block b %}{{ super() }}{{ loop.index0 }} {% endblock %}',
  });
  expect(rendered['web/templates/a']).toBe('10 21 ');
});

test('integers are exact', async () => {
  const integer = fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n });
  await fc.assert(
    fc.asyncProperty(integer, integer, async (a, b) => {
      expect(await render(`{{ ${a} + ${b} }} {{ ${a} - (${b}) }} {{ ${a} * ${b} }}`)).toBe(
        `${a + b} ${a - b} ${a * b}`,
      );
    }),
  );
});

test('integers of values are what files spell; Go templates see floats, as they do in charts', async () => {
  const packs = {
    'values.yaml':
      'id: 9007199254740993\nother: 9007199254740992\nfloat: 9007199254740992.0\nkid: {id: 9007199254740995}\n',
    'values.schema.json': '{"properties": {"id": {"type": "integer", "minimum": 9007199254740993}}}',
    'templates/a':
      '{{ values.id }} {{ values.id + 1 }} {{ values.other }} {{ values|tojson }} {{ values.id is integer }}',
    'templates/b.gotmpl': '{{ .Values.id }}',
    'templates/c': `{{ '{"a": 9007199254740993}'|fromjson|tojson }} {{ fromjson("[9007199254740993]") }} {{ "a: 9007199254740993"|fromyaml|toyaml }}`,
    'packs/kid/Pack.yaml': PACK_YAML.replace('web', 'kid'),
    'packs/kid/values.yaml': 'own: 9007199254740997\n',
    'packs/kid/templates/a': '{{ values.id }} {{ values.own }}',
  };
  expect(await renderFiles(packs)).toEqual({
    'web/templates/a':
      '9007199254740993 9007199254740994 9007199254740992 {"float":9007199254740992,"id":9007199254740993,"kid":{"global":{},"id":9007199254740995,"own":9007199254740997},"other":9007199254740992} true',
    'web/templates/b': '9.007199254740992e+15',
    'web/templates/c': '{"a":9007199254740993} [9007199254740993] a: 9007199254740993',
    'web/charts/kid/templates/a': '9007199254740995 9007199254740997',
  });
});

test('whatever is no template is refused as such', async () => {
  const piece = fc.constantFrom(
    '{{',
    '}}',
    '{%',
    '%}',
    '{#',
    '#}',
    '-',
    'if',
    'for',
    'x',
    'in',
    'endif',
    'endfor',
    '"',
    '(',
    '[',
    '{',
    '|',
    '.',
    ' ',
    '1',
    'else',
    'set',
    '=',
    'raw',
    'macro',
    ',',
    'is',
    '~',
  );
  const source = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
  await fc.assert(
    fc.asyncProperty(source, async (text) => {
      try {
        expect(typeof (await render(text))).toBe('string');
      } catch (e) {
        expect((e as { code?: string }).code).toMatch(/^PACK_TEMPLATE/);
      }
    }),
    { numRuns: 500 },
  );
});
