import { parseConstraint, parseVersion, satisfies } from '@pack/core';
import { GoError } from 'go-template';

import type { Answer, Question } from '../vectors.ts';

export function answer({ constraint, version }: Question): Answer {
  try {
    const parsed = parseConstraint(String(constraint ?? ''));
    return { output: satisfies(parseVersion(String(version ?? '')), parsed) };
  } catch (e) {
    if (e instanceof GoError) return { error: e.message };
    throw e;
  }
}
