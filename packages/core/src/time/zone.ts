/** Time zones: what offset and abbreviation hold in a place at an instant. */
import { GoError, GoValue } from 'go-template';

import { parseZoneTable, type ZoneTable } from './tzif.ts';

export interface Zone {
  /** `CEST`, or `+03` where the zone has no letters; '' prints as the offset. */
  abbreviation: string;
  /** Seconds east of UTC. */
  offset: number;
  isDst: boolean;
}

/** Go's *time.Location. */
export class Location extends GoValue {
  readonly goType = '*time.Location';
  readonly kind = 'ptr';
  readonly name: string;
  readonly #at: (unix: number) => Zone;

  constructor(name: string, at: (unix: number) => Zone) {
    super();
    this.name = name;
    this.#at = at;
  }

  /** The zone in force at an instant in seconds since 1970. */
  at(unix: number): Zone {
    return this.#at(unix);
  }

  /** The same place under another name, as Go calls the local zone `Local`. */
  named(name: string): Location {
    return new Location(name, this.#at);
  }

  override goString(): string {
    return this.name;
  }
}

const utcZone: Zone = { abbreviation: 'UTC', offset: 0, isDst: false };

export const UTC = new Location('UTC', () => utcZone);

/** Go: time.FixedZone. `offset` in seconds east of UTC. */
export function fixedZone(name: string, offset: number): Location {
  const zone: Zone = { abbreviation: name, offset, isDst: false };
  return new Location(name, () => zone);
}

/** Where compiled zones (TZif files of the IANA database) come from, by name; undefined for an unknown one. */
export type ZoneSource = (name: string) => Uint8Array | undefined;

const BAD_NAME = /^[/\\]|(^|[/\\])\.\.([/\\]|$)/;

/**
 * A zone of the IANA database, `''` and `UTC` being UTC (Go: time.LoadLocation, but for `Local`, which the caller
 * knows). Without a source, Intl has the offsets, and the abbreviations as far as it knows them.
 * Throws GoError `unknown time zone X`.
 */
export function loadLocation(name: string, source?: ZoneSource): Location {
  if (name === '' || name === 'UTC') return UTC;
  if (BAD_NAME.test(name)) throw new GoError('time: invalid location name');
  if (source !== undefined) {
    const data = source(name);
    const table = data && parseZoneTable(data);
    if (table === undefined) throw new GoError(`unknown time zone ${name}`);
    return tableLocation(name, table);
  }
  return intlLocation(name);
}

const tableLocation = (name: string, table: ZoneTable): Location => new Location(name, (unix) => table.at(unix));

const AREAS =
  /^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc|Europe|Indian|Mexico|Pacific|US)\//;
const SINGLE = /^([A-Z][A-Z0-9-]+|GMT[+-]?0|[A-Z][a-z]{3,}|GB-Eire|NZ-CHAT|W-SU|Zulu)$/;

/** Intl ignores case and takes `+01:00`; the files of the database do not. */
const isDatabaseName = (name: string): boolean =>
  AREAS.test(name)
    ? name
        .split('/')
        .every((part) => /^[A-Z]/.test(part) && (name.startsWith('Etc/') || /[a-z]/.test(part) || part === 'US'))
    : SINGLE.test(name);

/** English regions whose data has abbreviations in letters, each for its own part of the world. */
const ABBREVIATING_LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA', 'en-KE', 'en-NG'];

/** The abbreviations of the database; Intl has others, for places that the database gives numbers. */
const KNOWN =
  /^(UTC|GMT|BST|WET|WEST|CET|CEST|EET|EEST|MSK|IST|WAT|CAT|EAT|SAST|[ECMP][SD]T|AK[SD]T|H[SD]T|A[SD]T|N[SD]T|AE[SD]T|AC[SD]T|AWST|NZ[SD]T)$/;

/** What Intl does not know, standard and summer time. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  'Africa/Abidjan': 'GMT',
  'Africa/Accra': 'GMT',
  'Africa/Algiers': 'CET',
  'Africa/Cairo': 'EET EEST',
  'Africa/Dakar': 'GMT',
  'Africa/Tripoli': 'EET',
  'Africa/Tunis': 'CET',
  'America/Havana': 'CST CDT',
  'America/St_Johns': 'NST NDT',
  'Asia/Beirut': 'EET EEST',
  'Asia/Hong_Kong': 'HKT',
  'Asia/Jakarta': 'WIB',
  'Asia/Jayapura': 'WIT',
  'Asia/Jerusalem': 'IST IDT',
  'Asia/Karachi': 'PKT',
  'Asia/Makassar': 'WITA',
  'Asia/Manila': 'PST',
  'Asia/Pontianak': 'WIB',
  'Asia/Seoul': 'KST',
  'Asia/Shanghai': 'CST',
  'Asia/Taipei': 'CST',
  'Asia/Tokyo': 'JST',
  'Atlantic/Reykjavik': 'GMT',
  'Europe/Dublin': 'GMT IST',
  'Europe/London': 'GMT BST',
  'Europe/Moscow': 'MSK',
  'Europe/Simferopol': 'MSK',
  'Pacific/Guam': 'ChST',
  'Pacific/Pago_Pago': 'SST',
  'Etc/GMT': 'GMT',
  Eire: 'GMT IST',
  GMT: 'GMT',
  GMT0: 'GMT',
  Greenwich: 'GMT',
  Hongkong: 'HKT',
  Israel: 'IST IDT',
  Japan: 'JST',
  PRC: 'CST',
  ROC: 'CST',
  ROK: 'KST',
};

function intlLocation(name: string): Location {
  const unknown = (): GoError => new GoError(`unknown time zone ${name}`);
  if (!isDatabaseName(name)) throw unknown();
  const formats = new Map<string, Intl.DateTimeFormat>();
  const zoneName = (locale: string, style: 'short' | 'long' | 'longOffset', unix: number): string => {
    const key = `${locale} ${style}`;
    let format = formats.get(key);
    if (format === undefined) {
      format = new Intl.DateTimeFormat(locale, { timeZone: name, timeZoneName: style });
      formats.set(key, format);
    }
    return format.formatToParts(unix * 1000).find((part) => part.type === 'timeZoneName')?.value ?? '';
  };
  try {
    zoneName('en-US', 'longOffset', 0);
  } catch {
    throw unknown();
  }
  const abbreviate = (unix: number, offset: number, isDst: boolean): string => {
    const own = ABBREVIATIONS[name]?.split(' ');
    if (own !== undefined) return (isDst ? own[1] : undefined) ?? (own[0] as string);
    for (const locale of ABBREVIATING_LOCALES) {
      const short = zoneName(locale, 'short', unix);
      if (KNOWN.test(short) && (short !== 'GMT' || offset === 0)) return short;
    }
    return numericAbbreviation(offset);
  };
  const offsetAt = (unix: number): number => {
    const [, sign, ...parts] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(zoneName('en-US', 'longOffset', unix)) ?? [];
    const [hours = 0, minutes = 0, seconds = 0] = parts.map((part) => Number(part ?? 0));
    return (sign === '-' ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
  };
  return new Location(name, (unix) => {
    const offset = offsetAt(unix);
    // Before 1970 Intl names no zones: then the name is that of a season with the same offset.
    const named = unix >= 0 ? unix : IN_1971.find((season) => offsetAt(season) === offset);
    if (named === undefined) return { abbreviation: numericAbbreviation(offset), offset, isDst: false };
    const isDst = /Summer|Daylight|Irish Standard/.test(zoneName('en-US', 'long', named));
    return { abbreviation: abbreviate(named, offset, isDst), offset, isDst };
  });
}

/** 1 January and 1 July. */
const IN_1971 = [31_536_000, 47_174_400];

/** `+03`, `-0330`: what the database calls zones that have no letters. */
function numericAbbreviation(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / 60);
  const two = (n: number): string => String(n).padStart(2, '0');
  return (offset < 0 ? '-' : '+') + two(Math.floor(minutes / 60)) + (minutes % 60 === 0 ? '' : two(minutes % 60));
}
