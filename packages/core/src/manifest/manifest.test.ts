import { describe, expect, test } from 'vitest';

import { decodeHead } from './head.ts';
import { type Hook, isTestHook, sortByWeight } from './hook.ts';
import { sortManifests } from './manifest.ts';
import { INSTALL_ORDER, sortByKind, UNINSTALL_ORDER } from './order.ts';
import { splitManifests } from './split.ts';

const manifest = (kind: string, name: string, annotations = ''): string =>
  `kind: ${kind}\nmetadata:\n  name: ${name}\n${annotations}`;
const hook = (events: string, more = ''): string =>
  manifest('Job', 'j', `  annotations:\n    helm.sh/hook: ${events}\n${more}`);
const only = (text: string): Hook | undefined => sortManifests({ 'c/templates/x.yaml': text }).hooks[0];

test.each([
  ['a: 1\n---\nb: 2\n', ['a: 1\n', 'b: 2\n']],
  ['\n\n---\n\n---   \n  a: 1', ['a: 1']],
  ['---a: 1\n---\tb: 2', ['a: 1\n', 'b: 2']],
  ['a: |\n  ---\n---# x\nb: 1', ['a: |\n  ---\n', '# x\nb: 1']],
  ['---\n# only a comment\n', ['# only a comment\n']],
  ['\u00a0\u2003', []],
])('%j is split', (text, expected) => {
  expect(splitManifests(text)).toEqual(expected);
});

test('kinds go by their order, unknown ones behind by name, equal ones as they are', () => {
  const kinds = ['Zebra', 'Service', 'Alpha', 'Namespace', 'Zebra', 'Deployment'].map((kind, i) => ({ kind, i }));
  expect(sortByKind(kinds, INSTALL_ORDER).map(({ kind, i }) => `${kind}${i}`)).toEqual([
    'Namespace3',
    'Service1',
    'Deployment5',
    'Alpha2',
    'Zebra0',
    'Zebra4',
  ]);
  expect(
    sortByKind(kinds, UNINSTALL_ORDER)
      .map(({ kind }) => kind)
      .slice(0, 3),
  ).toEqual(['Service', 'Deployment', 'Namespace']);
  expect([...INSTALL_ORDER].sort()).toEqual([...UNINSTALL_ORDER].sort());
});

test('files go by path, partials and blank ones vanish', () => {
  const { manifests } = sortManifests({
    'c/templates/z.yaml': manifest('Pod', 'z'),
    'c/templates/_p.yaml': 'broken: [',
    'c/templates/b.yaml': ' \n',
    'c/templates/a.yaml': `${manifest('Pod', 'a2')}---\n${manifest('Service', 'a1')}`,
    'c/templates/10.yaml': manifest('Pod', '10'),
  });
  expect(manifests.map(({ path, head }) => `${path} ${head.kind}/${head.name}`)).toEqual([
    'c/templates/a.yaml Service/a1',
    'c/templates/10.yaml Pod/10',
    'c/templates/a.yaml Pod/a2',
    'c/templates/z.yaml Pod/z',
  ]);
});

describe('heads', () => {
  test.each([
    ['', { apiVersion: '', kind: '', hasMetadata: false, name: '', annotations: {} }],
    ['metadata: {}', { hasMetadata: true }],
    [
      'kind: 010\nmetadata: {name: 1e3, annotations: {a: yes, b: ~}}',
      { kind: '8', name: '1000', annotations: { a: 'true', b: '' } },
    ],
    ['Kind: Pod\nMETADATA: {Name: x}', { kind: 'Pod', name: 'x' }],
    ['kind: Pod\nspec: {kind: 5, name: []}', { kind: 'Pod', name: '' }],
  ])('%j', (text, expected) => {
    expect(decodeHead(text)).toMatchObject(expected);
  });

  const decoding = 'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal';
  test.each([
    ['text', `${decoding} string into Go value of type util.SimpleHead`],
    ['kind: [x]', `${decoding} array into Go struct field SimpleHead.kind of type string`],
    ['metadata: {name: {}}', `${decoding} object into Go struct field .metadata.name of type string`],
    [
      'metadata: 5',
      `${decoding} number into Go struct field SimpleHead.metadata of type struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }`,
    ],
    ['a: b: c', 'error converting YAML to JSON: yaml: mapping values are not allowed in this context'],
  ])('%j fails', (text, message) => {
    expect(() => sortManifests({ 'c/a.yaml': text })).toThrow(`YAML parse error on c/a.yaml: ${message}`);
  });
});

describe('hooks', () => {
  test('have events, a weight and policies', () => {
    const text = hook(
      'pre-install, POST-upgrade,test-success',
      '    helm.sh/hook-weight: "-5"\n    helm.sh/hook-delete-policy: Hook-Failed, x\n',
    );
    expect(only(text)).toEqual({
      name: 'j',
      kind: 'Job',
      path: 'c/templates/x.yaml',
      manifest: text,
      events: ['pre-install', 'post-upgrade', 'test'],
      weight: -5,
      deletePolicies: ['hook-failed', 'x'],
      outputLogPolicies: [],
    });
  });

  test.each([
    ['"1.5"', 0],
    ['x', 0],
    ['+3', 3],
    ['99999999999999999999', 0],
  ])('the weight %s', (weight, expected) => {
    expect(only(hook('test', `    helm.sh/hook-weight: ${weight}\n`))?.weight).toBe(expected);
  });

  test('with an unknown event are dropped, with a warning', () => {
    const warnings: unknown[] = [];
    const sorted = sortManifests(
      { 'c/x.yaml': hook('pre-install,bogus') },
      { warn: (...warning) => warnings.push(warning) },
    );
    expect(sorted).toEqual({ manifests: [], hooks: [] });
    expect(warnings).toEqual([
      ['skipping unknown hooks', { hookTypes: 'pre-install,bogus', path: 'c/x.yaml', name: 'j' }],
    ]);
  });

  test('run by weight, then name', () => {
    const of = (name: string, weight: number): Hook => ({ ...(only(hook('test')) as Hook), name, weight });
    expect(sortByWeight([of('b', 1), of('a', 1), of('z', -1)]).map(({ name }) => name)).toEqual(['z', 'a', 'b']);
    expect(isTestHook(of('a', 0))).toBe(true);
  });
});

describe('hooks of packs', () => {
  const text = (...annotations: readonly string[]) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {${annotations.join(', ')}}}\n`;
  const hooksOf = (manifest: string, dialect: 'helm' | 'pack') =>
    sortManifests({ 'p/templates/a.yaml': manifest }, { dialect }).hooks.map(({ events, weight }) => [events, weight]);
  const sherpack = ['sherpack.io/hook: test', 'sherpack.io/hook-weight: "3"'];
  const both = [...sherpack, 'helm.sh/hook: pre-install', 'helm.sh/hook-weight: "5"'];

  test.each([
    ['helm', sherpack, []],
    ['pack', sherpack, [[['test'], 3]]],
    ['helm', both, [[['pre-install'], 5]]],
    ['pack', both, [[['test'], 3]]],
    ['pack', ['helm.sh/hook: pre-install'], [[['pre-install'], 0]]],
  ] as const)('%s: %j', (dialect, annotations, expected) => {
    expect(hooksOf(text(...annotations), dialect)).toEqual(expected);
  });
});
