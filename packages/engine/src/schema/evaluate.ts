/** Holds values against schemas. The order of checks, and so of failures, is that of santhosh-tekuri/jsonschema 6.0.2. */
import { GoError, isMap, quoteGo, sortedKeys } from 'go-template';

import { checkArray } from './array.ts';
import type { Schema } from './compiled.ts';
import { type Failure, failuresOf } from './failure.ts';
import { checkLogic } from './logic.ts';
import { checkObject } from './object.ts';
import { checkNumber, checkString } from './scalar.ts';
import { escapeToken, pointer } from './uri.ts';
import { areEqual, decimalOf, display, isInteger, jsonTypeOf } from './value.ts';

/** Against schemas that branch without end. */
const MAX_STEPS = 2_000_000;
const MAX_DEPTH = 1000;

/** What one evaluation of a whole value shares. */
export interface Run {
  steps: number;
  /** When schemas are judged by meta-schemas: the meta-schema for the one at a pointer, where it has a dialect of its own. */
  readonly metaSchemaAt?: (pointer: string) => Schema | undefined;
}

/** How the evaluation came to a schema. */
interface Scope {
  readonly schema: Schema;
  /** `$ref` and its like, when one led here. */
  readonly keyword: string;
  /** Equal for schemas that judge the same value. */
  readonly value: number;
  readonly depth: number;
  readonly parent: Scope | undefined;
}

/** What no keyword has looked at yet; undefined where nobody asks. */
export interface Unevaluated {
  properties: Set<string> | undefined;
  items: Set<number> | undefined;
}

interface Context {
  readonly run: Run;
  readonly scope: Scope;
  readonly path: readonly string[];
  /** Only whether there is a failure counts. */
  readonly quick: boolean;
  readonly meta: Schema | undefined;
}

/** What a value lacks; undefined when it satisfies the schema. Throws GoError when that would take too long to say. */
export function evaluate(schema: Schema, value: unknown, run: Run = { steps: 0 }): Failure | undefined {
  const scope: Scope = { schema, keyword: '', value: 0, depth: 0, parent: undefined };
  const meta = run.metaSchemaAt === undefined ? undefined : schema;
  const context: Context = { run, scope, path: [], quick: false, meta };
  return new Evaluation(schema, value, context, unevaluatedOf(value, schema, false)).evaluate();
}

/** One value before one schema. */
export class Evaluation {
  readonly schema: Schema;
  readonly value: unknown;
  readonly unevaluated: Unevaluated;
  readonly failures: Failure[] = [];
  readonly context: Context;

  constructor(schema: Schema, value: unknown, context: Context, unevaluated: Unevaluated) {
    this.schema = schema;
    this.value = value;
    this.context = context;
    this.unevaluated = unevaluated;
  }

  get quick(): boolean {
    return this.context.quick;
  }

  evaluate(): Failure | undefined {
    const { schema, value, context } = this;
    if (++context.run.steps > MAX_STEPS) throw new GoError(`schema takes more than ${MAX_STEPS} steps to check`);
    if (context.scope.depth > MAX_DEPTH) throw new GoError(`schema leads more than ${MAX_DEPTH} levels deep`);
    if (schema.boolean !== undefined) return schema.boolean ? undefined : this.failure(() => 'false schema');
    const cycle = cycleOf(context.scope);
    if (cycle !== undefined) {
      return this.failure(
        () =>
          `both ${keywordLocation(context.scope)} and ${keywordLocation(cycle)} resolve to ${quoteGo(schema.location)} causing reference cycle`,
      );
    }
    const failure = this.checkAnyType();
    if (failure !== undefined) return failure;
    if (schema.ref !== undefined) {
      const refFailure = this.reference(schema.ref, '$ref');
      if (schema.draft < 2019) return refFailure;
      this.add(refFailure);
    }
    if (isMap(value)) checkObject(this, value);
    else if (Array.isArray(value)) checkArray(this, value);
    else if (typeof value === 'string') checkString(this, value);
    else if (jsonTypeOf(value) === 'number') checkNumber(this, value);
    if (this.failures.length === 0 || !this.quick) {
      if (schema.draft >= 2019) this.dynamicReferences();
      checkLogic(this);
      if (schema.draft >= 2019) this.checkUnevaluated();
    }
    return this.result();
  }

  private result(): Failure | undefined {
    if (this.failures.length < 2) return this.failures[0];
    return { kind: 'group', path: this.context.path, message: () => 'validation failed', causes: this.failures };
  }

  private checkAnyType(): Failure | undefined {
    const { schema, value } = this;
    const type = jsonTypeOf(value);
    if (type === undefined) return this.failure(() => 'invalid jsonType');
    if (schema.types !== undefined && !schema.types.includes(type)) {
      const fits = type === 'number' && schema.types.includes('integer') && isInteger(decimalOf(value));
      if (!fits) return this.failure(() => `got ${type}, want ${(schema.types as readonly string[]).join(' or ')}`);
    }
    if (schema.const !== undefined) {
      const { value: wanted } = schema.const;
      if (!areEqual(value, wanted)) {
        return this.failure(() => (isCollection(wanted) ? "'const' failed" : `value must be ${display(wanted)}`));
      }
    }
    const { enum: values } = schema;
    if (
      values?.some((item) => jsonTypeOf(item) === type) === false ||
      values?.some((item) => areEqual(value, item)) === false
    ) {
      return this.failure(() => {
        if (values.some(isCollection)) return "'enum' failed";
        return `value must be ${values.length === 1 ? '' : 'one of '}${values.map(display).join(', ')}`;
      });
    }
    return this.checkFormat();
  }

  private checkFormat(): Failure | undefined {
    const { format } = this.schema;
    if (format === undefined) return undefined;
    try {
      format.check(this.value);
      return undefined;
    } catch (e) {
      if (!(e instanceof GoError)) throw e;
      return this.failure(() => `${display(this.value)} is not valid ${format.name}: ${e.message}`);
    }
  }

  /** A failure of the value before this schema. */
  failure(message: () => string, causes: readonly Failure[] = []): Failure {
    return { kind: 'keyword', path: this.context.path, message, causes };
  }

  fail(message: () => string, causes: readonly Failure[] = []): void {
    this.failures.push(this.failure(message, causes));
  }

  add(failure: Failure | undefined): void {
    if (failure !== undefined) this.failures.push(failure);
  }

  /** The same value before another schema; what that one evaluates counts here. */
  self(schema: Schema, quick = false, keyword = ''): Failure | undefined {
    const { context, value, unevaluated } = this;
    const asked =
      (unevaluated.properties !== undefined && unevaluated.properties.size > 0) ||
      (unevaluated.items !== undefined && unevaluated.items.size > 0);
    const scope: Scope = {
      schema,
      keyword,
      value: context.scope.value,
      depth: context.scope.depth + 1,
      parent: context.scope,
    };
    const [actual, meta] = this.inDialect(schema, context.path);
    const inner = new Evaluation(
      actual,
      value,
      { ...context, scope, quick: context.quick || quick, meta },
      unevaluatedOf(value, schema, asked),
    );
    const failure = inner.evaluate();
    if (failure === undefined) intersect(unevaluated, inner.unevaluated);
    return failure;
  }

  /** A member or an item before a schema. */
  member(schema: Schema, value: unknown, token: string): Failure | undefined {
    const { context } = this;
    const path = [...context.path, token];
    const scope: Scope = {
      schema,
      keyword: '',
      value: context.scope.value + 1,
      depth: context.scope.depth + 1,
      parent: context.scope,
    };
    const [actual, meta] = this.inDialect(schema, path);
    return new Evaluation(
      actual,
      value,
      { ...context, scope, path, meta },
      unevaluatedOf(value, schema, false),
    ).evaluate();
  }

  /** A value that is no part of this one before a schema. */
  apart(schema: Schema, value: unknown): Failure | undefined {
    const run: Run = { steps: this.context.run.steps };
    const failure = evaluate(schema, value, run);
    this.context.run.steps = run.steps;
    return failure;
  }

  /** A meta-schema gives way to that of the dialect which the schema being judged has. */
  private inDialect(schema: Schema, path: readonly string[]): [schema: Schema, meta: Schema | undefined] {
    const { meta, run } = this.context;
    if (schema !== meta) return [schema, meta];
    const own = run.metaSchemaAt?.(pointer('', ...path));
    return own === undefined ? [schema, meta] : [own, own];
  }

  private reference(schema: Schema, keyword: string): Failure | undefined {
    const failure = this.self(schema, false, keyword);
    if (failure === undefined) return undefined;
    return {
      kind: 'reference',
      path: this.context.path,
      message: () => 'validation failed',
      causes: failuresOf(failure),
    };
  }

  private dynamicReferences(): void {
    const { recursiveRef, dynamicRef } = this.schema;
    if (recursiveRef !== undefined) {
      this.add(
        this.reference(
          recursiveRef.recursiveAnchor ? this.recursiveTarget(recursiveRef) : recursiveRef,
          '$recursiveRef',
        ),
      );
    }
    if (dynamicRef !== undefined) {
      const { schema, anchor } = dynamicRef;
      const isDynamic = anchor !== '' && schema.dynamicAnchor === anchor;
      this.add(this.reference(isDynamic ? this.dynamicTarget(anchor, schema) : schema, '$dynamicRef'));
    }
  }

  private recursiveTarget(fallback: Schema): Schema {
    let target = fallback;
    for (let scope: Scope | undefined = this.context.scope; scope !== undefined; scope = scope.parent) {
      if (scope.schema.resource.recursiveAnchor) target = scope.schema;
    }
    return target;
  }

  private dynamicTarget(anchor: string, fallback: Schema): Schema {
    let target = fallback;
    for (let scope: Scope | undefined = this.context.scope; scope !== undefined; scope = scope.parent) {
      target = scope.schema.resource.dynamicAnchors.get(anchor) ?? target;
    }
    return target;
  }

  private checkUnevaluated(): void {
    const { schema, value, unevaluated } = this;
    if (isMap(value) && schema.unevaluatedProperties !== undefined) {
      for (const key of sortedKeys(value)) {
        if (unevaluated.properties?.has(key)) this.add(this.member(schema.unevaluatedProperties, value[key], key));
      }
      unevaluated.properties = undefined;
    }
    if (Array.isArray(value) && schema.unevaluatedItems !== undefined) {
      for (const i of unevaluated.items ?? []) this.add(this.member(schema.unevaluatedItems, value[i], String(i)));
      unevaluated.items = undefined;
    }
  }
}

const isCollection = (v: unknown): boolean => Array.isArray(v) || isMap(v);

function unevaluatedOf(value: unknown, schema: Schema, asked: boolean): Unevaluated {
  const unevaluated: Unevaluated = { properties: undefined, items: undefined };
  if (isMap(value)) {
    if (!schema.allPropertiesEvaluated && (asked || schema.unevaluatedProperties !== undefined)) {
      unevaluated.properties = new Set(Object.keys(value));
    }
  } else if (Array.isArray(value) && !schema.allItemsEvaluated && (asked || schema.unevaluatedItems !== undefined)) {
    unevaluated.items = new Set(
      Array.from({ length: Math.max(0, value.length - schema.itemsEvaluated) }, (_, i) => i + schema.itemsEvaluated),
    );
  }
  return unevaluated;
}

/** Leaves in `own` what `other` has not evaluated either. */
function intersect(own: Unevaluated, other: Unevaluated): void {
  for (const key of own.properties ?? []) if (!other.properties?.has(key)) own.properties?.delete(key);
  for (const i of own.items ?? []) if (!other.items?.has(i)) own.items?.delete(i);
}

function cycleOf(scope: Scope): Scope | undefined {
  for (let at = scope.parent; at !== undefined && at.value === scope.value; at = at.parent) {
    if (at.schema === scope.schema) return at;
  }
  return undefined;
}

function keywordLocation(scope: Scope): string {
  let location = '';
  for (let at = scope; at.parent !== undefined; at = at.parent) {
    const step =
      at.keyword === '' ? at.schema.location.slice(at.parent.schema.location.length) : `/${escapeToken(at.keyword)}`;
    location = step + location;
  }
  return location;
}
