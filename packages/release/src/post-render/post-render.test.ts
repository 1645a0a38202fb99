import { readFileSync } from 'node:fs';
import { OFFLINE_CAPABILITIES, parseChart } from '@pack/core';
import { newMap, toBytes } from 'go-template';
import { expect, it } from 'vitest';

import type { Render, RenderRequest } from '../ports.ts';
import { postRendered, withPostRenderers } from './post-render.ts';

const chart = await parseChart([{ name: 'Chart.yaml', data: toBytes('apiVersion: v2\nname: c\nversion: 0.1.0\n') }]);
const request: RenderRequest = {
  chart,
  values: newMap(),
  release: { name: 'r', namespace: 'default', revision: 1, isUpgrade: false },
  capabilities: OFFLINE_CAPABILITIES,
  live: false,
  skipSchemaValidation: false,
};
const rendering =
  (files: Record<string, string>): Render =>
  async () => ({ files, chart });

const text = (name: string): string =>
  readFileSync(new URL(`../testdata/post-render/${name}`, import.meta.url), 'utf8');
const same = (manifests: string): string => manifests;
const A = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';

it('gives post-renderers what Helm gives them', async () => {
  let seen = '';
  const files = {
    'c/templates/a.yaml': text('template.yaml'),
    'c/templates/_x.tpl': 'x: [',
    'c/templates/NOTES.txt': 'hi',
  };
  await postRendered({ files }, [(manifests) => (seen = manifests)]);
  expect(seen).toBe(text('helm-merged.yaml'));
});

it.each([
  ['what is not changed stays', { 'c/a.yaml': A }, same, { 'c/a.yaml': A }],
  ['notes are left alone', { 'c/a.yaml': A, 'c/NOTES.txt': 'a: [' }, same, { 'c/a.yaml': A, 'c/NOTES.txt': 'a: [' }],
  ['empty annotations go', { 'c/a.yaml': `${A}  annotations: {}\n` }, same, { 'c/a.yaml': A }],
  [
    'documents of one file come together again',
    { 'c/b.yaml': `${A}---\n${A}` },
    (manifests: string) => manifests.replace('name: a', 'name: b'),
    { 'c/b.yaml': `${A.replace('name: a', 'name: b')}---\n${A}` },
  ],
  [
    'what is new has a name of its own',
    { 'c/a.yaml': A },
    (manifests: string) => `${manifests}---\n${A}`,
    { 'c/a.yaml': A, 'generated-by-postrender-1.yaml': A },
  ],
  [
    'a block without a last line break',
    { 'c/a.yaml': `${A}data:\n  a: |\n    x` },
    same,
    { 'c/a.yaml': `${A}data:\n  a: |-\n    x\n` },
  ],
  [
    'a list comes apart',
    { 'c/a.yaml': 'apiVersion: v1\nkind: List\nitems:\n- {kind: A}\n- {kind: B}\n' },
    same,
    { 'c/a.yaml': '{kind: A}\n---\n{kind: B}\n' },
  ],
])('%s', async (_, files, run, want) => {
  const rendered = await withPostRenderers(rendering(files), [run])(request);
  expect({ ...rendered.files }).toEqual(want);
});

it('takes any name for a name', async () => {
  const run = (manifests: string): string => manifests.replace("'a'", "'__proto__'");
  const { files } = await withPostRenderers(rendering({ a: A }), [run])(request);
  expect(Object.entries(files)).toEqual([['__proto__', A]]);
});

it('runs several in a row', async () => {
  const add = (letter: string) => ({
    name: letter,
    run: async (manifests: string) => manifests.replace(/name: (\w+)/, `name: $1${letter}`),
  });
  const { files } = await withPostRenderers(rendering({ a: A }), [add('b'), add('c')])(request);
  expect(Object.values(files)[0]).toBe(A.replace('name: a', 'name: abc'));
});

it('changes nothing without post-renderers', async () => {
  const files = { a: 'no: [' };
  expect((await withPostRenderers(rendering(files), [])(request)).files).toBe(files);
});

it.each([
  [
    'no output',
    { a: A },
    () => ' \n',
    'error while running post render on files: post-renderer "run" produced empty output',
  ],
  [
    'an exception',
    { a: A },
    () => {
      throw new Error('no luck');
    },
    'error while running post render on files: no luck',
  ],
  [
    'no text',
    { a: A },
    (() => 42) as unknown as () => string,
    'error while running post render on files: post-renderer "run" did not give a text',
  ],
  [
    'a list for an object',
    { a: A },
    () => '- a\n',
    'error while parsing post rendered output: error parsing YAML: wrong node kind: expected MappingNode but got SequenceNode: node contents:\n- a\n\n',
  ],
  [
    'no object',
    { a: A },
    () => 'a: 1\n',
    'error while parsing post rendered output: getting metadata: missing Resource metadata',
  ],
  [
    'an odd separator',
    { a: A },
    () => `${A}\n--- oops\n${A}`,
    'error while parsing post rendered output: error parsing YAML: invalid document separator: --- oops',
  ],
  [
    'a broken file',
    { 'c/a.yaml': 'a: b: c\n' },
    same,
    'error merging manifests: parsing c/a.yaml: MalformedYAMLError: yaml: mapping values are not allowed in this context',
  ],
])('refuses %s', async (_, files, run, message) => {
  const failing = withPostRenderers(rendering(files), [{ name: 'run', run }])(request);
  await expect(failing).rejects.toThrow(expect.objectContaining({ code: 'POST_RENDER_FAILED', message }));
});

it('stops when it is told to', async () => {
  const run = withPostRenderers(rendering({ a: A }), [same]);
  await expect(run(request, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
});
