import { expect, test } from 'vitest';

import { parseSelector, selectorTextOf } from './selector.ts';

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

test.each([
  ['a,', "found '', expected: identifier after ','"],
  ['a,,b', "found ',', expected: identifier after ','"],
  [',a', "found ',', expected: !, identifier, or 'end of string'"],
])('%s has a comma too many', (text, message) => {
  expect(() => parseSelector(text)).toThrow(message);
});

test.each([
  [undefined, undefined],
  [{}, undefined],
  [{ matchLabels: { b: '2', a: '1' } }, 'a=1,b=2'],
  [
    {
      matchLabels: { z: '1' },
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['y', 'x'] },
        { key: 'b', operator: 'NotIn', values: ['x'] },
        { key: 'c', operator: 'Exists' },
        { key: 'd', operator: 'DoesNotExist' },
      ],
    },
    '!d,a in (x,y),b notin (x),c,z=1',
  ],
])('the text of %j', (selector, text) => {
  expect(selectorTextOf(selector)).toBe(text);
});
