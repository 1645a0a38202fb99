import { encodeJson, setFiles, setJson, setLiteral, setStrings, setValues } from '@pack/core';
import { GoError, type GoMap, newMap, toGo } from 'go-template';

import type { Answer, Question } from '../vectors.ts';
import { typed } from './typed.ts';

const kinds: Record<string, (text: string, into: GoMap) => void> = {
  '': setValues,
  string: setStrings,
  json: setJson,
  literal: setLiteral,
  file: (text, into) => setFiles(text, into, (path) => `file:${path}`),
};

export function answer({ input, kind, into }: Question): Answer {
  const values = (into === undefined ? newMap() : toGo(into)) as GoMap;
  try {
    (kinds[String(kind ?? '')] as (text: string, into: GoMap) => void)(String(input ?? ''), values);
    return { output: encodeJson(values), types: typed(values) };
  } catch (e) {
    if (e instanceof GoError) return { error: e.message };
    throw e;
  }
}
