/** Sprig's urlParse and urlJoin, with Go's net/url behind them. */
import { type FuncMap, func, GoError, type GoMap, kindOf, newMap, quoteGo, toBytes } from 'go-template';

import { isIpv4, isIpv6 } from './ip.ts';
import { fromBinary, toBinary } from './rune.ts';

/** Which part of a URL a text is for: each lets other characters stand unescaped. */
type Part = 'path' | 'host' | 'zone' | 'userinfo' | 'fragment';

interface Userinfo {
  username: string;
  password: string | undefined;
}

interface Url {
  scheme: string;
  opaque: string;
  user: Userinfo | undefined;
  host: string;
  path: string;
  query: string;
  fragment: string;
}

const UNESCAPED: Readonly<Record<Part, RegExp>> = {
  path: /[A-Za-z0-9\-_.~$&+,/:;=@]/,
  host: /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/,
  zone: /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/,
  userinfo: /[A-Za-z0-9\-_.~$&+,;=]/,
  fragment: /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/,
};

function encodePart(text: string, part: Part): string {
  let out = '';
  for (const byte of toBytes(text)) {
    const c = String.fromCharCode(byte);
    out += UNESCAPED[part].test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

function decodePart(text: string, part: Part): string {
  const input = toBinary(text);
  const isHost = part === 'host' || part === 'zone';
  let out = '';
  for (let i = 0; i < input.length; i++) {
    const c = input[i] as string;
    if (c !== '%') {
      if (isHost && c < '\x80' && !UNESCAPED[part].test(c))
        throw new GoError(`invalid character ${quoteGo(c)} in host name`);
      out += c;
      continue;
    }
    const code = input.slice(i, i + 3);
    const bad = (): GoError => new GoError(`invalid URL escape ${quoteGo(fromBinary(code))}`);
    if (!/^%[0-9A-Fa-f]{2}$/.test(code)) throw bad();
    const byte = Number.parseInt(code.slice(1), 16);
    const plain = String.fromCharCode(byte);
    // A host may escape only what is not ASCII, a zone anything that a host may hold.
    if (part === 'host' && byte < 0x80 && code !== '%25') throw bad();
    if (part === 'zone' && code !== '%25' && plain !== ' ' && !UNESCAPED.host.test(plain)) throw bad();
    out += plain;
    i += 2;
  }
  return fromBinary(out);
}

/** The text before and after the first `separator`; all and nothing without one. */
function cut(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** net/url.Parse. Throws GoError `parse "…": …`. */
export function parseUrl(text: string): Url {
  const [main, fragment] = cut(text, '#');
  return {
    ...explained(main, () => parseMain(main)),
    fragment: explained(text, () => decodePart(fragment, 'fragment')),
  };
}

/** net/url.ParseRequestURI of a text that has a scheme: it knows no fragments. Throws GoError. */
export const parseRequestUrl = (text: string): Url => explained(text, () => parseMain(text));

function explained<T>(text: string, parse: () => T): T {
  try {
    return parse();
  } catch (e) {
    if (e instanceof GoError) throw new GoError(`parse ${quoteGo(text)}: ${e.message}`);
    throw e;
  }
}

function parseMain(text: string): Url {
  const url: Url = { scheme: '', opaque: '', user: undefined, host: '', path: '', query: '', fragment: '' };
  if (/[\x00-\x1f\x7f]/.test(text)) throw new GoError('net/url: invalid control character in URL');
  if (text === '*') return { ...url, path: '*' };
  if (text.startsWith(':')) throw new GoError('missing protocol scheme');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1] ?? '';
  url.scheme = scheme.toLowerCase();
  let rest = scheme === '' ? text : text.slice(scheme.length + 1);
  [rest, url.query] = cut(rest, '?');
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...url, opaque: rest };
    if (cut(rest, '/')[0].includes(':')) throw new GoError('first path segment in URL cannot contain colon');
  }
  if ((scheme !== '' || !rest.startsWith('///')) && rest.startsWith('//')) {
    const slash = rest.indexOf('/', 2);
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
    rest = slash < 0 ? '' : rest.slice(slash);
    const at = authority.lastIndexOf('@');
    url.host = parseHost(url.scheme, authority.slice(at + 1));
    if (at >= 0) url.user = parseUserinfo(authority.slice(0, at));
  }
  return { ...url, path: decodePart(rest, 'path') };
}

function parseUserinfo(text: string): Userinfo {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) throw new GoError('net/url: invalid userinfo');
  const [username, password] = cut(text, ':');
  return {
    username: decodePart(username, 'userinfo'),
    password: text.includes(':') ? decodePart(password, 'userinfo') : undefined,
  };
}

function checkPort(port: string): void {
  if (!/^(:\d*)?$/.test(port)) throw new GoError(`invalid port ${quoteGo(port)} after host`);
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[');
  if (open > 0) throw new GoError('invalid IP-literal');
  if (open < 0) {
    const isWeb = scheme === 'http' || scheme === 'https';
    const colon = isWeb ? host.indexOf(':') : host.lastIndexOf(':');
    if (colon >= 0) checkPort(host.slice(colon));
    return decodePart(host, 'host');
  }
  const close = host.lastIndexOf(']');
  if (close < 0) throw new GoError("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const name = host.slice(1, close);
  const zone = name.indexOf('%25');
  const address =
    zone < 0
      ? decodePart(name, 'host')
      : decodePart(name.slice(0, zone), 'host') + decodePart(name.slice(zone), 'zone');
  checkIpv6(address);
  return `[${address}]${port}`;
}

/** What net/netip has against an address in brackets. */
function checkIpv6(text: string): void {
  const fault = (what: string): GoError => new GoError(`invalid host: ParseAddr(${quoteGo(text)}): ${what}`);
  const first = /[.:%]/.exec(text)?.[0];
  if (first === undefined) throw fault('unable to parse IP');
  if (first === '%') throw fault('missing IPv6 address');
  if (first === '.') {
    if (isIpv4(text)) throw new GoError('invalid IP-literal');
    throw fault('unexpected character');
  }
  const [address, zone] = cut(text, '%');
  if (text.includes('%') && zone === '') throw fault('zone must be a non-empty string');
  if (!isIpv6(address)) throw fault('unable to parse IP');
}

/** What stands before the port, without the brackets of an address. */
function hostname(host: string): string {
  const colon = host.lastIndexOf(':');
  const name = colon >= 0 && /^:\d*$/.test(host.slice(colon)) ? host.slice(0, colon) : host;
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
}

const formatUserinfo = ({ username, password }: Userinfo): string =>
  encodePart(username, 'userinfo') + (password === undefined ? '' : `:${encodePart(password, 'userinfo')}`);

/** URL.String of a URL made of its parts. */
function formatUrl(url: Url): string {
  const tail =
    (url.query === '' ? '' : `?${url.query}`) + (url.fragment === '' ? '' : `#${encodePart(url.fragment, 'fragment')}`);
  let head = url.scheme === '' ? '' : `${url.scheme}:`;
  if (url.opaque !== '') return head + url.opaque + tail;
  const hasAuthority = url.host !== '' || url.user !== undefined;
  if (hasAuthority || (url.scheme !== '' && url.path !== '')) {
    head += `//${url.user === undefined ? '' : `${formatUserinfo(url.user)}@`}${encodePart(url.host, 'host')}`;
  }
  const path = url.path === '*' ? '*' : encodePart(url.path, 'path');
  if (path !== '' && !path.startsWith('/') && url.host !== '') head += '/';
  if (head === '' && cut(path, '/')[0].includes(':')) head = './';
  return head + path + tail;
}

function urlParse(text: string): GoMap {
  let url: Url;
  try {
    url = parseUrl(text);
  } catch (e) {
    if (e instanceof GoError) throw new GoError(`unable to parse url: ${e.message}`);
    throw e;
  }
  const { scheme, host, path, query, opaque, fragment, user } = url;
  const userinfo = user === undefined ? '' : formatUserinfo(user);
  return Object.assign(newMap(), { scheme, host, hostname: hostname(host), path, query, opaque, fragment, userinfo });
}

function urlJoin(map: GoMap | null): string {
  const part = (key: string): string => {
    const value = map !== null && key in map ? map[key] : '';
    if (typeof value === 'string') return value;
    if (value === null) throw new GoError('runtime error: invalid memory address or nil pointer dereference');
    throw new GoError(`unable to parse ${key} key, must be of type string, but ${kindOf(value)} found`);
  };
  const url: Url = {
    scheme: part('scheme'),
    host: part('host'),
    path: part('path'),
    query: part('query'),
    opaque: part('opaque'),
    fragment: part('fragment'),
    user: undefined,
  };
  const userinfo = part('userinfo');
  if (userinfo === '') return formatUrl(url);
  try {
    return formatUrl({ ...url, user: parseUrl(`proto://${userinfo}@host`).user });
  } catch (e) {
    if (e instanceof GoError) throw new GoError(`unable to parse userinfo in dict: ${e.message}`);
    throw e;
  }
}

export const urlFunctions: FuncMap = {
  urlParse: func('func(string) map[string]interface {}', urlParse),
  urlJoin: func('func(map[string]interface {}) string', urlJoin),
};
