import { newMap, toGo } from 'go-template';
import { afterEach, describe, expect, test } from 'vitest';

import { failure, render, renderFiles } from './testing.ts';

const VALUES = { dict: { a: 1 }, list: [1, 2], text: 'abc' };

/** Values that templates can reach, each of a kind of its own. */
const TARGETS = [
  'range',
  'cycler("a")',
  'cycler("a").next',
  'joiner()',
  'namespace(a=1)',
  'dict(a=1)',
  '[]',
  '[[1, 2]]|groupby(0)|first',
  '{}',
  '""',
  '1',
  '1.5',
  '2.0',
  '9007199254740993',
  'true',
  'none',
  'values',
  'values.dict',
  'values.list',
  'values.text',
  'release',
  'pack',
  'capabilities',
  'capabilities.kubeVersion',
  'template',
  'files',
  'files.get',
  'files.glob("**")|first',
  'lookup',
  'm',
  'tpl',
  'self',
  'b64enc',
  'missing',
];

/** Names by which JavaScript leads from a value to code. */
const WAYS = [
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'call',
  'apply',
  'bind',
  'hasOwnProperty',
  '__defineGetter__',
  '__lookupGetter__',
  'isPrototypeOf',
  'entries',
  'run',
  'scope',
  'body',
  'execution',
  'read',
  'methods',
  'parent',
];

describe('no member leads out of data', () => {
  test.each(TARGETS)('of %s', async (target) => {
    const head = '{% macro m() %}x{% endmacro %}{% block b %}{% endblock %}';
    const expressions = WAYS.flatMap((way) => [
      `(${target}).${way}`,
      `(${target})["${way}"]`,
      `(${target})|attr("${way}")`,
      `[${target}]|map(attribute="${way}")|first`,
      `([${target}]|selectattr("${way}", "defined")|list)`,
    ]);
    const tests = expressions.map(
      (e) => `{{ "" if (${e}) is undefined or (${e}) == [] else "REACHED " ~ ${JSON.stringify(e)} }}`,
    );
    const text = await render(head + tests.join(''), VALUES, { undefined: 'chainable' });
    expect(text.replaceAll('x', '')).toBe('');
  });
});

/** The escapes from nunjucks, and their kin, that are known. */
const ESCAPES = [
  '{{ range.constructor("return process.version")() }}',
  "{{ range.constructor(\"return global.process.mainModule.require('child_process').execSync('id')\")() }}",
  '{{ cycler.constructor("return 1")() }}',
  '{{ cycler.__proto__.constructor("return 1")() }}',
  '{{ joiner.constructor("return 1")() }}',
  '{{ joiner()["constructor"]("return 1")() }}',
  '{{ [].constructor.constructor("return 1")() }}',
  '{{ "".sub.constructor("return 1")() }}',
  '{{ "".sub.call.call({}["constructor"], "return 1") }}',
  '{{ ({}).toString.constructor("return 1")() }}',
  '{{ (1).toFixed.constructor("return 1")() }}',
  '{{ lipsum.__globals__["os"].popen("id").read() }}',
  '{{ self.__init__.__globals__ }}',
  '{{ "".__class__.__mro__[1].__subclasses__() }}',
  '{{ (range|attr("constructor"))("return 1")() }}',
  '{{ ([range]|map(attribute="constructor")|first)("return 1")() }}',
  '{{ ([range]|groupby("constructor")|first|first)("return 1")() }}',
  '{{ ({"a": range}|dictsort|first|last).constructor("return 1")() }}',
  '{% macro m() %}{% endmacro %}{{ m.constructor("return 1")() }}',
  '{% macro m() %}{{ caller.constructor("return 1")() }}{% endmacro %}{% call m() %}{% endcall %}',
  '{% block b %}{{ super.constructor("return 1")() }}{% endblock %}',
  '{% block b %}{{ self.b.constructor("return 1")() }}{% endblock %}',
  '{% for x in [1] %}{{ loop.cycle.constructor("return 1")() }}{% endfor %}',
  '{% for x in [1] %}{% set loop.constructor = 1 %}{% endfor %}',
  '{% set values.constructor = 1 %}',
  '{% set range.constructor = 1 %}',
  '{{ {"__proto__": {"polluted": 1}}.polluted.toString() }}',
  '{{ process.version }}',
  '{{ globalThis.process.version }}',
  '{{ require("fs") }}',
  '{{ this.constructor }}',
  '{{ arguments[0] }}',
  '{{ environment.loaders }}',
  '{{ env.PATH }}',
  '{{ context.ctx }}',
  '{{ frame.lookup("a") }}',
  '{{ "a"|map("constructor") }}',
  '{{ [1]|map("constructor")|first }}',
  '{{ [1]|select("constructor")|first }}',
  '{{ 1|constructor }}',
  '{{ 1|toString }}x{{ 1|hasOwnProperty }}',
  '{{ 1 is constructor }}',
  '{{ 1 is __proto__ }}',
  '{{ toString() }}',
  '{{ constructor() }}',
  '{{ __proto__() }}',
  '{{ hasOwnProperty("a") }}',
  '{{ "a".constructor() }}',
  '{{ "a".__proto__() }}',
  '{{ {}.constructor() }}',
  '{{ {}.hasOwnProperty("a") }}',
  '{{ [].concat([1]) }}',
  '{{ (1).toString() }}',
  '{{ 1.5|round(0, "constructor") }}',
  '{{ tpl("{{ range.constructor(\'return 1\')() }}") }}',
  '{{ tpl("{{ a.constructor.constructor(\'return 1\')() }}", {"a": "x"}) }}',
  '{% include "/etc/passwd" %}',
  '{% include "../../../etc/passwd" %}',
  '{% include "file:///etc/passwd" %}',
  '{% import "fs" as fs %}',
  '{{ files.get("/etc/passwd") }}',
  '{{ files.get("../secret") }}',
  '{{ files.get("Pack.yaml/../../etc/passwd") }}',
  '{{ env("PATH") }}',
  '{{ expandenv("$PATH") }}',
  '{{ secrets.token }}',
  '{% set x %}{{ range.constructor("return 1")() }}{% endset %}{{ x }}',
  '{% filter constructor %}{% endfilter %}',
  '{{ dict(constructor=1).constructor("return 1") }}',
  '{{ namespace(__proto__=range).constructor("return 1") }}',
  '{{ secrets.constructor("return 1")() }}',
  '{{ secrets["__proto__"] }}',
  '{{ tpl_go.constructor("return 1")() }}',
  '{{ tpl_go("{{ .Values.constructor.constructor }}{{ .Files.Nope.x }}{{ fail (toString .Values.dict.constructor) }}") }}',
  '{{ (values|tojson|fromjson).constructor("return 1")() }}',
  '{{ ("a: 1"|fromyaml).constructor.constructor("return 1")() }}',
  '{{ (values|items|first).constructor("return 1")() }}',
  '{{ (values.list|batch(1)|first).constructor("return 1")() }}',
  '{{ ({"constructor": 1}).constructor("return 1") }}',
  '{{ ([1]|sort(attribute="constructor.constructor")).x() }}',
  '{{ [1, 2]|sum(attribute="constructor.name") }}',
  '{{ "%(constructor)s"|format(a=1) }}',
  '{{ ({"a": 1}|tojson).replace.constructor("return 1")() }}',
  '{% include "constructor" %}',
  '{% include "__proto__" %}',
  '{% from "__proto__" import polluted %}',
  '{% import "constructor/prototype" as p %}',
  '{{ get({}, "constructor")("return 1") }}',
  '{{ index({"a": 1}, "constructor")("return 1") }}',
  '{{ dig("constructor", "name", range, {})() }}',
  '{{ (coalesce(range)).constructor("return 1") }}',
  '{{ ternary(range, 1, true).constructor("return 1") }}',
  '{{ ([range, range]|zip([1, 2])|first|first).constructor("return 1") }}',
];

describe('known escapes fail, and nothing is changed', () => {
  afterEach(() => {
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test.each(ESCAPES)('%s', async (template) => {
    const error = await failure(render(template, VALUES));
    expect(error.code).toMatch(/^PACK_TEMPLATE_(?:EXEC|UNDEFINED|SYNTAX|MISSING)$/);
    expect(error.message).not.toMatch(/v\d+\.\d+\.\d+|root:/);
  });
});

test.each([
  '{% set d = {} %}{% set e = set(d, "__proto__", {"polluted": 1}) %}{{ e.polluted is defined }}',
  '{{ (dict(__proto__={"polluted": 1})).polluted is defined }}',
  '{{ ({}|merge({"__proto__": {"polluted": 1}})).polluted is defined }}',
  '{{ (\'{"__proto__": {"polluted": 1}}\'|fromjson).polluted is defined }}',
  '{{ ("__proto__: {polluted: 1}"|fromyaml).polluted is defined }}',
  '{{ namespace(__proto__={"polluted": 1}).polluted is defined }}',
  '{% set ns = namespace() %}{% set ns.__proto__ = {"polluted": 1} %}{{ ns.polluted is defined }}',
  '{{ (values|pick("__proto__")).polluted is defined }}',
  '{{ (values|omit("dict")).polluted is defined }}',
  '{{ ({} | merge(values)).polluted is defined }}',
  '{{ (\'{"constructor": {"prototype": {"polluted": 1}}}\'|fromjson).polluted is defined }}',
  '{% for k, v in {"__proto__": {"polluted": 1}}|items %}{% endfor %}{{ {}.polluted is defined }}',
  '{{ (groupBy if false else {}).polluted is defined }}',
  '{{ (mergeOverwrite({}, {"__proto__": {"polluted": 1}})).polluted is defined }}',
])('a key of a dict is a key alone: %s', async (template) => {
  const values = JSON.parse('{"__proto__": {"polluted": 1}}') as Record<string, unknown>;
  expect(await render(template, values)).toBe('false');
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test.each([
  ['{{ {"toString": range} ~ "" }}', /range/],
  ['{{ {"toJSON": 1}|tojson }}', /^\{"toJSON":1\}$/],
  ['{{ [{"valueOf": 1}, {"valueOf": 2}]|sort|length }}', /^2$/],
  ['{{ {"length": 5}|length }}', /^1$/],
  ['{{ {"then": 1}|toyaml }}', /^then: 1$/],
  ['{{ {"Symbol.iterator": 1}|list }}', /Symbol/],
  ['{% set ns = namespace(toString=1, valueOf=2) %}{{ ns ~ "" }}', /1/],
])('names that JavaScript asks for are keys like others: %s', async (template, text) => {
  expect(await render(template)).toMatch(text);
});

test('functions of Sprig change no values', async () => {
  const { 'web/templates/a': first, 'web/templates/b': second } = await renderFiles(
    {
      'templates/a': '{{ merge(values.dict, {"b": 2})|tojson }}{{ mergeOverwrite(values.dict, {"a": 2})|tojson }}',
      'templates/b': '{{ values.dict|tojson }}',
    },
    VALUES,
  );
  expect([first, second]).toEqual(['{"a":1,"b":2}{"a":2}', '{"a":1}']);
});

test('what a cluster answers is data alone', async () => {
  const lookup = () => Object.assign(newMap(), toGo({ a: 1 }));
  expect(await render('{{ lookup("v1", "Secret", "ns", "n").a }}', {}, { lookup })).toBe('1');
  const error = await failure(render('{{ lookup("v1", "Secret", "ns", "n").constructor.name }}', {}, { lookup }));
  expect(error.code).toBe('PACK_TEMPLATE_UNDEFINED');
});
