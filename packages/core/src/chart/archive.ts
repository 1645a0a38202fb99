import { fromBytes, quoteGo } from 'go-template';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';

import type { ChartFile } from './chart.ts';
import { ChartError } from './error.ts';
import { gunzip, gunzipWhole, gzipAsHelm, isGzip } from './gzip.ts';
import { cleanPath, extension } from './path.ts';
import { type TarFile, writeTar } from './tar.ts';

/** Helm: MaxDecompressedChartSize. */
export const MAX_CHART_SIZE = 100 * 1024 * 1024;
/** Helm: MaxDecompressedFileSize. */
export const MAX_FILE_SIZE = 5 * 1024 * 1024;
/** Helm has no such bound: an archive of empty files costs it memory without end. */
const MAX_ENTRIES = 65_536;

/** What is left of what may be unpacked; shared by an archive and those within it. */
export interface UnpackBudget {
  bytes: number;
  entries: number;
}

export const unpackBudget = (): UnpackBudget => ({ bytes: MAX_CHART_SIZE, entries: MAX_ENTRIES });

const tooLarge = (): ChartError =>
  new ChartError('CHART_TOO_LARGE', `decompressed chart is larger than the maximum size ${MAX_CHART_SIZE}`);

/**
 * The files of a chart archive, without the folder that holds them all. Nothing is believed of it: names are checked,
 * links refused, and sizes bounded while it is being inflated. Throws CHART_ARCHIVE_INVALID, CHART_UNSAFE_PATH,
 * CHART_TOO_LARGE. Helm: pkg/chart/loader/archive LoadArchiveFiles.
 */
export async function readArchive(data: Uint8Array, budget = unpackBudget()): Promise<ChartFile[]> {
  const files = new Map<string, ChartFile>();
  try {
    // Headers and padding come on top of the files themselves.
    const limit = budget.bytes + (budget.entries + 2) * 1024;
    const whole = await gunzipWhole(data, limit);
    // What is wrong with a stream is found by reading it.
    const tar = whole === undefined ? gunzip(data).pipeThrough(bounded(limit)) : oneChunk(whole);
    let isFlat: boolean | undefined;
    for await (const entry of entriesOf(tar)) {
      isFlat ??= FLAT.has(entry.header.name);
      const file = await readEntry(entry, budget, isFlat);
      if (file === undefined) continue;
      if (files.has(file.name))
        throw new ChartError('CHART_UNSAFE_PATH', `chart archive has two files named ${quoteGo(file.name)}`);
      files.set(file.name, file);
    }
  } catch (e) {
    throw e instanceof ChartError ? e : new ChartError('CHART_ARCHIVE_INVALID', brokenText(e), { cause: e });
  }
  if (files.size === 0) throw new ChartError('CHART_ARCHIVE_INVALID', 'no files in chart archive');
  return [...files.values()];
}

const oneChunk = (data: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(data);
      controller.close();
    },
  });

/** What Go says of a broken stream. */
function brokenText(e: unknown): string {
  const text =
    e instanceof Error ? `${e.message} ${(e as { code?: unknown }).code ?? ''} ${String(e.cause ?? '')}` : '';
  if (/unexpected end|truncated|Z_BUF_ERROR/i.test(text)) return 'unexpected EOF';
  return /checksum|tar|header/i.test(text) && !/Z_DATA_ERROR|incorrect/i.test(text)
    ? 'archive/tar: invalid tar header'
    : 'gzip: invalid data';
}

/** Passes at most so many bytes. */
function bounded(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let left = limit;
  return new TransformStream({
    transform(chunk, controller) {
      left -= chunk.length;
      if (left < 0) throw tooLarge();
      controller.enqueue(chunk);
    },
  });
}

async function* entriesOf(tar: ReadableStream<Uint8Array>): AsyncGenerator<ParsedTarEntry> {
  const reader = tar.pipeThrough(createTarDecoder({ strict: true })).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** How archives of packs begin that have no folder around all files, as Sherpack writes them. */
const FLAT: ReadonlySet<string> = new Set(['MANIFEST', 'Pack.yaml']);

async function readEntry(
  { header, body }: ParsedTarEntry,
  budget: UnpackBudget,
  isFlat: boolean,
): Promise<ChartFile | undefined> {
  if (--budget.entries < 0)
    throw new ChartError('CHART_TOO_LARGE', `chart archive has more than ${MAX_ENTRIES} entries`);
  const { type, name, size, mtime } = header;
  if (type === 'directory' || name.endsWith('/') || type === 'pax-header' || type === 'pax-global-header') {
    await body.cancel();
    return undefined;
  }
  const path = safePath(isFlat ? `pack/${name}` : name);
  if (type !== undefined && type !== 'file') {
    throw new ChartError(
      'CHART_UNSAFE_PATH',
      `chart archive contains ${quoteGo(name)}, which is no regular file but a ${type}`,
    );
  }
  if (size > budget.bytes) throw tooLarge();
  if (size > MAX_FILE_SIZE) {
    throw new ChartError(
      'CHART_TOO_LARGE',
      `decompressed chart file ${quoteGo(name)} is larger than the maximum file size ${MAX_FILE_SIZE}`,
    );
  }
  budget.bytes -= size;
  const data = await collect(body, size);
  if (budget.bytes <= 0) throw tooLarge();
  return { name: path, data: withoutBom(data), ...(mtime !== undefined && { modified: mtime }) };
}

/** Into memory that is taken once: of large charts, taking memory is most of the work. */
async function collect(body: ReadableStream<Uint8Array>, size: number): Promise<Uint8Array> {
  const data = new Uint8Array(size);
  const reader = body.getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return at === size ? data : data.subarray(0, at);
    data.set(value, at);
    at += value.length;
  }
}

/** The path of an entry within the chart. */
function safePath(name: string): string {
  const unsafe = (message: string): ChartError => new ChartError('CHART_UNSAFE_PATH', message);
  // Archives made on Windows may have backslashes.
  const delimiter = name.includes('\\') ? '\\' : '/';
  const [folder, ...rest] = name.split(delimiter);
  const joined = rest.join('/');
  if (joined.startsWith('/')) throw unsafe('chart illegally contains absolute paths');
  const path = cleanPath(joined);
  if (path === '.') throw unsafe(`chart illegally contains content outside the base directory: ${quoteGo(name)}`);
  if (path.startsWith('..')) throw unsafe('chart illegally references parent directory');
  if (/^[a-zA-Z]:\//.test(path)) throw unsafe('chart contains illegally named files');
  if (folder === 'Chart.yaml') throw unsafe('chart yaml not in base directory');
  return path;
}

/** A file's bytes without the mark that some editors begin UTF-8 with. */
export const withoutBom = (data: Uint8Array): Uint8Array =>
  data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data;

/** A gzipped tar archive of some files, as Helm writes it. All files get one time, so that equal files give equal bytes. */
export const writeArchive = (files: Iterable<TarFile>, modified: Date): Promise<Uint8Array> =>
  gzipAsHelm([...writeTar(files, modified)]);

/**
 * Checks that a file given as a chart is an archive at all, for a better message than its reader would give. Throws
 * CHART_ARCHIVE_INVALID. Helm: EnsureArchive.
 */
export function ensureArchive(name: string, data: Uint8Array): void {
  if (isGzip(data)) return;
  if (['.yml', '.yaml'].includes(extension(name))) {
    throw new ChartError(
      'CHART_ARCHIVE_INVALID',
      `file '${name}' seems to be a YAML file, but expected a gzipped archive`,
    );
  }
  throw new ChartError(
    'CHART_ARCHIVE_INVALID',
    `file '${name}' does not appear to be a gzipped archive; got '${contentType(data)}'`,
  );
}

/** As far as Go's http.DetectContentType is told apart here: what people pass by mistake. */
function contentType(data: Uint8Array): string {
  // Helm hands over a buffer of 512 bytes, however short the file: what fills it up is binary.
  const head = new Uint8Array(512);
  head.set(data.subarray(0, 512));
  const text = fromBytes(head.subarray(0, 64)).trimStart().toLowerCase();
  if (/^(?:<!doctype html|<html|<head|<body|<script|<title|<!--)[ >]/.test(text)) return 'text/html; charset=utf-8';
  if (text.startsWith('<?xml')) return 'text/xml; charset=utf-8';
  if (text.startsWith('%pdf-')) return 'application/pdf';
  if (text.startsWith('pk\x03\x04')) return 'application/zip';
  const binary = head.some((b) => b <= 0x08 || b === 0x0b || (b >= 0x0e && b <= 0x1a) || (b >= 0x1c && b <= 0x1f));
  return binary ? 'application/octet-stream' : 'text/plain; charset=utf-8';
}
