/** Assertions of whole documents, of texts that are no YAML, and of templates that fail. */
import { unifiedDiff } from '../diff.ts';
import { find } from '../path.ts';
import { isFound, quoted } from '../regexp.ts';
import type { Compared } from '../snapshot.ts';
import { uniform, yamlOf } from '../value.ts';
import {
  type Check,
  type CheckInput,
  type Document,
  eachDocument,
  eachValue,
  expectation,
  failed,
  fault,
  NOWHERE,
  type Outcome,
  PASSED,
  type Where,
} from './check.ts';
import type { Params } from './params.ts';
import { withPattern } from './values.ts';

const NONE = 'no manifest found';

/** `isKind` and `isAPIVersion`. */
export const headIs =
  (field: 'kind' | 'apiVersion') =>
  (params: Params): Check => {
    const wanted = params.text('of');
    return (input) => {
      const told = (actual: unknown, document: number): string[] =>
        expectation(
          ` to be ${field}`,
          input.negative,
          { expected: wanted, ...(!input.negative && { actual: yamlOf(actual) }) },
          { document, value: -1 },
        );
      return eachDocument(
        input,
        () => told(NONE, -1),
        (document, index) =>
          (document[field] === wanted) === input.negative ? failed(told(document[field], index)) : PASSED,
      );
    };
  };

export function hasDocuments(params: Params): Check {
  const [count, isAware] = [params.count('count') ?? 0n, params.flag('filterAware')];
  return ({ documents, selected, negative }) => {
    const { length } = isAware ? selected : documents;
    if ((BigInt(length) === count) !== negative) return PASSED;
    const actual = negative ? {} : { actual: String(length) };
    return failed(expectation(' documents count to be', negative, { expected: String(count), ...actual }));
  };
}

export function containsDocument(params: Params): Check {
  const [kind, apiVersion] = [params.text('kind'), params.text('apiVersion')];
  const [name, namespace, isAny] = [params.text('name'), params.text('namespace'), params.flag('any')];
  const isHead = (value: unknown, wanted: string): boolean => typeof value !== 'string' || value === wanted;
  const isAt = (document: Document, path: string, wanted: string): boolean =>
    wanted === '' || find(document, path)[0] === wanted;
  const isWanted = (document: Document): boolean =>
    isHead(document.kind, kind) &&
    isHead(document.apiVersion, apiVersion) &&
    isAt(document, 'metadata.name', name) &&
    isAt(document, 'metadata.namespace', namespace);
  const expected = [
    `Kind = ${kind}, apiVersion = ${apiVersion}`,
    ...(name === '' ? [] : [`Name = ${name}`]),
    ...(namespace === '' ? [] : [`Namespace = ${namespace}`]),
  ].join(', ');
  return ({ selected, negative, failFast }) => {
    const told = (document: number): string[] =>
      expectation(' to contain document', negative, { expected }, { document, value: -1 });
    if (selected.length === 0) return negative ? PASSED : failed(told(0));
    const info: string[] = [];
    let passed = true;
    for (const [index, document] of selected.entries()) {
      if (isWanted(document) === negative) {
        info.push(...told(index));
        passed = false;
        if (failFast) break;
      } else if (isAny !== negative) return PASSED;
    }
    return { passed, info };
  };
}

export function equalRaw(params: Params): Check {
  const wanted = params.text('value');
  const expected = yamlOf(wanted);
  return (input) => {
    const told = (actual: string): string[] => {
      const text = yamlOf(actual);
      const more = input.negative ? {} : { actual: text, diff: unifiedDiff(expected, text) };
      return expectation(' to equal', input.negative, { expected, ...more });
    };
    return eachDocument(
      input,
      () => told(NONE),
      (document) => {
        const actual = uniform(document.raw);
        return (actual === wanted) === input.negative ? failed(told(actual)) : PASSED;
      },
    );
  };
}

export function matchRegexRaw(params: Params): Check {
  const pattern = params.text('pattern');
  if (pattern === '') return () => failed(fault("expected field 'pattern' to be filled"));
  return (input) => {
    const told = (actual: string): string[] => expectation(' to match', input.negative, { expected: pattern, actual });
    return withPattern(pattern, () =>
      eachDocument(
        input,
        () => told(NONE),
        (document) => {
          const actual = uniform(document.raw);
          return isFound(pattern, actual) === input.negative ? failed(told(actual)) : PASSED;
        },
      ),
    );
  };
}

export function failedTemplate(params: Params): Check {
  const [message, pattern] = [params.text('errorMessage'), params.text('errorPattern')];
  if (message !== '' && pattern !== '') {
    return () => failed(fault("single attribute 'errorMessage' or 'errorPattern' supported at the same time"));
  }
  const phrase = pattern === '' ? ' to equal' : ' to match';
  const told = (actual: string, { negative }: CheckInput, where: Where): string[] =>
    expectation(phrase, negative, { expected: message || pattern, ...(!negative && { actual }) }, where);
  const isMeant = (actual: string): boolean =>
    pattern === '' ? message === '' || actual === message : matches(pattern, actual);
  const one = (actual: string, input: CheckInput, where: Where): Outcome =>
    isMeant(actual) === input.negative ? failed(told(actual, input, where)) : PASSED;
  return (input) => {
    const { renderError, selected, negative } = input;
    if (renderError !== undefined) return message + pattern === '' ? PASSED : one(renderError, input, NOWHERE);
    if (selected.length === 0) return negative ? PASSED : failed(told('No failed document', input, NOWHERE));
    return eachDocument(
      input,
      () => [],
      (document, index) =>
        // What was rendered has not failed.
        document.raw === undefined || message + pattern === ''
          ? PASSED
          : one(String(document.raw), input, { document: index, value: -1 }),
    );
  };
}

/** As an expression, or else letter by letter: messages have brackets and dots. */
function matches(pattern: string, text: string): boolean {
  try {
    if (isFound(pattern, text)) return true;
  } catch {
    // No expression at all.
  }
  return isFound(quoted(pattern), text);
}

export function snapshot(params: Params): Check {
  const path = params.text('path');
  const patterns = { match: params.pattern('matchRegex'), notMatch: params.pattern('notMatchRegex') };
  return (input) => {
    if (input.selected.length === 0) return { passed: !input.negative, info: [] };
    return eachValue(
      input,
      path,
      () => [],
      (value, where) => {
        const result = input.compare(value, patterns);
        if (result.passed !== input.negative) return PASSED;
        return failed(
          result.message === undefined
            ? expectation(
                ` to match snapshot ${result.index}`,
                input.negative,
                { path, ...shown(result, input) },
                where,
              )
            : expectation(result.message, input.negative, { expected: result.cached }, where),
        );
      },
    );
  };
}

export const snapshotRaw = (): Check => (input) => {
  if (input.selected.length === 0) return { passed: !input.negative, info: [] };
  return eachDocument(
    input,
    () => [],
    (document) => {
      const result = input.compare(uniform(document.raw));
      if (result.passed !== input.negative) return PASSED;
      return failed(expectation(` to match snapshot ${result.index}`, input.negative, shown(result, input)));
    },
  );
};

const shown = ({ cached, fresh }: Compared, { negative }: CheckInput): { expected: string } => ({
  expected: negative ? cached : unifiedDiff(cached, fresh),
});
