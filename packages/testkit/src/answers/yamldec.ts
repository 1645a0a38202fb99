import { decodeValues, decodeYaml, decodeYamlArray, decodeYamlMap, encodeJson } from '@pack/core';
import { GoError } from 'go-template';

import type { Answer, Question } from '../vectors.ts';
import { typed } from './typed.ts';

const kinds: Record<string, (text: string) => unknown> = {
  '': decodeYaml,
  map: decodeYamlMap,
  array: decodeYamlArray,
  values: decodeValues,
};

export function answer({ input, kind }: Question): Answer {
  try {
    const value = (kinds[String(kind ?? '')] as (text: string) => unknown)(String(input ?? ''));
    return { output: encodeJson(value), types: typed(value) };
  } catch (e) {
    if (e instanceof GoError) return { error: e.message };
    throw e;
  }
}
