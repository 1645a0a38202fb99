import { expect, test } from 'vitest';

import { upgradeManagedFields } from './managed-fields.ts';
import type { KubeObject } from './object.ts';

const entry = (manager: string, operation: string, names: string[], more = {}) => ({
  manager,
  operation,
  apiVersion: 'v1',
  fieldsV1: { 'f:data': Object.fromEntries(names.map((name) => [`f:${name}`, {}])) },
  ...more,
});

const object = (managedFields: unknown[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', resourceVersion: '7', managedFields },
});

test.each([
  ['changes become applied', [entry('helm', 'Update', ['a'])], [entry('helm', 'Apply', ['a'])]],
  [
    'changes join what is applied',
    [entry('helm', 'Update', ['a']), entry('helm', 'Apply', ['b'])],
    [entry('helm', 'Apply', ['b', 'a'])],
  ],
  [
    'others keep theirs',
    [
      entry('x', 'Update', ['c']),
      entry('helm', 'Update', ['a']),
      entry('helm', 'Update', [], { subresource: 'status' }),
    ],
    [
      entry('x', 'Update', ['c']),
      entry('helm', 'Apply', ['a']),
      entry('helm', 'Update', [], { subresource: 'status' }),
    ],
  ],
  [
    'changes in another version are dropped',
    [entry('helm', 'Apply', ['a']), entry('helm', 'Update', ['b'], { apiVersion: 'v0' })],
    [entry('helm', 'Apply', ['a'])],
  ],
])('%s', (_, before, after) => {
  expect(upgradeManagedFields(object(before), 'helm')).toEqual([
    { op: 'replace', path: '/metadata/managedFields', value: after },
    { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
  ]);
});

test.each([
  ['nobody', []],
  ['others', [entry('x', 'Update', ['a'])]],
  ['only applied', [entry('helm', 'Apply', ['a'])]],
])('nothing to do: %s', (_, before) => {
  expect(upgradeManagedFields(object(before), 'helm')).toBeUndefined();
});
