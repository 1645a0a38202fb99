import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { GoError } from 'go-template';
import { describe, expect, test } from 'vitest';

import { parseZoneTable } from './tzif.ts';
import { fixedZone, loadLocation, UTC } from './zone.ts';

const FOLDER = '/usr/share/zoneinfo';
const database = (name: string): Uint8Array | undefined =>
  existsSync(join(FOLDER, name)) ? new Uint8Array(readFileSync(join(FOLDER, name))) : undefined;

const summer = Date.UTC(2021, 6, 1) / 1000;
const winter = Date.UTC(2021, 0, 1) / 1000;

test.each(['Nowhere/Land', 'europe/berlin', 'EUROPE/BERLIN', 'Europe/BERLIN', '+01:00', 'utc'])(
  '%s is unknown to Intl too',
  (name) => {
    expect(() => loadLocation(name)).toThrow(new GoError(`unknown time zone ${name}`));
  },
);

test.each(['../etc/passwd', '/etc/localtime', 'a/../b'])('%s is no name', (name) => {
  expect(() => loadLocation(name, database)).toThrow(new GoError('time: invalid location name'));
});

test('the nameless zone is UTC', () => {
  expect([loadLocation(''), loadLocation('UTC')]).toEqual([UTC, UTC]);
  expect(fixedZone('X', 60).at(0)).toEqual({ abbreviation: 'X', offset: 60, isDst: false });
});

const cases: [string, number, string, number][] = [
  ['Europe/Berlin', summer, 'CEST', 7200],
  ['Europe/Berlin', winter, 'CET', 3600],
  ['America/New_York', summer, 'EDT', -14_400],
  ['Asia/Kolkata', summer, 'IST', 19_800],
  ['Asia/Tokyo', winter, 'JST', 32_400],
  ['Asia/Kathmandu', winter, '+0545', 20_700],
  ['Australia/Lord_Howe', winter, '+11', 39_600],
  ['America/Sao_Paulo', winter, '-03', -10_800],
  ['Europe/Dublin', summer, 'IST', 3600],
  ['GMT', winter, 'GMT', 0],
  ['Pacific/Auckland', winter, 'NZDT', 46_800],
];

describe.each([
  ['Intl', undefined],
  ...(existsSync(FOLDER) ? [['the IANA database', database] as const] : []),
] as const)('by %s', (_, source) => {
  test.each(cases)('%s at %i is %s', (name, unix, abbreviation, offset) => {
    expect(loadLocation(name, source).at(unix)).toMatchObject({ abbreviation, offset });
  });
});

test('both sources agree on offsets since 1970, and beyond the last transition', () => {
  for (const [name] of cases) {
    const [intl, exact] = [loadLocation(name), loadLocation(name, existsSync(FOLDER) ? database : undefined)];
    for (let year = 1970; year < 2100; year += 5) {
      for (const month of [0, 3, 6, 9]) {
        const unix = Date.UTC(year, month, 15) / 1000;
        expect([name, year, month, intl.at(unix).offset]).toEqual([name, year, month, exact.at(unix).offset]);
      }
    }
  }
});

test.each([[[]], [[0x54, 0x5a, 0x69, 0x66]], [new Array<number>(60).fill(0)]])('%j is no zone', (bytes) => {
  expect(parseZoneTable(Uint8Array.from(bytes))).toBeUndefined();
});
