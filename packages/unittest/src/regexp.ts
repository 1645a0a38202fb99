/** Go's regular expressions, compiled once. */
import { RE2JS, RE2JSException } from 're2js';

import { UnittestError } from './error.ts';

const MAX_COMPILED = 1000;

const compiled = new Map<string, RE2JS>();

/** Whether `pattern` is found in `text`. Throws SUITE_INVALID, in Go's words. */
export const isFound = (pattern: string, text: string): boolean => compile(pattern).matcher(text).find();

function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  try {
    const regexp = RE2JS.compile(pattern);
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(pattern, regexp);
    return regexp;
  } catch (e) {
    if (e instanceof RE2JSException) throw new UnittestError('SUITE_INVALID', e.message, { cause: e });
    throw e;
  }
}

export const quoted = (text: string): string => RE2JS.quote(text);
