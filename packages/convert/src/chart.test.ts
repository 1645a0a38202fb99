import { loadChart, parseChart } from '@pack/core';
import { fromBytes } from 'go-template';
import { describe, expect, test } from 'vitest';

import { convertChart } from './chart.ts';

const file = (name: string, text: string) => ({ name, data: new TextEncoder().encode(text) });
const chartOf = (templates: Readonly<Record<string, string>>, values = '') =>
  parseChart([
    file('Chart.yaml', 'apiVersion: v2\nname: app\nversion: 1.0.0\nappVersion: "2"\ndescription: An app\n'),
    file('values.yaml', values),
    ...Object.entries(templates).map(([name, text]) => file(`templates/${name}`, text)),
  ]);

function converted(templates: Readonly<Record<string, string>>, values?: string) {
  const { files, templates: reports } = convertChart(chartOf(templates, values));
  return {
    files: Object.fromEntries(files.map(({ name, data }) => [name, fromBytes(data)])),
    reports: reports.map(({ template, outcome, reason, line }) => [template, outcome, reason, line]),
  };
}

/** What a template becomes; why it stays, else. */
function one(text: string, values?: string): string {
  const { files, reports } = converted({ a: text }, values);
  return files['templates/a'] ?? `kept: ${reports[0]?.[2]}`;
}

describe('what has a counterpart', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['plain text', 'plain text'],
    ['{{ .Values.a.b }}', '{{ values.a.b }}'],
    ['{{- .Values.a -}}', '{{- values.a -}}'],
    ['{{ .Release.Name }}-{{ .Chart.Name }}', '{{ release.name }}-{{ pack.name }}'],
    ['{{ $.Values.a }}', '{{ values.a }}'],
    ['{{ .Values.keys.items }}', '{{ values["keys"]["items"] }}'],
    ['{{ index .Values "a-b" "c" }}', '{{ values["a-b"]["c"] }}'],
    ['{{ .Capabilities.KubeVersion.Version }}', '{{ capabilities.kubeVersion.version }}'],
    ['{{ .Capabilities.APIVersions.Has "apps/v1" }}', '{{ "apps/v1" in capabilities.apiVersions }}'],
    ['{{ .Files.Get "x" | indent 2 }}', '{{ helm.Files.Get("x") | indent(2) }}'],
    ['{{ (.Files.Glob "x/*").AsConfig }}', '{{ helm.Files.Glob("x/*").AsConfig }}'],
    ['{{/* why */}}', '{# why #}'],
    ['{{- /* why */ -}}', '{#- why -#}'],
    ['a {% b {# c', 'a {{ "{%" }} b {{ "{#" }} c'],
    ['{{ "}}" }}', '{{ "}\\u007d" }}'],
    ['{{ "a" | quote }}', '{{ "a" | quote }}'],
    ['{{ .Values.a | default "x" | quote }}', '{{ values.a | default("x", true) | quote }}'],
    ['{{ default .Chart.Name .Values.a }}', '{{ values.a | default(pack.name, true) }}'],
    ['{{ required "needed" .Values.a }}', '{{ values.a | required("needed") }}'],
    ['{{ printf "%s-%d" .Values.a 3 }}', '{{ printf("%s-%d", values.a, 3) }}'],
    ['{{ toYaml .Values.a | nindent 2 }}', '{{ values.a | toyaml | nindent(2) }}'],
    ['{{ ternary "a" "b" .Values.c }}', '{{ "a" if values.c else "b" }}'],
    ['{{ dict "a" 1 "b" (list 1 2) | toJson }}', '{{ {"a": 1, "b": [1, 2]} | tojson }}'],
    ['{{ print "a" .Values.b }}', '{{ "a" ~ values.b }}'],
    ['{{ tpl .Values.a . }}', '{{ tpl_go(values.a) }}'],
    ['{{ randAlphaNum 8 }}', '{{ randAlphaNum(8) }}'],
    ['{{ (first .Values.a).b }}', '{{ (values.a | first).b }}'],
    ['{{ if .Values.a }}x{{ end }}', '{% if values.a %}x{% endif %}'],
    ['{{ if eq .Values.a "b" }}x{{ else }}y{{ end }}', '{% if values.a == "b" %}x{% else %}y{% endif %}'],
    [
      '{{ if and .Values.a (not .Values.b) }}1{{ else if or (gt .Values.c 1) .Values.d }}2{{ end }}',
      '{% if values.a and not values.b %}1{% elif values.c > 1 or values.d %}2{% endif %}',
    ],
    ['{{ if eq .Values.a "b" "c" }}x{{ end }}', '{% if values.a == "b" or values.a == "c" %}x{% endif %}'],
    [
      '{{ with .Values.a }}{{ .b }}{{ $.Values.c }}{{ end }}',
      '{% if values.a %}{{ values.a.b }}{{ values.c }}{% endif %}',
    ],
    ['{{ with first .Values.a }}{{ . }}{{ end }}', '{% set it = values.a | first %}{% if it %}{{ it }}{% endif %}'],
    ['{{ with $x := .Values.a }}{{ $x }}{{ end }}', '{% set x = values.a %}{% if x %}{{ x }}{% endif %}'],
    [
      '{{ range .Values.a }}{{ . }}{{ else }}none{{ end }}',
      '{% for key, item in values.a | pairs %}{{ item }}{% else %}none{% endfor %}',
    ],
    ['{{ range $v := .Values.a }}{{ $v.b }}{{ end }}', '{% for key, v in values.a | pairs %}{{ v.b }}{% endfor %}'],
    [
      '{{ range $i, $v := .Values.a }}{{ $i }}{{ $v }}{{ end }}',
      '{% for i, v in values.a | pairs %}{{ i }}{{ v }}{% endfor %}',
    ],
    [
      '{{ range $key, $v := .Values.a }}{{ $key }}{{ $v }}{{ end }}',
      '{% for key, v in values.a | pairs %}{{ key }}{{ v }}{% endfor %}',
    ],
    ['{{ range until 3 }}{{ . }}{{ end }}', '{% for item in until(3) %}{{ item }}{% endfor %}'],
    ['{{ $a := 1 }}{{ $a }}', '{% set a = 1 %}{{ a }}'],
    ['{{ $a := 1 }}{{ $a = 2 }}{{ $a }}', '{% set a = 1 %}{% set a = 2 %}{{ a }}'],
    [
      '{{ $a := 1 }}{{ range .Values.b }}{{ $a = add $a . }}{{ end }}{{ $a }}',
      '{% set a = namespace(v=1) %}{% for key, item in values.b | pairs %}{% set a.v = add(a.v, item) %}{% endfor %}{{ a.v }}',
    ],
    ['{{ $root := . }}{{ $root.Values.a }}', '{# $root #}{{ values.a }}'],
    ['{{ $values := .Values.a }}{{ $values }}', '{% set values_ = values.a %}{{ values_ }}'],
    [
      '{{ range .Values.a }}{{ if . }}{{ break }}{{ end }}{{ end }}',
      '{% for key, item in values.a | pairs %}{% if item %}{% break %}{% endif %}{% endfor %}',
    ],
    [
      'sum: {{ include (print $.Template.BasePath "/b.yaml") . | sha256sum }}',
      'sum: {% set rendered %}{% include "b.yaml" %}{% endset %}{{ rendered | sha256sum }}',
    ],
  ];
  const more: typeof cases = [
    ['{{ .Chart.Type }} {{ .Chart.Dependencies }}', '{{ helm.Chart.Type }} {{ helm.Chart.Dependencies }}'],
    ['{{ .Capabilities.HelmVersion.Version }}', '{{ helm.Capabilities.HelmVersion.Version }}'],
    ['{{ (index .Subcharts "a").Values.b }}', '{{ helm.Subcharts["a"].Values.b }}'],
    ['{{ .scheme }}', '{{ helm.scheme }}'],
    [
      '{{ $_ := set . "scheme" "x" }}{{ .scheme }}',
      '{% set own = namespace() %}{% set own.scheme = "x" %}{{ own.scheme }}',
    ],
    [
      '{{ $c := .Values.c }}{{ $c.Capabilities.APIVersions.Has "v1" }}',
      '{% set c = values.c %}{{ c.Capabilities.APIVersions.Has("v1") }}',
    ],
    ['{{ $d := dict }}{{ $_ := set $d "a" 1 }}', '{% set d = {} %}{% set d = set(d, "a", 1) %}'],
    [
      '{{ $d := dict }}{{ range list 1 }}{{ $_ := set $d "a" . }}{{ end }}',
      '{% set d = namespace(v={}) %}{% for item in [1] %}{% set d.v = set(d.v, "a", item) %}{% endfor %}',
    ],
    ['{{ $x := merge .Values.a .Values.b }}', '{% set x = merge(values.a, values.b) %}'],
    [
      '{{ range $k, $v := dict "a" 1 }}{{ $k }}{{ end }}',
      '{% for k, v in {"a": 1} | dictsort(true) %}{{ k }}{% endfor %}',
    ],
    [
      '{{ range $i, $v := list 1 }}{{ range list 2 }}{{ $i }}{{ end }}{{ end }}',
      '{% for i, v in [1] | pairs %}{% for item in [2] %}{{ i }}{% endfor %}{% endfor %}',
    ],
    ['{{ println "a" 1 }}', '{{ "a" ~ " " ~ 1 ~ "\\n" }}'],
    ['{{ println }}', '{{ "\\n" }}'],
    ['{{ slice .Values.a 1 }} {{ slice .Values.a 1 2 }}', '{{ values.a[1:] }} {{ values.a[1:2] }}'],
    ['{{ values .Values.a | first }}', '{{ values.a | values | first }}'],
    ['{{ list 1 }}', '{{ [1] | as_go }}'],
    ['{{ ne .Values.a nil }}', '{{ values.a | default(none) != none }}'],
    ["{{ 0x1F }} {{ 'a' }} {{ 1.5e1 }}", '{{ 31 }} {{ 97 }} {{ 15 }}'],
    [
      '{{ include (print .Template.BasePath .Values.file) . | sha256sum }}',
      '{% set rendered %}{% include values.file | trimprefix("/") %}{% endset %}{{ rendered | sha256sum }}',
    ],
    ['{{ tpl .Values.a (dict "b" 1) }}', '{{ tpl_go(values.a, {"b": 1}) }}'],
    ['{{ include "none" . }} {{ include "none" 1 }}', '{{ include_go("none") }} {{ include_go("none", 1) }}'],
    [
      '{{ if .Values.a }}1{{ else if include (print .Template.BasePath "/b") . }}2{{ end }}',
      '{% if values.a %}1{% else %}{% set rendered %}{% include "b" %}{% endset %}{% if rendered %}2{% endif %}{% endif %}',
    ],
  ];
  test.each([...cases, ...more])('%s', (go, jinja) => {
    expect(one(go)).toBe(jinja);
  });

  test('written as Go does, where it is to be exact', () => {
    const chart = chartOf({
      a: '{{ .Values.a }} {{ .Values.b | quote }} {{ print .Values.c 1 }}',
      b: '{{ .Values.a }}',
    });
    const { files } = convertChart(chart, { exact: new Set(['templates/a']) });
    const text = (name: string) => fromBytes(files.find((each) => each.name === name)?.data ?? new Uint8Array());
    expect(text('templates/a')).toBe('{{ values.a | as_go }} {{ values.b | quote }} {{ values.c | as_go ~ 1 }}');
    expect(text('templates/b')).toBe('{{ values.a }}');
  });

  test('exact is also what an exact template includes by its name, and macros if they are to be', () => {
    const chart = chartOf({
      '_h.tpl': '{{ define "app.x" }}{{ .Values.x }}{{ end }}',
      a: '{{ include (print $.Template.BasePath "/b") . | sha256sum }}{{ include "app.x" . }}',
      b: '{{ .Values.b }}',
    });
    const { files } = convertChart(chart, { exact: new Set(['templates/a']), exactMacros: true });
    const text = (name: string) => fromBytes(files.find((each) => each.name === name)?.data ?? new Uint8Array());
    expect([text('templates/b'), text('templates/_helpers.j2')]).toEqual([
      '{{ values.b | as_go }}',
      '{% macro x() %}{{ values.x | as_go }}{% endmacro %}\n',
    ]);
  });

  test('values of the chart tell lists from maps', () => {
    const text = '{{ range .Values.a }}{{ . }}{{ end }}';
    expect(one(text, 'a: {x: 1}')).toBe(
      '{% for key, item in (values.a or {}) | dictsort(true) %}{{ item }}{% endfor %}',
    );
    expect(one(text, 'a: [1]')).toBe('{% for item in values.a or [] %}{{ item }}{% endfor %}');
  });
});

describe('what has none', () => {
  test.each([
    ['{{ include .Values.a . }}', 'include of a name that no template has'],
    ['{{ call .Values.a 1 }}', 'functions are no values in Jinja'],
    ['{{ .Values.a 1 }}', 'methods and functions in values are not called in Jinja'],
    ['{{ html .Values.a }}', 'there is no function html'],
    ['{{ 1i }}', 'the number 1i has no counterpart'],
    ['{{ ($x := 1) }}', 'a variable is set within parentheses'],
    ['{{ range .Values.l }}{{ $_ := set $.Values.a "b" 1 }}{{ end }}', 'a value is changed in place'],
    ['{{ $x := .Values.a }}{{ $_ := set $x.y "b" 1 }}', 'a value is changed in place'],
    ['{{ $_ := merge . .Values.a }}', 'the context is changed'],
    ['{{ range . }}{{ end }}', 'the context is no list'],
    ['{{ if }}', expect.stringContaining('missing value for if')],
  ])('%s', (text, reason) => {
    const { files, reports } = converted({ 'a.yaml': text });
    expect(reports[0]?.slice(0, 3)).toEqual(['templates/a.yaml', 'kept', reason]);
    expect(files['templates/a.yaml.gotmpl']).toBe(text);
  });

  test('says its line', () => {
    expect(converted({ a: 'a\nb\n{{ js 1 }}\n' }).reports).toEqual([
      ['templates/a', 'kept', 'there is no function js', 3],
    ]);
  });
});

describe('named templates', () => {
  test('are macros, which see the context', () => {
    const { files } = converted({
      '_helpers.tpl': '{{- define "app.name" -}}\n{{ .Values.name | default .Chart.Name }}\n{{- end -}}\n',
      'a.yaml': 'name: {{ include "app.name" . | quote }}\n',
    });
    expect(files['templates/_helpers.j2']).toBe(
      '{% macro name() -%}\n{{ values.name | default(pack.name, true) }}\n{%- endmacro %}\n',
    );
    expect(files['templates/a.yaml']).toBe(
      '{%- import "_helpers.j2" as h with context -%}\nname: {{ h.name() | quote }}\n\n',
    );
    expect(files['templates/_helpers.tpl.gotmpl']).toBeUndefined();
  });

  test('have an argument where one is given', () => {
    const { files } = converted({
      '_h.tpl': '{{ define "app.label" }}{{ .name }}-{{ .root.Release.Name }}{{ end }}',
      a: '{{ include "app.label" (dict "name" "x" "root" $) }}',
    });
    expect(files['templates/_helpers.j2']).toBe(
      '{% macro label(dot) %}{{ dot.name }}-{{ dot.root.Release.Name }}{% endmacro %}\n',
    );
    expect(files['templates/a']).toContain('{{ h.label({"name": "x", "root": helm}) }}');
  });

  test('that cannot be converted leave the others alone', () => {
    const { files, reports } = converted({
      '_h.tpl':
        '{{ define "app.bad" }}{{ js 1 }}{{ end }}{{ define "app.good" }}x{{ end }}{{ define "app.via" }}{{ include "app.bad" . }}{{ end }}',
      a: '{{ include "app.good" . }}',
      b: '{{ include "app.via" . }}',
    });
    expect(reports.map(([name, outcome]) => `${name} ${outcome}`)).toEqual([
      'templates/_h.tpl kept',
      'templates/a converted',
      'templates/b kept',
    ]);
    expect(Object.keys(files).filter((name) => name.endsWith('.gotmpl'))).toEqual([
      'templates/_h.tpl.gotmpl',
      'templates/b.gotmpl',
    ]);
  });

  test('by a name that is computed are looked up among those that it may be', () => {
    const { files } = converted({
      '_h.tpl': '{{ define "app.a" }}a{{ end }}{{ define "app.b" }}{{ .x }}{{ end }}{{ define "other" }}o{{ end }}',
      a: '{{ include (printf "app.%s" .Values.kind) (dict "x" 1) }}',
    });
    expect(files['templates/a']).toContain(
      '{{ {"app.a": h.a, "app.b": h.b}[printf("app.%s", values.kind)]({"x": 1}) }}',
    );
    expect(files['templates/_helpers.j2']).toContain('{% macro a(dot) %}');
  });

  test('that stand where they are rendered, as blocks do', () => {
    const { files } = converted({ a: 'x {{- block "app.part" .Values.a }}[{{ .b }}]{{ end -}} y' });
    expect(files['templates/_helpers.j2']).toBe('{% macro part(dot) %}[{{ dot.b }}]{% endmacro %}\n');
    expect(files['templates/a']).toContain('x {{- h.part(values.a) -}} y');
  });

  test('of a template that is rendered see each other as macros', () => {
    const { files } = converted({
      a: '{{ define "app.a" }}{{ include "app.b" . }}{{ end }}{{ define "app.b" }}b{{ end }}{{ include "app.a" . }}',
    });
    expect(files['templates/_helpers.j2']).toBe(
      '{% macro a() %}{{ b() }}{% endmacro %}\n\n{% macro b() %}b{% endmacro %}\n',
    );
    expect(files['templates/a']).toContain('{{ h.a() }}');
  });

  test('of which there are two: that wins which Helm reads last', () => {
    const define = (text: string) => `{{ define "app.a" }}${text}{{ end }}`;
    const { files } = converted({
      '_a.tpl': define('first'),
      '_b.tpl': define('second'),
      'deep/_0.tpl': define('deep'),
    });
    expect(files['templates/_helpers.j2']).toBe('{% macro a() %}first{% endmacro %}\n');
  });

  const withKid = (own: string, kid: Readonly<Record<string, string>>) =>
    convertChart(
      parseChart([
        file('Chart.yaml', 'apiVersion: v2\nname: app\nversion: 1.0.0\n'),
        file('templates/a.yaml', own),
        file('templates/_own.tpl', '{{ define "app.own" }}own{{ end }}'),
        file('charts/kid/Chart.yaml', 'apiVersion: v2\nname: kid\nversion: 1.0.0\n'),
        ...Object.entries(kid).map(([name, text]) => file(`charts/kid/templates/${name}`, text)),
      ]),
    );

  test('of subcharts are macros of the pack where it includes them, and stay in the subchart', () => {
    const { files, templates } = withKid('{{ include "kid.name" .Subcharts.kid }}', {
      '_h.tpl':
        '{{ define "kid.name" }}{{ include "kid.part" . }}{{ .Values.x }}{{ end }}{{ define "kid.part" }}p{{ end }}{{ define "kid.other" }}o{{ end }}',
    });
    const names = files.map(({ name }) => name);
    expect(templates.map(({ template, outcome }) => `${template} ${outcome}`)).toEqual([
      'templates/a.yaml converted',
      'templates/_own.tpl converted',
    ]);
    expect(names).toContain('charts/kid/templates/_h.tpl');
    expect(names).not.toContain('templates/_own.tpl.gotmpl');
    const macros = fromBytes(files.find(({ name }) => name === 'templates/_helpers.j2')?.data ?? new Uint8Array());
    expect(macros).toContain('{% macro kid_name(dot) %}{{ kid_part(dot) }}{{ dot.Values.x }}{% endmacro %}');
    expect(macros).not.toContain('kid_other');
  });

  test('that a subchart includes are there for it as Go templates too', () => {
    const { files } = withKid('a', { 'b.yaml': '{{ include "app.own" . }}' });
    expect(files.map(({ name }) => name)).toContain('templates/_own.tpl.gotmpl');
  });

  test('have no name of a function or a variable', () => {
    const { files } = converted({
      '_h.tpl':
        '{{ define "app.namespace" }}{{ $fullname := "x" }}{{ $fullname }}{{ include "app.fullname" . }}{{ end }}{{ define "app.fullname" }}y{{ end }}',
    });
    expect(files['templates/_helpers.j2']).toContain(
      '{% macro namespace_() %}{% set fullname2 = "x" %}{{ fullname2 }}{{ fullname() }}',
    );
  });
});

test('the pack describes itself as the chart did', async () => {
  const { files } = convertChart(chartOf({ a: 'x' }, 'a: 1\n'));
  const { pack, values } = await loadChart(files);
  expect(pack).toMatchObject({
    type: 'application',
    metadata: { name: 'app', version: '1.0.0', appVersion: '2', description: 'An app' },
    engine: { strict: false },
  });
  expect({ ...values }).toEqual({ a: 1 });
});

test('what stays a Go template is included as one', () => {
  const templates = { 'a.yaml': '{{ include (print .Template.BasePath "/b.yaml") . }}', 'b.yaml': '{{ js 1 }}' };
  const { files } = converted(templates);
  expect(files['templates/a.yaml']).toBe('{{ include_go(template.basePath ~ "/b.yaml") }}');
  expect(Object.keys(files)).toContain('templates/b.yaml.gotmpl');
});

test('values that are changed are others from there on, unless another template looks at them', () => {
  const change = '{{- $_ := set .Values.ingress.annotations "class" .Values.ingress.className -}}';
  const others = (text: string) => converted({ a: change, b: text }).files['templates/a'];
  expect(others('{{ .Values.ingress.hosts }}{{ .Values.ingressClass }}{{ .Values.other }}')).toBe(
    '{%- set values = set(values, "ingress", set(values.ingress, "annotations", set(values.ingress.annotations, "class", values.ingress.className))) -%}',
  );
  for (const text of ['{{ .Values.ingress.annotations.x }}', '{{ toYaml .Values.ingress }}', '{{ toYaml $.Values }}'])
    expect([text, others(text)]).toEqual([text, undefined]);
});

test('what the chart ignores is heeded, but for what the pack is made of', () => {
  const ignore = file('.helmignore', "# people's\n*.bak\n*.gotmpl\nci/\n");
  const { files } = convertChart(parseChart([...chartOf({ a: '{{ js 1 }}' }).raw, ignore]));
  const kept = files.find(({ name }) => name === '.helmignore');
  expect(fromBytes(kept?.data ?? new Uint8Array())).toBe("# people's\n*.bak\nci/\n");
});

test('defaults of a schema are no values, as they are none of the chart', () => {
  const chart = parseChart([...chartOf({}).raw, file('values.schema.json', '{"properties": {"a": {"default": 1}}}')]);
  const { files } = convertChart(chart);
  expect(parseChart(files).values).toEqual({});
  expect(parseChart(files).pack?.engine).toEqual({ strict: false, schemaDefaults: false });
});

test('a template that is to stay stays, and what it includes by its name', () => {
  const templates = { 'a.yaml': '{{ include (print .Template.BasePath "/b.yaml") . }}', 'b.yaml': 'b' };
  const { templates: reports } = convertChart(chartOf(templates), { keep: new Map([['templates/a.yaml', 'so']]) });
  expect(reports).toEqual([
    { template: 'templates/a.yaml', outcome: 'kept', reason: 'so' },
    { template: 'templates/b.yaml', outcome: 'kept', reason: 'templates/a.yaml includes it, and is not converted' },
  ]);
});
