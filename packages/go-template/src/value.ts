/**
 * How Go's values look in JavaScript:
 *
 * | Go                        | JavaScript                                                            |
 * | ------------------------- | --------------------------------------------------------------------- |
 * | nil in an interface       | `null` (`undefined` is reflect's invalid Value: nothing at all)       |
 * | bool                      | boolean                                                               |
 * | string                    | string, see bytes.ts                                                  |
 * | float64                   | number                                                                |
 * | int64                     | bigint                                                                |
 * | every other number        | {@link Int}, {@link Float32}, {@link Complex}                         |
 * | []interface {}            | array                                                                 |
 * | any other slice           | array marked by {@link sliceOf}; []uint8 is a Uint8Array              |
 * | map[string]interface {}   | plain object, made by {@link newMap} or {@link toGo}                  |
 * | any other map             | {@link TypedMap}                                                      |
 * | structs, pointers, times… | subclasses of {@link GoValue}                                         |
 *
 * float64 and int64 have the primitives because values files and casts yield them; `int` is a literal's type.
 */
import { compareBytes } from './bytes.ts';

export type IntKind =
  | 'int'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'uintptr';
export type Kind =
  | 'invalid'
  | 'bool'
  | IntKind
  | 'float32'
  | 'float64'
  | 'complex64'
  | 'complex128'
  | 'string'
  | 'slice'
  | 'map'
  | 'struct'
  | 'ptr'
  | 'func'
  | 'interface';

export type GoMap = Record<string, unknown>;

/** Makes objects that V8 keeps fast, and whose prototype chain holds nothing: no key can reach or change a built-in. */
const EmptyMap = function EmptyMap() {} as unknown as new () => GoMap;
(EmptyMap as unknown as { prototype: object }).prototype = Object.create(null) as object;

/** An empty map[string]interface {}: any key is safe in it, `__proto__` and `constructor` too. */
export const newMap = (): GoMap => new EmptyMap();

/** Whether `v` was made by {@link newMap}: then no key of it is inherited. */
export const isOwnMap = (v: object): v is GoMap => Object.getPrototypeOf(v) === EmptyMap.prototype;

/** A field of a struct; one that is not exported is printed but neither encoded nor evaluated. */
export interface GoField {
  readonly name: string;
  readonly value: unknown;
  readonly exported: boolean;
  /** Its name in JSON, where a tag gives one. */
  readonly key?: string;
  /** Whether JSON leaves it out when it is empty. */
  readonly omitEmpty?: boolean;
}

/** Whatever plain JavaScript has no shape for. */
export abstract class GoValue {
  /** reflect.Type.String(): `*semver.Version`. */
  abstract readonly goType: string;
  abstract readonly kind: Kind;
  /** What fmt prints through String() or Error(); absent where the type has neither. */
  goString?(): string;
  /** What MarshalText gives, which JSON, YAML and TOML write; absent where the type has none. */
  goText?(): string;
  /** What fmt prints when an action shows the value itself: a struct in place has the methods of its pointer too. */
  goPointerString?(): string;
  /** The fields of a struct in Go's order, for printing and encoding. */
  goFields?(): readonly GoField[];
  /** An exported field of a struct (or of what a pointer points to); undefined when there is none. */
  goField?(name: string): unknown;
  /** A method by name; bound to the value. */
  goMethod?(name: string): GoFunc | undefined;
  /** reflect.Type.String() of a field, for error texts; interface {} if absent. */
  goFieldType?(name: string): string;
}

const BITS: Record<IntKind, number> = {
  int: 64,
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  uint: 64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
  uintptr: 64,
};

const SMALL: Int[] = [];

/** An integer that is not a plain int64: `int` above all; named integer types (time.Duration) extend it. */
export class Int extends GoValue {
  readonly kind: IntKind;
  readonly value: bigint;
  protected constructor(kind: IntKind, value: bigint) {
    super();
    this.kind = kind;
    this.value = value;
  }
  get goType(): string {
    return this.kind;
  }
  /** Wraps around as Go does when `value` does not fit. */
  static of(kind: IntKind, value: bigint | number): Int {
    if (kind === 'int') {
      const n = Number(value);
      if (n >= -128 && n < 1024) return (SMALL[n + 128] ??= new Int('int', BigInt(value)));
    }
    return new Int(kind, wrapInt(kind, BigInt(value)));
  }
}

/** The value that an integer type keeps of `n`: its low bits. */
export const wrapInt = (kind: IntKind, n: bigint): bigint =>
  isUnsigned(kind) ? BigInt.asUintN(BITS[kind], n) : BigInt.asIntN(BITS[kind], n);

export const isUnsigned = (kind: Kind): boolean => kind.startsWith('uint');
export const isIntKind = (type: string): type is IntKind => Object.hasOwn(BITS, type);

export class Float32 extends GoValue {
  readonly goType = 'float32';
  readonly kind = 'float32';
  readonly value: number;
  constructor(value: number) {
    super();
    this.value = Math.fround(value);
  }
}

export class Complex extends GoValue {
  readonly goType = 'complex128';
  readonly kind = 'complex128';
  readonly re: number;
  readonly im: number;
  constructor(re: number, im: number) {
    super();
    this.re = re;
    this.im = im;
  }
}

/** A map that is not map[string]interface {} by type; `entries` may be shared with one that is. */
export class TypedMap extends GoValue {
  readonly kind = 'map';
  readonly goType: string;
  /** reflect.Type.String() of the elements. */
  readonly elem: string;
  readonly entries: GoMap;
  constructor(goType: string, elem: string, entries: GoMap) {
    super();
    this.goType = goType;
    this.elem = elem;
    this.entries = entries;
  }
}

const ELEM = Symbol.for('go-template.elem');
const NIL = Symbol.for('go-template.nil');
const TYPE = Symbol.for('go-template.type');
const METHODS = Symbol.for('go-template.methods');

/** Marks `items` as a []elem; nothing else about the array changes. */
export function sliceOf<T>(elem: string, items: T[]): T[] {
  (items as { [ELEM]?: string })[ELEM] = elem;
  return items;
}

/** Marks `items` as a value of a named slice type of elements `elem`, with methods: `common.VersionSet`. */
export function namedSlice<T>(
  goType: string,
  elem: string,
  items: T[],
  methods: Readonly<Record<string, GoFunc>>,
): T[] {
  const slice = sliceOf(elem, items) as T[] & { [TYPE]?: string; [METHODS]?: typeof methods };
  slice[TYPE] = goType;
  slice[METHODS] = methods;
  return slice;
}

/** A method of a named slice type. */
export function sliceMethod(v: readonly unknown[], name: string): GoFunc | undefined {
  const methods = (v as { [METHODS]?: Readonly<Record<string, GoFunc>> })[METHODS];
  return methods !== undefined && Object.hasOwn(methods, name) ? methods[name] : undefined;
}

/** A nil slice: prints and counts as an empty one, but is `null` in JSON. `elem` as for {@link sliceOf}. */
export function nilSlice(elem = 'interface {}'): unknown[] {
  const items = sliceOf<unknown>(elem, []);
  (items as { [NIL]?: boolean })[NIL] = true;
  return items;
}

export const isNilSlice = (v: readonly unknown[]): boolean =>
  v.length === 0 && (v as { [NIL]?: boolean })[NIL] === true;
export const elemType = (v: readonly unknown[]): string => (v as { [ELEM]?: string })[ELEM] ?? 'interface {}';

/** Whether `v` is a map[string]interface {}. */
export const isMap = (v: unknown): v is GoMap =>
  typeof v === 'object' && v !== null && !Array.isArray(v) && !(v instanceof GoValue) && !(v instanceof Uint8Array);

/** The entries of a map of any type; undefined when `v` is no map. */
export const mapEntries = (v: unknown): GoMap | undefined =>
  v instanceof TypedMap ? v.entries : isMap(v) ? v : undefined;

/** The items of a slice of any type (bytes become uint8); undefined when `v` is no slice. */
export const sliceItems = (v: unknown): readonly unknown[] | undefined =>
  Array.isArray(v) ? v : v instanceof Uint8Array ? Array.from(v, (b) => Int.of('uint8', b)) : undefined;

/** Keys in the order in which Go ranges over and prints a map. */
export const sortedKeys = (m: GoMap): string[] => {
  const keys = Object.keys(m);
  return keys.length < 2 ? keys : keys.sort(compareBytes);
};

/** reflect.Kind of a value. */
export function kindOf(v: unknown): Kind {
  switch (typeof v) {
    case 'string':
      return 'string';
    case 'number':
      return 'float64';
    case 'bigint':
      return 'int64';
    case 'boolean':
      return 'bool';
    case 'object':
      if (v === null) return 'invalid';
      if (Array.isArray(v) || v instanceof Uint8Array) return 'slice';
      return v instanceof GoValue ? v.kind : 'map';
    default:
      return 'invalid';
  }
}

/** reflect.Type.String() of a value, `<nil>` for nil (as %T prints it). */
export function typeOf(v: unknown): string {
  switch (typeof v) {
    case 'string':
      return 'string';
    case 'number':
      return 'float64';
    case 'bigint':
      return 'int64';
    case 'boolean':
      return 'bool';
    case 'object':
      if (v === null) return '<nil>';
      if (Array.isArray(v)) return (v as { [TYPE]?: string })[TYPE] ?? `[]${elemType(v)}`;
      if (v instanceof Uint8Array) return '[]uint8';
      return v instanceof GoValue ? v.goType : 'map[string]interface {}';
    default:
      return '<nil>';
  }
}

/** The integer of any integer kind as a bigint; undefined for everything else. */
export const intValue = (v: unknown): bigint | undefined =>
  typeof v === 'bigint' ? v : v instanceof Int ? v.value : undefined;

/**
 * A copy of plain JavaScript data in the shapes of this module: objects become safe maps, `undefined` members vanish.
 * Numbers stay float64, as every number of a values file is in Helm. `depth` bounds the nesting; RangeError beyond it.
 */
export function toGo(v: Readonly<Record<string, unknown>>): GoMap;
export function toGo(v: unknown, depth?: number): unknown;
export function toGo(v: unknown, depth = 10_000): unknown {
  if (typeof v !== 'object' || v === null) return v === undefined ? null : v;
  if (v instanceof GoValue || v instanceof Uint8Array) return v;
  if (depth === 0) throw new RangeError('value is nested too deeply');
  if (Array.isArray(v)) {
    const items = v.map((item) => toGo(item, depth - 1));
    const elem = elemType(v);
    return elem === 'interface {}' ? items : sliceOf(elem, items);
  }
  const map = newMap();
  for (const key of Object.keys(v)) {
    const item = (v as GoMap)[key];
    if (item !== undefined) map[key] = toGo(item, depth - 1);
  }
  return map;
}

/**
 * A function that a template may call. `signature` is its Go type, `func(string, ...interface {}) (string, error)`:
 * it decides how arguments are checked and converted and what the result's type is.
 *
 * `call` gets JavaScript values by parameter type: `int` and the smaller integers as number, `int64` and `uint64` as
 * bigint, `interface {}` and all others as they are in the table above; a variadic tail is spread. What it returns is
 * read by the result type likewise: a number for `int` becomes an {@link Int}, for `int64` a bigint. It throws to
 * return an error; the message is Go's.
 */
export class GoFunc extends GoValue {
  readonly kind = 'func';
  readonly signature: string;
  readonly call: (...args: never[]) => unknown;
  /** Whether `call` gets the running {@link Execution} before its arguments, as `include` and `tpl` need. */
  readonly wantsExecution: boolean;
  constructor(signature: string, call: (...args: never[]) => unknown, wantsExecution = false) {
    super();
    this.signature = signature;
    this.call = call;
    this.wantsExecution = wantsExecution;
  }
  get goType(): string {
    return this.signature;
  }
}

/** Declares a function for templates; see {@link GoFunc}. */
export const func = (signature: string, call: (...args: never[]) => unknown): GoFunc => new GoFunc(signature, call);

/** As {@link func}, for a function that takes the running Execution first; the signature does not mention it. */
export const executionFunc = (signature: string, call: (...args: never[]) => unknown): GoFunc =>
  new GoFunc(signature, call, true);

export type FuncMap = Readonly<Record<string, GoFunc>>;

/** An error that a Go function returns or panics with: its message is shown as it is. */
export class GoError extends Error {
  override readonly name = 'GoError';
}
