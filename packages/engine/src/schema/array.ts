/** The keywords for lists. */
import type { Evaluation } from './evaluate.ts';
import type { Failure } from './failure.ts';
import { areEqual, canonicalText, englishInteger } from './value.ts';

export function checkArray(evaluation: Evaluation, list: readonly unknown[]): void {
  const { minItems, maxItems, uniqueItems } = evaluation.schema;
  if (minItems !== undefined && list.length < minItems) {
    evaluation.fail(() => `minItems: got ${englishInteger(list.length)}, want ${englishInteger(minItems)}`);
  }
  if (maxItems !== undefined && list.length > maxItems) {
    evaluation.fail(() => `maxItems: got ${englishInteger(list.length)}, want ${englishInteger(maxItems)}`);
  }
  if (uniqueItems === true) {
    const [first, second] = duplicatesIn(list) ?? [];
    if (first !== undefined && second !== undefined) {
      evaluation.fail(() => `items at ${englishInteger(first)} and ${englishInteger(second)} are equal`);
    }
  }
  checkItems(evaluation, list);
  checkContains(evaluation, list);
}

/** Up to here the library compares every item with every other, and so finds a number equal to its text. */
const MAX_COMPARED = 20;

/** The first item that equals one before it, and that one. */
function duplicatesIn(list: readonly unknown[]): [number, number] | undefined {
  const seen = new Map<string, number>();
  for (const [i, item] of list.entries()) {
    const text = list.length > MAX_COMPARED ? canonicalText(item) : '';
    const first =
      list.length > MAX_COMPARED ? seen.get(text) : list.findIndex((other, j) => j < i && areEqual(item, other));
    if (first !== undefined && first >= 0) return [first, i];
    seen.set(text, i);
  }
  return undefined;
}

function checkItems(evaluation: Evaluation, list: readonly unknown[]): void {
  const { prefixItems = [], items, additionalItems } = evaluation.schema;
  for (const [i, schema] of prefixItems.entries()) {
    if (i < list.length) evaluation.add(evaluation.member(schema, list[i], String(i)));
  }
  const rest = list.slice(prefixItems.length);
  if (additionalItems === false && rest.length > 0) {
    evaluation.fail(() => `last ${englishInteger(rest.length)} additionalItem(s) not allowed`);
  }
  const schema = items ?? additionalItems;
  if (typeof schema !== 'object') return;
  // The places are those among the rest, as the library has them.
  for (const [i, item] of rest.entries()) evaluation.add(evaluation.member(schema, item, String(i)));
}

function checkContains(evaluation: Evaluation, list: readonly unknown[]): void {
  const { contains, minContains, maxContains, draft } = evaluation.schema;
  if (contains === undefined) return;
  const failures: Failure[] = [];
  const matched: number[] = [];
  for (const [i, item] of list.entries()) {
    const failure = evaluation.member(contains, item, String(i));
    if (failure !== undefined) {
      failures.push(failure);
      continue;
    }
    matched.push(i);
    if (draft >= 2020) evaluation.unevaluated.items?.delete(i);
  }
  const matches = (): string => `but matched ${englishInteger(matched.length)} items at ${matched.join(' ')}`;
  if (minContains === undefined) {
    if (matched.length === 0) evaluation.fail(() => 'no items match contains schema', failures);
  } else if (matched.length < minContains) {
    evaluation.fail(
      () =>
        `min ${englishInteger(minContains)} items required to match contains schema, ${matched.length === 0 ? 'but none matched' : matches()}`,
      failures,
    );
  }
  if (maxContains !== undefined && matched.length > maxContains) {
    evaluation.fail(() => `max ${englishInteger(maxContains)} items required to match contains schema, ${matches()}`);
  }
}
