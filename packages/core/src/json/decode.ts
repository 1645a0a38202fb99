import { GoError, type GoMap, isMap, newMap, nilSlice, quoteGo, toBytes } from 'go-template';

import { nilMap } from './shape.ts';

/** Go: encoding/json maxNestingDepth. */
const MAX_DEPTH = 10_000;
/** As deep as JSON.parse is trusted, and recursion over what it made. */
const QUICK_DEPTH = 500;

/** A parsed text. `error` is what json.Unmarshal says about a number out of range, which becomes null. */
export interface ParsedJson {
  readonly value: unknown;
  readonly error: string | undefined;
}

/**
 * A JSON text as encoding/json reads it into interface {}: numbers are float64, the last of equal keys wins. Throws
 * GoError with Go's message.
 */
export function decodeJson(text: string): unknown {
  const { value, error } = parseJson(text);
  if (error !== undefined) throw new GoError(error);
  return value;
}

export function parseJson(text: string): ParsedJson {
  const value = parseQuickly(text);
  return value === undefined ? new Parser(text).parse() : { value, error: undefined };
}

/** As {@link decodeJson}, with each number made of its literal: json.Decoder with UseNumber. */
export const decodeJsonNumbers = (text: string, number: (literal: string) => unknown): unknown =>
  new Parser(text, number).parse().value;

/** As {@link decodeJson}; integers that no float64 holds are bigints, as values of packs have them. Throws GoError. */
export const decodeJsonExact = (text: string): unknown =>
  LONG.test(text) ? decodeJsonNumbers(text, exactNumber) : decodeJson(text);

/** As many digits as an integer beyond 2^53 has; they may lie in a text too, which costs time and nothing else. */
const LONG = /[0-9]{16}/;

function exactNumber(literal: string): number | bigint {
  const float = Number(literal);
  if (!Number.isFinite(float)) throw new GoError(outOfRange(literal));
  return Number.isSafeInteger(float) || !/^-?[0-9]+$/.test(literal) ? float : BigInt(literal);
}

/** What is no JSON, and at which character that shows. */
export class JsonSyntaxError extends GoError {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/**
 * The value that a text begins with, and where what follows it starts: one Decode of a json.Decoder. Throws
 * JsonSyntaxError, or GoError `unexpected EOF`.
 */
export function decodeJsonPrefix(
  text: string,
  { exact = false }: { readonly exact?: boolean | undefined } = {},
): { value: unknown; end: number } {
  const parser = new Parser(text, exact ? exactNumber : undefined);
  let parsed: ParsedJson & { end: number };
  try {
    parsed = parser.parsePrefix();
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    throw parser.isAtEnd ? new GoError('unexpected EOF') : new JsonSyntaxError(e.message, parser.position);
  }
  if (parsed.error !== undefined) throw new GoError(parsed.error);
  return parsed;
}

/** Surrogates, written or escaped: Go makes U+FFFD of a lone one, JSON.parse does not. */
const SURROGATES = /[\udc00-\udfff]|\\u[dD][89a-fA-F]/;

/** What a number out of range looks like. */
const HUGE = /[eE]\+?0*[0-9]{3}|[0-9]{300}/;

/** By JSON.parse; undefined where it fails or may differ from Go. */
function parseQuickly(text: string): unknown {
  if (SURROGATES.test(text) || HUGE.test(text)) return undefined;
  try {
    return adopt(JSON.parse(text), 0);
  } catch {
    return undefined;
  }
}

/** The same data in safe maps. Throws beyond what may be trusted. */
function adopt(v: unknown, depth: number): unknown {
  if (typeof v === 'number' && !Number.isFinite(v)) throw new RangeError();
  if (typeof v !== 'object' || v === null) return v;
  if (depth > QUICK_DEPTH) throw new RangeError();
  if (Array.isArray(v)) {
    for (let i = 0; i < v.length; i++) v[i] = adopt(v[i], depth + 1);
    return v;
  }
  const map = newMap();
  for (const key of Object.keys(v)) map[key] = adopt((v as GoMap)[key], depth + 1);
  return map;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

interface Open {
  readonly out: GoMap | unknown[];
  key: string;
}

/** The complete reader, with Go's faults. It keeps its own stack, so that depth costs no call. */
class Parser {
  private readonly text: string;
  private pos = 0;
  private error: string | undefined;
  private readonly literal: ((literal: string) => unknown) | undefined;

  constructor(text: string, literal?: (literal: string) => unknown) {
    this.text = text;
    this.literal = literal;
  }

  get position(): number {
    return this.pos;
  }

  get isAtEnd(): boolean {
    return this.pos >= this.text.length;
  }

  parse(): ParsedJson {
    const parsed = this.parsePrefix();
    this.skipSpace();
    if (this.pos < this.text.length) this.fail('after top-level value');
    return parsed;
  }

  parsePrefix(): ParsedJson & { end: number } {
    const open: Open[] = [];
    let value: unknown;
    for (;;) {
      this.skipSpace();
      const c = this.text[this.pos];
      if (c === '{' || c === '[') {
        if (open.length >= MAX_DEPTH) this.fail('exceeded max depth');
        this.pos++;
        this.skipSpace();
        if (this.text[this.pos] !== (c === '{' ? '}' : ']')) {
          const out = c === '{' ? newMap() : [];
          open.push({ out, key: c === '{' ? this.key() : '' });
          continue;
        }
        this.pos++;
        value = c === '{' ? newMap() : [];
      } else {
        value = this.scalar(c);
      }
      // A value is complete; so may be what holds it.
      for (;;) {
        const parent = open[open.length - 1];
        if (parent === undefined) return { value, error: this.error, end: this.pos };
        this.skipSpace();
        const isList = Array.isArray(parent.out);
        if (Array.isArray(parent.out)) parent.out.push(value);
        else parent.out[parent.key] = value;
        const next = this.text[this.pos];
        if (next === ',') {
          this.pos++;
          if (!isList) parent.key = this.key();
          break;
        }
        if (next !== (isList ? ']' : '}')) this.fail(isList ? 'after array element' : 'after object key:value pair');
        this.pos++;
        open.pop();
        value = parent.out;
      }
    }
  }

  /** "invalid character" at the present place, or the end of the text. Go looks at bytes. */
  private fail(context: string): never {
    const point = this.text.codePointAt(this.pos);
    if (point === undefined) {
      // Go ends a text with a space, which a literal cannot have in it.
      throw new GoError(UNFINISHED.test(context) ? `invalid character ' ' ${context}` : 'unexpected end of JSON input');
    }
    const byte = String.fromCharCode(toBytes(String.fromCodePoint(point))[0] as number);
    const shown = byte === "'" ? "\\'" : byte === '"' ? '"' : quoteGo(byte).slice(1, -1);
    throw new GoError(`invalid character '${shown}' ${context}`);
  }

  private skipSpace(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.pos);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      this.pos++;
    }
  }

  private key(): string {
    this.skipSpace();
    if (this.text[this.pos] !== '"') this.fail('looking for beginning of object key string');
    const key = this.string();
    this.skipSpace();
    if (this.text[this.pos] !== ':') this.fail('after object key');
    this.pos++;
    return key;
  }

  private scalar(c: string | undefined): unknown {
    switch (c) {
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private word<T>(word: string, value: T): T {
    for (let i = 1; i < word.length; i++) {
      if (this.text[++this.pos] !== word[i]) this.fail(`in literal ${word} (expecting '${word[i]}')`);
    }
    this.pos++;
    return value;
  }

  private number(): unknown {
    NUMBER.lastIndex = this.pos;
    const literal = NUMBER.exec(this.text)?.[0];
    if (literal === undefined) {
      if (this.text[this.pos] !== '-') this.fail('looking for beginning of value');
      this.pos++;
      this.fail('in numeric literal');
    }
    this.pos += literal.length;
    const next = this.text[this.pos];
    const whole = !/[.eE]/.test(literal);
    if (next === '.' && whole) {
      this.pos++;
      this.fail('after decimal point in numeric literal');
    }
    if ((next === 'e' || next === 'E') && !/[eE]/.test(literal)) {
      this.pos++;
      if (/[+-]/.test(this.text[this.pos] ?? '')) this.pos++;
      this.fail('in exponent of numeric literal');
    }
    if (this.literal !== undefined) return this.literal(literal);
    const n = Number(literal);
    if (Number.isFinite(n)) return n;
    this.error ??= outOfRange(literal);
    return null;
  }

  private string(): string {
    let out = '';
    let start = ++this.pos;
    for (;;) {
      const c = this.text.charCodeAt(this.pos);
      if (c === 0x22) break;
      if (c === 0x5c) {
        out += this.text.slice(start, this.pos) + this.escape();
        start = this.pos;
      } else if (!(c >= 0x20)) {
        this.fail('in string literal');
      } else {
        this.pos++;
      }
    }
    out += this.text.slice(start, this.pos);
    this.pos++;
    return out.replace(LONE_SURROGATE, '\ufffd');
  }

  private escape(): string {
    const letter = this.text[++this.pos] ?? '';
    const plain = ESCAPES[letter];
    if (plain !== undefined) {
      this.pos++;
      return plain;
    }
    if (letter !== 'u') this.fail('in string escape code');
    const start = this.pos + 1;
    for (let k = 0; k < 4; k++)
      if (!/[0-9a-fA-F]/.test(this.text[++this.pos] ?? '')) this.fail('in \\u hexadecimal character escape');
    this.pos++;
    return String.fromCharCode(Number.parseInt(this.text.slice(start, this.pos), 16));
  }
}

const outOfRange = (literal: string): string =>
  `json: cannot unmarshal number ${literal} into Go value of type float64`;

const UNFINISHED = /^(?:in literal|in numeric|after decimal|in exponent|in string escape|in \\u)/;

const LONE_SURROGATE = /[\ud800-\udfff]/gu;

const JSON_NAMES = { string: 'string', number: 'number', boolean: 'bool', object: 'object' } as const;

/** encoding/json's complaint about a value of the wrong type; `type` is Go's name of the wanted one. */
export function jsonMismatch(value: unknown, type: string): string {
  const name = Array.isArray(value) ? 'array' : JSON_NAMES[typeof value as keyof typeof JSON_NAMES];
  return `json: cannot unmarshal ${name} into Go value of type ${type}`;
}

/** Helm: pkg/engine/funcs.go fromJSON; an error becomes the member `Error` of the map. */
export function fromJson(text: string): GoMap {
  const failed = (error: string, map = newMap()): GoMap => {
    map.Error = error;
    return map;
  };
  try {
    const { value, error } = parseJson(text);
    if (value === null && error === undefined) return nilMap();
    // Only a number out of range is null with an error.
    if (!isMap(value)) return failed(jsonMismatch(value ?? 0, 'map[string]interface {}'));
    return error === undefined ? value : failed(error, value);
  } catch (e) {
    if (e instanceof GoError) return failed(e.message);
    throw e;
  }
}

/** Helm: pkg/engine/funcs.go fromJSONArray; an error becomes the only item. */
export function fromJsonArray(text: string): unknown[] {
  try {
    const { value, error } = parseJson(text);
    if (value === null && error === undefined) return nilSlice();
    if (!Array.isArray(value)) return [jsonMismatch(value ?? 0, '[]interface {}')];
    return error === undefined ? value : [error];
  } catch (e) {
    if (e instanceof GoError) return [e.message];
    throw e;
  }
}
