import { fromBytes, GoError, quoteGo, toBytes } from 'go-template';

import { decodeJson } from '../json/decode.ts';
import { MANIFEST, packManifest } from '../pack/manifest.ts';
import { writeArchive } from './archive.ts';
import type { Chart, ChartFile, Metadata } from './chart.ts';
import { ChartError } from './error.ts';
import { encodeLock, encodeMetadata, validateMetadata } from './metadata.ts';
import type { TarFile } from './tar.ts';

/** A chart's archive and what it is called: `name-version.tgz`. */
export interface PackagedChart {
  readonly name: string;
  readonly data: Uint8Array;
}

/**
 * The archive of a chart, subcharts unpacked within it. `modified` is the time of every file, so that equal charts give
 * equal archives. Throws CHART_INVALID. Helm: pkg/chart/v2/util Save.
 */
export async function packageChart(chart: Chart, modified: Date): Promise<PackagedChart> {
  try {
    validateMetadata(chart.metadata);
  } catch (e) {
    throw e instanceof ChartError ? new ChartError(e.code, `chart validation: ${e.message}`, { cause: e }) : e;
  }
  const { name, version } = chart.metadata;
  const files = [...packageFiles(chart, '')];
  if (chart.pack !== undefined) {
    const base = `${name}/`;
    const own = files.map((file) => ({ ...file, name: file.name.slice(base.length) }));
    const manifest = await packManifest({ name, version, created: modified, files: own });
    files.unshift({ name: base + MANIFEST, data: toBytes(manifest) });
  }
  return { name: `${name}-${version}.tgz`, data: await writeArchive(files, modified) };
}

/** In Helm's order: what describes the chart, templates, other files, subcharts. */
function* packageFiles(chart: Chart, prefix: string): Generator<TarFile> {
  const { metadata, pack, lock, schema, raw, templates, files, dependencies } = chart;
  if (metadata.name.includes('/')) throw invalid(`${quoteGo(metadata.name)} is not a valid chart name`);
  const base = `${prefix}${metadata.name}/`;
  const file = (name: string, data: Uint8Array): TarFile => ({ name: base + name, data });
  if (pack !== undefined) {
    for (const { name, data } of raw) if (name === 'Pack.yaml' || name === 'Pack.lock.yaml') yield file(name, data);
  } else yield file('Chart.yaml', toBytes(encodeMetadata(metadata.apiVersion === 'v1' ? ofV1(metadata) : metadata)));
  if (pack === undefined && metadata.apiVersion === 'v2' && lock !== undefined)
    yield file('Chart.lock', toBytes(encodeLock(lock)));
  for (const { name, data } of raw) if (name === 'values.yaml') yield file(name, data);
  if (pack !== undefined) {
    for (const { name, data } of raw) if (/^values\.schema\.(?:json|yaml)$/.test(name)) yield file(name, data);
  } else if (schema !== undefined) {
    checkJson(schema);
    yield file('values.schema.json', schema);
  }
  const named = ({ name, data }: ChartFile): TarFile => file(name, data);
  yield* templates.map(named);
  yield* files.map(named);
  checkNames(dependencies);
  for (const subchart of dependencies) yield* packageFiles(subchart, `${base}charts/`);
}

/** The dependencies of a v1 chart have a file of their own. */
function ofV1({ dependencies: _, ...metadata }: Metadata): Metadata {
  return metadata;
}

function checkJson(schema: Uint8Array): void {
  try {
    decodeJson(fromBytes(schema));
  } catch (e) {
    throw e instanceof GoError ? invalid('invalid JSON in values.schema.json') : e;
  }
}

/** Helm packs both of two subcharts into one folder, where one covers the other. */
function checkNames(charts: readonly Chart[]): void {
  const names = new Set<string>();
  for (const { metadata } of charts) {
    if (names.has(metadata.name)) throw invalid(`chart has two subcharts named ${quoteGo(metadata.name)}`);
    names.add(metadata.name);
  }
}

const invalid = (message: string): ChartError => new ChartError('CHART_INVALID', message);
