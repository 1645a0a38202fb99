import fc from 'fast-check';
import { GoError } from 'go-template';
import { describe, expect, test } from 'vitest';

import { dateFromDays, dayOfYear, daysFromDate, daysInMonth, isoWeekOf, weekdayOf } from './calendar.ts';
import { Duration, formatDuration, parseDuration, roundDuration } from './duration.ts';
import { nextChunk } from './layout.ts';
import { parseTime } from './parse.ts';
import { fromNanoseconds, strictRfc3339, Time, ZERO_TIME } from './time.ts';
import { fixedZone, loadLocation, UTC } from './zone.ts';

const message = (act: () => unknown): string => {
  try {
    act();
  } catch (e) {
    if (e instanceof GoError) return e.message;
    throw e;
  }
  throw new Error('no error');
};

const method = (value: Time | Duration, name: string, ...args: unknown[]): unknown =>
  value.goMethod(name)?.call(...(args as never[]));

describe('calendar', () => {
  test('agrees with JavaScript on every day it has', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000_000, max: 10_000_000 }), (days) => {
        const date = new Date(days * 86_400_000);
        const { year, month, day } = dateFromDays(days);
        expect([year, month, day]).toEqual([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]);
        expect(daysFromDate(year, month, day)).toBe(days);
        expect(weekdayOf(days)).toBe(date.getUTCDay());
        expect(day).toBeLessThanOrEqual(daysInMonth(month, year));
      }),
    );
  });

  test.each([
    [2021, 14, 3, '2022-2-3'],
    [2021, 0, 31, '2020-12-31'],
    [2021, 2, 30, '2021-3-2'],
    [2021, 3, 0, '2021-2-28'],
  ])('carries %i-%i-%i over to %s', (year, month, day, wanted) => {
    const date = dateFromDays(daysFromDate(year, month, day));
    expect(`${date.year}-${date.month}-${date.day}`).toBe(wanted);
  });

  test.each([
    [2021, 1, 3, 2020, 53],
    [2021, 1, 4, 2021, 1],
    [2018, 12, 31, 2019, 1],
  ])('%i-%i-%i is in week %i-%i', (year, month, day, isoYear, week) => {
    expect(isoWeekOf(daysFromDate(year, month, day))).toEqual({ year: isoYear, week });
  });

  test('counts the days of a leap year', () => {
    expect(dayOfYear(daysFromDate(2020, 12, 31))).toBe(366);
  });
});

describe('layout', () => {
  test.each([
    ['a2006b', 'a', '2006', 'b'],
    ['_2006', '_', '2006', ''],
    ['__2', '', '__2', ''],
    ['January', '', 'January', ''],
    ['Janx', 'Janx', undefined, ''],
    ['Monx2', 'Monx', '2', ''],
    ['.0001', '.00', '01', ''],
    ['-07:00:00', '', '-07:00:00', ''],
    [',999 ', '', 'fraction9', ' '],
  ])('%s begins with %j, %j', (layout, prefix, element, suffix) => {
    const chunk = nextChunk(layout);
    expect([chunk.prefix, chunk.element, chunk.suffix]).toEqual([prefix, element, suffix]);
  });
});

const berlin = loadLocation('Europe/Berlin');
const newYork = loadLocation('America/New_York');
const moment = Time.date(2021, 3, 4, 5, 6, 7, 89_000_000, UTC);

describe('format', () => {
  test.each([
    ['2006-01-02T15:04:05.999999999Z07:00', '2021-03-04T05:06:07.089Z'],
    ['Mon Jan _2 3:4:5PM 06', 'Thu Mar  4 5:6:7AM 21'],
    ['Monday, January 2 2006 pm', 'Thursday, March 4 2021 am'],
    ['002 __2 .000 ,00 .9', '063  63 .089 ,08 '],
    ['-0700 -07:00 Z07 MST', '+0000 +00:00 Z UTC'],
    ['Janet 15h', 'Janet 05h'],
  ])('%s is %s', (layout, text) => {
    expect(moment.format(layout)).toBe(text);
  });

  test.each([
    [moment.in(berlin), '2021-03-04 06:06:07.089 +0100 CET'],
    [Time.date(2021, 7, 1, 0, 0, 0, 0, berlin), '2021-07-01 00:00:00 +0200 CEST'],
    [Time.date(2021, 3, 28, 2, 30, 0, 0, berlin), '2021-03-28 03:30:00 +0200 CEST'],
    [Time.date(2021, 1, 1, 0, 0, 0, 0, fixedZone('', -5400)), '2021-01-01 00:00:00 -0130 -0130'],
    [ZERO_TIME, '0001-01-01 00:00:00 +0000 UTC'],
    [new Time(-1, 0, newYork), '1969-12-31 18:59:59 -0500 EST'],
  ])('String gives %#', (time, text) => {
    expect(time.goString()).toBe(text);
  });

  test('RFC 3339 has no years of five digits', () => {
    expect(message(() => strictRfc3339(Time.date(10_000, 1, 1, 0, 0, 0, 0, UTC)))).toBe(
      'year outside of range [0,9999]',
    );
  });
});

describe('parse', () => {
  test.each([
    ['2006-01-02', '2021-03-04', '2021-03-04 00:00:00 +0000 UTC'],
    ['2006-01-02T15:04:05Z07:00', '2021-03-04T05:06:07.25+01:00', '2021-03-04 05:06:07.25 +0100 +0100'],
    ['Mon Jan _2 15:04:05 2006', 'Thu Mar  4 05:06:07 2021', '2021-03-04 05:06:07 +0000 UTC'],
    ['06-1-2 3PM', '69-12-31 12AM', '1969-12-31 00:00:00 +0000 UTC'],
    ['2006 002', '2020 366', '2020-12-31 00:00:00 +0000 UTC'],
    ['2006 MST', '2021 GMT+3', '2021-01-01 00:00:00 +0300 GMT+3'],
    ['2006 -0700', '2021 -0130', '2021-01-01 00:00:00 -0130 -0130'],
  ])('%s reads %s', (layout, text, wanted) => {
    expect(parseTime(layout, text, UTC).goString()).toBe(wanted);
  });

  test('abbreviations of the local zone have its offset, others none', () => {
    expect(parseTime('2006-01 MST', '2021-07 EDT', newYork).goString()).toBe('2021-07-01 00:00:00 -0400 EDT');
    expect(parseTime('2006-01 MST', '2021-07 CET', newYork).goString()).toBe('2021-07-01 00:00:00 +0000 CET');
  });

  test.each([
    ['2006-01-02', 'x', 'parsing time "x" as "2006-01-02": cannot parse "x" as "2006"'],
    ['2006-01-02', '2021-13-01', 'parsing time "2021-13-01": month out of range'],
    ['2006-01-02', '2021-02-29', 'parsing time "2021-02-29": day out of range'],
    ['2006-01-02', '2021-02-01Z', 'parsing time "2021-02-01Z": extra text: "Z"'],
    ['15:04', '24:00', 'parsing time "24:00": hour out of range'],
    ['2006 002', '2021 366', 'parsing time "2021 366": day-of-year out of range'],
    ['2006é', '2021e', 'parsing time "2021e" as "2006\\xc3\\xa9": cannot parse "e" as "\\xc3\\xa9"'],
    ['Z07:00', '+25:00', 'parsing time "+25:00": time zone offset hour out of range'],
  ])('%s does not read %s', (layout, text, error) => {
    expect(message(() => parseTime(layout, text, UTC))).toBe(error);
  });

  test('reads what format writes', () => {
    const layout = '2006-01-02T15:04:05.000000000Z07:00';
    fc.assert(
      fc.property(
        fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }),
        fc.nat(999_999_999),
        (seconds, nanos) => {
          const time = fromNanoseconds(seconds * 1_000_000_000n + BigInt(nanos), UTC);
          expect(parseTime(layout, time.format(layout), UTC).nanoseconds()).toBe(time.nanoseconds());
        },
      ),
    );
  });
});

describe('methods', () => {
  test.each([
    ['Year', [], 2021],
    ['Unix', [], 1_614_834_367n],
    ['YearDay', [], 63],
    ['IsZero', [], false],
    ['Before', [moment.add(1n)], true],
    ['Compare', [moment], 0],
    ['Format', ['15h'], '05h'],
  ])('%s', (name, args, wanted) => {
    expect(method(moment, name, ...args)).toBe(wanted);
  });

  test.each([
    ['AddDate', [0, 1, 27], '2021-05-01 05:06:07.089 +0000 UTC'],
    ['Truncate', [3_600_000_000_000n], '2021-03-04 05:00:00 +0000 UTC'],
    ['Round', [new Duration(1_000_000_000n)], '2021-03-04 05:06:07 +0000 UTC'],
    ['Sub', [moment.add(-90_000_000_000n)], '1m30s'],
    ['Month', [], 'March'],
    ['Weekday', [], 'Thursday'],
  ])('%s prints %s', (name, args, text) => {
    expect((method(moment, name, ...args) as Time).goString()).toBe(text);
  });

  test('Local leads to the local zone, whatever the present one', () => {
    const local = new Time(0, 0, newYork.named('Local'));
    expect((method(local.in(UTC), 'Local') as Time).goString()).toBe('1969-12-31 19:00:00 -0500 EST');
  });
});

describe('durations', () => {
  test.each([
    [0n, '0s'],
    [1n, '1ns'],
    [1_500n, '1.5µs'],
    [2_000_000n, '2ms'],
    [1_500_000_000n, '1.5s'],
    [-5_400_000_000_000n, '-1h30m0s'],
    [-(1n << 63n), '-2562047h47m16.854775808s'],
  ])('%s is %s', (nanoseconds, text) => {
    expect(formatDuration(nanoseconds)).toBe(text);
    expect(parseDuration(text)).toBe(nanoseconds);
  });

  test.each([
    ['', 'time: invalid duration ""'],
    ['1', 'time: missing unit in duration "1"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['.s', 'time: invalid duration ".s"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    ['1é', 'time: unknown unit "\\xc3\\xa9" in duration "1\\xc3\\xa9"'],
  ])('%j is none', (text, error) => {
    expect(message(() => parseDuration(text))).toBe(error);
  });

  test.each([
    [1_500n, 1_000n, 2_000n],
    [-1_500n, 1_000n, -2_000n],
    [1_499n, 1_000n, 1_000n],
    [5n, 0n, 5n],
  ])('%s rounds by %s to %s', (d, unit, wanted) => {
    expect(roundDuration(d, unit)).toBe(wanted);
  });

  test('every duration reads as it is written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (d) => {
        expect(parseDuration(formatDuration(d))).toBe(d);
      }),
    );
  });
});
