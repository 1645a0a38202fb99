import { describe, expect, test } from 'vitest';

import { failure, render, renderFiles } from './testing.ts';

const LONG = '{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}';

/** A list of two lists, which are one, and so on. */
const BOMB = '{% set ns = namespace(x=["x"]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}';

describe('what does not end is ended', () => {
  test.each([
    ['loops in loops', LONG, /take more than/],
    ['a range', '{% for i in range(1000000000) %}{% endfor %}', /a range has more than 100000 items/],
    ['a range by one', '{{ range(0, -1000000000, -1) }}', /a range has more than/],
    ['Sprig’s ranges', '{{ until(1000000000) }}', /sequence of more than/],
    [
      'a macro that calls itself',
      '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
      /macro m is nested more than 100 deep/,
    ],
    [
      'two macros',
      '{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}',
      /nested more than 100 deep/,
    ],
    [
      'a caller',
      '{% macro m() %}{{ caller() }}{% endmacro %}{% macro n() %}{% call m() %}{{ n() }}{% endcall %}{% endmacro %}{{ n() }}',
      /nested more than 100 deep/,
    ],
    ['a block that calls itself', '{% block b %}{{ self.b() }}{% endblock %}', /nested more than 100 deep/],
    ['a recursive loop', '{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}', /nested more than 100 deep/],
    ['a template that includes itself', '{% include "t" %}', /each other without end|nested more than 100 deep/],
    ['a template that imports itself', '{% import "t" as t %}', /each other without end|nested more than 100 deep/],
    ['a template that extends itself', '{% extends "t" %}', /each other without end|nested more than 100 deep/],
    [
      'a text of tpl that runs itself',
      '{% set t = "{{ tpl(t, {\'t\': t}) }}" %}{{ tpl(t, {"t": t}) }}',
      /nested more than 100 deep/,
    ],
    ['much text', '{% for i in range(100000) %}{{ "x" * 10000 }}{% endfor %}', /write more than 67108864 characters/],
    ['a long text', '{{ "x" * 1000000000 }}', /a string has more than/],
    [
      'a text that doubles',
      '{% set ns = namespace(x="xxxxxxxx") %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}',
      /a string has more than/,
    ],
    [
      'a list that doubles',
      '{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
      /take more than|grew too large/,
    ],
    ['a list within itself many times, shown', `${BOMB}{{ ns.x }}`, /too large to be shown/],
    ['a list within itself many times, encoded', `${BOMB}{{ ns.x|toyaml }}`, /more than 2000000 values in it/],
    [
      'a list within itself many times, encoded twice',
      `${BOMB}{% set a = ns.x[0]|length %}{{ ns.x|tojson }}`,
      /more than 2000000 values/,
    ],
    ['a list within itself many times, handed to Sprig', `${BOMB}{{ deepCopy(ns.x) }}`, /more than 2000000 values/],
    ['a list within itself many times, joined', `${BOMB}{{ ns.x|join }}`, /too large to be shown/],
    ['a list within itself many times, for people', `${BOMB}{{ ns.x|pprint }}`, /too large to be shown/],
    [
      'a list within itself many times, compared',
      `${BOMB}{% set a = ns.x %}${BOMB}{{ a == ns.x }}`,
      /too large to be compared/,
    ],
    [
      'a list within itself many times, sorted',
      `${BOMB}{% set a = ns.x %}${BOMB}{{ [a, ns.x]|sort|length }}`,
      /too large to be compared/,
    ],
    ['a namespace within itself', '{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}', /nested too deeply/],
    [
      'a namespace within itself, encoded',
      '{% set ns = namespace() %}{% set ns.x = ns %}{{ ns|tojson }}',
      /nested more than 1000 deep/,
    ],
    ['a list of many', '{{ ([1] * 1000000000)|length }}', /has more than|take more than/],
    ['a text replaced by longer ones', '{{ ("x" * 1000000)|replace("x", "y" * 100000) }}', /a string has more than/],
    ['a text joined', '{{ (range(100000)|list)|join("x" * 10000) }}', /a string has more than/],
    ['a text indented', '{{ ("\\n" * 1000000)|indent(10000) }}', /a string has more than/],
    ['a wide format', '{{ "%99999d"|format(1) }}', /width of 99999 is too large/],
    ['a wide format of Go’s', '{{ printf("%999999d" * 1000, 1) }}', /a string has more than/],
    ['a text centred', '{{ "x"|center(1000000000) }}', /a string has more than/],
    ['lists of many in slices', '{{ [1]|slice(1000000000) }}', /take more than/],
    ['much chance', '{{ randAlphaNum(1000000000) }}', /a string has more than/],
    ['many keys', '{% for i in range(1000) %}{% set k = genPrivateKey("ed25519") %}{% endfor %}', /take more than/],
  ])('%s', async (_, template, message) => {
    const error = await failure(render(template));
    expect(error.message).toMatch(message);
    expect(error.code).toMatch(/PACK_TEMPLATE_(?:LIMIT|EXEC)/);
    expect(error.at?.line).toBe(1);
  });
});

test('time is bounded by the clock of the world', async () => {
  const { createPackRenderer } = await import('./render.ts');
  const { packOf, WORLD } = await import('./testing.ts');
  let now = 0;
  const world = { ...WORLD, now: () => new Date((now += 1000)) };
  const renderer = await createPackRenderer(packOf({ 'templates/t': LONG }), world);
  expect(() => renderer.render()).toThrow(/run for more than 30 seconds/);
});

test.each([
  [
    'of a pack',
    {
      'templates/t': '{% import "_a" as a %}{{ a.x() }}',
      'templates/_a': '{% import "_b" as b %}{% macro x() %}{{ b.x() }}{% endmacro %}',
      'templates/_b': '{% import "_a" as a %}{% macro x() %}{{ a.x() }}{% endmacro %}',
    },
  ],
  [
    'that include and extend each other',
    {
      'templates/t': '{% include "_a" %}',
      'templates/_a': '{% extends "_b" %}',
      'templates/_b': '{% include "t" %}',
    },
  ],
  [
    'of a library',
    {
      'templates/t': '{% from "lib/_a" import x %}{{ x() }}',
      'packs/lib/Pack.yaml': 'apiVersion: sherpack.io/v1\nkind: library\nmetadata: {name: lib, version: 1.0.0}\n',
      'packs/lib/templates/_a': '{% from "_b" import x %}',
      'packs/lib/templates/_b': '{% from "_a" import x %}',
    },
  ],
])('templates %s that import each other', async (_, files) => {
  const error = await failure(renderFiles(files));
  expect(error.code).toBe('PACK_TEMPLATE_LIMIT');
  expect(error.message).toMatch(/each other without end|nested more than 100 deep/);
  expect(error.at?.line).toBe(1);
});

test('limits may be set', async () => {
  const template = '{% for i in range(20) %}{{ i }}{% endfor %}';
  expect((await failure(render(template, {}, { limits: { steps: 10 } }))).code).toBe('PACK_TEMPLATE_LIMIT');
  expect((await failure(render(template, {}, { limits: { output: 10 } }))).message).toContain('write more than 10');
  expect((await failure(render(template, {}, { limits: { range: 10 } }))).message).toContain('more than 10 items');
});

test('all templates of a render share what they may write', async () => {
  const files = { 'templates/a': 'x'.repeat(8), 'templates/b': 'x'.repeat(8) };
  expect((await failure(renderFiles(files, {}, { limits: { output: 15 } }))).message).toContain('write more than 15');
  await renderFiles(files, {}, { limits: { output: 16 } });
});

test.each([
  ['parentheses', `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`],
  ['lists', `{{ ${'['.repeat(5000)}${']'.repeat(5000)} }}`],
  ['dicts', `{{ ${'{"a": '.repeat(5000)}1${'}'.repeat(5000)} }}`],
  ['not', `{{ ${'not '.repeat(5000)}1 }}`],
  ['minus', `{{ ${'-'.repeat(5000).replaceAll('-', '- ')}1 }}`],
  ['conditions', `{% if 1 %}`.repeat(5000) + `{% endif %}`.repeat(5000)],
  ['look-ups', `{{ a${'.b'.repeat(5000)} }}`],
  ['filters', `{{ 1${'|string'.repeat(5000)} }}`],
  ['calls', `{{ ${'range('.repeat(5000)}1${')'.repeat(5000)} }}`],
  ['else', `{{ ${'1 if 0 else '.repeat(5000)}1 }}`],
])('nesting is bounded: %s', async (_, template) => {
  expect((await failure(render(template))).code).toMatch(/PACK_TEMPLATE_(?:SYNTAX|LIMIT)/);
});

test.each([
  '{{ ("." * 300000)|extname }}',
  '{{ ("x" * 300000)|extname }}',
  '{{ ("/" * 300000 ~ "x" * 300000)|basename|length }}',
  '{{ ("<!--" * 200000)|striptags|length }}',
  '{{ ("<" * 300000)|striptags|length }}',
  '{{ (" " * 300000 ~ "x")|trim }}',
  '{{ (" x" * 150000)|title|length }}',
  '{{ ("aB" * 150000)|pascalcase|length }}',
  '{{ ("1" * 300000)|int }}',
  '{{ ("a " * 150000)|wordwrap(3)|length }}',
  '{{ ("a" * 300000)|wordwrap(1)|length }}',
  '{{ ("x " * 150000)|split(none, 149999)|length }}',
  '{{ ("x" * 300000).strip("x") }}{{ ("x" * 300000).lstrip("x") }}',
  '{{ ("a" * 300000)|regex_match("(a+)+$") }}',
  '{{ ("%s" * 1000)|replace("%s", "")|format }}',
])('time is not more than in proportion: %s', { timeout: 5000 }, async (template) => {
  expect(await render(template)).toMatch(/^\S*$/);
});

test('an integer of many digits is refused', async () => {
  expect((await failure(render(`{{ ${'9'.repeat(100_000)} }}`))).message).toContain('integer is too large');
});

test('a long sum is no nesting', async () => {
  expect(await render(`{{ ${Array.from({ length: 1000 }, () => 1).join(' + ')} }}`)).toBe('1000');
});

test('a value of 20 MB is passed on', async () => {
  const text = 'x'.repeat(20_000_000);
  expect((await render('{{ values.text }}{{ values.text|length }}', { text })).length).toBe(20_000_008);
});

test('a value of 100 MB is refused', async () => {
  const text = 'x'.repeat(100_000_000);
  expect((await failure(render('{{ values.text }}', { text }))).code).toBe('PACK_TEMPLATE_LIMIT');
});
