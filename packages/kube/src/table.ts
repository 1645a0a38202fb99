/** Objects as a server shows them to people: rows of cells, one for each. kubernetes: meta/v1 Table. */
import type { KubeObject } from './object.ts';

export interface TableColumn {
  readonly name: string;
  /** 0 is shown always, more when there is room. */
  readonly priority: number;
}

export interface Table {
  readonly columns: readonly TableColumn[];
  /** Texts and numbers, and what has no value. */
  readonly rows: readonly (readonly unknown[])[];
}

interface ServerTable {
  readonly kind: 'Table';
  readonly columnDefinitions?: readonly { readonly name?: string; readonly priority?: number }[] | null;
  readonly rows?: readonly { readonly cells?: readonly unknown[] | null }[] | null;
}

interface List {
  readonly items?: readonly KubeObject[] | null;
}

/** Of what a server answers; one that knows no tables gives the object, or the list. `now`: ms since the epoch. */
export function toTable(answer: unknown, now: number): Table {
  if ((answer as { kind?: unknown }).kind !== 'Table') {
    const { items } = answer as List;
    return plainTable(items === undefined ? [answer as KubeObject] : (items ?? []), now);
  }
  const { columnDefinitions, rows } = answer as ServerTable;
  return {
    columns: (columnDefinitions ?? []).map(({ name = '', priority = 0 }) => ({ name, priority })),
    rows: (rows ?? []).map(({ cells }) => cells ?? []),
  };
}

/** What can be said of any object. */
export const plainTable = (objects: readonly KubeObject[], now: number): Table => ({
  columns: [
    { name: 'Name', priority: 0 },
    { name: 'Age', priority: 0 },
  ],
  rows: objects.map(({ metadata: { name, creationTimestamp } }) => [
    name,
    creationTimestamp === undefined ? '<unknown>' : formatAge(now - Date.parse(creationTimestamp)),
  ]),
});

const [MINUTE, HOUR, DAY, YEAR] = [60, 3600, 86_400, 86_400 * 365];

/** From how many seconds on which unit counts, and which is told beside it. */
const UNITS: readonly (readonly [from: number, unit: number, name: string, rest?: number, restName?: string])[] = [
  [8 * YEAR, YEAR, 'y'],
  [2 * YEAR, YEAR, 'y', DAY, 'd'],
  [8 * DAY, DAY, 'd'],
  [2 * DAY, DAY, 'd', HOUR, 'h'],
  [8 * HOUR, HOUR, 'h'],
  [3 * HOUR, HOUR, 'h', MINUTE, 'm'],
  [10 * MINUTE, MINUTE, 'm'],
  [2 * MINUTE, MINUTE, 'm', 1, 's'],
  [0, 1, 's'],
];

/** kubernetes: apimachinery/pkg/util/duration HumanDuration. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  const whole = Math.max(0, seconds);
  const [, unit, name, rest, restName] = UNITS.find(([from]) => whole >= from) as (typeof UNITS)[number];
  const more = rest === undefined ? 0 : Math.floor((whole % unit) / rest);
  return `${Math.floor(whole / unit)}${name}${more === 0 ? '' : `${more}${restName}`}`;
}
