import { decodeJson, encodeJson, encodeYaml, encodeYamlPretty } from '@pack/core';
import { GoError } from 'go-template';

import type { Answer, Question } from '../vectors.ts';

const trimmed = (text: string): string => text.replace(/\n$/, '');

export function answer({ value }: Question): Answer {
  const go = decodeJson(encodeJson(value));
  try {
    return { output: trimmed(encodeYaml(go)), pretty: trimmed(encodeYamlPretty(go)) };
  } catch (e) {
    if (e instanceof GoError) return { error: e.message };
    throw e;
  }
}
