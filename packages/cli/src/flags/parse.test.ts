import { describe, expect, test } from 'vitest';
import { bool, list, text } from './common.ts';
import { type Flags, floatFault, parseFlags } from './parse.ts';

const flags: Flags = {
  debug: bool('debug'),
  namespace: text('namespace', '', 'n'),
  set: list('set'),
  values: { ...list('values', 'f'), commas: true },
  wait: { ...text('wait'), bare: 'watcher' },
  yes: bool('yes', 'y'),
};

describe('as pflag', () => {
  const cases: [line: string, args: string[], given: Record<string, unknown>][] = [
    ['a b', ['a', 'b'], {}],
    ['--namespace x a', ['a'], { namespace: 'x' }],
    ['--namespace=x a', ['a'], { namespace: 'x' }],
    ['-n x a', ['a'], { namespace: 'x' }],
    ['-nx a', ['a'], { namespace: 'x' }],
    ['-n=x a', ['a'], { namespace: 'x' }],
    ['-yn x', [], { yes: true, namespace: 'x' }],
    ['--wait a', ['a'], { wait: 'watcher' }],
    ['--wait=legacy a', ['a'], { wait: 'legacy' }],
    ['--debug false', ['false'], { debug: true }],
    ['--debug=false', [], { debug: false }],
    ['--set a=1 --set b=2,c=3', [], { set: ['a=1', 'b=2,c=3'] }],
    ['-f a,b -f c', [], { values: ['a', 'b', 'c'] }],
    ['--set --x', [], { set: ['--x'] }],
    ['--namespace a --namespace b', [], { namespace: 'b' }],
    ['a - b', ['a', '-', 'b'], {}],
    ['a -- --set b', ['a', '--set', 'b'], {}],
  ];
  test.each(cases)('%s', (line, args, wanted) => {
    const given = parseFlags(line.split(' '), flags);
    expect(given.args).toEqual(args);
    for (const [name, value] of Object.entries(wanted)) {
      expect(
        typeof value === 'boolean' ? given.bool(name) : Array.isArray(value) ? given.list(name) : given.string(name),
      ).toEqual(value);
    }
  });
});

describe('faults', () => {
  const cases: [line: string, message: string][] = [
    ['--nope', 'unknown flag: --nope'],
    ['-x', "unknown shorthand flag: 'x' in -x"],
    ['-yx', "unknown shorthand flag: 'x' in -yx"],
    ['--set', 'flag needs an argument: --set'],
    ['-n', "flag needs an argument: 'n' in -n"],
    [
      '--debug=maybe',
      'invalid argument "maybe" for "--debug" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    ['--constructor', 'unknown flag: --constructor'],
  ];
  test.each(cases)('%s', (line, message) => {
    expect(() => parseFlags(line.split(' '), flags)).toThrow(message);
  });
});

describe('float32', () => {
  const good = ['1', '+1', '-1', '.5', '5.', '1e2', '1_000', '0x1p1', 'inf', '-Infinity', 'NaN', '3.4e38', '1e-99'];
  test.each(good)('%s', (value) => expect(floatFault(value)).toBeUndefined());

  const faults: [value: string, fault: string][] = [
    ...['', '-', 'x', '1x', '1e', '0x1', '1 ', '_1', '1__0', '+nan'].map((value): [string, string] => [
      value,
      'invalid syntax',
    ]),
    ['3.5e38', 'value out of range'],
    ['1e999', 'value out of range'],
  ];
  test.each(faults)('%j: %s', (value, fault) => {
    expect(floatFault(value)).toBe(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: ${fault}`);
  });
});
