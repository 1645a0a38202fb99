import { GoError, newMap, toGo } from 'go-template';
import { describe, expect, test } from 'vitest';

import { createPackRenderer, renderPackLive } from './render.ts';
import { failure, PACK_YAML, packOf, render, renderFiles, WORLD } from './testing.ts';

const packYaml = (name: string, more = '', type = 'application'): string =>
  `apiVersion: sherpack.io/v1\nkind: Pack\ntype: ${type}\nmetadata:\n  name: ${name}\n  version: 1.0.0\n${more}`;

describe('what templates see', () => {
  test.each([
    ['{{ release.name }} {{ release.namespace }} {{ release.revision }}', 'release-name default 1'],
    ['{{ release.isInstall }} {{ release.isUpgrade }} {{ release.service }}', 'true false Helm'],
    ['{{ pack.name }} {{ pack.version }} {{ pack.appVersion }} {{ pack.type }}', 'web 1.0.0  application'],
    ['{{ capabilities.kubeVersion }} {{ capabilities.kubeVersion.minor }}', 'v1.36.0 36'],
    ['{{ "apps/v1" in capabilities.apiVersions }} {{ capabilities.apiVersions.has("x/v1") }}', 'true false'],
    ['{{ template.name }} {{ template.basePath }}', 'web/templates/t web/templates'],
    ['{{ lookup("v1", "Secret", "a", "b") }}', '{}'],
    ['{{ now() }}', '2026-01-02T03:04:05Z'],
    ['{{ uuidv4()|length }}', '36'],
    ['{{ generate_secret("a", 8) }}', 'AHOVcjqx'],
  ])('%s', async (template, output) => {
    expect(await render(template)).toBe(output);
  });

  test('files of the pack', async () => {
    const { 'web/templates/t': text } = await renderFiles({
      'templates/t':
        '{{ files.get("files/a.txt") }}|{{ files.exists("b") }}|{{ files.lines("files/a.txt")|length }}|{% for f in files.glob("files/*") %}{{ f.name }}={{ f.size }};{% endfor %}',
      'files/a.txt': '1\n2\n',
      'files/b.txt': 'b',
    });
    expect(text).toBe('1\n2\n|false|2|a.txt=4;b.txt=1;');
  });

  test('what Go templates see and define, in a pack that was a chart', async () => {
    const cases: readonly (readonly [string, string])[] = [
      ['{{ helm.Values.size }} {{ helm.Release.Name }} {{ helm.Chart.Name }}', '1 release-name web'],
      ['{{ helm.Template.Name }} {{ template.name }}', 'web/templates/# web/templates/#'],
      ['{{ helm.Capabilities.APIVersions.Has("v1") }} {{ helm.Capabilities.KubeVersion.Minor }}', 'true 36'],
      ['{{ helm.Files.Get("files/none") }}|{{ helm.Files.Glob("files/*").AsConfig() }}', '|a.txt: "1"'],
      [
        '{{ helm.Files.Glob("files/*").AsConfig }} {{ semver("1.2.3").Minor }} {{ semver("1.2.3").Minor() }}',
        'a.txt: "1" 2 2',
      ],
      ['[{{ values.none | as_go }}] {{ (values.none | as_go) | length }}', '[] 10'],
      ['{% for name, data in helm.Files.Glob("files/*") | pairs %}{{ name }}{% endfor %}', 'files/a.txt'],
      ['{{ helm.Subcharts.kid.Values.size }} {{ helm.Subcharts.kid.Chart.Name }}', '2 kid'],
      ['{{ tpl_go("{{ .Values.size }}") }} {{ tpl_go("{{ .size }}", {"size": 3}) }} {{ tpl_go("x") }}', '1 3 x'],
      ['{{ tpl_go("{{ .Values.size }}", helm.Subcharts.kid) }}', '2'],
      ['{{ include_go("web.own") }} {{ include_go("kid.name", helm.Subcharts.kid) }}', '1 kid-2'],
      ['{{ tpl_go("{{ include \\"kid.name\\" .Subcharts.kid }}") }}', 'kid-2'],
    ];
    const files = await renderFiles({
      ...Object.fromEntries(cases.map(([text], i) => [`templates/${i}`, text])),
      'templates/_own.tpl.gotmpl': '{{ define "web.own" }}{{ .Values.size }}{{ end }}',
      'values.yaml': 'size: 1\n',
      'files/a.txt': '1',
      'charts/kid/Chart.yaml': 'apiVersion: v2\nname: kid\nversion: 1.0.0\n',
      'charts/kid/values.yaml': 'size: 2\n',
      'charts/kid/templates/_h.tpl': '{{ define "kid.name" }}{{ .Chart.Name }}-{{ .Values.size }}{{ end }}',
    });
    for (const [i, [text, output]] of cases.entries())
      expect([text, files[`web/templates/${i}`]]).toEqual([text, output.replaceAll('#', String(i))]);
  });

  test('a text of a Go template that fails says so, and where it was rendered', async () => {
    const error = await failure(renderFiles({ 'templates/t': 'a\n{{ tpl_go("{{ fail \\"no\\" }}") }}' }));
    expect(error.message).toMatch(/^web\/templates\/t:2:4: tpl_go: .*no/s);
    const missing = await failure(renderFiles({ 'templates/t': '{{ include_go("none") }}' }));
    expect(missing.message).toContain('no template "none"');
  });

  test('secrets, and what is generated once', async () => {
    const options = {
      secrets: (name: string) => (name === 'db' ? 's3' : undefined),
      generateSecret: (name: string) => `kept ${name}`,
    };
    expect(await render('{{ secrets.db }} {{ generate_secret("x") }}', {}, options)).toBe('s3 kept x');
    expect((await failure(render('{{ secrets.other }}', {}, options))).code).toBe('PACK_TEMPLATE_UNDEFINED');
  });

  test('integers beyond 2^53, of values and of what is set', async () => {
    const files = {
      'values.yaml': 'id: 9007199254740993\nids: [123456789012345678, 1]\n',
      'templates/t':
        '{{ values.id }} {{ values.ids|toyaml }} {{ values.id + 1 }} {{ values.set }} {{ values.id|quote }}',
    };
    const renderer = await createPackRenderer(packOf(files), WORLD);
    const rendered = renderer.render({ values: Object.assign(newMap(), { set: 9007199254740995n }) });
    expect(rendered.files['web/templates/t']).toBe(
      '9007199254740993 - 123456789012345678\n- 1 9007199254740994 9007199254740995 "9007199254740993"',
    );
  });
});

test('values keep the order of the pack’s own, whatever the user sets', async () => {
  const files = {
    'values.yaml': 'env: {B: 1, A: {r: 1, q: 2}}\nports: [1]\n',
    'templates/t': '{{ values.env }}{% for k in values %}{{ k }} {% endfor %}',
  };
  const values = { more: 1, env: { C: 3, A: { p: 0, q: 3 } } };
  expect(await renderFiles(files, values)).toEqual({
    'web/templates/t': '{"B": 1, "A": {"r": 1, "q": 3, "p": 0}, "C": 3}env ports more ',
  });
});

describe('which files are rendered', () => {
  const files = {
    'templates/_helpers.j2': '{% macro name(suffix="") %}{{ release.name }}{{ suffix }}{% endmacro %}',
    'templates/a.yaml': '{% from "_helpers.j2" import name %}{{ name("-a") }}',
    'templates/sub/b.yaml.j2': '{% import "templates/_helpers.j2" as h %}{{ h.name() }}{% include "sub/_part.yaml" %}',
    'templates/sub/_part.yaml': '|{{ values.x }}',
    'templates/NOTES.txt': 'notes',
  };

  test('those without an underscore', async () => {
    expect(await renderFiles(files, { x: 1 })).toEqual({
      'web/templates/NOTES.txt': 'notes',
      'web/templates/a.yaml': 'release-name-a',
      'web/templates/sub/b.yaml': 'release-name|1',
    });
  });

  test('templates that extend others, and include those that are there', async () => {
    const { 'web/templates/t': text } = await renderFiles({
      'templates/_base': '<{% block a %}A{% endblock %}|{% block b %}B{% endblock %}>',
      'templates/_mid': '{% extends "_base" %}{% block a %}m{{ super() }}{% endblock %}',
      'templates/t': '{% extends "_mid" %}ignored{% set x = 1 %}{% block a %}{{ x }}{{ super() }}{% endblock %}',
      'templates/u': '{% include "none" ignore missing %}{% include ["none", "_part"] %}',
      'templates/_part': 'p',
    });
    expect(text).toBe('<1mA|B>');
  });
});

describe('libraries', () => {
  const library = (name: string, file = '_labels.j2') => ({
    [`packs/${name}/Pack.yaml`]: packYaml(name, '', 'library'),
    [`packs/${name}/templates/${file}`]: `{% macro labels() %}${name}: {{ pack.name }}{% endmacro %}`,
    [`packs/${name}/values.yaml`]: 'own: 1\n',
  });
  const depends = (...names: string[]): string =>
    PACK_YAML + (names.length > 0 ? `dependencies:\n${names.map((name) => `  - name: ${name}\n`).join('')}` : '');

  test.each([
    ['by its file', '{% from "_labels.j2" import labels %}{{ labels() }}'],
    ['by its name and file', '{% from "common/_labels.j2" import labels %}{{ labels() }}'],
    ['by its name', '{% import "common" as c %}{{ c.labels() }}'],
  ])('are imported %s, and see what the importing pack sees', async (_, template) => {
    const files = await renderFiles({ 'Pack.yaml': depends('common'), 'templates/t': template, ...library('common') });
    expect(files).toEqual({ 'web/templates/t': 'common: web' });
  });

  test('two that have the same file are told of', async () => {
    const files = {
      'Pack.yaml': depends('one', 'two'),
      'templates/t': '{% from "_labels.j2" import labels %}{{ labels() }}',
      ...library('one'),
      ...library('two'),
    };
    const error = await failure(renderFiles(files));
    expect(error).toMatchObject({
      code: 'PACK_LIBRARY_CONFLICT',
      message: 'web/templates/t:1:9: libraries one and two both have "_labels.j2"',
      hint: 'name one of them: "one/_labels.j2"',
    });
  });

  test('one that is missing', async () => {
    const files = {
      'templates/t': '{% from "commn/_labels.j2" import labels %}',
      ...library('common'),
      'Pack.yaml': depends('common'),
    };
    expect(await failure(renderFiles(files))).toMatchObject({
      code: 'PACK_TEMPLATE_MISSING',
      hint: 'did you mean "common/_labels.j2"?',
    });
  });

  test('of a library: its own files first', async () => {
    const files = {
      'Pack.yaml': depends('common'),
      'templates/t': '{% import "common" as c %}{{ c.all() }}',
      ...library('common', '_index.j2'),
      'packs/common/templates/_index.j2':
        '{% import "_more.j2" as more %}{% macro all() %}{{ more.x() }}{% endmacro %}',
      'packs/common/templates/_more.j2': '{% macro x() %}more{% endmacro %}',
    };
    expect(await renderFiles(files)).toEqual({ 'web/templates/t': 'more' });
  });
});

describe('packs and charts within each other', () => {
  const chartYaml = (name: string, more = ''): string => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`;

  test('each is rendered by its own engine, with its own values', async () => {
    const files = await renderFiles(
      {
        'Pack.yaml': packYaml(
          'web',
          'dependencies:\n  - name: db\n  - name: cache\n    version: 1.0.0\n    alias: redis\n  - name: extra\n    condition: extra.enabled\n',
        ),
        'values.yaml': 'db: {size: 1}\nglobal: {env: test}\nextra: {enabled: false}\n',
        'templates/t': '{{ values.db.size }} {{ values.global.env }}',
        'charts/db/Chart.yaml': chartYaml('db'),
        'charts/db/values.yaml': 'size: 0\nport: 5432\n',
        'charts/db/templates/t': '{{ .Values.size }} {{ .Values.port }} {{ .Values.global.env }} {{ .Chart.Name }}',
        'packs/cache/Pack.yaml': packYaml('cache'),
        'packs/cache/values.yaml': 'port: 6379\n',
        'packs/cache/templates/t': '{{ values.port }} {{ values.global.env }} {{ pack.name }}',
        'packs/extra/Pack.yaml': packYaml('extra'),
        'packs/extra/templates/t': '{{ fail("it is off") }}',
      },
      { db: { size: 2 } },
    );
    expect(files).toEqual({
      'web/charts/db/templates/t': '2 5432 test db',
      'web/templates/t': '2 test',
      'web/charts/redis/templates/t': '6379 test redis',
    });
  });

  test('a chart may depend on a pack', async () => {
    const chart = packOf({
      'Chart.yaml': chartYaml('web', 'dependencies:\n  - name: cache\n    version: 1.0.0\n'),
      'Pack.yaml': '',
      'templates/t': '{{ .Values.cache.port }}',
      'charts/cache/Pack.yaml': packYaml('cache'),
      'charts/cache/values.yaml': 'port: 6379\n',
      'charts/cache/templates/t': '{{ values.port }}',
    });
    const { files } = (await createPackRenderer(chart, WORLD)).render();
    expect(files).toEqual({ 'web/templates/t': '6379', 'web/charts/cache/templates/t': '6379' });
  });

  test('a pack may have Go templates', async () => {
    const files = {
      'templates/a.yaml': '{{ values.x }}',
      'templates/b.yaml.gotmpl': '{{ .Values.x }} {{ include "n" . }} {{ .Template.Name }}',
      'templates/_n.tpl.gotmpl': '{{ define "n" }}{{ .Release.Name }}{{ end }}',
    };
    expect(await renderFiles(files, { x: 1 })).toEqual({
      'web/templates/a.yaml': '1',
      'web/templates/b.yaml': '1 release-name web/templates/b.yaml',
    });
  });
});

describe('what is checked before', () => {
  test('the schema of values', async () => {
    const files = { 'values.schema.json': '{"properties": {"n": {"type": "integer"}}}', 'templates/t': '' };
    expect((await failure(renderFiles(files, { n: 'x' }))).code).toBe('SCHEMA_VIOLATED');
  });

  test('the version of Kubernetes', async () => {
    const files = { 'Pack.yaml': `${PACK_YAML}  kubeVersion: ">=2"\n`, 'templates/t': '' };
    expect(await failure(renderFiles(files))).toMatchObject({ code: 'CHART_INCOMPATIBLE' });
  });
});

describe('what is looked up in a cluster', () => {
  const chart = packOf({
    'templates/t':
      '{% set a = lookup("v1", "Secret", "ns", "one") %}{% set b = lookup("v1", "Secret", "ns", a.next|default("none")) %}{{ b.next|default("end") }}',
  });

  test('what depends on what was found', async () => {
    const asked: string[] = [];
    const { files } = await renderPackLive(
      { chart, world: WORLD },
      {
        lookup: async (_, __, ___, name) => {
          asked.push(name);
          return toGo(
            ({ one: { next: 'two' }, two: { next: 'three' } } as Record<string, Record<string, unknown>>)[name] ?? {},
          );
        },
      },
    );
    expect(files['web/templates/t']).toBe('three');
    expect(asked).toEqual(['one', 'none', 'two']);
  });

  test('what fails', async () => {
    const lookup = async () => {
      throw new GoError('secrets is forbidden');
    };
    expect(await failure(renderPackLive({ chart, world: WORLD }, { lookup }))).toMatchObject({
      code: 'PACK_TEMPLATE_EXEC',
      message: 'web/templates/t:1:12: lookup: secrets is forbidden',
    });
  });
});

test('a renderer renders again with other values', async () => {
  const renderer = await createPackRenderer(packOf({ 'templates/t': '{{ values.x }}' }), WORLD);
  const texts = [1, 'a', null].map(
    (x) => renderer.render({ values: toGo({ x }), undefined: 'chainable' }).files['web/templates/t'],
  );
  expect(texts).toEqual(['1', 'a', 'none']);
});

test('engine.strict of Pack.yaml', async () => {
  const files = (strict: string) => ({ 'Pack.yaml': PACK_YAML + strict, 'templates/t': '[{{ values.a.b }}]' });
  expect(await renderFiles(files('engine:\n  strict: false\n'))).toEqual({ 'web/templates/t': '[]' });
  expect((await failure(renderFiles(files('')))).code).toBe('PACK_TEMPLATE_UNDEFINED');
});
