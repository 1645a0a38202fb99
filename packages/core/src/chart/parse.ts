import { compareBytes, GoError, type GoMap, newMap } from 'go-template';

import { MANIFEST, verifyPackManifest } from '../pack/manifest.ts';
import { metadataOf, type Pack } from '../pack/pack.ts';
import { parsePack } from '../pack/parse.ts';
import { readPackSchema } from '../pack/schema.ts';
import { coalesceTables } from '../values/coalesce.ts';
import { ignoreWarnings, type Warn } from '../warn.ts';
import { decodeValues } from '../yaml/documents.ts';
import { readArchive, type UnpackBudget, unpackBudget } from './archive.ts';
import type { Chart, ChartFile, Lock, Metadata } from './chart.ts';
import { ChartError } from './error.ts';
import { decodeLock, decodeMetadata, textOf, validateMetadata } from './metadata.ts';
import { extension } from './path.ts';

export interface ParseChartOptions {
  /** Gives the files of a chart archive found under charts/. Without it such an archive is an error. */
  unpack?: (archive: Uint8Array) => readonly ChartFile[];
  /** Gets what Helm would have logged as a warning. */
  warn?: Warn;
}

/** Subcharts within subcharts: Helm goes on until its memory ends. */
const MAX_DEPTH = 64;

/**
 * The chart that some files make. Subcharts come in the order of their folders' names, where Helm's order is random.
 * Throws CHART_INVALID with Helm's message. Helm: pkg/chart/v2/loader LoadFiles.
 */
export const parseChart = (files: readonly ChartFile[], options: ParseChartOptions = {}): Chart =>
  parse(files, options, 0);

/** As {@link parseChart}, unpacking the archives under charts/. */
export async function loadChart(
  files: readonly ChartFile[],
  options: Pick<ParseChartOptions, 'warn'> = {},
): Promise<Chart> {
  const unpacked = new Map<Uint8Array, readonly ChartFile[] | ChartError>();
  await unpackNested(files, unpacked, unpackBudget(), 0);
  return parseChart(files, {
    ...options,
    unpack(archive) {
      const result = unpacked.get(archive);
      if (result === undefined || result instanceof ChartError) throw result ?? archiveUnread();
      return result;
    },
  });
}

/** The chart in an archive. */
export async function loadArchive(data: Uint8Array, options: Pick<ParseChartOptions, 'warn'> = {}): Promise<Chart> {
  const files = await readArchive(data);
  if (isPack(files)) await verifyPackManifest(files);
  return loadChart(files, options);
}

const isPack = (files: readonly ChartFile[]): boolean =>
  files.some(({ name }) => name === 'Pack.yaml') && !files.some(({ name }) => name === 'Chart.yaml');

const archiveUnread = (): ChartError =>
  new ChartError('CHART_INVALID', 'chart has a packed subchart that was not unpacked');

async function unpackNested(
  files: readonly ChartFile[],
  unpacked: Map<Uint8Array, readonly ChartFile[] | ChartError>,
  budget: UnpackBudget,
  depth: number,
): Promise<void> {
  if (depth > MAX_DEPTH) return;
  for (const { name, data } of files) {
    if (!/(?:^|\/)(?:charts|packs)\/[^_./][^/]*\.tgz$/.test(name)) continue;
    try {
      const inner = await readArchive(data, budget);
      unpacked.set(data, inner);
      await unpackNested(inner, unpacked, budget, depth + 1);
    } catch (e) {
      if (!(e instanceof ChartError)) throw e;
      unpacked.set(data, e);
    }
  }
}

function parse(files: readonly ChartFile[], options: ParseChartOptions, depth: number): Chart {
  if (depth > MAX_DEPTH) throw new ChartError('CHART_INVALID', `charts are nested more than ${MAX_DEPTH} deep`);
  const own = new OwnFiles(options.warn ?? ignoreWarnings);
  for (const file of files) if (file.name === 'Chart.yaml') own.readMetadata(file, 'Chart.yaml');
  if (isPack(files)) own.readPack(files);
  if (own.metadata?.apiVersion === '') own.metadata = { ...own.metadata, apiVersion: 'v1' };
  for (const file of files) own.add(file);
  if (own.metadata === undefined) throw new ChartError('CHART_INVALID', 'Chart.yaml file is missing');
  const metadata = validateMetadata(own.metadata);
  const { pack, lock, schema, templates, files: others } = own;
  const hasDefaults = pack !== undefined && pack.engine?.schemaDefaults !== false;
  const values = hasDefaults ? coalesceTables(own.values, own.defaults) : own.values;
  return {
    metadata,
    ...(pack !== undefined && { pack }),
    ...(lock !== undefined && { lock }),
    values,
    ...(schema !== undefined && { schema }),
    templates,
    files: others,
    raw: files,
    dependencies: parseSubcharts(own.subcharts, metadata.name, options, depth),
  };
}

/** Sorts the files of one chart by what they are. */
class OwnFiles {
  metadata: Metadata | undefined;
  pack: Pack | undefined;
  lock: Lock | undefined;
  values: GoMap = newMap();
  schema: Uint8Array | undefined;
  /** Of a pack's schema. */
  defaults: GoMap = newMap();
  readonly templates: ChartFile[] = [];
  readonly files: ChartFile[] = [];
  /** By the name after `charts/` or `packs/`; the names of the files begin with it. */
  readonly subcharts = new Map<string, ChartFile[]>();
  private readonly warn: Warn;

  constructor(warn: Warn) {
    this.warn = warn;
  }

  add(file: ChartFile): void {
    const { name, data } = file;
    switch (name) {
      case 'Chart.yaml':
        return;
      case 'Pack.yaml':
        if (this.pack === undefined) this.files.push(file);
        return;
      case MANIFEST:
        // What it says of the archive is of no interest to who has the files.
        if (this.pack === undefined) this.files.push(file);
        return;
      case 'Pack.lock.yaml':
        if (this.pack === undefined) this.files.push(file);
        else this.lock = reading(name, () => decodeLock(textOf(data)));
        return;
      case 'Chart.lock':
        this.lock = reading(name, () => decodeLock(textOf(data)));
        return;
      case 'values.yaml':
        this.values = reading(name, () => decodeValues(textOf(data), { exact: this.pack !== undefined }));
        return;
      case 'values.schema.json':
        if (this.pack === undefined) this.schema = data;
        else this.packSchema(name, data);
        return;
      case 'values.schema.yaml':
        if (this.pack === undefined) this.files.push(file);
        else this.packSchema(name, data);
        return;
      case 'requirements.yaml':
        this.deprecated(
          'Dependencies are handled in Chart.yaml since apiVersion "v2". We recommend migrating dependencies to Chart.yaml.',
        );
        this.readMetadata(file, name);
        if (this.metadata?.apiVersion === 'v1') this.files.push(file);
        return;
      case 'requirements.lock':
        this.lock = reading(name, () => decodeLock(textOf(data)));
        this.deprecated(
          'Dependency locking is handled in Chart.lock since apiVersion "v2". We recommend migrating to Chart.lock.',
        );
        if (this.metadata?.apiVersion === 'v1') this.files.push(file);
        return;
      default:
        if (name.startsWith('templates/')) this.templates.push(file);
        else if (this.isOfSubchart(name)) this.addToSubchart(file);
        else this.files.push(file);
    }
  }

  readMetadata({ data }: ChartFile, name: string): void {
    const into = this.metadata;
    this.metadata = reading(name, () => decodeMetadata(textOf(data), into && { into }));
  }

  /** A pack is described by Pack.yaml where there is no Chart.yaml. */
  readPack(files: readonly ChartFile[]): void {
    const { data } = files.find(({ name }) => name === 'Pack.yaml') as ChartFile;
    this.pack = parsePack(data, { warn: this.warn });
    this.metadata = metadataOf(this.pack);
  }

  private packSchema(name: string, data: Uint8Array): void {
    const { schema, defaults } = readPackSchema(name, textOf(data));
    this.schema = schema;
    this.defaults = defaults;
  }

  private isOfSubchart(name: string): boolean {
    const isBelow = name.startsWith('charts/') || (this.pack !== undefined && name.startsWith('packs/'));
    return isBelow && extension(name) !== '.prov';
  }

  private deprecated(message: string): void {
    if (this.metadata?.apiVersion !== 'v1') this.warn(`Warning: ${message}`);
  }

  private addToSubchart(file: ChartFile): void {
    const name = file.name.slice(file.name.indexOf('/') + 1);
    const slash = name.indexOf('/');
    const subchart = slash < 0 ? name : name.slice(0, slash);
    const files = this.subcharts.get(subchart);
    if (files === undefined) this.subcharts.set(subchart, [{ ...file, name }]);
    else files.push({ ...file, name });
  }
}

function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    const line = (e as { line?: number }).line;
    throw new ChartError('CHART_INVALID', `cannot load ${name}: ${e.message}`, {
      at: { file: name, ...(line !== undefined && { line }) },
      cause: e,
    });
  }
}

function parseSubcharts(
  subcharts: ReadonlyMap<string, readonly ChartFile[]>,
  parent: string,
  options: ParseChartOptions,
  depth: number,
): Chart[] {
  const out: Chart[] = [];
  for (const name of [...subcharts.keys()].sort(compareBytes)) {
    if (name.startsWith('_') || name.startsWith('.')) continue;
    const files = subcharts.get(name) as readonly ChartFile[];
    const [first] = files as [ChartFile];
    if (extension(name) === '.tgz' && first.name !== name) {
      throw new ChartError(
        'CHART_INVALID',
        `error unpacking subchart tar in ${parent}: expected ${name}, got ${first.name}`,
      );
    }
    try {
      out.push(
        extension(name) === '.tgz'
          ? parse(unpack(first.data, options), options, depth + 1)
          : parse(within(name, files), options, depth + 1),
      );
    } catch (e) {
      if (!(e instanceof ChartError)) throw e;
      throw new ChartError(e.code, `error unpacking subchart ${name} in ${parent}: ${e.message}`, {
        ...(e.hint !== undefined && { hint: e.hint }),
        ...(e.at !== undefined && { at: { ...e.at, file: `charts/${name}/${e.at.file}` } }),
        cause: e,
      });
    }
  }
  return out;
}

function unpack(archive: Uint8Array, { unpack }: ParseChartOptions): readonly ChartFile[] {
  if (unpack === undefined) throw archiveUnread();
  return unpack(archive);
}

/** The files below a folder, named from there; a file in its place is none. */
const within = (folder: string, files: readonly ChartFile[]): ChartFile[] =>
  files
    .filter(({ name }) => name.length > folder.length)
    .map((file) => ({ ...file, name: file.name.slice(folder.length + 1) }));
