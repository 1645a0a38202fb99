/** Compiled time zones (RFC 8536), and the POSIX rule at their end for the years after the last transition. */
import { dateFromDays, daysFromDate, isLeapYear, weekdayOf } from './calendar.ts';

interface TableZone {
  abbreviation: string;
  offset: number;
  isDst: boolean;
}

export interface ZoneTable {
  /** The zone in force at an instant in seconds since 1970. */
  at(unix: number): TableZone;
}

/** Undefined when `data` is no TZif file. */
export function parseZoneTable(data: Uint8Array): ZoneTable | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < 44 || view.getUint32(0) !== 0x545a6966) return undefined;
  try {
    const first = readBlock(view, 0, 4);
    if (view.getUint8(4) === 0) return first.table(undefined);
    const second = readBlock(view, first.end, 8);
    const footer = String.fromCharCode(...data.subarray(second.end)).split('\n')[1];
    return second.table(footer ? parseRule(footer) : undefined);
  } catch (e) {
    if (e instanceof RangeError) return undefined;
    throw e;
  }
}

function readBlock(view: DataView, start: number, timeSize: 4 | 8) {
  const count = (i: number): number => view.getUint32(start + 20 + i * 4);
  const [isUtc, isStandard, leaps, times, types, chars] = [count(0), count(1), count(2), count(3), count(4), count(5)];
  const timesAt = start + 44;
  const indexesAt = timesAt + times * timeSize;
  const typesAt = indexesAt + times;
  const charsAt = typesAt + types * 6;
  const end = charsAt + chars + leaps * (timeSize + 4) + isStandard + isUtc;
  const abbreviation = (at: number): string => {
    let text = '';
    for (let i = charsAt + at; i < charsAt + chars && view.getUint8(i) !== 0; i++)
      text += String.fromCharCode(view.getUint8(i));
    return text;
  };
  const table = (rule: ((unix: number) => TableZone) | undefined): ZoneTable => {
    const zones: TableZone[] = Array.from({ length: types }, (_, i) => ({
      offset: view.getInt32(typesAt + i * 6),
      isDst: view.getUint8(typesAt + i * 6 + 4) !== 0,
      abbreviation: abbreviation(view.getUint8(typesAt + i * 6 + 5)),
    }));
    const transitions = Array.from({ length: times }, (_, i) =>
      timeSize === 8 ? Number(view.getBigInt64(timesAt + i * 8)) : view.getInt32(timesAt + i * 4),
    );
    const zoneAfter = (i: number): TableZone => zones[view.getUint8(indexesAt + i)] as TableZone;
    // Before the first transition: the first zone that is not daylight saving.
    const initial = zones[0]?.isDst ? (zones.find((zone) => !zone.isDst) ?? zones[0]) : zones[0];
    return {
      at(unix) {
        const last = transitions.length - 1;
        if (last < 0 || unix < (transitions[0] as number)) return (last < 0 && rule?.(unix)) || (initial as TableZone);
        if (unix >= (transitions[last] as number)) return rule?.(unix) ?? zoneAfter(last);
        let low = 0;
        let high = last;
        while (high - low > 1) {
          const middle = (low + high) >> 1;
          if (unix < (transitions[middle] as number)) high = middle;
          else low = middle;
        }
        return zoneAfter(low);
      },
    };
  };
  return { end, table };
}

const RULE = /^(<[^>]+>|[A-Za-z]{3,})([-+\d:]+)(?:(<[^>]+>|[A-Za-z]{3,})([-+\d:]*)(?:,([^,]+),([^,]+))?)?$/;

/** A rule such as `CET-1CEST,M3.5.0,M10.5.0/3`; undefined when it is malformed. */
function parseRule(text: string): ((unix: number) => TableZone) | undefined {
  const found = RULE.exec(text);
  if (found === null) return undefined;
  const [, name, offset, dstName, dstOffset, startDay, endDay] = found;
  const unquote = (s: string): string => s.replace(/[<>]/g, '');
  const standard: TableZone = {
    abbreviation: unquote(name as string),
    offset: 0 - seconds(offset as string),
    isDst: false,
  };
  if (dstName === undefined) return () => standard;
  const saving: TableZone = {
    abbreviation: unquote(dstName),
    offset: dstOffset ? 0 - seconds(dstOffset) : standard.offset + 3600,
    isDst: true,
  };
  return (unix) => {
    const { year } = dateFromDays(Math.floor((unix + standard.offset) / 86_400));
    const starts = transition(startDay ?? 'M3.2.0', year) - standard.offset;
    const ends = transition(endDay ?? 'M11.1.0', year) - saving.offset;
    const isSaving = starts < ends ? unix >= starts && unix < ends : unix >= starts || unix < ends;
    return isSaving ? saving : standard;
  };
}

function seconds(text: string): number {
  const [hours = 0, minutes = 0, rest = 0] = text.replace(/^[-+]/, '').split(':').map(Number);
  const size = hours * 3600 + minutes * 60 + rest;
  return text.startsWith('-') ? -size : size;
}

/** The local second, counted as if in UTC, at which `Mm.w.d/time`, `Jn` or `n` falls in a year. */
function transition(day: string, year: number): number {
  const [date = '', time = '2'] = day.split('/');
  const at = (days: number): number => days * 86_400 + seconds(time);
  if (!date.startsWith('M')) {
    const julian = date.startsWith('J');
    const n = Number(date.replace('J', '')) - (julian ? 1 : 0);
    return at(daysFromDate(year, 1, 1) + n + (julian && isLeapYear(year) && n >= 59 ? 1 : 0));
  }
  const [month = 1, week = 1, weekday = 0] = date.slice(1).split('.').map(Number);
  const first = daysFromDate(year, month, 1);
  let days = first + ((weekday - weekdayOf(first) + 7) % 7) + (week - 1) * 7;
  while (days >= daysFromDate(year, month + 1, 1)) days -= 7;
  return at(days);
}
