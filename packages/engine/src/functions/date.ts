/** Sprig's functions on dates. */
import {
  Duration,
  formatDuration,
  fromNanoseconds,
  type Location,
  loadLocation,
  parseDuration,
  parseTime,
  roundDuration,
  SECOND,
  Time,
  UTC,
  ZERO_TIME,
} from '@pack/core';
import { type FuncMap, func, GoError, Int, parseInteger } from 'go-template';

import type { World } from './world.ts';

const MAX_INT64 = (1n << 63n) - 1n;

/** The value, or `fallback` where Sprig drops the error. */
function orElse<T>(fallback: T, compute: () => T): T {
  try {
    return compute();
  } catch (e) {
    if (e instanceof GoError) return fallback;
    throw e;
  }
}

/** The largest unit of which there is more than one whole: `1h` is `60m`. */
function durationRound(nanoseconds: bigint): string {
  const size = BigInt.asUintN(64, nanoseconds < 0n ? -nanoseconds : nanoseconds);
  const hour = 3600n * SECOND;
  const units: [string, bigint][] = [
    ['y', hour * 24n * 365n],
    ['mo', hour * 24n * 30n],
    ['d', hour * 24n],
    ['h', hour],
    ['m', 60n * SECOND],
    ['s', SECOND],
  ];
  const unit = units.find(([, length]) => size > length);
  return unit === undefined ? '0s' : `${size / unit[1]}${unit[0]}`;
}

/** strconv.ParseInt without its error: what is out of range is the limit, junk is 0. */
function parseSeconds(text: string): bigint {
  const n = parseInteger(text, 10) ?? 0n;
  return n > MAX_INT64 ? MAX_INT64 : n < -MAX_INT64 - 1n ? -MAX_INT64 - 1n : n;
}

/** The seconds of an integer that Sprig takes for a date; `types` are the Go types it looks for. */
function secondsOf(v: unknown, types: readonly string[]): bigint | undefined {
  if (typeof v === 'bigint') return v;
  return v instanceof Int && types.includes(v.goType) ? v.value : undefined;
}

export function dateFunctions(world: World): FuncMap {
  let localZone: Location | undefined;
  const local = (): Location =>
    (localZone ??= orElse(UTC, () => loadLocation(world.timeZone, world.zoneData)).named('Local'));
  const zone = (name: string): Location =>
    name === 'Local' ? local() : orElse(UTC, () => loadLocation(name, world.zoneData));
  const now = (): Time => fromNanoseconds(BigInt(world.now().getTime()) * 1_000_000n, local());
  const timeOf = (v: unknown, types: readonly string[]): Time => {
    if (v instanceof Time) return v;
    const seconds = secondsOf(v, types);
    return seconds === undefined ? now() : new Time(Number(seconds), 0, local());
  };
  const since = (time: Time): bigint => now().nanoseconds() - time.nanoseconds();

  const dateInZone = (layout: string, date: unknown, name: string): string =>
    timeOf(date, ['int', 'int32']).in(zone(name)).format(layout);
  const mustModify = (duration: string, date: Time): Time => date.add(parseDuration(duration));
  const modify = (duration: string, date: Time): Time => orElse(date, () => mustModify(duration, date));
  const mustToDate = (layout: string, text: string): Time => parseTime(layout, text, local());

  const inZone = func('func(string, interface {}, string) string', dateInZone);
  const dateModify = func('func(string, time.Time) time.Time', modify);
  const mustDateModify = func('func(string, time.Time) (time.Time, error)', mustModify);
  return {
    now: func('func() time.Time', now),
    ago: func('func(interface {}) string', (date: unknown) =>
      formatDuration(roundDuration(since(timeOf(date, ['int'])), SECOND)),
    ),
    date: func('func(string, interface {}) string', (layout: string, date: unknown) =>
      dateInZone(layout, date, 'Local'),
    ),
    dateInZone: inZone,
    date_in_zone: inZone,
    htmlDate: func('func(interface {}) string', (date: unknown) => dateInZone('2006-01-02', date, 'Local')),
    htmlDateInZone: func('func(interface {}, string) string', (date: unknown, name: string) =>
      dateInZone('2006-01-02', date, name),
    ),
    dateModify,
    date_modify: dateModify,
    mustDateModify,
    must_date_modify: mustDateModify,
    duration: func('func(interface {}) string', (v: unknown) => {
      const seconds = typeof v === 'string' ? parseSeconds(v) : typeof v === 'bigint' ? v : 0n;
      return formatDuration(BigInt.asIntN(64, seconds * SECOND));
    }),
    durationRound: func('func(interface {}) string', (v: unknown) => {
      if (typeof v === 'string') return durationRound(orElse(0n, () => parseDuration(v)));
      if (v instanceof Time) return durationRound(new Duration(since(v)).value);
      return durationRound(typeof v === 'bigint' ? v : 0n);
    }),
    toDate: func('func(string, string) time.Time', (layout: string, text: string) =>
      orElse(ZERO_TIME, () => mustToDate(layout, text)),
    ),
    mustToDate: func('func(string, string) (time.Time, error)', mustToDate),
    unixEpoch: func('func(time.Time) string', (date: Time) => String(date.unix)),
  };
}
