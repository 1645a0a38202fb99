/** The keywords that put schemas together. */
import type { Schema } from './compiled.ts';
import type { Evaluation } from './evaluate.ts';
import type { Failure } from './failure.ts';

export function checkLogic(evaluation: Evaluation): void {
  const { not, allOf, anyOf, oneOf } = evaluation.schema;
  if (not !== undefined && evaluation.self(not, true) === undefined) evaluation.fail(() => "'not' failed");
  if (allOf !== undefined) checkAll(evaluation, allOf);
  if (anyOf !== undefined && anyOf.length > 0) checkAny(evaluation, anyOf);
  if (oneOf !== undefined && oneOf.length > 0) checkOne(evaluation, oneOf);
  checkCondition(evaluation);
}

function checkAll(evaluation: Evaluation, schemas: readonly Schema[]): void {
  const failures: Failure[] = [];
  for (const schema of schemas) {
    const failure = evaluation.self(schema);
    if (failure === undefined) continue;
    failures.push(failure);
    if (evaluation.quick) break;
  }
  if (failures.length > 0) evaluation.fail(() => "'allOf' failed", failures);
}

function checkAny(evaluation: Evaluation, schemas: readonly Schema[]): void {
  const failures: Failure[] = [];
  let matched = false;
  for (const schema of schemas) {
    const failure = evaluation.self(schema);
    if (failure !== undefined) {
      failures.push(failure);
      continue;
    }
    matched = true;
    // Where the unevaluated is asked for, every schema has its say.
    const { properties, items } = evaluation.unevaluated;
    if ((properties?.size ?? 0) === 0 && (items?.size ?? 0) === 0) break;
  }
  if (!matched) evaluation.fail(() => "'anyOf' failed", failures);
}

function checkOne(evaluation: Evaluation, schemas: readonly Schema[]): void {
  const failures: Failure[] = [];
  let matched: number | undefined;
  for (const [i, schema] of schemas.entries()) {
    const failure = evaluation.self(schema, matched !== undefined);
    if (failure !== undefined) {
      failures.push(failure);
    } else if (matched === undefined) {
      matched = i;
    } else {
      const first = matched;
      evaluation.fail(() => `'oneOf' failed, subschemas ${first}, ${i} matched`);
      return;
    }
  }
  if (matched === undefined) evaluation.fail(() => "'oneOf' failed, none matched", failures);
}

function checkCondition(evaluation: Evaluation): void {
  const { if: condition, then, else: otherwise } = evaluation.schema;
  if (condition === undefined) return;
  const branch = evaluation.self(condition, true) === undefined ? then : otherwise;
  if (branch !== undefined) evaluation.add(evaluation.self(branch));
}
