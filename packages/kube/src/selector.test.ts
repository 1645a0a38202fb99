import { expect, test } from 'vitest';

import { parseSelector } from './selector.ts';

const labels = { app: 'web', tier: 'front', 'acme.io/team': 'a' };

test.each([
  ['', true],
  ['app', true],
  ['app=web', true],
  ['app==web', true],
  ['app = web', true],
  ['app!=web', false],
  ['other!=x', true],
  ['app=', false],
  ['app in (api, web)', true],
  ['app in (api)', false],
  ['app notin (api)', true],
  ['other in (x)', false],
  ['other notin (x)', true],
  ['!app', false],
  ['!other', true],
  ['acme.io/team=a', true],
  ['app=web,tier=front', true],
  ['app=web,tier=back', false],
  ['tier in (front, back),app', true],
])('%s', (text, wanted) => {
  expect(parseSelector(text)(labels)).toBe(wanted);
});

test.each(['a b', 'a=b=c', 'a in b', 'a > 1', 'a in (b', '=b'])('%s is none', (text) => {
  expect(() => parseSelector(text)).toThrow(expect.objectContaining({ code: 'KUBE_INVALID' }));
});
