/** Jinja's tests: what stands after `is`. */
import type { Execution } from '../execution.ts';
import { misuse } from '../fault.ts';
import { compares, contains } from '../operator.ts';
import { asFloat, asInteger, display, entriesOf, equals, isTrue, itemsOf, kindName, Undefined } from '../value.ts';
import { text } from './argument.ts';
import { type Entry, entry } from './entry.ts';

const of = (
  name: string,
  about: string,
  holds: (v: unknown, execution: Execution) => boolean,
  aliases: readonly string[] = [],
): Entry => entry(`${name}(value)`, about, (execution, value) => holds(value, execution), { undefined: true, aliases });

const compared = (name: string, operator: string, about: string, aliases: readonly string[]): Entry =>
  entry(`${name}(value, other)`, about, (execution, value, other) => compares(execution, operator, value, other), {
    undefined: operator === '==' || operator === '!=',
    aliases,
  });

const whole = (v: unknown, what: string): bigint => {
  const n = asInteger(v);
  if (n === undefined) throw misuse(`${what} takes an integer, not a ${kindName(v)}`);
  return BigInt(n);
};

export const tests: readonly Entry[] = [
  of('defined', 'There is such a value.', (v) => !(v instanceof Undefined)),
  of('undefined', 'There is no such value.', (v) => v instanceof Undefined),
  of('none', 'It is none, which YAML writes `null`.', (v) => v === null),
  of('boolean', 'It is true or false.', (v) => typeof v === 'boolean'),
  of('true', 'It is `true` itself.', (v) => v === true),
  of('false', 'It is `false` itself.', (v) => v === false),
  of('number', 'It is an integer or a float.', (v) => kindName(v) === 'number'),
  of('integer', 'It is an integer.', (v) => asInteger(v) !== undefined, ['int']),
  of('float', 'It is a float.', (v) => asFloat(v) !== undefined),
  of('string', 'It is text.', (v) => typeof v === 'string'),
  of('sequence', 'It is a list.', (v) => Array.isArray(v)),
  of('mapping', 'It is a dict.', (v) => entriesOf(v) !== undefined),
  of('iterable', 'It can be looped over.', (v) => v !== null && !(v instanceof Undefined) && itemsOf(v) !== undefined),
  of('callable', 'It is a macro or function.', (v) => kindName(v) === 'function'),
  of('safe', 'It is escaped already; nothing is escaped in packs.', () => false, ['escaped']),
  of('odd', 'It is an odd integer.', (v) => asInteger(v) !== undefined && whole(v, 'odd') % 2n !== 0n),
  of('even', 'It is an even integer.', (v) => asInteger(v) !== undefined && whole(v, 'even') % 2n === 0n),
  of(
    'lower',
    'It has no large letters.',
    (v, e) => text(e, v) === text(e, v).toLowerCase() && /\p{L}/u.test(text(e, v)),
  ),
  of(
    'upper',
    'It has no small letters.',
    (v, e) => text(e, v) === text(e, v).toUpperCase() && /\p{L}/u.test(text(e, v)),
  ),
  of('filter', 'It is the name of a filter.', (v, e) => typeof v === 'string' && e.library.filter(v) !== undefined),
  of('test', 'It is the name of a test.', (v, e) => typeof v === 'string' && e.library.test(v) !== undefined),
  entry('divisibleby(value, n)', '`n` divides it.', (_, value, n) => {
    const divisor = whole(n, 'divisibleby');
    return divisor !== 0n && asInteger(value) !== undefined && whole(value, 'divisibleby') % divisor === 0n;
  }),
  entry(
    'startingwith(value, prefix)',
    'It begins with a text.',
    (e, value, prefix) => text(e, value).startsWith(text(e, prefix)),
    {
      aliases: ['startswith'],
    },
  ),
  entry(
    'endingwith(value, suffix)',
    'It ends with a text.',
    (e, value, suffix) => text(e, value).endsWith(text(e, suffix)),
    {
      aliases: ['endswith'],
    },
  ),
  entry('containing(value, part)', 'It contains an item, key or text.', (e, value, part) => contains(e, value, part), {
    aliases: ['contains'],
  }),
  entry(
    'in(value, container)',
    'A list, dict or text contains it.',
    (e, value, container) => contains(e, container, value),
    {
      undefined: true,
    },
  ),
  entry(
    'sameas(value, other)',
    'It is the same value, of the same kind.',
    (_, value, other) => kindName(value) === kindName(other) && equals(value, other),
    {
      undefined: true,
    },
  ),
  compared('eq', '==', 'It equals another.', ['equalto']),
  compared('ne', '!=', 'It does not equal another.', []),
  compared('lt', '<', 'It is less than another.', ['lessthan']),
  compared('le', '<=', 'It is not more than another.', []),
  compared('gt', '>', 'It is more than another.', ['greaterthan']),
  compared('ge', '>=', 'It is not less than another.', []),
  entry('empty(value)', 'It is undefined, none, false, 0 or has nothing in it.', (_, value) => !isTrue(value), {
    undefined: true,
  }),
  entry(
    'matching(value, pattern)',
    'A regular expression (RE2) finds something in it.',
    (e, value, pattern) => e.library.sprig('regexMatch')(e, [display(pattern), text(e, value)]) === true,
  ),
];
