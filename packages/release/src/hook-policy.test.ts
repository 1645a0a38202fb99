import type { KubeObject } from '@pack/kube';
import { expect, test } from 'vitest';

import { hookPolicyOf } from './hook-policy.ts';

const hook = (annotations: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    name: 'migrate',
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([name, text]) => [`sherpack.io/hook-${name}`, text]),
    ),
  },
});

test.each([
  [{}, undefined, 0, false],
  [{ timeout: '5m' }, 300_000, 0, false],
  [{ timeout: '90' }, 90_000, 0, false],
  [{ timeout: '1m30s' }, 90_000, 0, false],
  [{ retries: '2' }, undefined, 2, false],
  [{ retries: '999' }, undefined, 100, false],
  [{ 'failure-policy': 'continue' }, undefined, 0, true],
  [{ 'failure-policy': 'Continue', retries: '1' }, undefined, 1, true],
  [{ 'failure-policy': 'rollback' }, undefined, 0, false],
  [{ 'failure-policy': 'abort' }, undefined, 0, false],
  [{ 'failure-policy': 'retry' }, undefined, 3, false],
  [{ 'failure-policy': 'retry(5)' }, undefined, 5, false],
  [{ 'failure-policy': 'retry:2' }, undefined, 2, false],
] as const)('%j', (annotations, timeout, retries, continues) => {
  expect(hookPolicyOf(hook(annotations))).toEqual({ timeout, retries, continues });
});

test.each([
  [{ timeout: 'soon' }, 'hook-timeout is not understood: soon'],
  [{ retries: 'many' }, 'hook-retries is not understood: many'],
  [{ 'failure-policy': 'ignore' }, 'hook-failure-policy is not understood: ignore'],
])('%j is refused', (annotations, message) => {
  expect(() => hookPolicyOf(hook(annotations))).toThrow(
    expect.objectContaining({ code: 'RELEASE_INVALID', message: `Job migrate: sherpack.io/${message}` }),
  );
});
