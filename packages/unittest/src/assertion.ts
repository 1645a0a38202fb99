/** One entry of `asserts`: what is checked, and where. */
import { isMap } from 'go-template';

import type { Check } from './checks/check.ts';
import {
  containsDocument,
  equalRaw,
  failedTemplate,
  hasDocuments,
  headIs,
  matchRegexRaw,
  snapshot,
  snapshotRaw,
} from './checks/documents.ts';
import { Params } from './checks/params.ts';
import {
  compared,
  contains,
  equal,
  exists,
  lengthEqual,
  matchRegex,
  nullOrEmpty,
  subset,
  typed,
} from './checks/values.ts';
import { UnittestError } from './error.ts';
import type { DocumentSelector } from './select.ts';

export interface Assertion {
  readonly type: string;
  readonly not: boolean;
  /** Whether the failure of the check is what is wanted. */
  readonly negative: boolean;
  /** Of `failedTemplate`, which wants rendering to fail. */
  readonly wantsFailure: boolean;
  readonly template: string;
  /** -1: all. */
  readonly documentIndex: number;
  readonly documentSelector: DocumentSelector | undefined;
  readonly check: Check;
}

type Kind = readonly [make: (params: Params) => Check, isAntonym: boolean];

const both = (name: string, antonym: string, make: (params: Params) => Check): [string, Kind][] => [
  [name, [make, false]],
  [antonym, [make, true]],
];

const KINDS = new Map<string, Kind>([
  ...both('equal', 'notEqual', equal),
  ...both('equalRaw', 'notEqualRaw', equalRaw),
  ...both('greaterOrEqual', 'notGreaterOrEqual', compared('greater')),
  ...both('lessOrEqual', 'notLessOrEqual', compared('less')),
  ...both('exists', 'notExists', exists),
  ...both('isNotNull', 'isNull', exists),
  ...both('isNullOrEmpty', 'isNotNullOrEmpty', nullOrEmpty),
  ...both('isEmpty', 'isNotEmpty', nullOrEmpty),
  ...both('matchRegex', 'notMatchRegex', matchRegex),
  ...both('matchRegexRaw', 'notMatchRegexRaw', matchRegexRaw),
  ...both('contains', 'notContains', contains),
  ...both('isSubset', 'isNotSubset', subset),
  ...both('isType', 'isNotType', typed),
  ...both('lengthEqual', 'notLengthEqual', lengthEqual),
  ...both('failedTemplate', 'notFailedTemplate', failedTemplate),
  ['isKind', [headIs('kind'), false]],
  ['isAPIVersion', [headIs('apiVersion'), false]],
  ['hasDocuments', [hasDocuments, false]],
  ['containsDocument', [containsDocument, false]],
  ['matchSnapshot', [snapshot, false]],
  ['matchSnapshotRaw', [snapshotRaw, false]],
]);

const PLACES = new Set(['template', 'documentIndex', 'documentSelector', 'not']);

/** Throws SUITE_INVALID. */
export function readAssertion(given: unknown): Assertion {
  if (!isMap(given)) throw new UnittestError('SUITE_INVALID', 'an assertion is a map');
  const names = Object.keys(given).filter((name) => KINDS.has(name));
  const [type, other] = names;
  if (type === undefined) {
    const unknown = Object.keys(given).find((name) => !PLACES.has(name));
    throw new UnittestError(
      'SUITE_INVALID',
      unknown === undefined ? 'no assertion type defined' : `Assertion type \`${unknown}\` is invalid`,
    );
  }
  if (other !== undefined) {
    throw new UnittestError('SUITE_INVALID', `assertion type \`${type}\` and \`${other}\` is declared duplicately`);
  }
  const [make, isAntonym] = KINDS.get(type) as Kind;
  const { not, template, documentIndex, documentSelector } = given;
  return {
    type,
    not: not === true,
    negative: (not === true) !== isAntonym,
    wantsFailure: type === 'failedTemplate',
    template: typeof template === 'string' ? template : '',
    documentIndex: typeof documentIndex === 'bigint' ? Number(documentIndex) : -1,
    documentSelector: isMap(documentSelector) ? readSelector(documentSelector) : undefined,
    check: make(new Params(type, given[type])),
  };
}

/** Throws SUITE_INVALID. */
export function readSelector(given: Readonly<Record<string, unknown>>): DocumentSelector {
  const { path, value, matchMany, skipEmptyTemplates } = given;
  if (typeof path !== 'string') {
    throw new UnittestError('SUITE_INVALID', "empty 'documentSelector.path' not supported");
  }
  return {
    path,
    value: value ?? null,
    matchMany: matchMany === true,
    skipEmptyTemplates: skipEmptyTemplates === true,
  };
}
