/** The keywords for strings and numbers. */
import { runes } from 'go-template';

import type { Evaluation } from './evaluate.ts';
import {
  compareDecimals,
  type Decimal,
  decimalOf,
  englishInteger,
  englishNumber,
  isMultiple,
  numberOf,
  quote,
} from './value.ts';

export function checkString(evaluation: Evaluation, text: string): void {
  const { minLength, maxLength, pattern } = evaluation.schema;
  if (minLength !== undefined || maxLength !== undefined) {
    const { length } = runes(text);
    if (minLength !== undefined && length < minLength) {
      evaluation.fail(() => `minLength: got ${englishInteger(length)}, want ${englishInteger(minLength)}`);
    }
    if (maxLength !== undefined && length > maxLength) {
      evaluation.fail(() => `maxLength: got ${englishInteger(length)}, want ${englishInteger(maxLength)}`);
    }
  }
  if (pattern !== undefined && !pattern.matches(text)) {
    evaluation.fail(() => `${quote(text)} does not match pattern ${quote(pattern.text)}`);
  }
}

type Bound = 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum' | 'multipleOf';

const BOUNDS: readonly (readonly [Bound, (n: Decimal, bound: Decimal) => boolean])[] = [
  ['minimum', (n, bound) => compareDecimals(n, bound) >= 0],
  ['maximum', (n, bound) => compareDecimals(n, bound) <= 0],
  ['exclusiveMinimum', (n, bound) => compareDecimals(n, bound) > 0],
  ['exclusiveMaximum', (n, bound) => compareDecimals(n, bound) < 0],
  ['multipleOf', isMultiple],
];

export function checkNumber(evaluation: Evaluation, value: unknown): void {
  for (const [keyword, holds] of BOUNDS) {
    const bound = evaluation.schema[keyword];
    if (bound === undefined) continue;
    const n = decimalOf(value);
    if (!holds(n, bound)) {
      evaluation.fail(() => `${keyword}: got ${englishNumber(numberOf(n))}, want ${englishNumber(numberOf(bound))}`);
    }
  }
}
