/** Jinja's filters on lists and dicts. */
import { compareBytes, newMap } from 'go-template';

import type { Execution } from '../execution.ts';
import { Fault, misuse } from '../fault.ts';
import { fromGo } from '../go.ts';
import { Group } from '../group.ts';
import { member } from '../member.ts';
import { meant } from '../near.ts';
import { add } from '../operator.ts';
import {
  asInteger,
  asNumber,
  compare,
  entriesOf,
  equals,
  isTrue,
  JinjaObject,
  kindName,
  type Named,
  NONE,
  Undefined,
} from '../value.ts';
import { dict, items, positive, text } from './argument.ts';
import { type Entry, entry } from './entry.ts';

/** `a.b.0` of a value. */
function attribute(execution: Execution, v: unknown, path: unknown): unknown {
  if (typeof path !== 'string') return member(execution, v, path);
  let at = v;
  for (const step of path.split('.')) at = member(execution, at, /^\d+$/.test(step) ? Number(step) : step);
  return at;
}

const keyOf = (execution: Execution, path: unknown, caseSensitive: boolean) => {
  const fold = (v: unknown): unknown => (!caseSensitive && typeof v === 'string' ? v.toLowerCase() : v);
  return (v: unknown): unknown => fold(path === null ? v : attribute(execution, v, path));
};

function sorted(
  execution: Execution,
  list: readonly unknown[],
  key: (v: unknown) => unknown,
  reverse: unknown,
): unknown[] {
  execution.budget.step(list.length * Math.ceil(Math.log2(list.length + 2)));
  const keyed = list.map((v) => [key(v), v] as const);
  const order = isTrue(reverse) ? -1 : 1;
  keyed.sort(([a], [b]) => order * compare(a, b));
  return keyed.map(([, v]) => v);
}

function within({ budget }: Execution, length: number): number {
  if (length > budget.limits.range)
    throw new Fault('PACK_TEMPLATE_LIMIT', `a range has more than ${budget.limits.range} items`);
  return Math.max(0, length);
}

type Keep = (v: unknown) => boolean;

/** The test that `select` and its kind are given by name. */
function keeps(execution: Execution, name: unknown, args: readonly unknown[], what: string): Keep {
  if (name === undefined) return isTrue;
  const test = typeof name === 'string' ? execution.library.test(name) : undefined;
  if (test === undefined)
    throw misuse(
      `${what}: unknown test ${text(execution, name)}`,
      typeof name === 'string' ? meant(name, execution.library.testNames()) : undefined,
    );
  return (v) => isTrue(test(execution, [v, ...args], NONE));
}

const selects = (name: string, about: string, wanted: boolean, example: readonly [string, string]): Entry =>
  entry(
    `${name}(value, test?, *args)`,
    about,
    (execution, value, test, ...args) => {
      const keep = keeps(execution, test, args, name);
      return items(execution, value, name).filter((v) => keep(v) === wanted);
    },
    { example },
  );

const selectsBy = (name: string, about: string, wanted: boolean, example: readonly [string, string]): Entry =>
  entry(
    `${name}(value, attribute, test?, *args)`,
    about,
    (execution, value, path, test, ...args) => {
      const keep = keeps(execution, test, args, name);
      return items(execution, value, name).filter((v) => keep(attribute(execution, v, path)) === wanted);
    },
    { example },
  );

function map(execution: Execution, value: unknown, named: Named, what: unknown, args: readonly unknown[]): unknown[] {
  const list = items(execution, value, 'map');
  const path = named.get('attribute');
  if (path !== undefined) {
    for (const key of named.keys())
      if (key !== 'attribute' && key !== 'default') throw misuse(`map has no parameter ${key}`);
    const otherwise = named.get('default');
    return list.map((v) => {
      const found = attribute(execution, v, path);
      return found instanceof Undefined && otherwise !== undefined ? otherwise : found;
    });
  }
  if (typeof what !== 'string') throw misuse('map takes the name of a filter, or attribute=');
  const filter = execution.library.filter(what);
  if (filter === undefined) throw misuse(`map: unknown filter ${what}`, meant(what, execution.library.filterNames()));
  return list.map((v) => filter(execution, [v, ...args], named));
}

const extreme = (name: string, about: string, sign: number): Entry =>
  entry(
    `${name}(value, attribute=none, case_sensitive=false)`,
    about,
    (execution, value, path, caseSensitive) => {
      const key = keyOf(execution, path, isTrue(caseSensitive));
      const list = items(execution, value, name);
      if (list.length === 0) return execution.undefinedAt(`the ${name} of an empty list`);
      return list.reduce((best, v) => (sign * compare(key(v), key(best)) > 0 ? v : best));
    },
    { example: [`{{ [2, 3, 1]|${name} }}`, sign > 0 ? '3' : '1'] },
  );

const pairsOf = (entries: Record<string, unknown>, names: readonly string[]): [string, unknown][] =>
  names.map((name) => [name, fromGo(entries[name])]);

function inKeyOrder(entries: Record<string, unknown>): [string, unknown][] {
  const names = Object.keys(entries);
  return pairsOf(entries, isInOrder(names) ? names : names.sort(compareBytes));
}

/** Of values as they are read keys mostly are. */
function isInOrder(names: readonly string[]): boolean {
  for (let i = 1; i < names.length; i++) if (compareBytes(names[i - 1] as string, names[i] as string) > 0) return false;
  return true;
}

const end = (name: string, about: string, index: number): Entry =>
  entry(
    `${name}(value)`,
    about,
    (execution, value) => {
      const list = items(execution, value, name);
      return list.length === 0 ? execution.undefinedAt(`the ${name} item of an empty list`) : fromGo(list.at(index));
    },
    { example: [`{{ [1, 2, 3]|${name} }}`, index === 0 ? '1' : '3'] },
  );

function filled(list: readonly unknown[], length: number, fill: unknown): unknown[] {
  return fill === null ? [...list] : [...list, ...Array.from({ length: length - list.length }, () => fill)];
}

export const listFilters: readonly Entry[] = [
  entry(
    'length(value)',
    'The number of items of a list, keys of a dict or characters of a string.',
    (execution, value) => {
      if (typeof value === 'string') return Array.from(value).length;
      if (value instanceof Undefined || value === null) throw misuse(`${kindName(value)} has no length`);
      return items(execution, value, 'length').length;
    },
    { aliases: ['count'], example: ['{{ [1, 2]|length }}', '2'] },
  ),
  end('first', 'The first item, key or character; undefined where there is none.', 0),
  end('last', 'The last item, key or character; undefined where there is none.', -1),
  extreme('min', 'The smallest item; `attribute` compares by a member.', -1),
  extreme('max', 'The largest item; `attribute` compares by a member.', 1),
  entry(
    'sum(value, attribute=none, start=0)',
    'All items added to `start`; `attribute` adds a member of each.',
    (execution, value, path, start) =>
      items(execution, value, 'sum').reduce((sum, v) => {
        const found = path === null ? v : attribute(execution, v, path);
        if (asNumber(found) === undefined) throw misuse(`sum adds numbers, not a ${kindName(found)}`);
        return add(execution, sum, found);
      }, start),
    { example: ['{{ [1, 2, 3]|sum }}', '6'] },
  ),
  entry(
    'join(value, d="", attribute=none)',
    'All items as one text, with `d` between them.',
    (execution, value, separator, path) => {
      const parts = items(execution, value, 'join').map((v) =>
        text(execution, path === null ? v : attribute(execution, v, path)),
      );
      const between = text(execution, separator);
      execution.budget.text(parts.reduce((sum, part) => sum + part.length + between.length, 0));
      return parts.join(between);
    },
    { example: ['{{ ["a", "b"]|join(", ") }}', 'a, b'] },
  ),
  entry(
    'reverse(value)',
    'A list or string from its end.',
    (execution, value) => {
      if (value instanceof Undefined) return value;
      const list = [...items(execution, value, 'reverse')].reverse();
      return typeof value === 'string' ? list.join('') : list;
    },
    { example: ['{{ [1, 2]|reverse }}', '[2, 1]'] },
  ),
  entry(
    'sort(value, reverse=false, case_sensitive=false, attribute=none)',
    'The items in order, by a member if `attribute` names one.',
    (execution, value, reverse, caseSensitive, path) =>
      sorted(execution, items(execution, value, 'sort'), keyOf(execution, path, isTrue(caseSensitive)), reverse),
    { example: ['{{ [3, 1, 2]|sort }}', '[1, 2, 3]'] },
  ),
  entry(
    'unique(value, case_sensitive=false, attribute=none)',
    'Each item once, where it stood first.',
    (execution, value, caseSensitive, path) => {
      const key = keyOf(execution, path, isTrue(caseSensitive));
      const list = items(execution, value, 'unique');
      const seen = new Set<unknown>();
      const others: unknown[] = [];
      return list.filter((v) => {
        const k = key(v);
        if (typeof k === 'string' || typeof k === 'number') return !seen.has(k) && seen.add(k);
        execution.budget.step(others.length);
        return !others.some((other) => equals(other, k)) && others.push(k);
      });
    },
    { example: ['{{ [1, 1, 2]|unique }}', '[1, 2]'] },
  ),
  entry(
    'items(value)',
    'The pairs of key and value of a dict.',
    (execution, value) => {
      if (value instanceof Undefined) return [];
      const entries = value instanceof JinjaObject ? undefined : dict(execution, value, 'items');
      if (entries === undefined)
        return (value as JinjaObject).members().map((name) => [name, (value as JinjaObject).member(name)]);
      return Object.keys(entries).map((key) => [key, fromGo(entries[key])]);
    },
    { example: ['{% for k, v in {"a": 1}|items %}{{ k }}={{ v }}{% endfor %}', 'a=1'] },
  ),
  entry(
    'dictsort(value, case_sensitive=false, by="key", reverse=false)',
    'The pairs of a dict in the order of their keys, or values with `by="value"`.',
    (execution, value, caseSensitive, by, reverse) => {
      if (value instanceof Undefined) return [];
      const entries = dict(execution, value, 'dictsort');
      if (by !== 'key' && by !== 'value') throw misuse('dictsort sorts by "key" or "value"');
      const names = Object.keys(entries);
      // The usual case, which needs no keys to compare by.
      if (
        by === 'key' &&
        !isTrue(reverse) &&
        (isTrue(caseSensitive) || names.every((key) => key === key.toLowerCase()))
      )
        return inKeyOrder(entries);
      return sorted(
        execution,
        pairsOf(entries, names),
        keyOf(execution, by === 'key' ? 0 : 1, isTrue(caseSensitive)),
        reverse,
      );
    },
    { example: ['{{ {"b": 1, "a": 2}|dictsort }}', '[["a", 2], ["b", 1]]'] },
  ),
  entry(
    'pairs(value)',
    "What Go's `range` goes over: index and item of a list, key and value of a dict in the order of its keys, numbers below an integer; nothing of nothing.",
    (execution, value) => {
      if (value instanceof Undefined || value === null) return [];
      const most = asInteger(value);
      const list = most === undefined ? value : Array.from({ length: within(execution, Number(most)) }, (_, i) => i);
      if (Array.isArray(list)) {
        execution.budget.step(list.length);
        return list.map((item, i) => [i, fromGo(item)]);
      }
      return inKeyOrder(dict(execution, value, 'pairs'));
    },
    {
      undefined: true,
      example: [
        '{% for k, v in {"b": 1, "a": 2}|pairs %}{{ k }}{{ v }} {% endfor %}{{ ["x"]|pairs }}',
        'a2 b1 [[0, "x"]]',
      ],
    },
  ),
  entry(
    'batch(value, count, fill_with=none)',
    'Lists of `count` items each; the last is filled up with `fill_with`.',
    (execution, value, count, fill) => {
      const size = positive(count, 'count');
      const list = items(execution, value, 'batch');
      execution.budget.step(fill === null ? 0 : size);
      return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
        filled(list.slice(i * size, (i + 1) * size), size, fill),
      );
    },
    { example: ['{{ [1, 2, 3]|batch(2) }}', '[[1, 2], [3]]'] },
  ),
  entry(
    'slice(value, count, fill_with=none)',
    'The items in `count` lists of about the same length.',
    (execution, value, count, fill) => {
      const parts = positive(count, 'count');
      execution.budget.step(parts);
      const list = items(execution, value, 'slice');
      const [least, more] = [Math.floor(list.length / parts), list.length % parts];
      let from = 0;
      return Array.from({ length: parts }, (_, i) => {
        const to = from + least + (i < more ? 1 : 0);
        const part = list.slice(from, to);
        from = to;
        return more > 0 ? filled(part, least + 1, fill) : part;
      });
    },
    { example: ['{{ [1, 2, 3]|slice(2) }}', '[[1, 2], [3]]'] },
  ),
  selects('select', 'The items that pass a test, or are true without one.', true, [
    '{{ [1, 2, 3]|select("odd") }}',
    '[1, 3]',
  ]),
  selects('reject', 'The items that do not pass a test.', false, ['{{ [1, 2, 3]|reject("odd") }}', '[2]']),
  selectsBy('selectattr', 'The items of which a member passes a test.', true, [
    '{{ [{"a": 1}, {"a": 2}]|selectattr("a", "eq", 2) }}',
    '[{"a": 2}]',
  ]),
  selectsBy('rejectattr', 'The items of which a member does not pass a test.', false, [
    '{{ [{"a": 1}, {"a": 2}]|rejectattr("a", "eq", 2) }}',
    '[{"a": 1}]',
  ]),
  entry(
    'map(value, filter?, **named, *args)',
    'A filter on each item, or with `attribute=` a member of each, `default=` where it has none.',
    (execution, value, filter, named, ...args) => map(execution, value, named, filter, args),
    { example: ['{{ [{"a": 1}]|map(attribute="a") }} {{ ["x"]|map("upper") }}', '[1] ["X"]'] },
  ),
  entry(
    'groupby(value, attribute, default=none, case_sensitive=false)',
    'Lists of the items of which a member is the same: pairs of `grouper` and `list`.',
    (execution, value, path, otherwise, caseSensitive) => {
      const fold = keyOf(execution, path, isTrue(caseSensitive));
      const list = sorted(execution, items(execution, value, 'groupby'), fold, false);
      const groups: { grouper: unknown; key: unknown; list: unknown[] }[] = [];
      for (const v of list) {
        const key = fold(v);
        const last = groups.at(-1);
        if (last !== undefined && equals(last.key, key)) last.list.push(v);
        else {
          const found = attribute(execution, v, path);
          groups.push({
            key,
            grouper: found instanceof Undefined && otherwise !== null ? otherwise : found,
            list: [v],
          });
        }
      }
      return groups.map(({ grouper, list }) => Group.of(grouper, list));
    },
    {
      example: [
        '{% for g in [{"a": 1}, {"a": 1}]|groupby("a") %}{{ g.grouper }}: {{ g.list|length }}{% endfor %}',
        '1: 2',
      ],
    },
  ),
  entry(
    'chain(value, *others)',
    'The items of several lists one after the other, or the keys of several dicts.',
    (execution, value, ...others) => {
      const all = [value, ...others];
      if (all.every((v) => entriesOf(v) !== undefined)) return Object.assign(newMap(), ...all.map((v) => entriesOf(v)));
      return all.flatMap((v) => items(execution, v, 'chain'));
    },
    { example: ['{{ [1]|chain([2], [3]) }}', '[1, 2, 3]'] },
  ),
  entry(
    'zip(value, *others)',
    'Lists of the first items of several lists, of the second items, and so on up to the shortest.',
    (execution, value, ...others) => {
      const all = [value, ...others].map((v) => items(execution, v, 'zip'));
      return (all[0] as unknown[])
        .slice(0, Math.min(...all.map((list) => list.length)))
        .map((_, i) => all.map((list) => list[i]));
    },
    { example: ['{{ [1, 2]|zip(["a", "b"]) }}', '[[1, "a"], [2, "b"]]'] },
  ),
  entry('list(value)', 'The items of a value as a list.', (execution, value) => [...items(execution, value, 'list')], {
    example: ['{{ "ab"|list }}', '["a", "b"]'],
  }),
  entry('attr(value, name)', 'A member by its name.', (execution, value, name) => member(execution, value, name), {
    example: ['{{ {"a": 1}|attr("a") }}', '1'],
  }),
];
