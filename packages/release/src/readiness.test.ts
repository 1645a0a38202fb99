import type { KubeObject } from '@pack/kube';
import { describe, expect, test } from 'vitest';

import { ensureReadable, readinessOf } from './readiness.ts';

const SUCCESS = 'helm.sh/readiness-success';
const FAILURE = 'helm.sh/readiness-failure';

const object = (annotations: Readonly<Record<string, string>>, status?: unknown): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Job',
  metadata: { name: 'a', generation: 2, annotations },
  ...(status !== undefined && { status }),
});
const both = (success: readonly string[], failure: readonly string[] = ['{.never} == 1']) => ({
  [SUCCESS]: JSON.stringify(success),
  [FAILURE]: JSON.stringify(failure),
});

const STATUS = {
  succeeded: 1,
  failed: 3,
  phase: 'Ready',
  isOpen: true,
  nothing: null,
  parts: [{ 'a.b': 'x' }, { 'a.b': 'y' }],
  conditions: [
    { type: 'Ready', status: 'True' },
    { type: 'Stalled', status: 'False' },
  ],
};

describe('an expression', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['{.succeeded} == 1', true],
    ['{.succeeded}==1', true],
    ['{.succeeded} == 1.0', true],
    ['{.succeeded} != 1', false],
    ['{.failed} >= 3', true],
    ['{.failed} > 3', false],
    ['{.failed} <= 10', true],
    ['{.failed} < 10', true],
    ['{.phase} == Ready', true],
    ['{.phase} == "Ready"', true],
    ["{.phase} != 'Pending'", true],
    ['{.phase} != Ready', false],
    ['{.isOpen} == true', true],
    ['{.isOpen} != false', true],
    ['{.isOpen} > 0', false],
    ['{.missing} == 1', false],
    ['{.missing} != 1', false],
    ['{.nothing} != 1', false],
    ['{.parts} != 1', false],
    ['{.parts[1]["a.b"]} == y', true],
    ["{.parts[0]['a.b']} == y", false],
    ['{.parts[*]["a.b"]} == y', true],
    ['{.parts[7]["a.b"]} == y', false],
    ['{.conditions[?(@.type=="Ready")].status} == "True"', true],
    ["{.conditions[?(@.type == 'Stalled')].status} == True", false],
    ['{.constructor} != 1', false],
  ];
  test.each(cases)('%s', (text, isTrue) => {
    expect(readinessOf(object(both([text]), STATUS))?.progress).toBe(isTrue ? 'Current' : 'InProgress');
  });

  test.each(['succeeded == 1', '{succeeded} == 1', '{.succeeded} = 1', '{.succeeded}', '{.a[} == 1', '{.a} =='])(
    '%j is refused',
    (text) => {
      expect(() => ensureReadable(object(both([text])), () => undefined)).toThrow(
        `Job a: this condition is not understood: ${text}`,
      );
    },
  );
});

describe('an object', () => {
  const cases: readonly (readonly [string, KubeObject, string | undefined])[] = [
    ['without annotations is as its kind says', object({}, STATUS), undefined],
    ['with one of them too', object({ [SUCCESS]: '["{.succeeded} == 1"]' }, STATUS), undefined],
    ['without a status is not ready', object(both(['{.succeeded} == 1'])), 'InProgress'],
    ['is ready by any of its conditions', object(both(['{.succeeded} == 9', '{.succeeded} == 1']), STATUS), 'Current'],
    ['fails before it is ready', object(both(['{.succeeded} == 1'], ['{.failed} >= 1']), STATUS), 'Failed'],
    [
      'is not ready by what it was',
      object(both(['{.succeeded} == 1']), { ...STATUS, observedGeneration: 1 }),
      'InProgress',
    ],
    ['is ready by what it is', object(both(['{.succeeded} == 1']), { ...STATUS, observedGeneration: 2 }), 'Current'],
  ];
  test.each(cases)('%s', (_, given, progress) => {
    expect(readinessOf(given)?.progress).toBe(progress);
  });

  test('with one annotation alone is warned of', () => {
    const warnings: string[] = [];
    ensureReadable(object({ [FAILURE]: '["{.failed} == 1"]' }), (message) => warnings.push(message));
    ensureReadable(object(both(['{.a} == 1'])), (message) => warnings.push(message));
    expect(warnings).toEqual([`Job a has ${FAILURE} and no ${SUCCESS}: its kind says when it is ready`]);
  });

  test('with no list is refused', () => {
    expect(() => ensureReadable(object({ [SUCCESS]: '{.a} == 1' }), () => undefined)).toThrow(
      `Job a: ${SUCCESS} is a list of texts in JSON`,
    );
  });
});
