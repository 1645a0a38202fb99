/** Keys of `set`: `image.tag`, `hosts[0].name`, `annotations.[a.b/c]`. */
import { type GoMap, newMap } from 'go-template';

import { UnittestError } from './error.ts';

/** A list is filled with nulls up to the index that is set; a longer one is taken for a mistake. */
const MAX_INDEX = 10_000;

/** A tree with `value` at `path` and nothing else. Throws SUITE_INVALID. */
export function valueAtPath(path: string, value: unknown): GoMap {
  const steps = stepsOf(path);
  let built = value;
  for (const step of steps.toReversed()) {
    if (typeof step === 'number') {
      const list: unknown[] = new Array(step + 1).fill(null);
      list[step] = built;
      built = list;
    } else {
      const map = newMap();
      map[step] = built;
      built = map;
    }
  }
  return built as GoMap;
}

function stepsOf(path: string): (string | number)[] {
  const fail = (message: string): UnittestError => new UnittestError('SUITE_INVALID', `set ${path}: ${message}`);
  if (path === '') throw new UnittestError('SUITE_INVALID', 'set path is empty');
  const steps: (string | number)[] = [];
  let at = 0;
  let wantsKey = true;
  while (at < path.length) {
    const c = path[at] as string;
    if (c === '[') {
      const end = path.indexOf(']', at);
      if (end < 0) throw fail('missing ]');
      const inner = path.slice(at + 1, end);
      if (wantsKey) steps.push(inner);
      else {
        if (!/^\d+$/.test(inner)) throw fail(`${JSON.stringify(inner)} is no index`);
        if (Number(inner) > MAX_INDEX) throw fail(`no list is as long as ${inner}`);
        steps.push(Number(inner));
      }
      at = end + 1;
      wantsKey = false;
    } else if (c === '.') {
      if (wantsKey) throw fail('a key is missing before .');
      at++;
      wantsKey = true;
    } else {
      if (!wantsKey) throw fail(`invalid denotation token ${c}`);
      const [key] = /^[^.[\]{},=]*/.exec(path.slice(at)) as RegExpExecArray;
      at += key.length;
      if (at < path.length && path[at] !== '.' && path[at] !== '[') throw fail(`invalid token found ${path[at]}`);
      steps.push(key);
      wantsKey = false;
    }
  }
  if (wantsKey) throw fail('unexpected end');
  return steps;
}
