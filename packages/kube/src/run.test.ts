import { expect, test } from 'vitest';

import { ownRun } from './run.ts';

test('a signal of its own, which stops with the other one', () => {
  const stop = new AbortController();
  const { signal, onWarning } = ownRun({ signal: stop.signal, onWarning: () => undefined });
  expect(signal).not.toBe(stop.signal);
  expect(onWarning).toBeDefined();
  const reason = new Error('enough');
  stop.abort(reason);
  expect(signal?.reason).toBe(reason);
});

test('none where there is none', () => {
  expect(ownRun({})).toEqual({});
});
