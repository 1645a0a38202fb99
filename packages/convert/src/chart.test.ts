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
    ['{{ .Files.Get "x" | indent 2 }}', '{{ files.get("x") | indent(2) }}'],
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
      '{% for item in values.a or [] %}{{ item }}{% else %}none{% endfor %}',
    ],
    ['{{ range $v := .Values.a }}{{ $v.b }}{{ end }}', '{% for v in values.a or [] %}{{ v.b }}{% endfor %}'],
    [
      '{{ range $i, $v := .Values.a }}{{ $i }}{{ $v }}{{ end }}',
      '{% for v in values.a or [] %}{{ loop.index0 }}{{ v }}{% endfor %}',
    ],
    [
      '{{ range $key, $v := .Values.a }}{{ $key }}{{ $v }}{{ end }}',
      '{% for key, v in (values.a or {}) | dictsort(true) %}{{ key }}{{ v }}{% endfor %}',
    ],
    ['{{ range until 3 }}{{ . }}{{ end }}', '{% for item in until(3) %}{{ item }}{% endfor %}'],
    ['{{ $a := 1 }}{{ $a }}', '{% set a = 1 %}{{ a }}'],
    ['{{ $a := 1 }}{{ $a = 2 }}{{ $a }}', '{% set a = 1 %}{% set a = 2 %}{{ a }}'],
    [
      '{{ $a := 1 }}{{ range .Values.b }}{{ $a = add $a . }}{{ end }}{{ $a }}',
      '{% set a = namespace(v=1) %}{% for item in values.b or [] %}{% set a.v = add(a.v, item) %}{% endfor %}{{ a.v }}',
    ],
    ['{{ $root := . }}{{ $root.Values.a }}', '{# $root #}{{ values.a }}'],
    ['{{ $values := .Values.a }}{{ $values }}', '{% set values_ = values.a %}{{ values_ }}'],
    [
      '{{ range .Values.a }}{{ if . }}{{ break }}{{ end }}{{ end }}',
      '{% for item in values.a or [] %}{% if item %}{% break %}{% endif %}{% endfor %}',
    ],
    [
      'sum: {{ include (print $.Template.BasePath "/b.yaml") . | sha256sum }}',
      'sum: {% set rendered %}{% include "b.yaml" %}{% endset %}{{ rendered | sha256sum }}',
    ],
  ];
  test.each(cases)('%s', (go, jinja) => {
    expect(one(go)).toBe(jinja);
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
    ['{{ include .Values.a . }}', 'include of a name that is computed'],
    ['{{ .Subcharts.a }}', '.Subcharts is not in packs'],
    ['{{ block "a" . }}{{ end }}', 'block has no counterpart'],
    ['{{ include "none" . }}', 'it includes "none", which is not converted'],
    ['{{ if }}', expect.stringContaining('missing value for if')],
  ])('%s', (text, reason) => {
    const { files, reports } = converted({ 'a.yaml': text });
    expect(reports[0]?.slice(0, 3)).toEqual(['templates/a.yaml', 'kept', reason]);
    expect(files['templates/a.yaml.gotmpl']).toBe(text);
  });

  test('says its line', () => {
    expect(converted({ a: 'a\nb\n{{ println }}\n' }).reports).toEqual([
      ['templates/a', 'kept', 'there is no function println', 3],
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
      '{% macro label(dot) %}{{ dot.name }}-{{ dot.root.Release.name }}{% endmacro %}\n',
    );
    expect(files['templates/a']).toContain('{{ h.label({"name": "x", "root": {"Values": values, "Release": release,');
  });

  test('that cannot be converted leave the others alone', () => {
    const { files, reports } = converted({
      '_h.tpl':
        '{{ define "app.bad" }}{{ println }}{{ end }}{{ define "app.good" }}x{{ end }}{{ define "app.via" }}{{ include "app.bad" . }}{{ end }}',
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

test('a template that is to stay stays, and what it includes by its name', () => {
  const templates = { 'a.yaml': '{{ include (print .Template.BasePath "/b.yaml") . }}', 'b.yaml': 'b' };
  const { templates: reports } = convertChart(chartOf(templates), { keep: new Map([['templates/a.yaml', 'so']]) });
  expect(reports).toEqual([
    { template: 'templates/a.yaml', outcome: 'kept', reason: 'so' },
    { template: 'templates/b.yaml', outcome: 'kept', reason: 'templates/a.yaml includes it, and is not converted' },
  ]);
});
