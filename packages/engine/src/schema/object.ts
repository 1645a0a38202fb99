/** The keywords for objects. */
import { type GoMap, sortedKeys } from 'go-template';

import type { Schema } from './compiled.ts';
import type { Evaluation } from './evaluate.ts';
import { failuresOf } from './failure.ts';
import { englishInteger, quote } from './value.ts';

export function checkObject(evaluation: Evaluation, object: GoMap): void {
  const { schema } = evaluation;
  const keys = sortedKeys(object);
  checkSize(evaluation, keys.length);
  if (schema.required !== undefined) {
    const missing = missingOf(object, schema.required);
    if (missing.length > 0) {
      evaluation.fail(() => `missing ${missing.length === 1 ? 'property' : 'properties'} ${quoted(missing)}`);
    }
  }
  if (evaluation.quick && evaluation.failures.length > 0) return;
  for (const [key, dependency] of schema.dependencies ?? []) {
    if (!Object.hasOwn(object, key)) continue;
    if ('location' in dependency) evaluation.add(evaluation.self(dependency));
    else requireFor(evaluation, object, key, dependency);
  }
  checkMembers(evaluation, object, keys);
  if (schema.propertyNames !== undefined) checkNames(evaluation, schema.propertyNames, keys);
  for (const [key, dependent] of schema.dependentSchemas ?? []) {
    if (Object.hasOwn(object, key)) evaluation.add(evaluation.self(dependent));
  }
  for (const [key, names] of schema.dependentRequired ?? []) {
    if (Object.hasOwn(object, key)) requireFor(evaluation, object, key, names);
  }
}

const quoted = (names: readonly string[]): string => names.map(quote).join(', ');

const missingOf = (object: GoMap, names: readonly string[]): string[] =>
  names.filter((name) => !Object.hasOwn(object, name));

function checkSize(evaluation: Evaluation, size: number): void {
  const { minProperties, maxProperties } = evaluation.schema;
  if (minProperties !== undefined && size < minProperties) {
    evaluation.fail(() => `minProperties: got ${englishInteger(size)}, want ${englishInteger(minProperties)}`);
  }
  if (maxProperties !== undefined && size > maxProperties) {
    evaluation.fail(() => `maxProperties: got ${englishInteger(size)}, want ${englishInteger(maxProperties)}`);
  }
}

function requireFor(evaluation: Evaluation, object: GoMap, key: string, names: readonly string[]): void {
  const missing = missingOf(object, names);
  if (missing.length > 0) evaluation.fail(() => `properties ${quoted(missing)} required, if ${quote(key)} exists`);
}

function checkMembers(evaluation: Evaluation, object: GoMap, keys: readonly string[]): void {
  const { properties, patternProperties = [], additionalProperties } = evaluation.schema;
  const additional: string[] = [];
  for (const key of keys) {
    if (evaluation.quick && evaluation.failures.length > 0) return;
    let evaluated = false;
    const property = properties?.get(key);
    if (property !== undefined) {
      evaluated = true;
      evaluation.add(evaluation.member(property, object[key], key));
    }
    for (const [pattern, schema] of patternProperties) {
      if (!pattern.matches(key)) continue;
      evaluated = true;
      evaluation.add(evaluation.member(schema, object[key], key));
    }
    if (!evaluated && additionalProperties !== undefined) {
      evaluated = true;
      if (additionalProperties === false) additional.push(key);
      else if (additionalProperties !== true) evaluation.add(evaluation.member(additionalProperties, object[key], key));
    }
    if (evaluated) evaluation.unevaluated.properties?.delete(key);
  }
  if (additional.length > 0) evaluation.fail(() => `additional properties ${quoted(additional)} not allowed`);
}

/** Names are judged for themselves: their failures begin at no place. */
function checkNames(evaluation: Evaluation, names: Schema, keys: readonly string[]): void {
  for (const key of keys) {
    const failure = evaluation.apart(names, key);
    if (failure === undefined) continue;
    const message = (): string => `invalid propertyName ${quote(key)}`;
    evaluation.add({ kind: 'keyword', path: [], message, causes: failuresOf(failure) });
  }
}
