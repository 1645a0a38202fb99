import { describe, expect, test } from 'vitest';
import { ast, executionFunc, func, Int, TemplateError, TemplateSet, toGo } from './index.ts';

const funcs = {
  list: func('func(...interface {}) []interface {}', (...items: unknown[]) => items),
  upper: func('func(string) string', (s: string) => s.toUpperCase()),
  until: func('func(int) []int', (n: number) => Array.from({ length: n }, (_, i) => Int.of('int', i))),
  boom: func('func() (string, error)', () => {
    throw new TemplateError('TEMPLATE_EXEC', 'boom');
  }),
  include: executionFunc('func(string, interface {}) (string, error)', (s: never, name: string, data: unknown) =>
    (s as { set: TemplateSet; meter: never }).set.nested(name, data ?? undefined, (s as { meter: never }).meter),
  ),
};

const DATA = {
  Values: {
    s: 'hello',
    n: 80,
    big: 1234567,
    nul: null,
    t: true,
    list: ['a', 'b', null],
    empty: [],
    map: { b: 1, a: { x: 'y' } },
  },
};

const run = (text: string, data: unknown = DATA): string => {
  const set = new TemplateSet({ name: 'gotpl', missingKey: 'zero', funcs });
  set.parse('t', text);
  return set.execute('t', toGo(data));
};

const failure = (text: string, data: unknown = DATA): string => {
  try {
    run(text, data);
  } catch (e) {
    if (e instanceof TemplateError) return e.message;
    throw e;
  }
  throw new Error(`no error: ${text}`);
};

describe('output', () => {
  const cases: [name: string, text: string, want: string][] = [
    ['text alone', 'a\nb', 'a\nb'],
    ['trim markers take white space on both sides', 'a \n{{- 1 -}}\n b', 'a1b'],
    ['a dash without a space is a sign', 'a {{-3}}', 'a -3'],
    ['comments vanish', 'a{{/* x */}}b{{- /* y */ -}} c', 'abc'],
    [
      'float64 from data prints an exponent from seven digits on',
      '{{ .Values.big }} {{ .Values.n }}',
      '1.234567e+06 80',
    ],
    ['nil prints as no value', '{{ .Values.nul }}|{{ .Values.nope }}', '<no value>|<no value>'],
    ['print knows nil', '{{ print .Values.nul }}', '<nil>'],
    ['a chain over a missing key of a parenthesis is nothing', '{{ (.Values.nul).x }}', '<no value>'],
    ['if, else if, else', '{{ if .Values.nul }}1{{ else if .Values.t }}2{{ else }}3{{ end }}', '2'],
    ['with, else with', '{{ with .Values.nul }}1{{ else with .Values.s }}{{ . }}{{ end }}', 'hello'],
    ['range over a list', '{{ range $i, $v := .Values.list }}{{ $i }}={{ $v }};{{ end }}', '0=a;1=b;2=<no value>;'],
    ['range over a map goes by key', '{{ range $k, $v := .Values.map }}{{ $k }};{{ end }}', 'a;b;'],
    ['range over an integer', '{{ range 3 }}{{ . }}{{ end }}', '012'],
    ['range else', '{{ range .Values.empty }}x{{ else }}none{{ end }}', 'none'],
    [
      'break and continue',
      '{{ range $i, $_ := list 0 1 2 3 }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ if eq $i 3 }}{{ break }}{{ end }}{{ $i }}{{ end }}',
      '02',
    ],
    [
      'assignment reaches outward, declaration shadows',
      '{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}',
      '2',
    ],
    [
      'a branch does not see what the other declares',
      '{{ $x := 1 }}{{ if false }}{{ $x := 2 }}{{ else }}{{ $x }}{{ end }}',
      '1',
    ],
    ['define and template', '{{ define "d" }}[{{ . }}]{{ end }}{{ template "d" .Values.s }}', '[hello]'],
    ['block is define and template', '{{ block "b" 1 }}<{{ . }}>{{ end }}', '<1>'],
    ['a piped value is the last argument', '{{ 2 | printf "%d-%d" 1 }}', '1-2'],
    ['and, or return the deciding operand', '{{ and 1 0 2 }} {{ or 0 "x" }} {{ or "" 0 }}', '0 x 0'],
    ['and, or are lazy', '{{ or 1 boom }}{{ and 0 boom }}', '10'],
    [
      'integers of both kinds compare',
      '{{ lt 1 2 }} {{ eq 1 1 1 }} {{ ne "a" "b" }} {{ ge 1.5 1.5 }}',
      'true true true true',
    ],
    ['a literal takes the type of the parameter', '{{ until 2.0 }}', '[0 1]'],
    ['index and slice', '{{ index .Values.map "a" "x" }} {{ slice "hello" 1 3 }} {{ index .Values.list 1 }}', 'y el b'],
    ['len counts bytes', '{{ len "é" }} {{ len .Values.list }}', '2 3'],
    [
      'html, js, urlquery',
      `{{ html "<&'>" }} {{ js "a'\\n<" }} {{ urlquery "a b/é" }}`,
      `&lt;&amp;&#39;&gt; a\\'\\u000A\\u003C a+b%2F%C3%A9`,
    ],
    [
      'literals of every form',
      `{{ 0x1F }} {{ 0o17 }} {{ 0b11 }} {{ 010 }} {{ 1_000 }} {{ 'a' }} {{ 1e3 }} {{ 2i }} {{ \`r\\n\` }}`,
      '31 15 3 8 1000 97 1000 (0+2i) r\\n',
    ],
    ['large integers keep every digit', '{{ 9223372036854775807 }}', '9223372036854775807'],
    [
      'a key like a property of Object is only a key',
      '{{ .Values.constructor }}{{ .Values.__proto__ }}',
      '<no value><no value>',
    ],
    ['include runs a template with a dot of its own', '{{ define "d" }}{{ $ }}{{ end }}{{ include "d" 5 }}', '5'],
  ];
  test.each(cases)('%s', (_, text, want) => expect(run(text)).toBe(want));
});

describe('parse errors', () => {
  const cases: [text: string, want: string][] = [
    ['{{ nope 1 }}', 'template: t:1: function "nope" not defined'],
    ['\n{{ if }}{{ end }}', 'template: t:2: missing value for if'],
    ['{{ $x }}', 'template: t:1: undefined variable "$x"'],
    ['{{ if true }}', 'template: t:1: unexpected EOF'],
    ['{{ end }}', 'template: t:1: unexpected {{end}}'],
    ['{{ break }}', 'template: t:1: {{break}} outside {{range}}'],
    ['{{ "x }}', 'template: t:1: unterminated quoted string'],
    ['{{ (1 }}', 'template: t:1: unclosed left paren'],
    ['{{ 1 | 2 }}', 'template: t:1: non executable command in pipeline stage 2'],
    ['{{ 1a }}', 'template: t:1: bad number syntax: "1a"'],
    ['{{/* x }}', 'template: t:1: unclosed comment'],
    [
      '{{ define "a" }}x{{ end }}{{ define "a" }}y{{ end }}',
      'template: t:1: template: multiple definition of template "a"',
    ],
    ['{{\n\n"a', 'template: t:3: unterminated quoted string in action started at t:1'],
  ];
  test.each(cases)('%s', (text, want) => expect(failure(text)).toBe(want));
});

describe('execution errors', () => {
  const cases: [text: string, want: string][] = [
    [
      '{{ .Values.nul.x }}',
      'template: t:1:10: executing "t" at <.Values.nul.x>: nil pointer evaluating interface {}.x',
    ],
    [
      'é {{ .Values.s.x }}',
      `template: t:1:13: executing "t" at <.Values.s.x>: can't evaluate field x in type interface {}`,
    ],
    [
      '{{ with .Values.s }}{{ .x }}{{ end }}',
      `template: t:1:23: executing "t" at <.x>: can't evaluate field x in type string`,
    ],
    [
      '{{ range .Values.list }}{{ .x }}{{ end }}',
      `template: t:1:27: executing "t" at <.x>: can't evaluate field x in type interface {}`,
    ],
    [
      '{{ upper .Values.nul }}',
      'template: t:1:16: executing "t" at <.Values.nul>: wrong type for value; expected string; got interface {}',
    ],
    ['{{ .Values.nul | upper }}', 'template: t:1:17: executing "t" at <upper>: invalid value; expected string'],
    ['{{ upper 1 }}', 'template: t:1:9: executing "t" at <1>: expected string; found 1'],
    ['{{ upper "a" "b" }}', 'template: t:1:3: executing "t" at <upper>: wrong number of args for upper: want 1 got 2'],
    [
      '{{ eq .Values.n 80 }}',
      'template: t:1:3: executing "t" at <eq .Values.n 80>: error calling eq: incompatible types for comparison: float64 and int',
    ],
    ['{{ template "x" }}', 'template: t:1:12: executing "t" at <{{template "x"}}>: template "x" not defined'],
    [
      '{{ range .Values.s }}{{ end }}',
      `template: t:1:16: executing "t" at <.Values.s>: range can't iterate over hello`,
    ],
    [
      '{{ index .Values.list 9 }}',
      'template: t:1:3: executing "t" at <index .Values.list 9>: error calling index: index out of range: 9',
    ],
    ['{{ 1 2 }}', `template: t:1:3: executing "t" at <1>: can't give argument to non-function 1`],
    [
      '{{ if false }}{{ $v := 1 }}{{ else }}{{ $v }}{{ end }}',
      'template: t:1:40: executing "t" at <$v>: undefined variable: $v',
    ],
    ['{{ nil }}', 'template: t:1:3: executing "t" at <nil>: nil is not a command'],
  ];
  test.each(cases)('%s', (text, want) => expect(failure(text)).toBe(want));
});

test('a template that includes itself for ever is an error with a code', () => {
  const set = new TemplateSet({ funcs });
  set.parse('t', '{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}');
  expect(() => set.execute('t', null)).toThrow(expect.objectContaining({ code: 'TEMPLATE_STACK' }));
});

test('loops that multiply themselves are stopped', () => {
  const set = new TemplateSet({ funcs, maxSteps: 1000 });
  set.parse('t', '{{ range 1000000 }}{{ range 1000000 }}{{ end }}{{ end }}');
  expect(() => set.execute('t', null)).toThrow(expect.objectContaining({ code: 'TEMPLATE_STEPS' }));
});

test('a set is parsed once and executed with other data, and a clone keeps its additions to itself', () => {
  const set = new TemplateSet({ funcs });
  set.parse('t', '{{ template "d" . }}{{ define "d" }}{{ .a }}{{ end }}');
  expect([1, 2].map((a) => set.execute('t', toGo({ a })))).toEqual(['1', '2']);
  const clone = set.clone();
  clone.parse('u', '{{ define "d" }}[{{ .a }}]{{ end }}');
  expect([clone.execute('t', toGo({ a: 1 })), set.execute('t', toGo({ a: 1 }))]).toEqual(['[1]', '1']);
});

describe('observe', () => {
  const cases: [name: string, text: string, data: unknown, entered: string[]][] = [
    ['if', '{{if .a}}x{{else}}y{{end}}', { a: true }, ['x']],
    ['else', '{{if .a}}x{{else}}y{{end}}', { a: false }, ['y']],
    ['a condition within else', '{{if .a}}x{{else if .b}}y{{end}}', { b: 1 }, ['{{if}}', 'y']],
    ['each turn of range', '{{range .a}}x{{end}}', { a: [1, 2] }, ['x', 'x']],
    ['with', '{{with .a}}x{{end}}', { a: 1 }, ['x']],
    ['what a template includes', '{{define "d"}}{{if true}}z{{end}}{{end}}{{template "d"}}', {}, ['z']],
  ];
  test.each(cases)('%s', (_, text, data, entered) => {
    const seen: string[] = [];
    const set = new TemplateSet({ observe: (list) => seen.push(list.nodes.map(ast.printNode).join('')) });
    set.parse('t', text);
    set.execute('t', toGo(data));
    expect(seen).toEqual(entered);
  });
});
