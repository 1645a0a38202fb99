import { func, GoError, type GoFunc, GoValue, Int } from 'go-template';

import { dateFromDays, dayOfYear, daysFromDate, isoWeekOf, MONTHS, WEEKDAYS, weekdayOf } from './calendar.ts';
import { Duration, nanosecondsOf } from './duration.ts';
import { formatTime } from './format.ts';
import { type Location, UTC } from './zone.ts';

const MIN_INT64 = -(1n << 63n);
const MAX_INT64 = (1n << 63n) - 1n;
const GIGA = 1_000_000_000n;

/** What an instant reads as in a place. */
export interface Clock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Days since 1970-01-01 of the local date. */
  days: number;
  /** Seconds east of UTC. */
  offset: number;
  abbreviation: string;
}

/** Go's time.Time: an instant to the nanosecond, and the place in which it is read. */
export class Time extends GoValue {
  readonly goType = 'time.Time';
  readonly kind = 'struct';
  /** Seconds since 1970, an integer. */
  readonly unix: number;
  /** 0 to 999,999,999. */
  readonly nanosecond: number;
  readonly location: Location;
  /** The place that Go calls Local, for Time.Local. */
  readonly local: Location;

  constructor(unix: number, nanosecond: number, location: Location, local = location) {
    super();
    this.unix = unix + Math.floor(nanosecond / 1e9);
    this.nanosecond = ((nanosecond % 1e9) + 1e9) % 1e9;
    this.location = location;
    this.local = local;
  }

  /** Fields out of range carry over; a clock that a change of zone skips is read by the zone before (Go: time.Date). */
  static date(
    year: number,
    month: number,
    day: number,
    hour: number,
    minute: number,
    second: number,
    nanosecond: number,
    location: Location,
    local = location,
  ): Time {
    const wall = daysFromDate(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    const guess = location.at(wall).offset;
    const offset = guess === 0 ? 0 : location.at(wall - guess).offset;
    return new Time(wall - offset, nanosecond, location, local);
  }

  clock(): Clock {
    const { offset, abbreviation } = this.location.at(this.unix);
    const local = this.unix + offset;
    const days = Math.floor(local / 86_400);
    const seconds = local - days * 86_400;
    return {
      ...dateFromDays(days),
      hour: Math.floor(seconds / 3600),
      minute: Math.floor(seconds / 60) % 60,
      second: seconds % 60,
      days,
      offset,
      abbreviation,
    };
  }

  in(location: Location): Time {
    return new Time(this.unix, this.nanosecond, location, this.local);
  }

  /** Nanoseconds since 1970, of any size. */
  nanoseconds(): bigint {
    return BigInt(this.unix) * GIGA + BigInt(this.nanosecond);
  }

  add(nanoseconds: bigint): Time {
    return fromNanoseconds(this.nanoseconds() + nanoseconds, this.location, this.local);
  }

  format(layout: string): string {
    return formatTime(this, layout);
  }

  override goString(): string {
    return this.format('2006-01-02 15:04:05.999999999 -0700 MST');
  }

  /** RFC 3339 with nanoseconds; GoError for years beyond 9999, as Time.MarshalText. */
  override goText(): string {
    return strictRfc3339(this, 'Time.MarshalText: ');
  }

  override goMethod(name: string): GoFunc | undefined {
    const method = METHODS[name];
    return method && func(method.signature, (...args: never[]) => method.call(this, ...args));
  }
}

/** Go's zero time, 1 January of year 1. */
export const ZERO_TIME = new Time(-62_135_596_800, 0, UTC);

/** The time of a count of nanoseconds since 1970. */
export function fromNanoseconds(nanoseconds: bigint, location: Location, local = location): Time {
  const seconds = nanoseconds / GIGA - (nanoseconds % GIGA < 0n ? 1n : 0n);
  return new Time(Number(seconds), Number(nanoseconds - seconds * GIGA), location, local);
}

export function strictRfc3339(time: Time, context = ''): string {
  const text = time.format('2006-01-02T15:04:05.999999999Z07:00');
  if (text[4] !== '-') throw new GoError(`${context}year outside of range [0,9999]`);
  if (!text.endsWith('Z') && Number(text.slice(-5, -3)) >= 24) {
    throw new GoError(`${context}timezone hour outside of range [0,23]`);
  }
  return text;
}

/** time.Month and time.Weekday: ints that print as names. */
class NamedInt extends Int {
  readonly #type: string;
  readonly #name: string;
  constructor(type: string, value: number, name: string) {
    super('int', BigInt(value));
    this.#type = type;
    this.#name = name;
  }
  override get goType(): string {
    return this.#type;
  }
  override goString(): string {
    return this.#name;
  }
  override goMethod(name: string): GoFunc | undefined {
    return name === 'String' ? func('func() string', () => this.#name) : undefined;
  }
}

const compare = (a: Time, b: Time): number => Math.sign(a.unix - b.unix || a.nanosecond - b.nanosecond);

const absolute = (t: Time): bigint => t.nanoseconds() - ZERO_TIME.nanoseconds();

function difference(a: Time, b: Time): Duration {
  const d = a.nanoseconds() - b.nanoseconds();
  return new Duration(d > MAX_INT64 ? MAX_INT64 : d < MIN_INT64 ? MIN_INT64 : d);
}

const modulo = (a: bigint, b: bigint): bigint => ((a % b) + b) % b;

function truncate(t: Time, d: bigint): Time {
  return d <= 0n ? t : t.add(-modulo(absolute(t), d));
}

function round(t: Time, d: bigint): Time {
  if (d <= 0n) return t;
  const rest = modulo(absolute(t), d);
  return t.add(rest + rest < d ? -rest : d - rest);
}

function goSyntax(t: Time): string {
  const { year, month, day, hour, minute, second } = t.clock();
  const place =
    t.location === UTC
      ? 'time.UTC'
      : t.location.name === 'Local'
        ? 'time.Local'
        : `time.Location("${t.location.name}")`;
  return `time.Date(${year}, time.${MONTHS[month - 1]}, ${day}, ${hour}, ${minute}, ${second}, ${t.nanosecond}, ${place})`;
}

type NanosecondsParameter = Duration | bigint | number;

interface Method {
  signature: string;
  call(t: Time, ...args: never[]): unknown;
}

const METHODS: Readonly<Record<string, Method>> = {
  Add: { signature: 'func(time.Duration) time.Time', call: (t, d: NanosecondsParameter) => t.add(nanosecondsOf(d)) },
  AddDate: {
    signature: 'func(int, int, int) time.Time',
    call(t, years: number, months: number, days: number) {
      const c = t.clock();
      return Time.date(
        c.year + years,
        c.month + months,
        c.day + days,
        c.hour,
        c.minute,
        c.second,
        t.nanosecond,
        t.location,
        t.local,
      );
    },
  },
  After: { signature: 'func(time.Time) bool', call: (t, u: Time) => compare(t, u) > 0 },
  Before: { signature: 'func(time.Time) bool', call: (t, u: Time) => compare(t, u) < 0 },
  Clock: { signature: 'func() (int, int, int)', call: (t) => [t.clock().hour, t.clock().minute, t.clock().second] },
  Compare: { signature: 'func(time.Time) int', call: compare },
  Date: { signature: 'func() (int, time.Month, int)', call: (t) => [t.clock().year, t.clock().month, t.clock().day] },
  Day: { signature: 'func() int', call: (t) => t.clock().day },
  Equal: { signature: 'func(time.Time) bool', call: (t, u: Time) => compare(t, u) === 0 },
  Format: { signature: 'func(string) string', call: (t, layout: string) => t.format(layout) },
  GoString: { signature: 'func() string', call: goSyntax },
  Hour: { signature: 'func() int', call: (t) => t.clock().hour },
  ISOWeek: {
    signature: 'func() (int, int)',
    call: (t) => [isoWeekOf(t.clock().days).year, isoWeekOf(t.clock().days).week],
  },
  In: { signature: 'func(*time.Location) time.Time', call: (t, location: Location) => t.in(location) },
  IsDST: { signature: 'func() bool', call: (t) => t.location.at(t.unix).isDst },
  IsZero: { signature: 'func() bool', call: (t) => compare(t, ZERO_TIME) === 0 },
  Local: { signature: 'func() time.Time', call: (t) => t.in(t.local) },
  Location: { signature: 'func() *time.Location', call: (t) => t.location },
  MarshalJSON: {
    signature: 'func() ([]uint8, error)',
    call: (t) => new TextEncoder().encode(`"${strictRfc3339(t, 'Time.MarshalJSON: ')}"`),
  },
  MarshalText: { signature: 'func() ([]uint8, error)', call: (t) => new TextEncoder().encode(t.goText()) },
  Minute: { signature: 'func() int', call: (t) => t.clock().minute },
  Month: {
    signature: 'func() time.Month',
    call: (t) => new NamedInt('time.Month', t.clock().month, MONTHS[t.clock().month - 1] as string),
  },
  Nanosecond: { signature: 'func() int', call: (t) => t.nanosecond },
  Round: {
    signature: 'func(time.Duration) time.Time',
    call: (t, d: NanosecondsParameter) => round(t, nanosecondsOf(d)),
  },
  Second: { signature: 'func() int', call: (t) => t.clock().second },
  String: { signature: 'func() string', call: (t) => t.goString() },
  Sub: { signature: 'func(time.Time) time.Duration', call: difference },
  Truncate: {
    signature: 'func(time.Duration) time.Time',
    call: (t, d: NanosecondsParameter) => truncate(t, nanosecondsOf(d)),
  },
  UTC: { signature: 'func() time.Time', call: (t) => t.in(UTC) },
  Unix: { signature: 'func() int64', call: (t) => BigInt(t.unix) },
  UnixMicro: {
    signature: 'func() int64',
    call: (t) => BigInt.asIntN(64, BigInt(t.unix) * 1_000_000n + BigInt(Math.floor(t.nanosecond / 1e3))),
  },
  UnixMilli: {
    signature: 'func() int64',
    call: (t) => BigInt.asIntN(64, BigInt(t.unix) * 1_000n + BigInt(Math.floor(t.nanosecond / 1e6))),
  },
  UnixNano: { signature: 'func() int64', call: (t) => BigInt.asIntN(64, t.nanoseconds()) },
  Weekday: {
    signature: 'func() time.Weekday',
    call: (t) => new NamedInt('time.Weekday', weekdayOf(t.clock().days), WEEKDAYS[weekdayOf(t.clock().days)] as string),
  },
  Year: { signature: 'func() int', call: (t) => t.clock().year },
  YearDay: { signature: 'func() int', call: (t) => dayOfYear(t.clock().days) },
  Zone: { signature: 'func() (string, int)', call: (t) => [t.clock().abbreviation, t.clock().offset] },
};
