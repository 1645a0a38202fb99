import { GoError, type GoMap, isMap, newMap } from 'go-template';

import { jsonMismatch } from '../json/decode.ts';
import { construct, constructExact, JSON_READER, type TextTree } from './construct.ts';
import { TextError } from './error.ts';
import { type KeyTree, readOrdinary, UNUSUAL } from './ordinary.ts';
import { type Node, parseDocument } from './parser.ts';
import { Scanner } from './scanner.ts';
import { readSource, type Source } from './source.ts';

export interface DecodeYamlOptions {
  /** Whether a key set twice is an error, as for UnmarshalStrict. */
  strict?: boolean;
  /**
   * The keys to keep of the mappings on the way to them, for who needs but the head of a long document. All the rest is
   * read and may fail as ever. A value that is no mapping is kept whole.
   */
  select?: KeyTree;
  /** Where numbers and booleans become text, as they do when Helm reads a file into a struct with strings. */
  texts?: TextTree;
  /** Whether integers that no float64 holds are bigints, as values of packs have them. */
  exact?: boolean;
}

/** What integers beyond 2^53 look like, in any base. */
const LONG = /[0-9a-fA-F_]{14}/;

/**
 * The first document of a YAML text as Helm reads it: sigs.k8s.io/yaml over go-yaml 2.4, so YAML 1.1, with every number
 * a float64 and every key a string. null for an empty text. Throws TextError with Go's message.
 *
 * The reader is our own, here and in the files beside: no YAML library for JavaScript says what Go's says about a
 * broken text, resolves scalars as it does, or reads the manifests of a large chart fast enough.
 */
export function decodeYaml(text: string, options: DecodeYamlOptions = {}): unknown {
  const strict = options.strict === true;
  const source = readSource(text);
  const exact = options.exact === true && LONG.test(text);
  if (source.ordinary && options.texts === undefined && !exact) {
    const value = readOrdinary(source.text, strict, options.select);
    if (value !== UNUSUAL) return value;
  }
  try {
    const root = parseSource(source);
    const value = root === undefined ? null : construct(root, { strict, exact, texts: options.texts });
    return options.select === undefined ? value : prune(value, options.select);
  } catch (e) {
    if (!(e instanceof TextError) || e.message.startsWith(JSON_READER)) throw e;
    throw new TextError(`error converting YAML to JSON: ${e.message}`, e.line && Math.min(e.line, lineCount(text)));
  }
}

/**
 * The first document of a YAML text as go-yaml 3 decodes it into an `interface {}`: integers are bigints, floats are
 * numbers, and of the words of YAML 1.1 only `true` and `false` are booleans. null for an empty text. Throws TextError.
 */
export function decodeYamlExact(text: string): unknown {
  const root = parseYaml(text);
  return root === undefined ? null : constructExact(root);
}

/** A fault at the end of a text is told of the line behind it. */
const lineCount = (text: string): number => text.replace(/\n$/, '').split('\n').length;

/** The nodes of a text's first document; undefined for an empty text. Throws TextError with go-yaml's own message. */
export const parseYaml = (text: string): Node | undefined => parseSource(readSource(text));

function parseSource(source: Source): Node | undefined {
  const scanner = new Scanner(source.text);
  let root: Node | undefined;
  try {
    root = parseDocument(scanner);
  } catch (e) {
    throw source.fault !== undefined && isAtEnd(scanner, source) ? source.fault : e;
  }
  if (source.fault !== undefined && isAtEnd(scanner, source)) throw source.fault;
  return root;
}

function prune(value: unknown, select: KeyTree): unknown {
  if (!isMap(value)) return value;
  const kept = newMap();
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(select, key)) continue;
    const below = select[key] as true | KeyTree;
    kept[key] = below === true ? value[key] : prune(value[key], below);
  }
  return kept;
}

/** Whether the scanner has looked at what lies behind the text: it wants four characters to begin a token. */
const isAtEnd = (scanner: Scanner, { text }: Source): boolean => scanner.position + 4 >= text.length;

const mismatch = (value: unknown, type: string): TextError => new TextError(JSON_READER + jsonMismatch(value, type));

/** As {@link decodeYaml}, into a map; that of an empty text or of null is empty. */
export function decodeYamlMap(text: string, options: DecodeYamlOptions = {}): GoMap {
  const value = decodeYaml(text, options);
  if (value === null) return newMap();
  if (!isMap(value)) throw mismatch(value, 'map[string]interface {}');
  return value;
}

/** As {@link decodeYaml}, into a list; that of an empty text or of null is empty. */
export function decodeYamlArray(text: string, options: DecodeYamlOptions = {}): unknown[] {
  const value = decodeYaml(text, options);
  if (value === null) return [];
  if (!Array.isArray(value)) throw mismatch(value, '[]interface {}');
  return value;
}

/** Helm: pkg/engine/funcs.go fromYAML; an error becomes the member `Error` of the map. */
export function fromYaml(text: string): GoMap {
  try {
    return decodeYamlMap(text);
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    const map = newMap();
    map.Error = e.message;
    return map;
  }
}

/** Helm: pkg/engine/funcs.go fromYAMLArray; an error becomes the only item. */
export function fromYamlArray(text: string): unknown[] {
  try {
    return decodeYamlArray(text);
  } catch (e) {
    if (e instanceof GoError) return [e.message];
    throw e;
  }
}
