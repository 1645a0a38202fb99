/**
 * Addresses as Go's net/url reads, joins and writes them. The platform's URL is no help here: it lower-cases, resolves
 * `..` and escapes differently, and Helm prints and compares what Go makes of an address.
 */
import { cleanPath } from '@pack/core';
import { GoError, quoteGo, toBytes } from 'go-template';

export interface Address {
  /** Lower case; empty for a relative address. */
  readonly scheme: string;
  /** What follows the scheme where no slash does. */
  readonly opaque: string;
  /** `user:password`, as written. */
  readonly user: string | undefined;
  /** With the port. */
  readonly host: string;
  /** Escaped. */
  readonly path: string;
  readonly query: string | undefined;
  readonly fragment: string | undefined;
}

const PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/;

/** Go: url.Parse. Throws GoError `parse "…": …`. */
export function parseAddress(text: string): Address {
  const fail = (what: string): GoError => new GoError(`parse ${quoteGo(text)}: ${what}`);
  if (/[\x00-\x1f\x7f]/.test(text)) throw fail('net/url: invalid control character in URL');
  if (text.startsWith(':')) throw fail('missing protocol scheme');
  const [, scheme = '', main = '', query, fragment] = PARTS.exec(text) as RegExpExecArray;
  const lower = scheme.toLowerCase();
  const none = { scheme: lower, opaque: '', user: undefined, host: '', query, fragment };
  if (!main.startsWith('/')) {
    if (scheme !== '') return { ...none, opaque: main, path: '' };
    if (/^[^/]*:/.test(main)) throw fail('first path segment in URL cannot contain colon');
  }
  const authority = scheme !== '' || !main.startsWith('///') ? /^\/\/([^/]*)/.exec(main)?.[1] : undefined;
  const path = authority === undefined ? main : main.slice(authority.length + 2);
  const badEscape = /%(?![0-9A-Fa-f]{2})[\s\S]{0,2}/.exec(path);
  if (badEscape !== null) throw fail(`invalid URL escape ${quoteGo(badEscape[0])}`);
  const at = authority?.lastIndexOf('@') ?? -1;
  const host = authority?.slice(at + 1) ?? '';
  if (/[ "<>\\^`{|}]/.test(host)) {
    throw fail(`invalid character ${quoteGo(/[ "<>\\^`{|}]/.exec(host)?.[0] as string)} in host name`);
  }
  const port = /:([^:\]]*)$/.exec(host)?.[1] ?? '';
  if (!/^\d*$/.test(port)) throw fail(`invalid port ${quoteGo(`:${port}`)} after host`);
  return { ...none, user: at < 0 ? undefined : authority?.slice(0, at), host, path: escapedPath(path) };
}

/** A name as a path has it. */
const escapeName = (name: string): string => escapedPath(name.replaceAll('%', '%25'));

/** What a path is written as: itself, if all of it may stand in a path. Go: URL.EscapedPath. */
function escapedPath(path: string): string {
  if (/^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]/%]*$/.test(path)) return path;
  let out = '';
  for (const byte of toBytes(path)) {
    const c = String.fromCharCode(byte);
    out += /[A-Za-z0-9\-_.~$&+,/:;=@%]/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** Go: URL.String. */
export function formatAddress({ scheme, opaque, user, host, path, query, fragment }: Address): string {
  const tail = (query === undefined ? '' : `?${query}`) + (fragment ? `#${fragment}` : '');
  const head = scheme === '' ? '' : `${scheme}:`;
  if (opaque !== '') return head + opaque + tail;
  const hasAuthority = host !== '' || user !== undefined || (scheme !== '' && path.startsWith('/'));
  const authority = hasAuthority ? `//${user === undefined ? '' : `${user}@`}${host}` : '';
  const slash = path !== '' && !path.startsWith('/') && host !== '' ? '/' : '';
  return `${head}${authority}${slash}${path}${tail}`;
}

/** Whether an address names its scheme. */
const isAbsolute = (address: Address): boolean => address.scheme !== '';

/**
 * A reference seen from an address that stands for a folder; the address's query goes along. Throws GoError.
 * Helm: pkg/repo/v1 ResolveReferenceURL.
 */
export function resolveReferenceUrl(base: string, reference: string): string {
  const to = explained(reference, () => parseAddress(reference));
  if (isAbsolute(to)) return reference;
  const from = explained(base, () => parseAddress(base));
  const folder = `${from.path.replace(/\/$/, '')}/`;
  const query = from.query || undefined;
  if (to.host !== '' || to.user !== undefined) {
    return formatAddress({ ...to, scheme: from.scheme, path: resolvePath('', to.path), query });
  }
  return formatAddress({ ...from, path: resolvePath(folder, to.path), query, fragment: to.fragment });
}

function explained<T>(text: string, parse: () => T): T {
  try {
    return parse();
  } catch (e) {
    throw e instanceof GoError ? new GoError(`failed to parse ${text} as URL: ${e.message}`) : e;
  }
}

/** RFC 3986, 5.2. */
function resolvePath(base: string, reference: string): string {
  const full = reference === '' || reference.startsWith('/') ? reference || base : base + reference;
  if (full === '') return '';
  const out: string[] = [];
  const names = full.split('/');
  for (const name of names.slice(full.startsWith('/') ? 1 : 0)) {
    if (name === '..') out.pop();
    else if (name !== '.') out.push(name);
  }
  const last = names.at(-1);
  if (last === '.' || last === '..') out.push('');
  return `/${out.join('/')}`;
}

/** An address with names added to its path, which is cleaned. Throws GoError. Helm: internal/urlutil URLJoin. */
export function joinUrl(base: string, ...names: readonly string[]): string {
  const address = parseAddress(base);
  return formatAddress({ ...address, path: joinedPath(address.path, names.map(escapeName)) });
}

/** Go: path.Join. */
export function joinedPath(first: string, rest: readonly string[]): string {
  const joined = [first, ...rest].filter((part) => part !== '').join('/');
  return joined === '' ? '' : cleanPath(joined);
}

/** Whether two addresses are one but for slashes and dots. Helm: internal/urlutil Equal. */
export function isSameUrl(a: string, b: string): boolean {
  const left = normalized(a);
  const right = normalized(b);
  return left === undefined ? cleanPath(a) === cleanPath(b) : left === right;
}

function normalized(text: string): string | undefined {
  try {
    const address = parseAddress(text);
    return formatAddress({ ...address, path: cleanPath(address.path || '/') });
  } catch (e) {
    if (e instanceof GoError) return undefined;
    throw e;
  }
}

/** Whether credentials for one address may be sent to another: scheme, host and port must be equal. */
export function isSameOrigin(a: string, b: string): boolean {
  try {
    const left = new URL(a);
    const right = new URL(b);
    return left.protocol === right.protocol && left.host === right.host;
  } catch {
    return false;
  }
}
