import { expect, test } from 'vitest';

import { withoutValues } from './without-values.ts';

test('of a Secret names are left, whatever else is wrong with it', () => {
  const source = `---
# Source: a
apiVersion: v1
kind: Secret
metadata:
  name: hush
  labels: {app: x}
stringData:
  password: hunter2
  - a.b/c: hunter2
  block: |
    hunter2
  bad [hunter2: x

`;
  expect(withoutValues(source)).toBe(`---
# Source: a
apiVersion: v1
kind: Secret
metadata:
  name: hush
  labels: (hidden)
stringData:
  password: (hidden)
  - a.b/c: (hidden)
  block: (hidden)
    (hidden)
  (hidden)

`);
});

test('and in JSON nothing', () => {
  expect(withoutValues('{"kind": "Secret",\n"data": {"a": "hunter2"}}')).not.toContain('hunter2');
});

test('other objects are shown as they are', () => {
  const source = 'kind: ConfigMap\ndata:\n  kind: x\n  a: b [\n';
  expect(withoutValues(source)).toBe(source);
});
