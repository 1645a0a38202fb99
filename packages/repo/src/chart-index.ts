/** index.yaml of a chart repository. Helm: pkg/repo/v1/index.go. */
import {
  compareVersions,
  decodeJson,
  decodeStruct,
  decodeYaml,
  ignoreWarnings,
  METADATA,
  parseConstraint,
  parseVersion,
  type SemVer,
  type StructShape,
  satisfies,
  TextError,
  type TextTree,
  type Time,
  type Warn,
} from '@pack/core';
import { compareBytes, GoError, type GoMap, newMap } from 'go-template';

import { CHART_VERSION, type ChartVersion, checkEntry, ENTRY_TEXTS, hasOtherThanText } from './chart-version.ts';
import { RepoError } from './error.ts';
import { type PlacedEntry, readIndexLines } from './index-lines.ts';

/** index.yaml */
export interface ChartIndex {
  readonly apiVersion: string;
  readonly generated?: Time;
  /** By the name of the chart, versions descending. */
  readonly entries: ReadonlyMap<string, readonly ChartVersion[]>;
  readonly publicKeys?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ParseIndexOptions {
  /** What warnings call the index: its URL or path. */
  readonly source: string;
  readonly warn?: Warn;
}

export const INDEX: StructShape = {
  name: 'IndexFile',
  type: 'repo.IndexFile',
  fields: {
    serverInfo: { map: 'any' },
    apiVersion: 'string',
    generated: 'time',
    entries: { map: { list: CHART_VERSION } },
    publicKeys: { list: 'string' },
    annotations: { map: 'string' },
  },
};

const INDEX_TEXTS: TextTree = {
  apiVersion: true,
  publicKeys: { '[]': true },
  annotations: { '*': true },
  entries: { '*': { '[]': ENTRY_TEXTS } },
};

/** index.yaml without its entries. */
interface IndexFields {
  readonly apiVersion?: string;
  readonly generated?: Time;
  readonly publicKeys?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RawEntry extends PlacedEntry<ChartVersion | null> {
  readonly isChecked?: boolean;
}

interface RawIndex {
  readonly fields: IndexFields;
  readonly charts: Iterable<readonly [string, readonly RawEntry[]]>;
}

/** An index and where its entries stand in the text. */
export interface ReadIndex {
  readonly fields: IndexFields;
  readonly charts: ReadonlyMap<string, readonly PlacedEntry[]>;
  /** The column of the keys of all entries; undefined when the places of entries are not known. */
  readonly column: number | undefined;
}

/**
 * An index of which the entries that Helm cannot use are left out, with a warning. Throws INDEX_INVALID with Helm's
 * message. Helm: loadIndex.
 */
export function parseIndex(text: string, options: ParseIndexOptions): ChartIndex {
  const { fields, charts } = readIndex(text, options);
  const entries = new Map<string, readonly ChartVersion[]>();
  for (const [name, placed] of charts)
    entries.set(
      name,
      placed.map(({ entry }) => entry),
    );
  return { ...fields, apiVersion: fields.apiVersion ?? '', entries };
}

/** As {@link parseIndex}, with the places of entries if the text is laid out as usual. */
export function readIndex(text: string, options: ParseIndexOptions): ReadIndex {
  const lines = readIndexLines(text);
  const fields = lines && decodeFields(lines.rest);
  if (lines !== undefined && fields !== undefined) {
    const { charts, column } = lines;
    return checkIndex({ fields, charts: [...charts].sort(byName) }, column, options);
  }
  return readWhole(text, options);
}

/** As {@link readIndex}, by the complete reader. */
export const readWhole = (text: string, options: ParseIndexOptions): ReadIndex =>
  checkIndex(decodeWhole(text), undefined, options);

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => compareBytes(a, b);

/** undefined where the complete reader has more to do. */
function decodeFields(rest: GoMap): IndexFields | undefined {
  if (hasOtherThanText(rest, INDEX_TEXTS)) return undefined;
  try {
    return (decodeStruct(rest, INDEX, { strict: true }) ?? {}) as IndexFields;
  } catch (e) {
    if (e instanceof GoError) return undefined;
    throw e;
  }
}

/** As JSON if it is JSON, else as strict YAML. */
function decodeWhole(text: string): RawIndex {
  if (text === '') throw new RepoError('INDEX_INVALID', 'empty index.yaml file');
  try {
    const { entries = {}, ...fields } = decodeAsJson(text) ?? decodeAsYaml(text) ?? {};
    const charts = Object.entries(entries as Record<string, readonly (ChartVersion | null)[] | null>);
    return {
      fields,
      charts: charts.map(([name, versions]) => [name, (versions ?? []).map((entry) => ({ entry, from: 0, to: 0 }))]),
    };
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    const line = e instanceof TextError ? e.line : undefined;
    throw new RepoError('INDEX_INVALID', withGoNames(e.message), {
      ...(line !== undefined && { at: { file: 'index.yaml', line } }),
      cause: e,
    });
  }
}

/** Go's names for what our shapes of structs have none: a list type, and the struct within that an entry's fields are of. */
const withGoNames = (message: string): string =>
  message
    .replace('[]*repo.ChartVersion', 'repo.ChartVersions')
    .replace(/(?<= into Go struct field \w+\.entries\.)\w+/, (field) =>
      Object.hasOwn(METADATA.fields, field) ? `Metadata.${field}` : field,
    );

/** What no JSON begins with is not tried. */
const MAYBE_JSON = /^[\t\n\r ]*(?:[[{"\d-]|(?:true|false|null)[\t\n\r ]*$)/;

function decodeAsJson(text: string): GoMap | undefined {
  if (!MAYBE_JSON.test(text)) return undefined;
  let value: unknown;
  try {
    value = decodeJson(text);
  } catch (e) {
    if (e instanceof GoError) return undefined;
    throw e;
  }
  return decodeStruct(value, INDEX) ?? newMap();
}

function decodeAsYaml(text: string): GoMap | undefined {
  let value = decodeYaml(text, { strict: true });
  if (hasOtherThanText(value, INDEX_TEXTS)) value = decodeYaml(text, { strict: true, texts: INDEX_TEXTS });
  try {
    return decodeStruct(value, INDEX, { strict: true });
  } catch (e) {
    throw e instanceof GoError ? new TextError(`error unmarshaling JSON: while decoding JSON: ${e.message}`) : e;
  }
}

/** Leaves out what Helm cannot use, and sorts. Helm: loadIndex. */
function checkIndex(raw: RawIndex, column: number | undefined, options: ParseIndexOptions): ReadIndex {
  const { source, warn = ignoreWarnings } = options;
  const charts = new Map<string, readonly PlacedEntry[]>();
  for (const [name, placed] of raw.charts) {
    const valid: PlacedEntry<ChartVersion>[] = [];
    for (const { entry, from, to, isChecked } of placed) {
      const checked = isChecked === true ? entry : checkEntry(entry, name, source, warn);
      if (checked) valid.push({ entry: checked, from, to });
    }
    charts.set(
      name,
      sortVersions(valid, ({ entry }) => entry.version),
    );
  }
  if (!raw.fields.apiVersion) throw new RepoError('INDEX_INVALID', 'no API version specified');
  return { fields: raw.fields, charts, column };
}

/**
 * Entries with the highest version first; those of equal precedence keep their order. (So they do in Helm up to twelve,
 * or when they were in order before; else its sort shuffles them.)
 */
export function sortVersions<T>(entries: readonly T[], versionOf: (entry: T) => string): T[] {
  const parsed = entries.map((entry) => ({ entry, version: versionOrNone(versionOf(entry)) }));
  const isSorted = parsed.every((item, i) => i === 0 || compareOptional(parsed[i - 1]?.version, item.version) >= 0);
  if (!isSorted) parsed.sort((a, b) => compareOptional(b.version, a.version));
  return parsed.map(({ entry }) => entry);
}

const compareOptional = (a: SemVer | undefined, b: SemVer | undefined): number =>
  a === undefined || b === undefined ? Number(a !== undefined) - Number(b !== undefined) : compareVersions(a, b);

/** undefined for a text that is no version. */
export function versionOrNone(text: string): SemVer | undefined {
  try {
    return parseVersion(text);
  } catch (e) {
    if (e instanceof GoError) return undefined;
    throw e;
  }
}

/**
 * Which of some versions, given in the order of an index, is meant: the very one, else the first within the range; an
 * empty range takes the newest that is no pre-release. Throws CHART_VERSION_NOT_FOUND, or GoError for a bad range.
 * Helm: IndexFile.Get.
 */
export function findVersion(
  chart: string,
  versions: readonly string[] | undefined,
  range: string,
  warn: Warn = ignoreWarnings,
): number {
  if (versions === undefined) throw new RepoError('CHART_VERSION_NOT_FOUND', 'no chart name found');
  if (versions.length === 0) throw new RepoError('CHART_VERSION_NOT_FOUND', 'no chart version found');
  const constraint = parseConstraint(range === '' ? '*' : range);
  const exact = range === '' ? -1 : versions.indexOf(range);
  if (exact >= 0) return exact;
  const found = versions.findIndex((text) => {
    const version = versionOrNone(text);
    return version !== undefined && satisfies(version, constraint);
  });
  if (found < 0) {
    throw new RepoError('CHART_VERSION_NOT_FOUND', `no chart version found for ${chart}-${range}`);
  }
  if (range !== '' && !isVersionRange(range)) {
    warn('unable to find exact version requested; falling back to closest available version', {
      chart,
      requested: range,
      selected: versions[found] as string,
    });
  }
  return found;
}

/** Whether a text asks for a range and not for one version. */
const isVersionRange = (text: string): boolean =>
  /[\^~<>=!*]|\|\|| - /.test(text) || /[xX]/.test(text.replace(/[-+][\s\S]*$/, ''));
