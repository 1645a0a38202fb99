import { dayOfYear, MONTHS, WEEKDAYS, weekdayOf } from './calendar.ts';
import { type Chunk, chunksOf, type Element } from './layout.ts';
import type { Clock, Time } from './time.ts';

/** Go: Time.Format. */
export function formatTime(time: Time, layout: string): string {
  const clock = time.clock();
  let out = '';
  for (const chunk of chunksOf(layout)) {
    out += chunk.prefix;
    if (chunk.element !== undefined)
      out += formatElement(chunk as Chunk & { element: Element }, clock, time.nanosecond);
  }
  return out;
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** Zero padding does not count the sign. */
const padded = (n: number, width: number): string => (n < 0 ? '-' : '') + String(Math.abs(n)).padStart(width, '0');

const onTwelve = (hour: number): number => hour % 12 || 12;

function formatElement({ element, text }: Chunk & { element: Element }, clock: Clock, nanosecond: number): string {
  switch (element) {
    case 'January':
      return MONTHS[clock.month - 1] as string;
    case 'Jan':
      return (MONTHS[clock.month - 1] as string).slice(0, 3);
    case '1':
      return String(clock.month);
    case '01':
      return two(clock.month);
    case 'Monday':
      return WEEKDAYS[weekdayOf(clock.days)] as string;
    case 'Mon':
      return (WEEKDAYS[weekdayOf(clock.days)] as string).slice(0, 3);
    case '2':
      return String(clock.day);
    case '_2':
      return String(clock.day).padStart(2);
    case '02':
      return two(clock.day);
    case '__2':
      return String(dayOfYear(clock.days)).padStart(3);
    case '002':
      return padded(dayOfYear(clock.days), 3);
    case '15':
      return two(clock.hour);
    case '3':
      return String(onTwelve(clock.hour));
    case '03':
      return two(onTwelve(clock.hour));
    case '4':
      return String(clock.minute);
    case '04':
      return two(clock.minute);
    case '5':
      return String(clock.second);
    case '05':
      return two(clock.second);
    case '2006':
      return padded(clock.year, 4);
    case '06':
      return two(Math.abs(clock.year) % 100);
    case 'PM':
      return clock.hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return clock.hour >= 12 ? 'pm' : 'am';
    case 'MST':
      return clock.abbreviation || formatOffset('-0700', clock.offset);
    case 'fraction0':
      return text[0] + fraction(nanosecond, text.length - 1);
    case 'fraction9':
      return trimmedFraction(text, nanosecond);
    default:
      return clock.offset === 0 && element.startsWith('Z') ? 'Z' : formatOffset(element, clock.offset);
  }
}

/** Nine digits at most, also where the layout has more. */
const fraction = (nanosecond: number, digits: number): string => String(nanosecond).padStart(9, '0').slice(0, digits);

function trimmedFraction(text: string, nanosecond: number): string {
  const digits = fraction(nanosecond, text.length - 1).replace(/0+$/, '');
  return digits === '' ? '' : text[0] + digits;
}

function formatOffset(element: string, offset: number): string {
  // Go rounds a negative offset's minutes towards zero, but not its seconds.
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const colon = element.includes(':') ? ':' : '';
  const sign = Math.trunc(offset / 60) < 0 ? '-' : '+';
  let out = sign + two(Math.floor(minutes / 60));
  if (element.length > 3) out += colon + two(minutes % 60);
  if (element.length > 6) out += colon + two(Math.abs(offset) % 60);
  return out;
}
