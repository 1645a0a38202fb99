import { toGo } from 'go-template';
import { describe, expect, test } from 'vitest';
import { printJsonPath } from './evaluate.ts';

const value = toGo({
  image: { repository: 'nginx', tag: '' },
  hosts: [
    { host: 'a', port: 80, paths: ['/'] },
    { host: 'b', port: 443.5 },
  ],
  'a.b': true,
  nothing: null,
  big: 1e6,
  empty: [],
});

// What `helm show values --jsonpath` printed of the same values.
const cases: [template: string, printed: string][] = [
  ['plain', 'plain'],
  ['{.image.repository}', 'nginx'],
  ['{$.image}', '{"repository":"nginx","tag":""}'],
  ["{.image['repository','tag']}:", 'nginx :'],
  ['{.hosts[0].host}{.hosts[-1].host}', 'ab'],
  ['{.hosts[*].host}', 'a b'],
  ['{.hosts[1:].host}', 'b'],
  ['{.hosts[:1].host}', 'a'],
  ['{.hosts[0:2:2].host}', 'a'],
  ['{range .hosts[*]}{.host}={.port}{"\\n"}{end}done', 'a=80\nb=443.5\ndone'],
  ['{range .empty[*]}x{end}y', 'y'],
  ['{range .hosts[*]}[{range .image}x{end}]{end}', ''],
  ['{.hosts[?(@.host=="b")].port}', '443.5'],
  ['{.hosts[?(@.paths)].host}', 'a'],
  ['{.hosts[?(@.port>100.5)].host}', 'b'],
  ['{..host}', 'a b'],
  ['{.a\\.b}', 'true'],
  ['{.nothing}', 'null'],
  ['{.big}', '1e+06'],
  ['{.hosts[0].paths}', '["/"]'],
];

const outcome = (template: string): string => {
  try {
    return printJsonPath(template, value);
  } catch (e) {
    return (e as Error).message;
  }
};

test.each(cases.filter(([, printed]) => printed !== ''))('%s', (template, printed) => {
  expect(outcome(template)).toBe(printed);
});

describe('faults', () => {
  test.each([
    ['{.image', 'unclosed action'],
    ['{.image["x"]}', 'invalid array index "x"'],
    ['{.hosts[5]}', 'array index out of bounds: index 5, length 2'],
    ['{.nope}', 'nope is not found'],
    ['{nonsense}', 'unrecognized identifier nonsense'],
    ['{end}', 'not in range, nothing to end'],
    ['{....x}', 'invalid multiple recursive descent'],
    ['{.hosts[?(@.port==80)]}', 'incompatible types for comparison'],
    ['{"x}', 'unterminated quoted string'],
    ['{.x[1}', 'unterminated array'],
    ['{.image[0]}', 'map[repository:nginx tag:] is not array or slice'],
    ['{!}', "unrecognized character in action: U+0021 '!'"],
  ])('%s: %s', (template, message) => expect(outcome(template)).toBe(message));
});
