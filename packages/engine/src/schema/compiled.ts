import type { DraftVersion } from './draft.ts';
import type { Decimal, JsonType } from './value.ts';

export interface Pattern {
  readonly text: string;
  matches(text: string): boolean;
}

/** Throws GoError for a value that is not of the format. */
export interface Format {
  readonly name: string;
  check(value: unknown): void;
}

/** A schema with its references resolved and its patterns compiled. Absent keywords are absent. */
export interface Schema {
  readonly location: string;
  readonly draft: DraftVersion;
  /** The schema at the root of the resource that this one is in. */
  readonly resource: Schema;
  /** Of a resource: where `$dynamicRef` may lead. */
  readonly dynamicAnchors: ReadonlyMap<string, Schema>;
  readonly recursiveAnchor: boolean;
  readonly dynamicAnchor: string;
  /** What the keywords for "all others" leave for unevaluatedProperties and unevaluatedItems: nothing. */
  readonly allPropertiesEvaluated: boolean;
  readonly allItemsEvaluated: boolean;
  readonly itemsEvaluated: number;

  readonly boolean?: boolean;
  readonly ref?: Schema;
  readonly recursiveRef?: Schema;
  readonly dynamicRef?: { readonly schema: Schema; readonly anchor: string };
  readonly types?: readonly JsonType[];
  readonly const?: { readonly value: unknown };
  readonly enum?: readonly unknown[];
  readonly format?: Format;

  readonly not?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;

  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: ReadonlyMap<string, Schema>;
  readonly patternProperties?: readonly (readonly [Pattern, Schema])[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly dependencies?: readonly (readonly [string, Schema | readonly string[]])[];
  readonly dependentSchemas?: readonly (readonly [string, Schema])[];
  readonly dependentRequired?: readonly (readonly [string, readonly string[]])[];
  readonly unevaluatedProperties?: Schema;

  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  /** For every item that `prefixItems` leaves. */
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  /** Before 2020-12, for what a list of `items` leaves. */
  readonly additionalItems?: Schema | boolean;
  readonly contains?: Schema;
  readonly minContains?: number;
  readonly maxContains?: number;
  readonly unevaluatedItems?: Schema;

  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: Pattern;

  readonly minimum?: Decimal;
  readonly maximum?: Decimal;
  readonly exclusiveMinimum?: Decimal;
  readonly exclusiveMaximum?: Decimal;
  readonly multipleOf?: Decimal;
}

export type Writable<T> = { -readonly [K in keyof T]: T[K] };
