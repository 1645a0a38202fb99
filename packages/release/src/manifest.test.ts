import { describe, expect, test } from 'vitest';

import { assemble } from './manifest.ts';
import { chartOf, configMap, hook, manifestOf, pod } from './testing/world.ts';

const chart = chartOf({});
const none = { subNotes: false, hideSecret: false };

describe('notes', () => {
  const files = { 'app/charts/sub/templates/NOTES.txt': 'sub', 'app/templates/NOTES.txt': 'own', 'app/a.yaml': '' };
  test.each<[string, Readonly<Record<string, string>>, boolean, string]>([
    ["are the chart's own", files, false, 'own'],
    ['and those of subcharts behind', files, true, 'own\nsub'],
    ['none', { 'app/charts/sub/templates/NOTES.txt': 'sub' }, false, ''],
    ['are those in templates/', { 'app/NOTES.txt': 'elsewhere' }, false, ''],
  ])('%s', (_, given, subNotes, notes) => {
    expect(assemble(given, chart, { ...none, subNotes }).notes).toBe(notes);
  });
});

test('objects in the order in which they are made, each with its source', () => {
  const service = manifestOf({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } }).trim();
  const map = configMap('c').trim();
  const { manifest } = assemble({ 'app/templates/a.yaml': service, 'app/templates/b.yaml': map }, chart, none);
  expect(manifest).toBe(
    `---\n# Source: app/templates/b.yaml\n${map}\n---\n# Source: app/templates/a.yaml\n${service}\n`,
  );
});

test('hooks are apart, and have not run', () => {
  const text = pod('p', hook('test,post-install', { weight: '3', 'delete-policy': 'hook-failed' }));
  const { hooks, manifest } = assemble({ 'app/templates/p.yaml': text }, chart, none);
  expect(manifest).toBe('');
  expect(hooks).toMatchObject([
    {
      name: 'p',
      kind: 'Pod',
      path: 'app/templates/p.yaml',
      events: ['test', 'post-install'],
      weight: 3,
      deletePolicies: ['hook-failed'],
      lastRun: { phase: '' },
    },
  ]);
});

test('secrets are named and not shown, and what is like one is shown', () => {
  const secret = (apiVersion: string) =>
    manifestOf({ apiVersion, kind: 'Secret', metadata: { name: 'a' }, x: 'hunter2' });
  const files = { 'app/templates/a.yaml': secret('v1'), 'app/templates/b.yaml': secret('example.com/v1') };
  const { manifest } = assemble(files, chart, { ...none, hideSecret: true });
  expect(manifest).toContain('# Source: app/templates/a.yaml\n# HIDDEN: The Secret output has been suppressed\n');
  expect(manifest.match(/hunter2/g)).toHaveLength(1);
});

test('what is no YAML of objects', () => {
  expect(() => assemble({ 'app/templates/a.yaml': 'a: [' }, chart, none)).toThrow(
    expect.objectContaining({ code: 'MANIFEST_INVALID' }),
  );
});
