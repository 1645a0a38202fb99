import { formatFloat, fromBytes } from 'go-template';

import { yamlError } from './error.ts';
import type { Node, ScalarNode } from './parser.ts';
import { resolvePlain, type Scalar, tagOf } from './resolve.ts';

const PREFIX = 'tag:yaml.org,2002:';

/** Whether a key asks for a merge. */
export const isMerge = (node: Node): boolean =>
  node.kind === 'scalar' && node.value === '<<' && (node.implicit || node.tag === `${PREFIX}merge`);

/** A node that may be merged; fails for all but mappings. */
export function mergeable(node: Node): Node {
  if ((node.kind === 'alias' ? node.target : node).kind !== 'mapping') {
    throw yamlError('map merge requires map or sequence of maps as the value', 0, node.line + 1);
  }
  return node;
}

/** The value of a scalar with regard to its tag. */
export function resolveScalar({ tag, value, implicit }: ScalarNode): Scalar {
  if (tag === '') return implicit ? resolvePlain(value) : value;
  if (!tag.startsWith(PREFIX)) return value;
  const wanted = `!!${tag.slice(PREFIX.length)}`;
  switch (wanted) {
    case '!!binary':
      return decodeBase64(value);
    case '!!bool':
    case '!!int':
    case '!!float':
    case '!!null':
    case '!!timestamp': {
      const resolved = resolvePlain(value);
      const found = tagOf(resolved, value);
      if (found === wanted) return resolved;
      if (wanted === '!!float' && typeof resolved === 'bigint' && resolved < 1n << 63n) return Number(resolved);
      throw yamlError(`cannot decode ${found} \`${value}\` as a ${wanted}`);
    }
    default:
      return value;
  }
}

/** What a key is called once it is a string, as it must be in JSON: floats lose digits beyond a float32's. */
export function keyText(key: Scalar): string {
  if (typeof key !== 'number') return String(key);
  const text = formatFloat(Math.fround(key), 'g', -1, 32);
  return text === '+Inf' ? '.inf' : text === '-Inf' ? '-.inf' : text === 'NaN' ? '.nan' : text;
}

/** The text of `!!binary`; JSON has no broken UTF-8, so each broken byte becomes U+FFFD. */
function decodeBase64(text: string): string {
  const packed = text.replace(/[\r\n]/g, '');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) {
    throw yamlError('!!binary value contains invalid base64 data');
  }
  return fromBytes(Uint8Array.from(atob(packed), (c) => c.charCodeAt(0))).replace(/[\ud800-\udfff]/gu, '\ufffd');
}
