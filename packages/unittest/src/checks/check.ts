/** What every assertion shares: what it is given, how it goes over documents and values, and how it tells of a failure. */
import { isMap } from 'go-template';

import { find } from '../path.ts';
import type { Compared, Snapshots } from '../snapshot.ts';

/** A document of a rendered template. What is no YAML is `{ raw: text }`. */
export type Document = Readonly<Record<string, unknown>>;

export interface CheckInput {
  /** All documents of the template. */
  readonly documents: readonly Document[];
  /** Those that the assertion is for. */
  readonly selected: readonly Document[];
  readonly negative: boolean;
  readonly failFast: boolean;
  /** What keeps a chart from being rendered at all. */
  readonly renderError: string | undefined;
  readonly compare: (content: unknown, patterns?: Parameters<Snapshots['compare']>[3]) => Compared;
}

export interface Outcome {
  readonly passed: boolean;
  /** Lines that tell why not. */
  readonly info: readonly string[];
}

/** Of an assertion whose parameters have been read. */
export type Check = (input: CheckInput) => Outcome;

export const PASSED: Outcome = { passed: true, info: [] };

export const failed = (info: readonly string[]): Outcome => ({ passed: false, info });

/** What of a failure is told. */
interface Told {
  readonly path?: string;
  readonly expected: string;
  readonly actual?: string;
  readonly diff?: string;
}

/** Where it was found; -1 where that says nothing. */
export interface Where {
  readonly document: number;
  readonly value: number;
}

export const NOWHERE: Where = { document: -1, value: -1 };

/** `Expected to equal:` and the like, each value on lines of its own. */
export function expectation(phrase: string, negative: boolean, told: Told, where: Where = NOWHERE): string[] {
  return [
    ...placed(where),
    ...(told.path === undefined ? [] : [`Path:${indented(told.path)}`]),
    `Expected${negative ? ' NOT' : ''}${phrase}:`,
    ...indented(told.expected).split('\n'),
    ...(told.actual === undefined ? [] : ['Actual:', ...indented(told.actual).split('\n')]),
    ...(told.diff === undefined ? [] : ['Diff:', ...indented(told.diff).split('\n')]),
  ];
}

export const fault = (message: string, where: Where = NOWHERE): string[] => [
  ...placed(where),
  'Error:',
  ...indented(message).split('\n'),
];

export const placed = ({ document, value }: Where): string[] => [
  ...(document < 0 ? [] : [`DocumentIndex:\t${document}`]),
  ...(value < 0 ? [] : [`ValuesIndex:\t${value}`]),
];

export const indented = (text: string): string =>
  `\t${text.replaceAll('\n', '\n\t').replace(/^[\n\t ]+|[\n\t ]+$/g, '')}`;

/** Each document in turn; `none` is what is told when there are none, where that is a failure. */
export function eachDocument(
  { selected, negative, failFast }: CheckInput,
  none: () => readonly string[],
  check: (document: Document, index: number) => Outcome,
): Outcome {
  if (selected.length === 0) return negative ? PASSED : failed(none());
  return all(selected, failFast, check);
}

/** As {@link eachDocument}, and in each document every value that is found at `path`. */
export const eachValue = (
  input: CheckInput,
  path: string,
  none: () => readonly string[],
  check: (value: unknown, where: Where) => Outcome,
): Outcome =>
  eachDocument(input, none, (document, index) => {
    const values = valuesAt(document, path, index);
    if (!Array.isArray(values)) return values;
    if (values.length === 0) {
      return input.negative ? PASSED : failed(fault(`unknown path ${path}`, { document: index, value: -1 }));
    }
    return all(values, input.failFast, (value, at) => check(value, { document: index, value: at }));
  });

/** What is found, or that the path is none. */
export function valuesAt(document: Document, path: string, index: number): unknown[] | Outcome {
  try {
    return path === '' ? [document] : find(document, path);
  } catch (e) {
    if (!(e instanceof Error)) throw e;
    return failed(fault(e.message, { document: index, value: -1 }));
  }
}

function all<T>(items: readonly T[], failFast: boolean, check: (item: T, index: number) => Outcome): Outcome {
  const info: string[] = [];
  let passed = true;
  for (const [index, item] of items.entries()) {
    const outcome = check(item, index);
    info.push(...outcome.info);
    passed &&= outcome.passed;
    if (!passed && failFast) break;
  }
  return { passed, info };
}

/** A text that is base64 of another; undefined if it is not. */
export function decoded(text: string): string | undefined {
  const packed = text.replace(/[\r\n]/g, '');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return undefined;
  return new TextDecoder().decode(Uint8Array.from(atob(packed), (c) => c.charCodeAt(0)));
}

/** Whether `actual` has all that `wanted` has; members of members must be the same. */
export const isSubset = (
  actual: unknown,
  wanted: unknown,
  isSame: (a: unknown, b: unknown) => boolean,
): boolean | undefined => {
  if (!isMap(actual) || !isMap(wanted)) return undefined;
  return Object.keys(wanted).every((key) => isSame(Object.hasOwn(actual, key) ? actual[key] : null, wanted[key]));
};
