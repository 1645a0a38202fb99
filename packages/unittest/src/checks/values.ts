/** Assertions of values at a path. */
import { compareBytes, formatV, isMap } from 'go-template';

import { unifiedDiff } from '../diff.ts';
import { isFound } from '../regexp.ts';
import { isSame, typeName, uniform, yamlOf } from '../value.ts';
import {
  type Check,
  decoded,
  eachDocument,
  eachValue,
  expectation,
  failed,
  fault,
  indented,
  isSubset,
  NOWHERE,
  type Outcome,
  PASSED,
  placed,
  valuesAt,
  type Where,
} from './check.ts';
import type { Params } from './params.ts';

const NONE = 'no manifest found';

export function equal(params: Params): Check {
  const [path, wanted, isBase64] = [params.text('path'), params.value('value'), params.flag('decodeBase64')];
  const expected = yamlOf(wanted);
  return (input) => {
    const told = (actual: unknown, where: Where): string[] => {
      const text = yamlOf(actual);
      const more = input.negative ? {} : { actual: text, diff: unifiedDiff(expected, text) };
      return expectation(' to equal', input.negative, { path, expected, ...more }, where);
    };
    return eachValue(
      input,
      path,
      () => told(NONE, NOWHERE),
      (value, where) => {
        const text = typeof value === 'string' && isBase64 ? decoded(value) : value;
        if (text === undefined) return failed(fault(`unable to decode base64 expected content ${value}`, where));
        const actual = typeof text === 'string' ? uniform(text) : text;
        return isSame(wanted, actual) === input.negative ? failed(told(actual, where)) : PASSED;
      },
    );
  };
}

/** `greaterOrEqual` and `lessOrEqual`. */
export const compared =
  (word: 'greater' | 'less') =>
  (params: Params): Check => {
    const [path, wanted] = [params.text('path'), params.value('value')];
    return (input) => {
      const told = (message: string, where: Where): string[] =>
        expectation(` to be ${word} then or equal to, got`, input.negative, { path, expected: message }, where);
      return eachValue(
        input,
        path,
        () => told('no manifests found', NOWHERE),
        (value, where) => {
          const [actualType, wantedType] = [typeName(value), typeName(wanted)];
          if (actualType !== wantedType) {
            const types = `actual '${actualType}' and expected '${wantedType}' types do not match`;
            return failed(fault(types, where));
          }
          const order = orderOf(value, wanted);
          if (order === undefined) return failed(told(`unsupported type '${wantedType}'`, where));
          // In helm-unittest `notGreaterOrEqual` never fails, and there are suites that pass by it.
          if (word === 'greater' ? order >= 0 || input.negative : order <= 0 !== input.negative) return PASSED;
          return failed(
            told(`the actual '${formatV(value)}' is not ${word} or equal to the expected '${formatV(wanted)}'`, where),
          );
        },
      );
    };
  };

function orderOf(a: unknown, b: unknown): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return compareBytes(a, b);
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === 'number' && typeof b === 'number' ? a - b : undefined;
}

export function exists(params: Params): Check {
  const path = params.text('path');
  return (input) => {
    const told = (document: number): string[] => [
      ...placed({ document, value: -1 }),
      `Path:${indented(path)} expected to ${input.negative ? 'NOT ' : ''}exists`,
    ];
    return eachDocument(
      input,
      () => told(-1),
      (document, index) => {
        const values = valuesAt(document, path, index);
        if (!Array.isArray(values)) return values;
        return values.length > 0 === input.negative ? failed(told(index)) : PASSED;
      },
    );
  };
}

export function nullOrEmpty(params: Params): Check {
  const path = params.text('path');
  return (input) => {
    const told = (value: unknown, where: Where): string[] =>
      expectation(' to be null or empty, got', input.negative, { path, expected: yamlOf(value) }, where);
    return eachValue(
      input,
      path,
      () => told(NONE, NOWHERE),
      (value, where) => (isEmpty(value) === input.negative ? failed(told(value, where)) : PASSED),
    );
  };
}

const isEmpty = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) ? Object.keys(value).length === 0 : !value;
};

export function typed(params: Params): Check {
  const [path, wanted] = [params.text('path'), params.text('type')];
  return (input) => {
    const told = (actual: string, where: Where): string[] =>
      expectation(' to be of type', input.negative, { path, expected: wanted, actual }, where);
    return eachValue(
      input,
      path,
      () => told(NONE, NOWHERE),
      (value, where) =>
        (typeName(value) === wanted) === input.negative ? failed(told(typeName(value), where)) : PASSED,
    );
  };
}

export function matchRegex(params: Params): Check {
  const [path, pattern, isBase64] = [params.text('path'), params.text('pattern'), params.flag('decodeBase64')];
  if (pattern === '') return () => failed(fault("expected field 'pattern' to be filled"));
  return (input) => {
    const told = (actual: string, where: Where): string[] =>
      expectation(' to match', input.negative, { path, expected: pattern, actual }, where);
    return withPattern(pattern, () =>
      eachValue(
        input,
        path,
        () => told(NONE, NOWHERE),
        (value, where) => {
          if (typeof value !== 'string') {
            return failed(fault(`expect '${path}' to be a string, got:\n${yamlOf(value)}`, where));
          }
          const text = isBase64 ? decoded(value) : value;
          if (text === undefined) return failed(fault(`unable to decode base64 expected content ${value}`, where));
          return isFound(pattern, text) === input.negative ? failed(told(text, where)) : PASSED;
        },
      ),
    );
  };
}

/** A pattern that is none fails the assertion. */
export function withPattern(pattern: string, check: () => Outcome): Outcome {
  try {
    isFound(pattern, '');
  } catch (e) {
    if (!(e instanceof Error)) throw e;
    return failed(fault(e.message));
  }
  return check();
}

export function contains(params: Params): Check {
  const [path, content] = [params.text('path'), params.value('content')];
  const [count, isAny] = [params.count('count'), params.flag('any')];
  const isWanted = (item: unknown): boolean =>
    (isAny ? isSubset(item, content, isSame) : undefined) ?? isSame(item, content);
  return (input) => {
    const { negative } = input;
    const told = (actual: unknown, where: Where): string[] =>
      expectation(' to contain', negative, { path, expected: yamlOf([content]), actual: yamlOf(actual) }, where);
    return eachValue(
      input,
      path,
      () => told(NONE, { document: 0, value: -1 }),
      (value, where) => {
        if (!Array.isArray(value)) {
          return failed(fault(`expect '${path}' to be an array, got:\n${yamlOf(value)}`, where));
        }
        const found = BigInt(value.filter(isWanted).length);
        const isThere = found > 0n && (count === undefined || found === count);
        if (isThere !== negative) return PASSED;
        if (count === undefined || found === 0n) return failed(told(value, where));
        const counted = `expect count ${count} in '${path}' to be in array, got ${found}:\n${yamlOf(value)}`;
        return failed(fault(counted, where));
      },
    );
  };
}

export function subset(params: Params): Check {
  const [path, content] = [params.text('path'), params.value('content')];
  return (input) => {
    const told = (actual: unknown, where: Where): string[] =>
      expectation(' to contain', input.negative, { path, expected: yamlOf(content), actual: yamlOf(actual) }, where);
    return eachValue(
      input,
      path,
      () => told(NONE, NOWHERE),
      (value, where) => {
        const isWithin = isSubset(value, content, isSame);
        if (isWithin === undefined) {
          return failed(fault(`expect '${path}' to be an object, got:\n${yamlOf(value)}`, where));
        }
        return isWithin === input.negative ? failed(told(value, where)) : PASSED;
      },
    );
  };
}

export function lengthEqual(params: Params): Check {
  const [path, paths, count] = [params.text('path'), params.texts('paths'), params.count('count')];
  if (path !== '' && (count === undefined || count < 0n)) {
    return () => failed(fault("'count' field must be set if 'path' is used"));
  }
  if (path !== '' && paths.length > 0) return () => failed(fault("'paths' couldn't be used with 'path'"));
  const asked = path === '' ? paths : [path];
  return (input) => {
    const { negative, failFast } = input;
    const told = (at: string, wanted: string, actual: string, document: number): string[] =>
      expectation(' to match count', negative, { path: at, expected: wanted, actual }, { document, value: -1 });
    return eachDocument(
      input,
      () => told('', '', NONE, -1),
      (document, index) => {
        const info: string[] = [];
        const lengths: [string, bigint][] = [];
        let passed = true;
        for (const one of asked) {
          const values = valuesAt(document, one, index);
          if (!Array.isArray(values)) return values;
          if (values.length === 0) passed &&= negative;
          for (const [at, value] of values.entries()) {
            const length = BigInt(Array.isArray(value) ? value.length : 0);
            lengths.push([one, length]);
            if (!Array.isArray(value) && count === undefined) {
              info.push(...fault(`${one} is not array`, { document: index, value: at }));
            } else if (count !== undefined && (length === count) === negative) {
              info.push(...told(one, String(count), String(length), index));
            } else continue;
            passed = false;
            if (failFast) return { passed, info };
          }
        }
        if (!passed || path !== '') return { passed, info };
        const sorted = lengths.toSorted(([a], [b]) => compareBytes(a, b));
        const other = sorted.slice(1).find(([, length]) => (length === sorted[0]?.[1]) === negative);
        return other === undefined ? PASSED : failed(told(other[0], '-1', String(other[1]), index));
      },
    );
  };
}
