import { parseChart } from '@pack/core';
import { toBytes } from 'go-template';
import { describe, expect, test } from 'vitest';
import { deprecationOf } from './deprecated-api.ts';
import { formatFinding, lintChart } from './index.ts';
import { nameFault } from './object-name.ts';
import { readObjects } from './object-stream.ts';
import type { LintSubject } from './subject.ts';
import { isEmail, isRequestUrl, isUrl } from './web-address.ts';

const CHART = 'apiVersion: v2\nname: c\nversion: 1.0.0\nicon: https://x.org/i.png\n';

function subject(files: Record<string, string>): LintSubject {
  const all: Record<string, string> = { 'Chart.yaml': CHART, 'values.yaml': '', ...files };
  const data = (name: string) => (name in all ? toBytes(all[name] as string) : undefined);
  const folder = (name: string) => (Object.keys(all).some((n) => n.startsWith(`${name}/`)) ? 'folder' : undefined);
  return {
    path: '/c',
    entries: {
      'Chart.yaml': data('Chart.yaml'),
      'values.yaml': data('values.yaml'),
      'values.schema.json': data('values.schema.json'),
      templates: folder('templates'),
      crds: folder('crds'),
    },
    chart: parseChart(Object.entries(all).map(([name, text]) => ({ name, data: toBytes(text) }))),
  };
}

describe('findings', () => {
  const cases: [name: string, files: Record<string, string>, findings: string[]][] = [
    ['a chart without templates', {}, ['[WARNING] templates/: directory does not exist']],
    ['nothing wrong', { 'templates/_a.tpl': '' }, []],
    [
      'a value that is required',
      { 'templates/a.yaml': 'kind: A\nmetadata: {name: a}\nx: {{ required "x" .Values.x }}{{ fail "y" }}' },
      [],
    ],
    [
      'a template that fails',
      { 'templates/a.yaml': '{{ .Values.a.b.c }}' },
      [
        '[ERROR] templates/: c/templates/a.yaml:1:10\n  executing "c/templates/a.yaml" at <.Values.a.b.c>:\n    nil pointer evaluating interface {}.b',
      ],
    ],
    [
      'values that the schema does not allow',
      { 'values.yaml': 'a: 1', 'values.schema.json': '{"properties":{"a":{"type":"string"}}}', 'templates/_a.tpl': '' },
      [
        "[ERROR] values.yaml: - at '/a': got number, want string\n",
        "[ERROR] templates/: values don't meet the specifications of the schema(s) in the following chart(s):\nc:\n- at '/a': got number, want string\n",
      ],
    ],
    [
      'a list of values',
      { 'values.yaml': '[]', 'templates/_a.tpl': '' },
      [
        '[ERROR] values.yaml: unable to parse YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type common.Values',
      ],
    ],
  ];
  test.each(cases.slice(0, -1))('%s', async (_, files, wanted) => {
    expect((await lintChart(subject(files))).map(formatFinding)).toEqual(wanted);
  });

  describe('hooks of unknown events', () => {
    const hooks = (...events: readonly string[]): Record<string, string> => ({
      'templates/a.yaml': events
        .map((event, i) => `---\nkind: Job\nmetadata: {name: a${i}, annotations: {helm.sh/hook: "${event}"}}\n`)
        .join(''),
    });
    const message = (name: string, events: string): string =>
      `[ERROR] templates/a.yaml: hook ${name} is of an unknown event, and would never be applied: ${events} (known are pre-install, post-install, pre-delete, post-delete, pre-upgrade, post-upgrade, pre-rollback, post-rollback, test)`;
    const cases: [name: string, files: Record<string, string>, findings: string[]][] = [
      ['known ones', hooks('pre-install,post-upgrade', 'test-success', 'TEST'), []],
      [
        'unknown ones',
        hooks('pre-instal', 'test', 'test, crd-install'),
        [message('a0', 'pre-instal'), message('a2', 'test, crd-install')],
      ],
      [
        'what is no object',
        { 'templates/a.yaml': 'kind: A\nmetadata: {name: a, annotations: {helm.sh/hook: [1]}}' },
        [],
      ],
    ];
    test.each(cases)('%s', async (_, files, wanted) => {
      expect((await lintChart(subject(files), { strictHooks: true })).map(formatFinding)).toEqual(wanted);
    });
    test.each(cases)('%s are as good as others to Helm', async (_, files) => {
      expect(await lintChart(subject(files))).toEqual([]);
    });
  });

  test('a chart that cannot be loaded', async () => {
    const [, files, wanted] = cases.at(-1) as (typeof cases)[number];
    const readable = subject({ 'templates/_a.tpl': '' });
    const entries = { ...readable.entries, 'values.yaml': toBytes(files['values.yaml'] as string) };
    expect((await lintChart({ ...readable, entries })).map(formatFinding)).toEqual(wanted);
  });

  test('the values given are left as they are', async () => {
    const values = { a: { x: 1 } };
    await lintChart(subject({ 'values.yaml': 'a: {y: 2}', 'templates/_a.tpl': '' }), { values });
    expect(values).toEqual({ a: { x: 1 } });
  });
});

describe('addresses', () => {
  const cases: [text: string, email: boolean, url: boolean, requestUrl: boolean][] = [
    ['a@b.org', true, true, false],
    ['a@b', false, false, false],
    ['"a"b"@x.org', true, true, false],
    ['https://x.org/#y', false, true, true],
    ['localhost:80', false, true, true],
    ['http://[::1]:80/x', false, true, true],
    ['mailto:x', false, false, true],
    ['/x', false, false, false],
    ['', false, false, false],
    ['http://x y', false, false, false],
  ];
  test.each(cases)('%s', (text, ...wanted) => {
    expect([isEmail(text), isUrl(text), isRequestUrl(text)]).toEqual(wanted);
  });

  test('long ones take no longer than they are', () => {
    expect(isEmail(`a@${'a.'.repeat(5000)}!`)).toBe(false);
    expect(isUrl(`${'a-'.repeat(900)}!`)).toBe(false);
  });
});

describe('object names', () => {
  const cases: [kind: string, name: string, end: string | undefined][] = [
    ['Pod', 'a.b', undefined],
    ['Service', 'a.b', "'[a-z]([-a-z0-9]*[a-z0-9])?')"],
    ['Namespace', 'a.b', 'must not contain dots'],
    ['Role', 'a:b', undefined],
    ['Role', '..', "may not be '..'"],
    ['CertificateSigningRequest', '?', undefined],
    ['Service', '1'.repeat(64), "[a-z0-9])?')]"],
  ];
  test.each(cases)('%s %s', (kind, name, end) => {
    const fault = nameFault(kind, name);
    expect(end === undefined ? fault : fault?.slice(-end.length)).toBe(end);
  });
});

describe('objects of a text', () => {
  const cases: [text: string, kinds: string[], fault?: string][] = [
    ['kind: A\n---\nkind: B', ['A', 'B']],
    ['---\n---\n', []],
    ['{"kind":"A"}{"kind":"B"}', ['A', 'B']],
    ['{"kind":"A"}\n---\nkind: B\n', ['A', 'B']],
    ['{"kind": 1}\n', ['1']],
    ['{"kind": tru: [', [], "json: offset 13: invalid character ':' in literal true (expecting 'e')"],
    ['{"kind":"A"}{"kind":"B"}]', ['A', 'B'], "invalid character ']' looking for beginning of value"],
    ['kind: A\n---x\n', [], 'invalid Yaml document separator: x'],
  ];
  test.each(cases)('%j', (text, kinds, fault) => {
    const found: (string | undefined)[] = [];
    const read = (): void => {
      for (const { Kind } of readObjects(text)) found.push(Kind);
    };
    if (fault === undefined) read();
    else expect(read).toThrow(fault);
    expect(found).toEqual(kinds);
  });
});

describe('deprecated API versions', () => {
  const at = (minor: number) => ({ version: '', normalized: '', major: '1', minor: String(minor) });
  const cases: [apiVersion: string, kind: string, minor: number, message: string | undefined][] = [
    ['apps/v1', 'Deployment', 36, undefined],
    ['batch/v1beta1', 'CronJob', 20, undefined],
    [
      'batch/v1beta1',
      'CronJobList',
      21,
      'batch/v1beta1 CronJobList is deprecated in v1.21+, unavailable in v1.25+; use batch/v1 CronJobList',
    ],
    ['v1', 'Endpoints', 33, 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
    ['v1', 'ComponentStatus', 36, 'v1 ComponentStatus is deprecated in v1.19+'],
    ['__proto__', 'x', 36, undefined],
  ];
  test.each(cases)('%s %s in 1.%d', (apiVersion, kind, minor, message) => {
    expect(deprecationOf(apiVersion, kind, at(minor))).toBe(message);
  });
});
