/** Types of functions that templates call, read from their Go spelling. */

/** A Go type as reflect.Type.String() spells it; `reflect.Value` for built-ins that take anything, also nothing. */
export type TypeName = string;

export interface Signature {
  /** Of a variadic function the last one is the element type of the tail. */
  readonly params: readonly TypeName[];
  readonly variadic: boolean;
  readonly result: TypeName;
}

const cache = new Map<string, Signature>();

/** Reads `func(string, ...interface {}) (string, error)`. */
export function parseSignature(text: string): Signature {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const match = /^func\((.*?)\) ?(.*)$/.exec(text);
  if (match === null) throw new TypeError(`not a Go function type: ${text}`);
  const params = match[1] === '' ? [] : (match[1] as string).split(', ');
  const last = params.at(-1);
  const variadic = last?.startsWith('...') ?? false;
  if (variadic) params[params.length - 1] = (last as string).slice(3);
  const result = (match[2] as string).replace(/^\((.*?)(?:, error)?\)$/, '$1');
  const signature = { params, variadic, result };
  cache.set(text, signature);
  return signature;
}
