/**
 * The filters that packs have beyond Jinja's: Sherpack's. Where Sprig has a function of the same name, its result is given;
 * the value that is filtered is its last argument, as in a pipeline of a chart.
 */
import { md5 } from '@noble/hashes/legacy.js';
import { newMap, toBytes } from 'go-template';

import type { Execution } from '../execution.ts';
import { Fault, misuse } from '../fault.ts';
import { fromGo } from '../go.ts';
import { asFloat, asInteger, display, entriesOf, isTrue, kindName, Undefined } from '../value.ts';
import { dict, int, items, number, text } from './argument.ts';
import { type Entry, entry } from './entry.ts';
import { capitalized } from './text.ts';

type Sample = readonly [string, string];

/** A filter that is a function of Sprig's: `order` makes its arguments. */
const sprig = (
  signature: string,
  about: string,
  name: string,
  order: (execution: Execution, ...args: never[]) => readonly unknown[],
  example: Sample,
): Entry =>
  entry(
    signature,
    about,
    (execution, ...args) => execution.library.sprig(name)(execution, order(execution, ...(args as never[]))),
    {
      example,
    },
  );

/** Of a text alone. */
const ofText = (name: string, about: string, other: string, example: Sample): Entry =>
  sprig(`${name}(value)`, about, other, (execution, value) => [text(execution, value)], example);

function indented(execution: Execution, value: unknown, width: unknown, first: unknown, blank: unknown): string {
  const v = text(execution, value);
  const n = int(width, 'width');
  if (n < 0) throw misuse('width must not be negative');
  const pad = ' '.repeat(Math.min(n, 10_000));
  const { budget } = execution;
  if (v.length * pad.length > SMALL) budget.text(v.length + (v.split('\n').length + 1) * pad.length);
  if (isTrue(first) && isTrue(blank)) return pad + v.replaceAll('\n', `\n${pad}`);
  return v
    .split('\n')
    .map((line, i) => ((i > 0 || isTrue(first)) && (isTrue(blank) || line !== '') ? pad + line : line))
    .join('\n');
}

/** Texts up to here need not be measured before they are made. */
const SMALL = 1024 * 1024;

function required(execution: Execution, value: unknown, message: unknown): unknown {
  if (!(value instanceof Undefined) && value !== null && value !== '') return value;
  const why =
    message === null ? `${value instanceof Undefined ? value.name : 'a value'} is required` : text(execution, message);
  if (execution.host.lint) {
    execution.host.warn(why);
    return '';
  }
  throw new Fault('PACK_TEMPLATE_EXEC', why, { at: value instanceof Undefined ? value.at : undefined });
}

/** The words of a name in any case. */
const words = (v: string): string[] =>
  v
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .split(/[-_\s]+/)
    .filter((word) => word !== '');

const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** What is before or behind the last slash. */
function pathParts(v: string): { dir: string; base: string } {
  const path = v.length > 1 ? v.replace(/(?<!\/)\/+$/, '') : v;
  const slash = path.lastIndexOf('/');
  return slash < 0 ? { dir: '', base: path } : { dir: path.slice(0, slash) || '/', base: path.slice(slash + 1) };
}

function cleanPath(v: string): string {
  const parts: string[] = [];
  for (const part of v.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return v.startsWith('/') ? `/${parts.join('/')}` : parts.join('/') || '.';
}

function toStrings(
  execution: Execution,
  value: unknown,
  prefix: unknown,
  suffix: unknown,
  skipEmpty: unknown,
): string[] {
  const list = Array.isArray(value) ? items(execution, value, 'tostrings') : [value];
  return list
    .map((v) => (v === null || v instanceof Undefined ? '' : display(v)))
    .filter((v) => v !== '' || !isTrue(skipEmpty))
    .map((v) => (v === '' && list.length === 0 ? v : `${text(execution, prefix)}${v}${text(execution, suffix)}`));
}

function picked(
  execution: Execution,
  value: unknown,
  keep: (key: string) => boolean,
  what: string,
): Record<string, unknown> {
  const entries = dict(execution, value, what);
  const out = newMap();
  for (const key of Object.keys(entries)) if (keep(key)) out[key] = entries[key];
  return out;
}

function listOf(execution: Execution, value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw misuse(`${what} takes a list, not a ${kindName(value)}`);
  return items(execution, value, what);
}

const rounding = (name: string, about: string, round: (n: number) => number, example: Sample): Entry =>
  entry(
    `${name}(value)`,
    about,
    (execution, value) => {
      const whole = asInteger(value);
      if (whole !== undefined) return whole;
      const x = asFloat(value) ?? number(execution.library.sprig('float64')(execution, [value]), name);
      if (!Number.isFinite(x)) throw misuse(`${name}: ${x} is no integer`);
      return fromGo(BigInt(round(x)));
    },
    { example },
  );

function semverMatch(execution: Execution, value: unknown, constraint: unknown): unknown {
  return execution.library.sprig('semverCompare')(execution, [text(execution, constraint), text(execution, value)]);
}

export const sherpackFilters: readonly Entry[] = [
  sprig('toyaml(value)', "A value as YAML, as Helm's `toYaml` writes it.", 'toYaml', (_, v) => [v], [
    '{{ {"a": [1]}|toyaml }}',
    'a:\n- 1',
  ]),
  entry(
    'tojson(value, indent=none)',
    "A value as JSON, as Helm's `toJson` writes it; over several lines with `indent`.",
    (execution, value, indent) => {
      if (indent === null) return execution.library.sprig('toJson')(execution, [value]);
      const pretty = String(execution.library.sprig('toPrettyJson')(execution, [value]));
      const width = int(indent === true ? 2 : indent, 'indent');
      if (width < 0 || width > 16) throw misuse('indent must be from 0 to 16');
      return width === 2 ? pretty : pretty.replace(/^ +/gm, (spaces) => ' '.repeat((spaces.length / 2) * width));
    },
    { example: ['{{ {"a": 1}|tojson }}', '{"a":1}'] },
  ),
  sprig('tojson_pretty(value)', 'A value as JSON over several lines.', 'toPrettyJson', (_, v) => [v], [
    '{{ {"a": 1}|tojson_pretty }}',
    '{\n  "a": 1\n}',
  ]),
  entry(
    'fromjson(value)',
    'The value that a text of JSON spells.',
    (execution, value) => execution.library.decodeJson(text(execution, value)),
    { example: ['{{ \'{"a": 1}\'|fromjson|items }}', '[["a", 1]]'] },
  ),
  entry(
    'fromyaml(value)',
    'The value that a text of YAML spells.',
    (execution, value) => execution.library.decodeYaml(text(execution, value)),
    { example: ['{{ "a: [1, 2]"|fromyaml|tojson }}', '{"a":[1,2]}'] },
  ),
  ofText('b64encode', 'A text in base64.', 'b64enc', ['{{ "a"|b64encode }}', 'YQ==']),
  entry(
    'b64decode(value)',
    'The text that base64 spells.',
    (execution, value) => {
      const v = text(execution, value).replace(/[\r\n]/g, '');
      if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(v))
        throw misuse('b64decode: the text is not base64');
      return execution.library.sprig('b64dec')(execution, [v]);
    },
    { example: ['{{ "YQ=="|b64decode }}', 'a'] },
  ),
  sprig('quote(value)', 'A value in double quotes, escaped.', 'quote', (_, v) => [shown(v)], [
    '{{ "a\\"b"|quote }}',
    '"a\\"b"',
  ]),
  sprig('squote(value)', 'A value in single quotes.', 'squote', (_, v) => [shown(v)], ['{{ "a"|squote }}', "'a'"]),
  entry(
    'indent(value, width=4, first=true, blank=true)',
    'Every line behind `width` spaces. Not the first with `first=false`, not empty ones with `blank=false`.',
    indented,
    { example: ['{{ "a\\nb"|indent(2) }}', '  a\n  b'] },
  ),
  entry(
    'nindent(value, width)',
    'As `indent`, on a new line.',
    (execution, value, width) => `\n${indented(execution, value, width, true, true)}`,
    { example: ['a:{{ "b: 1"|nindent(2) }}', 'a:\n  b: 1'] },
  ),
  entry('required(value, message=none)', 'The value; it is an error if there is none, or an empty text.', required, {
    undefined: true,
    example: ['{{ "a"|required("a name is needed") }}', 'a'],
  }),
  entry(
    'empty(value)',
    'Whether a value is undefined, none, false, 0 or has nothing in it.',
    (_, value) => !isTrue(value),
    {
      undefined: true,
      example: ['{{ []|empty }}', 'true'],
    },
  ),
  entry(
    'haskey(value, key)',
    'Whether a dict has a key.',
    (execution, value, key) =>
      !(value instanceof Undefined) && Object.hasOwn(dict(execution, value, 'haskey'), text(execution, key)),
    { undefined: true, example: ['{{ {"a": 1}|haskey("a") }}', 'true'] },
  ),
  entry(
    'keys(value)',
    'The keys of a dict, in its order.',
    (execution, value) => Object.keys(dict(execution, value, 'keys')),
    {
      example: ['{{ {"b": 1, "a": 2}|keys }}', '["b", "a"]'],
    },
  ),
  entry(
    'values(value)',
    'The values of a dict, in its order.',
    (execution, value) => Object.values(dict(execution, value, 'values')).map(fromGo),
    {
      example: ['{{ {"b": 1, "a": 2}|values }}', '[1, 2]'],
    },
  ),
  entry(
    'merge(value, *others)',
    'Dicts put together at every depth: what stands further right wins.',
    (execution, value, ...others) =>
      others.reduce((below, above) => merged(execution, above, below, 0), dict(execution, value, 'merge')),
    { example: ['{{ {"a": 1, "b": 2}|merge({"b": 3})|tojson }}', '{"a":1,"b":3}'] },
  ),
  entry(
    'pick(value, *keys)',
    'A dict of some keys of another.',
    (execution, value, ...keys) => picked(execution, value, (key) => keys.includes(key), 'pick'),
    { example: ['{{ {"a": 1, "b": 2}|pick("a") }}', '{"a": 1}'] },
  ),
  entry(
    'omit(value, *keys)',
    'A dict without some keys of another.',
    (execution, value, ...keys) => picked(execution, value, (key) => !keys.includes(key), 'omit'),
    { example: ['{{ {"a": 1, "b": 2}|omit("a") }}', '{"b": 2}'] },
  ),
  entry(
    'append(value, item)',
    'A list with one more item.',
    (execution, value, item) => [...listOf(execution, value, 'append'), item],
    {
      example: ['{{ [1]|append(2) }}', '[1, 2]'],
    },
  ),
  entry(
    'prepend(value, item)',
    'A list with one more item before all others.',
    (execution, value, item) => [item, ...listOf(execution, value, 'prepend')],
    { example: ['{{ [1]|prepend(0) }}', '[0, 1]'] },
  ),
  entry(
    'concat(value, *others)',
    'Lists one after the other.',
    (execution, value, ...others) => [value, ...others].flatMap((list) => listOf(execution, list, 'concat')),
    { example: ['{{ [1]|concat([2]) }}', '[1, 2]'] },
  ),
  sprig('without(value, *items)', 'A list without some items.', 'without', (_, ...args) => args, [
    '{{ [1, 2, 3]|without(2) }}',
    '[1, 3]',
  ]),
  entry(
    'compact(value)',
    'A list without what is empty.',
    (execution, value) => listOf(execution, value, 'compact').filter(isTrue),
    {
      example: ['{{ ["a", "", none]|compact }}', '["a"]'],
    },
  ),
  ofText('sha1', 'The SHA-1 of a text, in hex.', 'sha1sum', ['{{ "a"|sha1|trunc(8) }}', '86f7e437']),
  ofText('sha256', 'The SHA-256 of a text, in hex.', 'sha256sum', ['{{ "a"|sha256|trunc(8) }}', 'ca978112']),
  ofText('sha512', 'The SHA-512 of a text, in hex.', 'sha512sum', ['{{ "a"|sha512|trunc(8) }}', '1f40fc92']),
  entry(
    'md5(value)',
    'The MD5 of a text, in hex: for checksums, not for secrets.',
    (execution, value) => hex(md5(toBytes(text(execution, value)))),
    {
      example: ['{{ "a"|md5 }}', '0cc175b9c0f1b6a831c399e269772661'],
    },
  ),
  sprig(
    'trunc(value, length)',
    'The first characters of a text, or the last ones with a negative length.',
    'trunc',
    (execution, v, n) => [int(n, 'length'), text(execution, v)],
    ['{{ "hello"|trunc(3) }}', 'hel'],
  ),
  sprig(
    'trimprefix(value, prefix)',
    'A text without what it begins with.',
    'trimPrefix',
    (e, v, part) => [text(e, part), text(e, v)],
    ['{{ "v1"|trimprefix("v") }}', '1'],
  ),
  sprig(
    'trimsuffix(value, suffix)',
    'A text without what it ends with.',
    'trimSuffix',
    (e, v, part) => [text(e, part), text(e, v)],
    ['{{ "a.yaml"|trimsuffix(".yaml") }}', 'a'],
  ),
  ofText('snakecase', 'A name as `snake_case`.', 'snakecase', ['{{ "fooBar"|snakecase }}', 'foo_bar']),
  ofText('kebabcase', 'A name as `kebab-case`.', 'kebabcase', ['{{ "fooBar"|kebabcase }}', 'foo-bar']),
  ofText('camelcase', "A name as Sprig's `camelcase` has it.", 'camelcase', ['{{ "foo_bar"|camelcase }}', 'FooBar']),
  entry(
    'pascalcase(value)',
    'A name as `PascalCase`.',
    (execution, value) => words(text(execution, value)).map(capitalized).join(''),
    {
      example: ['{{ "foo-bar"|pascalcase }}', 'FooBar'],
    },
  ),
  entry(
    'tostrings(value, prefix="", suffix="", skip_empty=false)',
    'Each item as text, between `prefix` and `suffix`.',
    toStrings,
    { example: ['{{ [80, 443]|tostrings(prefix="p") }}', '["p80", "p443"]'] },
  ),
  entry(
    'semver_match(value, constraint)',
    "Whether a version is within a range, as Sprig's `semverCompare` says.",
    semverMatch,
    {
      example: ['{{ "1.28.3"|semver_match(">=1.21-0") }}', 'true'],
    },
  ),
  rounding('floor', 'The next integer below.', Math.floor, ['{{ 3.7|floor }}', '3']),
  rounding('ceil', 'The next integer above.', Math.ceil, ['{{ 3.2|ceil }}', '4']),
  entry('basename(value)', 'The last part of a path.', (execution, value) => pathParts(text(execution, value)).base, {
    example: ['{{ "/etc/a.conf"|basename }}', 'a.conf'],
  }),
  entry(
    'dirname(value)',
    'A path without its last part.',
    (execution, value) => pathParts(text(execution, value)).dir,
    {
      example: ['{{ "/etc/a.conf"|dirname }}', '/etc'],
    },
  ),
  entry(
    'extname(value)',
    'The ending of a file name, without the dot.',
    (execution, value) => {
      const { base } = pathParts(text(execution, value));
      const dot = base.lastIndexOf('.');
      return dot > 0 ? base.slice(dot + 1) : '';
    },
    { example: ['{{ "a.tar.gz"|extname }}', 'gz'] },
  ),
  entry('cleanpath(value)', 'A path without `.` and `..`.', (execution, value) => cleanPath(text(execution, value)), {
    example: ['{{ "a/b/../c"|cleanpath }}', 'a/c'],
  }),
  sprig(
    'regex_match(value, pattern)',
    'Whether a regular expression (RE2) finds something.',
    'mustRegexMatch',
    (e, v, p) => [text(e, p), text(e, v)],
    ['{{ "v1"|regex_match("^v[0-9]") }}', 'true'],
  ),
  sprig(
    'regex_replace(value, pattern, replacement)',
    'A text with each match replaced; `$1` is its first group.',
    'mustRegexReplaceAll',
    (e, v, p, to) => [text(e, p), text(e, v), text(e, to)],
    ['{{ "v1.2"|regex_replace("v([0-9])", "$1") }}', '1.2'],
  ),
  sprig(
    'regex_find(value, pattern)',
    'The first match, or an empty text.',
    'mustRegexFind',
    (e, v, p) => [text(e, p), text(e, v)],
    ['{{ "port 80"|regex_find("[0-9]+") }}', '80'],
  ),
  sprig(
    'regex_find_all(value, pattern, count=-1)',
    'All matches, or the first `count`.',
    'mustRegexFindAll',
    (e, v, p, n) => [text(e, p), text(e, v), int(n, 'count')],
    ['{{ "a1b2"|regex_find_all("[0-9]") }}', '["1", "2"]'],
  ),
  entry(
    'repeat(value, count)',
    'A text several times.',
    (execution, value, count) => {
      const [v, n] = [text(execution, value), int(count, 'count')];
      if (n < 0) throw misuse('count must not be negative');
      execution.budget.text(v.length * n);
      return v.repeat(n);
    },
    { example: ['{{ "-"|repeat(3) }}', '---'] },
  ),
  sprig(
    'substr(value, start, end=-1)',
    'A text from one place to before another, or to its end.',
    'substr',
    (execution, v, start, end) => [int(start, 'start'), int(end, 'end'), text(execution, v)],
    ['{{ "hello"|substr(1, 3) }}', 'el'],
  ),
  sprig(
    'wrap(value, width)',
    'A text with lines of `width` characters.',
    'wrap',
    (e, v, n) => [int(n, 'width'), text(e, v)],
    ['{{ "a b c"|wrap(3) }}', 'a b\nc'],
  ),
  sprig(
    'hasprefix(value, prefix)',
    'Whether a text begins with another.',
    'hasPrefix',
    (e, v, part) => [text(e, part), text(e, v)],
    ['{{ "hello"|hasprefix("he") }}', 'true'],
  ),
  sprig(
    'hassuffix(value, suffix)',
    'Whether a text ends with another.',
    'hasSuffix',
    (e, v, part) => [text(e, part), text(e, v)],
    ['{{ "hello"|hassuffix("lo") }}', 'true'],
  ),
];

/** Values as templates show them, where Go would show them its own way. */
const shown = (v: unknown): unknown =>
  v === null || v instanceof Undefined ? null : typeof v === 'string' ? v : display(v);

const MAX_DEPTH = 500;

/** `above` over `below`, at every depth; in the order of `below`. */
export function merged(execution: Execution, above: unknown, below: unknown, depth: number): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw misuse(`merge: dicts are nested more than ${MAX_DEPTH} deep`);
  const out = Object.assign(newMap(), dict(execution, below, 'merge'));
  for (const [key, v] of Object.entries(dict(execution, above, 'merge'))) {
    const before = Object.hasOwn(out, key) ? out[key] : undefined;
    out[key] =
      entriesOf(v) !== undefined && entriesOf(before) !== undefined ? merged(execution, v, before, depth + 1) : v;
  }
  return out;
}
