/** References in schemas, resolved as Go's net/url does. */
import { GoError, quoteGo } from 'go-template';

import { parseUrl } from '../functions/url.ts';

/** A URL without its fragment, and the fragment decoded. */
export interface Reference {
  readonly url: string;
  readonly fragment: string;
}

/** Everything before the first `#`, and what comes behind. */
export function splitFragment(text: string): Reference {
  const hash = text.indexOf('#');
  if (hash < 0) return { url: text, fragment: '' };
  return { url: text.slice(0, hash), fragment: decodePercent(text.slice(hash + 1), text) };
}

function decodePercent(text: string, whole: string): string {
  const bad = /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text)?.[0];
  if (bad !== undefined) throw new GoError(`error in parsing ${quoteGo(whole)}: invalid URL escape ${quoteGo(bad)}`);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The path of a URL with what may not stand in it escaped, slashes kept. Go: url.PathEscape of its segments. */
export const escapePath = (path: string): string =>
  path
    .split('/')
    .map((segment) =>
      encodeURIComponent(segment)
        .replace(/%(?:24|26|2B|3A|3D|40)/g, decodeURIComponent)
        .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/');

interface Parts {
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string | undefined;
}

function partsOf(url: string): Parts {
  const [, scheme, authority, path = '', query] =
    /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/.exec(url) ?? [];
  return { scheme, authority, path, query };
}

/** A reference from within a resource. Throws GoError. (RFC 3986, 5.2; Go: URL.ResolveReference) */
export function resolveReference(base: string, reference: string): Reference {
  const { url, fragment } = splitFragment(reference);
  try {
    parseUrl(url);
  } catch (e) {
    throw e instanceof GoError ? new GoError(`error in parsing ${quoteGo(url)}: ${e.message}`) : e;
  }
  return { url: resolve(partsOf(base), partsOf(url), base), fragment };
}

function resolve(base: Parts, reference: Parts, baseText: string): string {
  if (reference.scheme !== undefined) return format({ ...reference, path: normal(reference) });
  if (reference.authority !== undefined) return format({ ...reference, scheme: base.scheme, path: normal(reference) });
  // urn:x:y has no path to go along.
  if (base.authority === undefined && !base.path.startsWith('/'))
    return reference.path === '' ? baseText : format({ ...base, query: reference.query });
  if (reference.path === '') return format({ ...base, query: reference.query ?? base.query });
  const folder = base.path.slice(0, base.path.lastIndexOf('/') + 1);
  const path = reference.path.startsWith('/') ? reference.path : `${folder || '/'}${reference.path}`;
  return format({ ...base, path: withoutDots(path), query: reference.query });
}

const normal = ({ authority, path }: Parts): string =>
  authority !== undefined || path.startsWith('/') ? withoutDots(path) : path;

function withoutDots(path: string): string {
  const out: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '..') out.length > 1 && out.pop();
    else if (segment !== '.') out.push(segment);
  }
  if (['.', '..'].includes(segments.at(-1) as string)) out.push('');
  return out.join('/');
}

const format = ({ scheme, authority, path, query }: Parts): string =>
  `${scheme === undefined ? '' : `${scheme.toLowerCase()}:`}${authority === undefined ? '' : `//${authority}`}${path}${query === undefined ? '' : `?${query}`}`;

/** A JSON pointer with one more token. */
export const pointer = (base: string, ...tokens: readonly (string | number)[]): string =>
  tokens.reduce<string>((at, token) => `${at}/${escapeToken(String(token))}`, base);

export const escapeToken = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');

/** The tokens of a JSON pointer; undefined when it is malformed. */
export function pointerTokens(text: string): string[] | undefined {
  if (/~(?![01])/.test(text)) return undefined;
  return text
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
