import { compareVersions, parseVersion } from '@pack/core';
import { GoError } from 'go-template';

import type { Answer, Question } from '../vectors.ts';

export function answer({ version, input }: Question): Answer {
  try {
    const v = parseVersion(String(version ?? ''));
    return {
      output: String(v),
      original: v.original,
      parts: [Number(v.major), Number(v.minor), Number(v.patch), v.prerelease, v.metadata],
      ...(input ? { compare: compareVersions(v, parseVersion(String(input))) } : {}),
    };
  } catch (e) {
    if (e instanceof GoError) return { error: e.message };
    throw e;
  }
}
