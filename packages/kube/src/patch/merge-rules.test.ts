import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

import { ruleOf, tableRuleOf } from './rules.ts';

/** Written by `go run . rules` in conformance/kube. */
const lines = readFileSync(fileURLToPath(new URL('testdata/merge-rules.txt', import.meta.url)), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' ') as [kind: string, path: string, strategy: string, key?: string]);

test.each(lines)('%s %s: %s %s', (kind, path, strategy, key) => {
  const names = path.split('.');
  const name = names.pop() as string;
  const isTable = key === undefined && (strategy === 'retainKeys' || strategy === 'replace');
  const rule = (isTable ? tableRuleOf : ruleOf)(kind, names, name);
  const words = strategy.split(',');
  expect(rule).toEqual({
    merge: isTable ? strategy !== 'replace' : words.includes('merge'),
    ...(key !== undefined && { key }),
    ...(words.includes('retainKeys') && { retainKeys: true }),
  });
});

test('names of properties of a schema are no fields', () => {
  const schema = ['spec', 'versions', 'schema', 'openAPIV3Schema', 'properties'];
  expect(tableRuleOf('CustomResourceDefinition', schema, 'strategy')).toEqual({ merge: true });
  expect(ruleOf('CustomResourceDefinition', [...schema, 'spec', 'default'], 'containers')).toEqual({ merge: false });
});
