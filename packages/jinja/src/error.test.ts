import { describe, expect, test } from 'vitest';

import { excerpt } from './error.ts';
import { lintTemplate } from './lint.ts';
import { failure, render, renderFiles } from './testing.ts';

const VALUES = { image: { tag: '1', repository: 'nginx' }, list: [1], n: 1 };

interface Row {
  readonly template: string;
  readonly code: string;
  readonly message: string;
  readonly at: string;
  readonly hint?: string;
}

const row = (template: string, code: string, at: string, message: string, hint?: string): Row => ({
  template,
  code: `PACK_TEMPLATE_${code}`,
  message,
  at,
  ...(hint !== undefined && { hint }),
});

const rows: readonly Row[] = [
  row('a\n  {{ values.image.tagg }}', 'UNDEFINED', '2:19', 'values.image.tagg is undefined', 'did you mean "tag"?'),
  row('{{ valuse.image }}', 'UNDEFINED', '1:4', 'valuse is undefined', 'did you mean "values"?'),
  row('{{ values.imag.tag }}', 'UNDEFINED', '1:11', 'values.imag is undefined', 'did you mean "image"?'),
  row('{{ values["imge"].tag }}', 'UNDEFINED', '1:11', 'values.imge is undefined', 'did you mean "image"?'),
  row('{{ values.list[3] }}', 'UNDEFINED', '1:16', 'values.list[3] is undefined'),
  row('{% for x in values.lst %}{% endfor %}', 'UNDEFINED', '1:20', 'values.lst is undefined', 'did you mean "list"?'),
  row('{{ values.image.tagg | upper }}', 'UNDEFINED', '1:17', 'values.image.tagg is undefined', 'did you mean "tag"?'),
  row('{{ values.image.tagg ~ "x" }}', 'UNDEFINED', '1:17', 'values.image.tagg is undefined', 'did you mean "tag"?'),
  row('{{ release.nam }}', 'UNDEFINED', '1:12', 'release.nam is undefined', 'did you mean "name"?'),
  row('{{ nosuch(1) }}', 'UNDEFINED', '1:4', 'nosuch is no function'),
  row('{% for x in [1] %}{{ lop.index }}{% endfor %}', 'UNDEFINED', '1:22', 'lop is undefined', 'did you mean "loop"?'),
  row('{{ lop.index }}', 'UNDEFINED', '1:4', 'lop is undefined'),
  row(
    '{% macro m() %}{{ calle() }}{% endmacro %}{{ m() }}',
    'UNDEFINED',
    '1:19',
    'calle is no function',
    'did you mean "caller"?; called at web/templates/t:1:46',
  ),
  row('{{ rang(1) }}', 'UNDEFINED', '1:4', 'rang is no function', 'did you mean "range"?'),
  row('{{ values.image.uper() }}', 'UNDEFINED', '1:17', 'a map has no method uper'),
  row('{{ "a".uper() }}', 'UNDEFINED', '1:8', 'a string has no method uper', 'did you mean "upper"?'),
  row('{{ values.n() }}', 'EXEC', '1:11', 'a number cannot be called'),
  row('{{ 1 | toyml }}', 'SYNTAX', '1:8', 'unknown filter toyml', 'did you mean "toyaml"?'),
  row('{{ 1 is od }}', 'SYNTAX', '1:9', 'unknown test od', 'did you mean "odd"?'),
  row('{% fro x in y %}', 'SYNTAX', '1:4', 'unknown tag fro', 'did you mean "for"?'),
  row('{% endif %}', 'SYNTAX', '1:4', 'endif stands outside of what it belongs to'),
  row('{% if x %}', 'SYNTAX', '1:4', 'if is not closed', 'end it with {% endif %}'),
  row('a\n{% for x in y %}\n', 'SYNTAX', '2:4', 'for is not closed', 'end it with {% endfor %}'),
  row('{{ a b }}', 'SYNTAX', '1:6', 'unexpected `b`, expected end of expression }}'),
  row('{{ 1 + }}', 'SYNTAX', '1:8', 'unexpected end of expression }}, expected an expression'),
  row('{{ (1 }}', 'SYNTAX', '1:7', 'unexpected }', '( is open here'),
  row('{{ a', 'SYNTAX', '1:4', 'unexpected end of template, expected end of expression }}'),
  row('{{ "a }}', 'SYNTAX', '1:4', 'string is not closed', 'end it with "'),
  row('x {# a', 'SYNTAX', '1:3', 'comment is not closed', 'end it with #}'),
  row('{% raw %} a', 'SYNTAX', '1:1', 'raw is not closed', 'end it with {% endraw %}'),
  row('{{ a && b }}', 'SYNTAX', '1:6', 'unexpected character "&"', 'write `and`'),
  row('{{ $x }}', 'SYNTAX', '1:4', 'unexpected character "$"', 'variables have no $ in Jinja'),
  row('{% set loop = 1 %}', 'SYNTAX', '1:8', 'loop is reserved and cannot be assigned to'),
  row('{% break %}', 'SYNTAX', '1:4', 'break stands outside of a loop'),
  row('{% block a %}{% endblock b %}', 'SYNTAX', '1:26', 'block a is closed as b'),
  row('{% macro m(a, a) %}{% endmacro %}', 'SYNTAX', '1:15', 'parameter a stands twice'),
  row('{{ f(a=1, 2) }}', 'SYNTAX', '1:11', 'an argument without a name follows one with a name'),
  row('{{ f(a=1, a=2) }}', 'SYNTAX', '1:11', 'argument a stands twice'),
  row('{% call m %}{% endcall %}', 'SYNTAX', '1:9', 'call takes a call of a macro', '{% call name() %}'),
  row('{{ 1 + "a" }}', 'EXEC', '1:6', '+ does not take a number and a string', 'join text with ~'),
  row('{{ 1 // 0 }}', 'EXEC', '1:6', '1 // 0: division by zero'),
  row('{{ 1 in 5 }}', 'EXEC', '1:6', 'a number contains nothing'),
  row(
    '{% for x in 5 %}{% endfor %}',
    'EXEC',
    '1:13',
    'a number cannot be looped over',
    'it takes a list, dict or string',
  ),
  row(
    '{% for k, v in {"a": 1} %}{% endfor %}',
    'EXEC',
    '1:8',
    '2 names take a list, not a string',
    'loop over keys and values with |items',
  ),
  row(
    '{{ 1 | round(1, 2, 3) }}',
    'EXEC',
    '1:8',
    'round takes 3 arguments, not 4',
    'it is round(value, precision=0, method="common")',
  ),
  row('{{ 1.5 | round(precison=1) }}', 'EXEC', '1:10', 'round has no parameter precison', 'did you mean "precision"?'),
  row('{{ "a" | nindent }}', 'EXEC', '1:10', 'nindent is not given width', 'it is nindent(value, width)'),
  row('{{ "a" | nindent("x") }}', 'EXEC', '1:10', 'width must be an integer, not a string'),
  row('{{ 5 | items }}', 'EXEC', '1:8', 'items takes a dict, not a number'),
  row('{{ [1, "a"] | sum }}', 'EXEC', '1:15', 'sum adds numbers, not a string'),
  row('{{ "a" | regex_match("(") }}', 'EXEC', '1:10', 'mustRegexMatch: error parsing regexp: missing closing ): `(`'),
  row('{{ "{" | fromjson }}', 'EXEC', '1:10', 'fromjson: unexpected end of JSON input'),
  row('{{ "*" | b64decode }}', 'EXEC', '1:10', 'b64decode: the text is not base64'),
  row('{{ fail("no good") }}', 'EXEC', '1:4', 'no good'),
  row('{{ values.tag | required("a tag is needed") }}', 'EXEC', '1:11', 'a tag is needed'),
  row('{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}', 'EXEC', '1:34', 'm takes 1 arguments, not 2', 'it is m(a)'),
  row(
    '{% macro m(name) %}{% endmacro %}{{ m(nme=2) }}',
    'EXEC',
    '1:37',
    'm has no parameter nme',
    'did you mean "name"?',
  ),
  row(
    '{% macro m(a) %}\n{{ a }}{% endmacro %}{{ m() }}',
    'UNDEFINED',
    '1:4',
    'a is undefined',
    'called at web/templates/t:2:25',
  ),
  row(
    '{% set values.x = 1 %}',
    'EXEC',
    '1:8',
    'only members of a namespace can be set, not of a map',
    'make one: {% set ns = namespace(x=1) %}',
  ),
  row('{% include "none" %}', 'MISSING', '1:12', 'there is no template "none"'),
  row('{% from "_m" import labls %}', 'MISSING', '1:21', '_m defines no labls', 'did you mean "labels"?'),
  row('{{ files.get("a.txt") }}', 'EXEC', '1:10', 'the pack has no file "a.txt"', 'did you mean "b.txt"?'),
  row(
    '{{ tpl("{{ nosuch }}") }}',
    'UNDEFINED',
    '1:4',
    'nosuch is undefined',
    'it is the text that web/templates/t:1:4 renders',
  ),
  row(
    'a {{ tpl("{% if %}") }}',
    'SYNTAX',
    '1:7',
    'unexpected end of tag %}, expected an expression',
    'it is the text that web/templates/t:1:6 renders',
  ),
  row('{{ add(values.nope, 1) }}', 'UNDEFINED', '1:15', 'values.nope is undefined', 'there are "image", "list", "n"'),
  row(
    '{{ printf("%s", values.nope) }}',
    'UNDEFINED',
    '1:24',
    'values.nope is undefined',
    'there are "image", "list", "n"',
  ),
];

test.each(rows)('$template', async ({ template, code, message, at, hint }) => {
  const files = { 'templates/t': template, 'templates/_m': '{% macro labels() %}{% endmacro %}', 'b.txt': '' };
  const error = await failure(renderFiles(files, VALUES));
  expect({
    code: error.code,
    message: error.reason,
    at: `${error.at?.line}:${error.at?.column}`,
    hint: error.hint,
  }).toEqual({
    code,
    message,
    at,
    hint,
  });
});

test('an error shows the line and a caret', async () => {
  const error = await failure(render('a: 1\nimage: {{ values.image.tagg }}\n', VALUES));
  expect(error.message).toBe('web/templates/t:2:24: values.image.tagg is undefined');
  expect(excerpt(error)).toBe('2 | image: {{ values.image.tagg }}\n  |                        ^');
});

test('an error in a macro is told where the macro is', async () => {
  const error = await failure(
    renderFiles({
      'templates/_m.j2': '{% macro m() %}\n{{ values.nope }}{% endmacro %}',
      'templates/t': '{% import "_m.j2" as m %}{{ m.m() }}',
    }),
  );
  expect(error.at).toEqual({ file: 'web/templates/_m.j2', line: 2, column: 11 });
  expect(error.hint).toBe('called at web/templates/t:1:31');
});

test('all templates that fail are told of at once', async () => {
  const error = await failure(
    renderFiles({
      'templates/a': '{{ values.imgae }}',
      'templates/b': 'fine',
      'templates/c': '{{ 1 | nosuch }}{{ 2 | nosuch2 }}',
      'templates/_d': '{% if %}',
    }),
  );
  expect(error.code).toBe('PACK_TEMPLATES_FAILED');
  expect(error.errors?.map(({ message }) => message)).toEqual([
    'web/templates/a:1:11: values.imgae is undefined',
    'web/templates/c:1:8: unknown filter nosuch',
    'web/templates/c:1:24: unknown filter nosuch2',
    'web/templates/_d:1:7: unexpected end of tag %}, expected an expression',
  ]);
});

describe('modes of what is undefined', () => {
  test.each([
    [
      'strict',
      '{{ x is defined }}{{ x.y.z is defined }}{{ x.y|default("d") }}{{ "t" if x.y }}{{ x == none }}',
      'falsefalsedfalse',
    ],
    ['chainable', '[{{ x.y.z }}{{ x ~ "a" }}{% for i in x %}{% endfor %}{{ x|upper }}]', '[a]'],
    ['lenient', '[{{ x }}{{ x ~ "a" }}]', '[a]'],
  ] as const)('%s allows', async (mode, template, output) => {
    expect(await render(template, {}, { undefined: mode })).toBe(output);
  });

  test.each([
    ['strict', '{{ x }}'],
    ['strict', '{{ x|upper }}'],
    ['strict', '{{ x + 1 }}'],
    ['strict', '{{ [1][x] }}'],
    ['lenient', '{{ x.y }}'],
  ] as const)('%s refuses %s', async (mode, template) => {
    expect((await failure(render(template, {}, { undefined: mode }))).code).toBe('PACK_TEMPLATE_UNDEFINED');
  });
});

describe('lint', () => {
  test.each([
    ['{{ 1 | nosuch }}{{ 1 is nosuch }}', ['error 1:8 unknown filter nosuch', 'error 1:25 unknown test nosuch']],
    ['{% if %}', ['error 1:7 unexpected end of tag %}, expected an expression']],
    ['{{ {"b": 1, "a": 2} }}', []],
    ['{{ {"443": 1, "80": 2} }}', ['departure 1:4 keys that are integers are looped over first, in ascending order']],
    ['{{ {"80": 1, "443": 2} }}', []],
    ['a\n{{ {1: 2} }}', ['departure 2:4 keys of dicts are texts: a number, true, false or none becomes one']],
    [
      '{% autoescape true %}{% endautoescape %}',
      ['departure 1:4 nothing is escaped in packs: autoescape does nothing'],
    ],
    ['{% for x in y %}{{ x|safe }}{% endfor %}', ['departure 1:22 nothing is escaped in packs: safe does nothing']],
    ['{{ values.nope }}', []],
  ])('%s', (source, findings) => {
    expect(lintTemplate(source).map(({ kind, at, message }) => `${kind} ${at.line}:${at.column} ${message}`)).toEqual(
      findings,
    );
  });
});
