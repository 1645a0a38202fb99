import { parseChart } from '@pack/core';
import { toBytes } from 'go-template';
import { describe, expect, test } from 'vitest';

import { convertWithProof } from './prove.ts';

const chartOf = (templates: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) =>
  parseChart(
    Object.entries({
      'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.2.3\nappVersion: "2"\n',
      ...Object.fromEntries(Object.entries(templates).map(([name, text]) => [`templates/${name}`, text])),
      ...more,
    }).map(([name, text]) => ({ name, data: toBytes(text) })),
  );

const outcomes = async (...chart: Parameters<typeof chartOf>) => {
  const { templates, differences, sets } = await convertWithProof(chartOf(...chart));
  expect(sets).toContain('default');
  return {
    kept: templates.flatMap(({ template, reason }) => (reason === undefined ? [] : [`${template}: ${reason}`])),
    differences,
  };
};

const VALUES = `
text: some text
number: 3
million: 1000000
ratio: 1.5
enabled: true
disabled: false
nothing:
empty: ""
list: [b, a, 3]
map: {z: 1, a: {b: [x, y]}}
own: {z: 2}
rows: [{name: a, port: 80, tags: [t]}, {name: b}]
template: '{{ .Values.text }} {{ include "app.name" . }}'
`;

/** Every construct of the template language, each in a template of its own. */
const CONSTRUCTS: Readonly<Record<string, string>> = {
  text: 'plain {% text %} {# with #} marks',
  values: '{{ .Values.text }} {{ .Values.number }} {{ .Values.million }} {{ .Values.ratio }} {{ .Values.enabled }}',
  collections: '{{ .Values.list }} {{ .Values.map }} {{ .Values.rows }}',
  nothing: '[{{ .Values.nothing }}] [{{ .Values.missing }}] [{{ .Values.map.missing }}] [{{ .missing }}]',
  comments: '{{/* one */}}a{{- /* two */ -}}b',
  trim: 'a  {{- .Values.text -}}  b\n{{ 1 }}\n\n{{- 2 }}',
  constants:
    '{{ 1 }} {{ -2 }} {{ 1.5 }} {{ 0x1F }} {{ 1_000 }} {{ \'a\' }} {{ "q\\n\\"" }} {{ `raw "` }} {{ true }} {{ false }}',
  context:
    '{{ .Release.Name }} {{ .Release.IsInstall }} {{ .Chart.Name }} {{ .Chart.Type }} {{ .Chart.AppVersion }} {{ .Template.Name }} {{ $.Values.text }}',
  capabilities:
    '{{ .Capabilities.KubeVersion.Minor }} {{ .Capabilities.KubeVersion }} {{ .Capabilities.APIVersions.Has "v1" }} {{ .Capabilities.HelmVersion.Version }}',
  files:
    '{{ .Files.Get "files/a.txt" }} [{{ .Files.Get "files/none" }}] {{ (.Files.Glob "files/*").AsConfig }} {{ range $name, $data := .Files.Glob "files/*" }}{{ $name }} {{ $data | toString }}{{ end }} {{ range .Files.Lines "files/a.txt" }}<{{ . }}>{{ end }}',
  pipelines: '{{ .Values.text | upper | quote }} {{ "a" | printf "%s-%s" "b" }} {{ (printf "%d" 3) | len }}',
  parentheses: '{{ (index .Values.rows 0).name }} {{ (.Values.map).a.b }} {{ ((.Values.none).deeper).still }}',
  compare:
    '{{ eq .Values.text "some text" }} {{ eq 1 2 1 }} {{ ne 1 2 }} {{ lt 1 2 }} {{ le 2 2 }} {{ gt "b" "a" }} {{ ge 1.5 1.0 }} {{ eq .Values.nothing nil }} {{ ne .Values.missing nil }}',
  logic:
    '{{ and 1 0 2 }} {{ or 0 "" "x" }} {{ not .Values.empty }} {{ and .Values.enabled (or .Values.disabled .Values.text) }}',
  if: '{{ if .Values.enabled }}1{{ end }}{{ if .Values.disabled }}2{{ else }}3{{ end }}{{ if .Values.empty }}4{{ else if .Values.list }}5{{ else }}6{{ end }}',
  declared:
    '{{ if $x := .Values.text }}{{ $x }}{{ else }}none{{ end }}{{ with $y := .Values.map }}{{ $y.z }}{{ .z }}{{ end }}',
  with: '{{ with .Values.map.a }}{{ .b }}{{ $.Values.text }}{{ end }}{{ with .Values.empty }}1{{ else with .Values.enabled }}2{{ . }}{{ end }}{{ with .Values.disabled }}3{{ else }}4{{ end }}',
  range:
    '{{ range .Values.list }}{{ . }},{{ end }}{{ range $i, $v := .Values.list }}{{ $i }}{{ $v }}{{ end }}{{ range $k, $v := .Values.map }}{{ $k }}={{ $v }};{{ end }}{{ range .Values.missing }}x{{ else }}none{{ end }}{{ range $x := .Values.rows }}{{ $x.name }}{{ range .tags }}{{ . }}{{ $x.port }}{{ end }}{{ end }}',
  'range-int': '{{ range 3 }}{{ . }}{{ end }}{{ range $i := 2 }}{{ $i }}{{ end }}{{ range until 2 }}{{ . }}{{ end }}',
  'range-map':
    '{{ range .Values.map }}{{ . }};{{ end }}{{ range splitList "," "a,b" }}{{ . }};{{ end }}{{ range split "," "a,b" }}{{ . }};{{ end }}',
  jumps:
    '{{ range .Values.list }}{{ if eq (toString .) "a" }}{{ continue }}{{ end }}{{ if eq (toString .) "3" }}{{ break }}{{ end }}{{ . }}{{ end }}',
  indices:
    '{{ range $i, $v := .Values.rows }}{{ range $j, $w := $.Values.list }}{{ $i }}{{ $j }}{{ $w }} {{ end }}{{ end }}',
  variables:
    '{{ $x := 1 }}{{ $x = 2 }}{{ $x }}{{ range .Values.list }}{{ $x = add $x 1 }}{{ end }}{{ $x }}{{ if true }}{{ $x := 9 }}{{ $x }}{{ end }}{{ $x }}{{ $root := . }}{{ $root.Values.text }}',
  dicts:
    '{{ $d := dict "a" 1 }}{{ $_ := set $d "b" 2 }}{{ range .Values.list }}{{ $_ := set $d (toString .) true }}{{ end }}{{ toJson $d }}{{ $_ := unset $d "a" }}{{ toJson $d }}{{ $e := merge $d (dict "z" 1) }}{{ toJson $e }}{{ hasKey $d "z" }}',
  added: '{{ $_ := set . "scheme" "http" }}{{ .scheme }}{{ $.scheme }}{{ with .Values.map }}{{ $.scheme }}{{ end }}',
  changed:
    '{{ if .Values.enabled }}{{ $_ := set .Values.own "added" 1 }}{{ end }}{{ .Values.own.added }}{{ with .Values.own }}{{ .added }}{{ .z }}{{ end }}',
  index: '{{ index .Values.list 1 }} {{ index .Values "map" "a" "b" 0 }} {{ index . "Values" "text" }}',
  slices:
    '{{ slice .Values.list 1 | toJson }} {{ slice .Values.list 0 2 | toJson }} {{ first .Values.list }} {{ last .Values.list }}',
  printing:
    '{{ print "a" 1 }} {{ println "b" 2 }}{{ println }}{{ printf "%s %v %q %05d" "a" .Values.enabled "q" 7 }} {{ len .Values.list }}',
  escapes: '{{ urlquery "a b" }} {{ b64enc "a" | b64dec }} {{ .Values.text | replace " " "_" | trunc 4 }}',
  include:
    '{{ include "app.name" . }} {{ template "app.name" . }} {{ include "app.row" (dict "row" (first .Values.rows) "root" $) | nindent 2 }}',
  computed: '{{ $kind := "name" }}{{ include (printf "app.%s" $kind) . }}',
  block: '{{ block "app.block" .Values.map }}{{ .z }}{{ end }}{{ template "app.block" .Values.map }}',
  digest:
    '{{ include (print $.Template.BasePath "/values") . | sha256sum }} {{ include (print .Template.BasePath "/nothing") . | sha256sum }}',
  'digest-computed':
    '{{ range list "/values" "/nothing" }}{{ include (print $.Template.BasePath .) $ | sha256sum }}{{ end }}',
  tpl: '{{ tpl .Values.template . }} {{ tpl "{{ .x }}" (dict "x" 1) }} {{ tpl (toYaml .Values.map) $ }}',
  yaml: '{{ toYaml .Values.map | indent 2 }} {{ (fromYaml "a: [1]").a }} {{ toJson .Values.rows }} {{ .Values.rows | toPrettyJson }}',
  defaults:
    '{{ .Values.empty | default "d" }} {{ default .Values.text .Values.nothing }} {{ coalesce "" .Values.text }} {{ ternary "a" "b" .Values.enabled }} {{ required "needed" .Values.text }} {{ empty .Values.empty }}',
  functions:
    '{{ keys .Values.map | sortAlpha | join "," }} {{ values (dict "a" 1) | first }} {{ has "a" .Values.list }} {{ semverCompare ">=1.0" .Chart.Version }} {{ (semver .Chart.Version).Minor }} {{ kindIs "map" .Values.map }} {{ kindOf .Values.number }} {{ kindIs "int" .Values.number }} {{ printf "%.0f" .Values.number }} {{ dig "a" "b" "none" .Values.map | toJson }} {{ regexReplaceAll "t" .Values.text "T" }} {{ max 1 2 3 }} {{ int64 .Values.million }}',
  subcharts:
    '{{ .Subcharts.kid.Values.color }} {{ include "kid.color" .Subcharts.kid }} {{ (index .Subcharts "kid").Chart.Name }}',
  missing: '{{ if .Values.disabled }}{{ include "none.such" . }}{{ end }}',
  failing: '{{ if .Values.disabled }}{{ fail "off" }}{{ end }}{{ lookup "v1" "Pod" "a" "b" | toJson }}',
  'NOTES.txt': 'Notes of {{ .Release.Name }}: {{ .Values.map }}\n',
};

const MORE = {
  'values.yaml': VALUES,
  'files/a.txt': '1\n2',
  'charts/kid/Chart.yaml': 'apiVersion: v2\nname: kid\nversion: 1.0.0\n',
  'charts/kid/values.yaml': 'color: red\n',
  'charts/kid/templates/_h.tpl': '{{ define "kid.color" }}{{ .Values.color }}{{ end }}',
  'charts/kid/templates/a.yaml': 'a: {{ include "kid.color" . }} {{ include "app.name" . }}',
  'ci/other-values.yaml': 'number: 4.5\nmillion: 2000000\nlist: [1]\nrows: []\nmap: {z: {deep: [1, null]}}\n',
};

const HELPERS = `
{{- define "app.name" -}}
{{- default .Chart.Name .Values.name | trunc 63 -}}
{{- end -}}
{{- define "app.row" -}}
name: {{ .row.name }}
release: {{ .root.Release.Name }}
{{- if .root.Capabilities.APIVersions.Has "v1" }}
has: {{ .root.Values.text }}
{{- end }}
{{- end -}}`;

describe('every construct of the template language becomes Jinja, and renders the same', () => {
  test.each(Object.entries(CONSTRUCTS))('%s', async (name, text) => {
    const others = Object.fromEntries(['values', 'nothing'].map((each) => [each, CONSTRUCTS[each] as string]));
    expect(await outcomes({ ...others, '_h.tpl': HELPERS, [name]: text }, MORE)).toEqual({ kept: [], differences: [] });
  });

  test('all in one chart', async () => {
    // What is changed there all others would see.
    const { changed: _, ...others } = CONSTRUCTS;
    expect(await outcomes({ ...others, '_h.tpl': HELPERS }, MORE)).toEqual({ kept: [], differences: [] });
  });
});

test('what changes at each rendering is no difference', async () => {
  const templates = {
    a: 'a: {{ randAlphaNum 8 }}\nb:\n  - {{ uuidv4 | quote }}\n  - x\n',
    b: '{{ now | date "2006" }}',
  };
  expect(await outcomes(templates)).toEqual({ kept: [], differences: [] });
});

test('what has no counterpart stays, and the pack renders what the chart did', async () => {
  const { kept, differences } = await outcomes(
    {
      '_h.tpl':
        '{{ define "app.bad" }}{{ js .Values.text }}{{ end }}{{ define "app.good" }}{{ .Values.text }}{{ end }}',
      a: '{{ include "app.bad" . }}',
      b: '{{ include "app.good" . }}',
      c: '{{ range .Values.list }}{{ $_ := set $.Values.map "added" 1 }}{{ end }}{{ .Values.map.added }}',
      d: '{{ include (print .Template.BasePath "/c") . }}',
    },
    { 'values.yaml': VALUES },
  );
  expect(differences).toEqual([]);
  expect(kept).toEqual([
    'templates/_h.tpl: there is no function js',
    'templates/a: it includes "app.bad", which is not converted: there is no function js',
    'templates/c: a value is changed in place',
  ]);
});
