import { type GoMap, isMap, newMap } from 'go-template';

import { type DecodeYamlOptions, decodeYamlMap } from './decode.ts';
import { TextError } from './error.ts';

/** Go: unicode.IsSpace. */
const SPACE = '[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*';
const TRIM = new RegExp(`^${SPACE}|${SPACE}$`, 'g');

/**
 * The documents of a values file, cut at lines that begin with `---`; only a comment may follow on such a line. The
 * first keeps its `---`. The last line always ends in a newline. (k8s.io/apimachinery: YAMLReader.)
 */
export function* splitYamlDocuments(input: string): Generator<string> {
  const text = input === '' || input.endsWith('\n') ? input : `${input}\n`;
  let start = 0;
  for (let at = 0, line = 1; at < text.length; line++) {
    const next = text.indexOf('\n', at) + 1;
    if (text.startsWith('---', at)) {
      const rest = text.slice(at + 3, next).replace(TRIM, '');
      if (rest !== '' && rest[0] !== '#') {
        throw new TextError(`error reading yaml document: invalid Yaml document separator: ${rest}`, line);
      }
      if (at > start) {
        yield text.slice(start, at);
        start = next;
      }
    }
    at = next;
  }
  if (start < text.length) yield text.slice(start);
}

/**
 * The values of a file with any number of documents, a later one merged over the earlier: maps are merged, all else is
 * replaced. Unlike Helm 4.2.4 it never loses a last line without a newline (helm#32506).
 * Helm: pkg/chart/v2/loader/load.go LoadValues.
 */
export function decodeValues(text: string, options: Pick<DecodeYamlOptions, 'exact'> = {}): GoMap {
  let values: GoMap | undefined;
  for (const document of splitYamlDocuments(text)) {
    let map: GoMap;
    try {
      map = decodeYamlMap(document, options);
    } catch (e) {
      throw e instanceof TextError ? new TextError(`cannot unmarshal yaml document: ${e.message}`, e.line) : e;
    }
    values = values === undefined ? map : mergeMaps(values, map);
  }
  return values ?? newMap();
}

/** Helm: pkg/chart/v2/loader/load.go MergeMaps; the second wins, and neither is changed. */
export function mergeMaps(a: GoMap, b: GoMap): GoMap {
  const out = newMap();
  for (const key of Object.keys(a)) out[key] = a[key];
  for (const key of Object.keys(b)) {
    const old = out[key];
    const value = b[key];
    out[key] = isMap(value) && isMap(old) ? mergeMaps(old, value) : value;
  }
  return out;
}
