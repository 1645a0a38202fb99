/** Jinja's filters on text. */
import type { Execution } from '../execution.ts';
import { misuse } from '../fault.ts';
import { bounded, entriesOf, isTrue, itemsOf, JinjaObject, type Named, repr, Undefined } from '../value.ts';
import { int, items, text } from './argument.ts';
import { type Entry, entry } from './entry.ts';
import { formatPercent } from './format.ts';

const escapeHtml = (v: string): string =>
  v.replace(/[&<>"'/]/g, (c) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#x27', '/': '#x2f' }[c]};`);

export const titled = (v: string): string => v.replace(/[^\s\p{P}\p{S}]+/gu, (word) => capitalized(word));

export function capitalized(v: string): string {
  const [first = '', ...rest] = Array.from(v);
  return first.toUpperCase() + rest.join('').toLowerCase();
}

export function trimmed(v: string, characters: string | null): string {
  if (characters === null) return v.trim();
  const set = new Set(characters);
  const all = Array.from(v);
  let [from, to] = [0, all.length];
  while (from < to && set.has(all[from] as string)) from++;
  while (to > from && set.has(all[to - 1] as string)) to--;
  return all.slice(from, to).join('');
}

export function replaced(execution: Execution, v: string, from: string, to: string, count: number | null): string {
  if (to.length > from.length) {
    const most = from === '' ? v.length + 1 : Math.floor(v.length / from.length);
    execution.budget.text(v.length + Math.min(most, occurrences(v, from)) * (to.length - from.length));
  }
  if (count === null) return v.replaceAll(from, () => to);
  let out = v;
  for (let [i, at] = [0, 0]; i < count; i++) {
    const found = out.indexOf(from, at);
    if (found < 0) break;
    out = out.slice(0, found) + to + out.slice(found + from.length);
    at = found + to.length + (from === '' ? 1 : 0);
    execution.budget.step(out.length >>> 6);
  }
  return out;
}

function occurrences(v: string, part: string): number {
  if (part === '') return v.length + 1;
  let count = 0;
  for (let at = v.indexOf(part); at >= 0; at = v.indexOf(part, at + part.length)) count++;
  return count;
}

/** Splits as Python does: without a separator at runs of white space. */
export function split(v: string, separator: string | null, most: number | null): string[] {
  if (separator === null) {
    const parts = v.trim().split(/\s+/);
    if (v.trim() === '') return [];
    if (most === null || parts.length <= most + 1) return parts;
    const word = /\S+\s*/g;
    for (let i = 0; i < most; i++) word.exec(v);
    return [...parts.slice(0, most), most === 0 ? v.trimStart() : v.slice(word.lastIndex)];
  }
  if (separator === '') return ['', ...Array.from(v), ''];
  const parts = v.split(separator);
  return most === null || parts.length <= most + 1
    ? parts
    : [...parts.slice(0, most), parts.slice(most).join(separator)];
}

export const lines = (v: string): string[] => {
  const all = v.split(/\r?\n/);
  if (all.at(-1) === '') all.pop();
  return all;
};

function pretty(v: unknown, depth = 0): string {
  const pad = '    '.repeat(depth + 1);
  const end = '    '.repeat(depth);
  if (depth > 100) return '…';
  if (Array.isArray(v))
    return v.length === 0
      ? '[]'
      : bounded(`[\n${v.map((item) => `${pad}${pretty(item, depth + 1)},\n`).join('')}${end}]`);
  const entries = v instanceof JinjaObject ? undefined : entriesOf(v);
  if (entries === undefined) return repr(v);
  const keys = Object.keys(entries);
  return keys.length === 0
    ? '{}'
    : bounded(`{\n${keys.map((key) => `${pad}${repr(key)}: ${pretty(entries[key], depth + 1)},\n`).join('')}${end}}`);
}

const encodeUrl = (v: string): string =>
  encodeURIComponent(v.replace(/\p{Cs}/gu, '\ufffd')).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function urlEncoded(execution: Execution, v: unknown): string {
  const entries = entriesOf(v);
  if (entries !== undefined)
    return Object.entries(entries)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => `${encodeUrl(key)}=${encodeUrl(text(execution, item))}`)
      .join('&');
  if (Array.isArray(v))
    return v.map((pair) => (itemsOf(pair) ?? []).map((part) => encodeUrl(text(execution, part))).join('=')).join('&');
  return encodeUrl(text(execution, v)).replaceAll('%2F', '/');
}

const plain = (
  name: string,
  about: string,
  convert: (v: string) => unknown,
  example: readonly [string, string],
  aliases: readonly string[] = [],
): Entry => entry(`${name}(value)`, about, (execution, value) => convert(text(execution, value)), { example, aliases });

function withoutComments(v: string): string {
  let out = '';
  let at = 0;
  for (;;) {
    const open = v.indexOf('<!--', at);
    const close = open < 0 ? -1 : v.indexOf('-->', open + 4);
    if (close < 0) return out + v.slice(at);
    out += v.slice(at, open);
    at = close + 3;
  }
}

/** Words of a text, broken at `width`. */
function wordWrap(v: string, width: number, breaks: boolean, newline: string): string {
  return v
    .split('\n')
    .map((line) => {
      const out: string[] = [];
      let current = '';
      for (let word of line.split(' ')) {
        while (breaks && word.length > width) {
          const room = current === '' ? width : width - current.length - 1;
          if (room > 0) out.push(current === '' ? word.slice(0, room) : `${current} ${word.slice(0, room)}`);
          else out.push(current);
          word = word.slice(Math.max(room, 0));
          current = '';
        }
        if (current !== '' && current.length + 1 + word.length > width) {
          out.push(current);
          current = word;
        } else current = current === '' ? word : `${current} ${word}`;
      }
      out.push(current);
      return out.join(newline);
    })
    .join(newline);
}

export const textFilters: readonly Entry[] = [
  plain('lower', 'All letters small.', (v) => v.toLowerCase(), ['{{ "AbC"|lower }}', 'abc']),
  plain('upper', 'All letters large.', (v) => v.toUpperCase(), ['{{ "abc"|upper }}', 'ABC']),
  plain('title', 'Each word with a large first letter and small ones after it.', titled, [
    '{{ "a wORD"|title }}',
    'A Word',
  ]),
  plain('capitalize', 'The first letter large, all others small.', capitalized, ['{{ "hELLO"|capitalize }}', 'Hello']),
  plain('lines', 'The lines of a text.', lines, ['{{ "a\\nb"|lines }}', '["a", "b"]']),
  plain('string', 'Any value as text.', (v) => v, ['{{ 1|string ~ "x" }}', '1x']),
  plain('safe', 'The value as it is: nothing is escaped in packs.', (v) => v, ['{{ "<b>"|safe }}', '<b>']),
  plain('escape', 'A text as HTML needs it.', escapeHtml, ['{{ "<b>"|escape }}', '&lt;b&gt;'], ['e', 'forceescape']),
  plain(
    'striptags',
    'A text without what looks like tags of HTML.',
    (v) =>
      withoutComments(v)
        .replace(/<[^<>]*>/g, '')
        .split(/\s+/)
        .join(' ')
        .trim(),
    ['{{ "<b>a</b>"|striptags }}', 'a'],
  ),
  plain('wordcount', 'The number of words.', (v) => v.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0, [
    '{{ "a b"|wordcount }}',
    '2',
  ]),
  entry(
    'urlencode(value)',
    'A text, or the pairs of a dict, as a URL needs it.',
    (execution, value) => urlEncoded(execution, value),
    {
      example: ['{{ "a b&c"|urlencode }}', 'a%20b%26c'],
    },
  ),
  entry(
    'trim(value, chars=none)',
    'A text without white space, or `chars`, at both ends.',
    (execution, value, characters) =>
      trimmed(text(execution, value), characters === null ? null : text(execution, characters)),
    { example: ['{{ "  a "|trim }}', 'a'] },
  ),
  entry(
    'replace(value, old, new, count=none)',
    'A text with `new` for every `old`, or for the first `count`.',
    (execution, value, from, to, count) =>
      replaced(
        execution,
        text(execution, value),
        text(execution, from),
        text(execution, to),
        count === null ? null : int(count, 'count'),
      ),
    { example: ['{{ "hello"|replace("l", "L") }}', 'heLLo'] },
  ),
  entry(
    'split(value, sep=none, maxsplit=none)',
    'The parts of a text between `sep`, or between white space.',
    (execution, value, separator, most) =>
      split(
        text(execution, value),
        separator === null ? null : text(execution, separator),
        most === null ? null : int(most, 'maxsplit'),
      ),
    { example: ['{{ "a,b"|split(",") }}', '["a", "b"]'] },
  ),
  entry(
    'format(value, **named, *args)',
    "Python's `%` formatting of arguments.",
    (execution, value, named: Named, ...args) => formatPercent(execution, text(execution, value), args, named),
    { example: ['{{ "%s has %03d"|format("a", 7) }}', 'a has 007'] },
  ),
  entry(
    'center(value, width=80)',
    'A text in the middle of `width` characters.',
    (execution, value, width) => {
      const v = text(execution, value);
      const room = int(width, 'width') - v.length;
      if (room <= 0) return v;
      execution.budget.text(room + v.length);
      const left = Math.floor(room / 2);
      return `${' '.repeat(left)}${v}${' '.repeat(room - left)}`;
    },
    { example: ['[{{ "a"|center(3) }}]', '[ a ]'] },
  ),
  entry(
    'truncate(value, length=255, killwords=false, end="...", leeway=5)',
    'The first `length` characters at most, `end` included; whole words unless `killwords`.',
    (execution, value, length, killWords, end, leeway) => {
      const v = text(execution, value);
      const [most, tail] = [int(length, 'length'), text(execution, end)];
      if (v.length <= most + int(leeway, 'leeway')) return v;
      if (most < tail.length) throw misuse('truncate: length is less than that of end');
      const cut = v.slice(0, most - tail.length);
      return (isTrue(killWords) ? cut : cut.replace(/ [^ ]*$/, '')) + tail;
    },
    { example: ['{{ "hello big world"|truncate(9, leeway=0) }}', 'hello...'] },
  ),
  entry(
    'wordwrap(value, width=79, break_long_words=true, wrapstring="\\n")',
    'A text with lines of `width` characters at most.',
    (execution, value, width, breaks, newline) =>
      wordWrap(text(execution, value), Math.max(1, int(width, 'width')), isTrue(breaks), text(execution, newline)),
    { example: ['{{ "a b c"|wordwrap(3) }}', 'a b\nc'] },
  ),
  entry('pprint(value)', 'A value over several lines, for debugging.', (_, value) => pretty(value), {
    example: ['{{ [1]|pprint }}', '[\n    1,\n]'],
    undefined: true,
  }),
  entry(
    'xmlattr(value)',
    'The pairs of a dict as attributes of XML.',
    (execution, value) =>
      items(execution, value, 'xmlattr')
        .map((key) => [key as string, entriesOf(value)?.[key as string]] as const)
        .filter(([, v]) => v !== null && !(v instanceof Undefined))
        .map(([key, v]) => {
          if (/[\s/>=]/.test(key)) throw misuse(`${JSON.stringify(key)} is no name of an attribute`);
          return ` ${escapeHtml(key)}="${escapeHtml(text(execution, v))}"`;
        })
        .join(''),
    { example: ['<a{{ {"b": 1}|xmlattr }}>', '<a b="1">'] },
  ),
];
