/** The proleptic Gregorian calendar in days since 1970-01-01. */

export interface CivilDate {
  year: number;
  /** 1 to 12. */
  month: number;
  /** 1 to 31. */
  day: number;
}

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

const DAYS_OF_400_YEARS = 146_097;

/** Days since 1970-01-01; a month or day out of range carries over, as in Go's time.Date. */
export function daysFromDate(year: number, month: number, day: number): number {
  const carried = year + Math.floor((month - 1) / 12);
  const m = (((month - 1) % 12) + 12) % 12;
  // Years begin in March here, so that the leap day is the last of its year.
  const y = m < 2 ? carried - 1 : carried;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((m + 10) % 12) + 2) / 5);
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_OF_400_YEARS + dayOfEra - 719_468 + day - 1;
}

export function dateFromDays(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / DAYS_OF_400_YEARS);
  const dayOfEra = shifted - era * DAYS_OF_400_YEARS;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * dayOfYear + 2) / 153);
  const month = m < 10 ? m + 3 : m - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * m + 2) / 5) + 1,
  };
}

export const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

export const daysInMonth = (month: number, year: number): number =>
  month === 2 ? (isLeapYear(year) ? 29 : 28) : 30 + ((month + (month >> 3)) & 1);

/** 1 for 1 January. */
export const dayOfYear = (days: number): number => days - daysFromDate(dateFromDays(days).year, 1, 1) + 1;

/** 0 for Sunday. */
export const weekdayOf = (days: number): number => (((days + 4) % 7) + 7) % 7;

/** ISO 8601: weeks begin on Monday, and a week belongs to the year that its Thursday is in. */
export function isoWeekOf(days: number): { year: number; week: number } {
  const thursday = days + 4 - (weekdayOf(days) || 7);
  return { year: dateFromDays(thursday).year, week: Math.floor((dayOfYear(thursday) - 1) / 7) + 1 };
}
