/** The formats that drafts up to 7 assert, with the words of santhosh-tekuri/jsonschema 6.0.2 for what is none. */
import { parseTime, UTC } from '@pack/core';
import { byteLength, GoError, Int, quoteGo, sprintf } from 'go-template';

import { isIpv6 } from '../functions/ip.ts';
import { parseUrl } from '../functions/url.ts';
import type { Format } from './compiled.ts';

/** Throws GoError for a text that is not of a format. */
type Check = (text: string) => void;

function fail(message: string): never {
  throw new GoError(message);
}

const quoteChar = (c: string): string => sprintf('%q', Int.of('int32', c.codePointAt(0) as number));

/** Fails for the first character that is not of a set. */
function onlyCharacters(text: string, allowed: RegExp, message: (c: string) => string): void {
  for (const c of text) if (!allowed.test(c)) fail(message(quoteChar(c)));
}

/** Runs a check, and says in front what failed. */
function within(what: string, check: Check, text: string): void {
  try {
    check(text);
  } catch (e) {
    throw e instanceof GoError ? new GoError(`${what}: ${e.message}`) : e;
  }
}

function jsonPointer(text: string): void {
  if (text === '') return;
  if (!text.startsWith('/')) fail('not starting with /');
  if (/~(?![01])/.test(text)) fail('~ must be followed by 0 or 1');
}

function relativeJsonPointer(text: string): void {
  const digits = /^[0-9]*/.exec(text)?.[0] ?? '';
  if (digits === '') fail('must start with non-negative integer');
  if (digits.length > 1 && digits.startsWith('0')) fail('starts with zero');
  const rest = text.slice(digits.length);
  if (rest !== '#') jsonPointer(rest);
}

function uuid(text: string): void {
  const sizes = [8, 4, 4, 4, 12];
  const groups = text.split('-');
  if (groups.length !== sizes.length) fail(`must have ${sizes.length} elements`);
  for (const [i, group] of groups.entries()) {
    if (byteLength(group) !== sizes[i]) fail(`element ${i + 1} must be ${sizes[i]} characters long`);
    onlyCharacters(group, /[0-9a-fA-F]/, (c) => `non-hex character ${c}`);
  }
}

function duration(text: string): void {
  if (!text.startsWith('P')) fail('must start with P');
  const rest = text.slice(1);
  if (rest === '') fail('nothing after P');
  if (rest.endsWith('W')) {
    if (rest === 'W') fail('no number in week');
    if (!/^[0-9]+W$/.test(rest)) fail('invalid week');
    return;
  }
  const allUnits = ['YMD', 'HMS'];
  for (const [i, part] of rest.split('T').entries()) {
    if (i > 0 && part === '') fail('no time elements');
    const units = allUnits[i] ?? fail('more than one T');
    durationPart(part, units);
  }
}

function durationPart(text: string, units: string): void {
  let rest = text;
  let left = units;
  while (rest !== '') {
    const digits = /^[0-9]*/.exec(rest)?.[0] ?? '';
    if (digits === '') fail('missing number');
    const unit = rest[digits.length];
    if (unit === undefined) return fail('missing unit');
    const at = left.indexOf(unit);
    if (at < 0) fail(units.includes(unit) ? `unit ${quoteChar(unit)} out of order` : `invalid unit ${quoteChar(unit)}`);
    left = left.slice(at + 1);
    rest = rest.slice(digits.length + 1);
  }
}

function ipv4(text: string): void {
  const groups = text.split('.');
  if (groups.length !== 4) fail('expected four decimals');
  for (const group of groups) {
    if (group.length > 1 && group.startsWith('0')) fail('leading zeros');
    if (!/^[+-]?[0-9]+$/.test(group)) fail(`strconv.Atoi: parsing ${quoteGo(group)}: invalid syntax`);
    const n = BigInt(group.replace('+', ''));
    if (BigInt.asIntN(64, n) !== n) fail(`strconv.Atoi: parsing ${quoteGo(group)}: value out of range`);
    if (n < 0n || n > 255n) fail('decimal must be between 0 and 255');
  }
}

function ipv6(text: string): void {
  if (!text.includes(':')) fail('missing colon');
  const zone = text.indexOf('%');
  if (!isIpv6(zone < 0 ? text : text.slice(0, zone))) fail(`ParseAddr(${quoteGo(text)}): unable to parse IP`);
  if (zone >= 0) fail('zone id is not a part of ipv6 address');
}

function hostname(text: string): void {
  const name = text.replace(/\.$/, '');
  if (byteLength(name) > 253) fail('more than 253 characters long');
  for (const label of name.split('.')) {
    if (label === '' || byteLength(label) > 63) fail('label must be 1 to 63 characters long');
    if (label.startsWith('-')) fail('label starts with hyphen');
    if (label.endsWith('-')) fail('label ends with hyphen');
    onlyCharacters(label, /[a-zA-Z0-9-]/, (c) => `invalid character ${c}`);
  }
}

function email(text: string): void {
  if (byteLength(text) > 254) fail('more than 255 characters long');
  const at = text.lastIndexOf('@');
  if (at < 0) fail('missing @');
  emailName(text.slice(0, at));
  const domain = text.slice(at + 1);
  if (!domain.startsWith('[') || !domain.endsWith(']')) {
    within('invalid domain', hostname, domain);
    return;
  }
  const address = domain.slice(1, -1);
  if (address.startsWith('IPv6:')) within('invalid ipv6 address', ipv6, address.slice('IPv6:'.length));
  else within('invalid ipv4 address', ipv4, address);
}

function emailName(name: string): void {
  if (byteLength(name) > 64) fail('local part more than 64 characters long');
  if (name.length > 1 && name.startsWith('"')) {
    if (/[\\"]/.test(name.slice(1, -1))) fail('backslash and quote are not allowed within quoted local part');
    return;
  }
  if (name.startsWith('.')) fail('starts with dot');
  if (name.endsWith('.')) fail('ends with dot');
  if (name.includes('..')) fail('consecutive dots');
  onlyCharacters(name, /[a-zA-Z0-9.!#$%&'*+\-/=?^_`{|}~]/, (c) => `invalid character ${c}`);
}

const date: Check = (text) => void parseTime('2006-01-02', text, UTC);

/** A number of exactly two digits, or what strconv.Atoi takes for one. */
const smallNumber = (text: string): number => (/^[+-]?[0-9]+$/.test(text) ? Number(text) : Number.NaN);

function time(text: string): void {
  if (byteLength(text) < 9) fail('less than 9 characters long');
  if (text[2] !== ':' || text[5] !== ':') fail('missing colon in correct place');
  const clock = text.slice(0, 8).split(':').map(smallNumber);
  if (clock.some(Number.isNaN)) fail('invalid hour/min/sec');
  if (clock.some((n) => n < 0)) fail('non-positive hour/min/sec');
  const [hour, minute, second] = clock as [number, number, number];
  if (hour > 23 || minute > 59 || second > 60) fail('hour/min/sec out of range');
  let rest = text.slice(8);
  if (rest.startsWith('.')) {
    const digits = /^[0-9]*/.exec(rest.slice(1))?.[0] ?? '';
    if (digits === '') fail('no digits in second fraction');
    rest = rest.slice(1 + digits.length);
  }
  const minutes = (((hour * 60 + minute - offsetMinutes(rest)) % 1440) + 1440) % 1440;
  if (second >= 60 && minutes !== 1439) fail('invalid leap second');
}

/** East of UTC. */
function offsetMinutes(text: string): number {
  if (text === 'z' || text === 'Z') return 0;
  if (byteLength(text) !== 6) fail('offset must be 6 characters long');
  if (text[0] !== '+' && text[0] !== '-') fail('offset must begin with plus/minus');
  if (text[3] !== ':') fail('missing colon in offset in correct place');
  const parts = text.slice(1).split(':', 2).map(smallNumber);
  if (parts.some(Number.isNaN)) fail('invalid hour/min in offset');
  if (parts.some((n) => n < 0)) fail('non-positive hour/min in offset');
  const [hour, minute] = parts as [number, number];
  if (hour > 23 || minute > 59) fail('hour/min in offset out of range');
  return (text[0] === '+' ? 1 : -1) * (hour * 60 + minute);
}

function dateTime(text: string): void {
  if (byteLength(text) < 20) fail('less than 20 characters long');
  if (text[10] !== 't' && text[10] !== 'T') fail('11th character must be t or T');
  within('invalid date element', date, text.slice(0, 10));
  within('invalid time element', time, text.slice(11));
}

function period(text: string): void {
  const slash = text.indexOf('/');
  if (slash < 0) fail('missing slash');
  const start = text.slice(0, slash);
  const end = text.slice(slash + 1);
  if (start.startsWith('P')) {
    within('invalid start duration', duration, start);
    within('invalid end date-time', dateTime, end);
  } else {
    within('invalid start date-time', dateTime, start);
    if (end.startsWith('P')) within('invalid end duration', duration, end);
    else within('invalid end date-time', dateTime, end);
  }
}

const hasScheme = (text: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text);

function uri(text: string): void {
  parseUrl(text);
  if (!hasScheme(text)) fail('relative url');
}

function uriReference(text: string): void {
  if (text.includes('\\')) fail('contains \\');
  parseUrl(text);
}

function uriTemplate(text: string): void {
  parseUrl(text);
  const path = text.replace(/[?#].*$/s, '').replace(/^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:\/\/[^/]*)?/, '');
  for (const segment of path.split('/')) {
    let open = false;
    for (const [brace] of segment.matchAll(/[{}]/g)) {
      if ((brace === '{') === open) fail('nested curly braces');
      open = !open;
    }
    if (open) fail('no matching closing brace');
  }
}

function semver(text: string): void {
  let rest = text;
  const plus = rest.indexOf('+');
  if (plus >= 0) {
    identifiers(rest.slice(plus + 1), 'build', plus + 1 === rest.length ? 'build is empty' : undefined);
    rest = rest.slice(0, plus);
  }
  const dash = rest.indexOf('-');
  if (dash >= 0) {
    for (const id of identifiers(rest.slice(dash + 1), 'pre-release', undefined)) {
      if (/^0[0-9]+$/.test(id)) fail('pre-release numeric identifier starts with zero');
    }
    rest = rest.slice(0, dash);
  }
  const numbers = rest.split('.');
  if (numbers.length !== 3) fail('versionCore must have 3 numbers separated by dot');
  for (const [i, name] of ['major', 'minor', 'patch'].entries()) {
    const number = numbers[i] as string;
    if (number === '') fail(`${name} is empty`);
    if (number.length > 1 && number.startsWith('0')) fail(`${name} starts with zero`);
    if (!/^[0-9]+$/.test(number)) fail(`${name} contains non-digit`);
  }
}

function identifiers(text: string, what: string, empty: string | undefined): string[] {
  if (empty !== undefined) fail(empty);
  const ids = text.split('.');
  for (const id of ids) {
    if (id === '') fail(`${what} identifier is empty`);
    onlyCharacters(id, /[0-9A-Za-z-]/, (c) => `invalid character ${c} in ${what} identifier`);
  }
  return ids;
}

const CHECKS: Readonly<Record<string, Check>> = {
  'json-pointer': jsonPointer,
  'relative-json-pointer': relativeJsonPointer,
  uuid,
  duration,
  period,
  ipv4,
  ipv6,
  hostname,
  email,
  date,
  time,
  'date-time': dateTime,
  uri,
  iri: uri,
  'uri-reference': uriReference,
  'iri-reference': uriReference,
  'uri-template': uriTemplate,
  semver,
};

/** A format by name; undefined for one unknown, which asserts nothing. Only strings are judged. */
export function formatNamed(name: string): Format | undefined {
  const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
  return check && { name, check: (value) => void (typeof value === 'string' && check(value)) };
}
