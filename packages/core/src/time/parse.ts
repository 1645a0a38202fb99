import { GoError } from 'go-template';

import { daysFromDate, daysInMonth, isLeapYear, MONTHS, WEEKDAYS } from './calendar.ts';
import { chunksOf, type Element, quoteTimeText } from './layout.ts';
import { Time } from './time.ts';
import { fixedZone, type Location, UTC } from './zone.ts';

/** A value that does not fit its element: `rest` is what Go shows of it, unless `range` names the field. */
class Mismatch {
  readonly range: string | undefined;
  constructor(range?: string) {
    this.range = range;
  }
}

/** What the elements read so far say; undefined where none has spoken. */
interface Fields {
  year: number;
  month?: number;
  day?: number;
  dayOfYear?: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  afternoon?: boolean;
  utc?: boolean;
  offset?: number;
  zoneName?: string;
}

/**
 * Go: time.ParseInLocation; `location` counts where the text says no zone, and gives its abbreviations a meaning.
 * Throws GoError with the text of Go's ParseError.
 */
export function parseTime(layout: string, text: string, location: Location, local = location): Time {
  const fail = (what: string): GoError => new GoError(`parsing time ${quoteTimeText(text)}${what}`);
  const mismatch = (element: string, value: string): GoError =>
    fail(` as ${quoteTimeText(layout)}: cannot parse ${quoteTimeText(value)} as ${quoteTimeText(element)}`);

  const fields: Fields = { year: 0, hour: 0, minute: 0, second: 0, nanosecond: 0 };
  let value = text;
  const chunks = chunksOf(layout);
  for (const [i, chunk] of chunks.entries()) {
    const [afterPrefix, matched] = skipPrefix(value, chunk.prefix);
    value = afterPrefix;
    if (!matched) throw mismatch(chunk.prefix, value);
    if (chunk.element === undefined) {
      if (value !== '') throw fail(`: extra text: ${quoteTimeText(value)}`);
      break;
    }
    const reader = new Reader(value);
    try {
      readElement(reader, chunk.element, chunk.text, fields, chunks[i + 1]?.element);
    } catch (e) {
      if (!(e instanceof Mismatch)) throw e;
      throw e.range === undefined ? mismatch(chunk.text, value) : fail(`: ${e.range} out of range`);
    }
    value = reader.rest;
  }
  return assemble(fields, location, local, fail);
}

/** Consumes from a value; every failure is a {@link Mismatch}. */
class Reader {
  rest: string;
  constructor(rest: string) {
    this.rest = rest;
  }

  take(pattern: RegExp): string {
    const found = pattern.exec(this.rest);
    if (found === null) throw new Mismatch();
    this.rest = this.rest.slice(found[0].length);
    return found[0];
  }

  /** One or two digits. */
  number(isFixed: boolean): number {
    return Number(this.take(isFixed ? /^\d\d/ : /^\d\d?/));
  }

  skipSpace(): void {
    if (this.rest.startsWith(' ')) this.rest = this.rest.slice(1);
  }

  /** The index of the name that the value begins with, in any case. */
  name(names: readonly string[], length?: number): number {
    for (const [i, name] of names.entries()) {
      const wanted = name.slice(0, length);
      if (this.rest.slice(0, wanted.length).toLowerCase() !== wanted.toLowerCase()) continue;
      this.rest = this.rest.slice(wanted.length);
      return i;
    }
    throw new Mismatch();
  }

  /** `digits` of a fraction after its point, as nanoseconds; beyond nine they are dropped. */
  fraction(pattern: RegExp): number {
    const text = this.take(pattern).slice(1, 10);
    if (!/^[-+]?\d+$/.test(text)) throw new Mismatch();
    return within(Number(text), 0, 1e9, 'fractional second') * 10 ** (9 - text.length);
  }
}

/** Text of the layout that must stand in the value; a run of spaces matches any run, also none at its end. */
function skipPrefix(value: string, prefix: string): [rest: string, matched: boolean] {
  let rest = value;
  let wanted = prefix;
  while (wanted !== '') {
    if (wanted.startsWith(' ')) {
      if (rest !== '' && !rest.startsWith(' ')) return [rest, false];
      wanted = wanted.replace(/^ +/, '');
      rest = rest.replace(/^ +/, '');
    } else {
      if (rest[0] !== wanted[0]) return [rest, false];
      wanted = wanted.slice(1);
      rest = rest.slice(1);
    }
  }
  return [rest, true];
}

const within = (n: number, low: number, high: number, what: string): number => {
  if (n < low || n > high) throw new Mismatch(what);
  return n;
};

function readElement(value: Reader, element: Element, text: string, fields: Fields, next: Element | undefined): void {
  switch (element) {
    case '06': {
      const year = Number(value.take(/^(?:\d\d|[-+]\d)/));
      fields.year = year + (year >= 69 ? 1900 : 2000);
      break;
    }
    case '2006':
      fields.year = Number(value.take(/^\d{4}/));
      break;
    case 'January':
      fields.month = value.name(MONTHS) + 1;
      break;
    case 'Jan':
      fields.month = value.name(MONTHS, 3) + 1;
      break;
    case '1':
    case '01':
      fields.month = within(value.number(element === '01'), 1, 12, 'month');
      break;
    case 'Monday':
      value.name(WEEKDAYS);
      break;
    case 'Mon':
      value.name(WEEKDAYS, 3);
      break;
    case '2':
    case '_2':
    case '02':
      if (element === '_2') value.skipSpace();
      fields.day = value.number(element === '02');
      break;
    case '__2':
    case '002':
      if (element === '__2') for (let i = 0; i < 2; i++) value.skipSpace();
      fields.dayOfYear = Number(value.take(element === '002' ? /^\d{3}/ : /^\d{1,3}/));
      break;
    case '15':
      fields.hour = within(value.number(false), 0, 23, 'hour');
      break;
    case '3':
    case '03':
      fields.hour = within(value.number(element === '03'), 0, 12, 'hour');
      break;
    case '4':
    case '04':
      fields.minute = within(value.number(element === '04'), 0, 59, 'minute');
      break;
    case '5':
    case '05':
      fields.second = within(value.number(element === '05'), 0, 59, 'second');
      // A fraction may follow also where the layout has none.
      if (/^[.,]\d/.test(value.rest) && next !== 'fraction0' && next !== 'fraction9') {
        fields.nanosecond = value.fraction(/^[.,]\d+/);
      }
      break;
    case 'PM':
      fields.afternoon = value.take(/^[AP]M/) === 'PM';
      break;
    case 'pm':
      fields.afternoon = value.take(/^[ap]m/) === 'pm';
      break;
    case 'MST':
      if (value.rest.startsWith('UTC')) fields.utc = value.take(/^UTC/) === 'UTC';
      else fields.zoneName = value.take(zoneNamePattern(value.rest));
      break;
    case 'fraction0':
      fields.nanosecond = value.fraction(new RegExp(`^[.,][^]{${text.length - 1}}`));
      break;
    case 'fraction9':
      if (/^[.,]\d/.test(value.rest)) fields.nanosecond = value.fraction(/^[.,]\d+/);
      break;
    default:
      if (element.startsWith('Z') && value.rest.startsWith('Z')) fields.utc = value.take(/^Z/) === 'Z';
      else fields.offset = readOffset(value, element);
  }
}

function readOffset(value: Reader, element: Element): number {
  const parts = element.slice(1).replace(/\d\d/g, '([^]{2})');
  const [, sign, hours, minutes, seconds] = new RegExp(`^([^])${parts}`).exec(value.rest) ?? [];
  if (sign === undefined) throw new Mismatch();
  value.take(new RegExp(`^[^]${parts}`));
  const numbers = [hours, minutes ?? '00', seconds ?? '00'].map((part) =>
    /^\d\d$/.test(part as string) ? Number(part) : undefined,
  );
  const [hour, minute, second] = numbers;
  // Go looks at the ranges first, of as many fields as it could read.
  if (hour !== undefined) {
    let range: string | undefined;
    if (hour > 24) range = 'hour';
    if (minute !== undefined && minute > 60) range = 'minute';
    if (minute !== undefined && second !== undefined && second > 60) range = 'second';
    if (range !== undefined) throw new Mismatch(`time zone offset ${range}`);
  }
  if (numbers.includes(undefined) || !/[-+]/.test(sign)) throw new Mismatch();
  const size = ((hour as number) * 60 + (minute as number)) * 60 + (second as number);
  return sign === '-' ? -size : size;
}

/** What an abbreviation may look like at the head of `value` (Go: parseTimeZone). */
function zoneNamePattern(value: string): RegExp {
  if (/^(ChST|MeST)/.test(value)) return /^..ST/;
  const signed = /^(GMT)?([-+])(\d+)/.exec(value);
  if (signed !== null && Number(signed[3]) <= 23) return /^(GMT)?[-+]\d+/;
  if (value.startsWith('GMT')) return /^GMT/;
  const upper = (/^[A-Z]{0,6}/.exec(value) as RegExpExecArray)[0];
  const isName =
    upper.length === 3 ||
    (upper.length === 4 && (upper.endsWith('T') || upper === 'WITA')) ||
    (upper.length === 5 && upper.endsWith('T'));
  return isName ? /^[A-Z]+/ : /^(?!)/;
}

function assemble(fields: Fields, location: Location, local: Location, fail: (what: string) => GoError): Time {
  const { year, minute, second, nanosecond, zoneName, offset } = fields;
  let { hour } = fields;
  if (fields.afternoon === true && hour < 12) hour += 12;
  else if (fields.afternoon === false && hour === 12) hour = 0;
  const { month, day } = dateOf(fields, fail);
  if (day < 1 || day > daysInMonth(month, year)) throw fail(': day out of range');
  const inPlace = (place: Location): Time =>
    Time.date(year, month, day, hour, minute, second, nanosecond, place, local);

  if (fields.utc) return inPlace(UTC);
  const asUtc = inPlace(UTC);
  // Go's own mark for "no offset" is -1, so that an offset of one second west is none.
  if (offset !== undefined && offset !== -1) {
    const time = new Time(asUtc.unix - offset, nanosecond, location, local);
    const zone = location.at(time.unix);
    const isHere = zone.offset === offset && (zoneName === undefined || zone.abbreviation === zoneName);
    return isHere ? time : time.in(fixedZone(zoneName ?? '', offset));
  }
  if (zoneName !== undefined) {
    const here = offsetOf(zoneName, location, asUtc.unix, year);
    if (here !== undefined) return new Time(asUtc.unix - here, nanosecond, location, local);
    return inPlace(fixedZone(zoneName, /^GMT./.test(zoneName) ? Number(zoneName.slice(3)) * 3600 : 0));
  }
  return inPlace(location);
}

/** The offset that a place means by an abbreviation, best at the time told, else at any time of that year. */
function offsetOf(abbreviation: string, location: Location, wall: number, year: number): number | undefined {
  const zones = [1, 7]
    .map((month) => location.at(daysFromDate(year, month, 1) * 86_400))
    .filter((z) => z.abbreviation === abbreviation);
  return (zones.find((z) => location.at(wall - z.offset).abbreviation === abbreviation) ?? zones[0])?.offset;
}

function dateOf(fields: Fields, fail: (what: string) => GoError): { month: number; day: number } {
  const { year, dayOfYear } = fields;
  if (dayOfYear === undefined) return { month: fields.month ?? 1, day: fields.day ?? 1 };
  if (dayOfYear < 1 || dayOfYear > (isLeapYear(year) ? 366 : 365)) throw fail(': day-of-year out of range');
  let month = 12;
  const before = (m: number): number => daysFromDate(year, m, 1) - daysFromDate(year, 1, 1);
  while (before(month) >= dayOfYear) month--;
  const day = dayOfYear - before(month);
  if (fields.month !== undefined && fields.month !== month) throw fail(': day-of-year does not match month');
  if (fields.day !== undefined && fields.day !== day) throw fail(': day-of-year does not match day');
  return { month, day };
}
