/** Tar archives as tables of contents, and as streams. POSIX.1-2017 pax §ustar, pax headers; GNU's long names. */
import type { FileHandle } from 'node:fs/promises';
import { OciError } from '../error.ts';

const BLOCK = 512;
/** A header for a name or a size is small; names are paths of blobs. */
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_ENTRIES = 1_000_000;

/** Where a file's bytes are. */
export interface TarEntry {
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * The regular files of an archive by name, without a leading `./`; of two of one name, the later. Nothing of the files is
 * read. Throws LAYOUT_INVALID.
 */
export async function readTarEntries(file: FileHandle, where: string): Promise<ReadonlyMap<string, TarEntry>> {
  const fail = (why: string): never => {
    throw new OciError('LAYOUT_INVALID', `${where}: it is no tar archive: ${why}`);
  };
  const { size: total } = await file.stat();
  const read = async (at: number, length: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, at);
    return bytesRead < length ? fail('it is cut short') : bytes;
  };
  const entries = new Map<string, TarEntry>();
  let long: { path?: string; size?: number } = {};
  let at = 0;
  for (let count = 0; at + BLOCK <= total; count++) {
    if (count > MAX_ENTRIES) fail(`it has more than ${MAX_ENTRIES} entries`);
    const header = await read(at, BLOCK);
    if (header.every((byte) => byte === 0)) return entries;
    if (at === 0 && header[0] === 0x1f && header[1] === 0x8b) fail('it is compressed; unpack it with gunzip');
    if (sumOf(header) !== numberAt(header, 148, 8)) fail('a header has a wrong checksum');
    const type = String.fromCharCode(header[156] as number);
    const isMeta = type === 'x' || type === 'g' || type === 'L' || type === 'K';
    const size = isMeta ? numberAt(header, 124, 12) : (long.size ?? numberAt(header, 124, 12));
    if (!Number.isSafeInteger(size) || size < 0) fail('an entry has no size');
    const offset = at + BLOCK;
    if (offset + size > total) fail('it is cut short');
    if (isMeta) {
      if (size > MAX_HEADER_BYTES) fail('a header is too large');
      const bytes = await read(offset, size);
      if (type === 'x') long = { ...long, ...paxOf(bytes) };
      else if (type === 'L') long = { ...long, path: textAt(bytes, 0, size) };
    } else {
      if (type === '0' || type === '\0')
        entries.set((long.path ?? pathOf(header)).replace(/^(?:\.\/)+/, ''), { offset, size });
      long = {};
    }
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
  }
  return at === total && entries.size > 0 ? entries : fail('it is cut short');
}

function textAt(bytes: Buffer, start: number, length: number): string {
  const text = bytes.subarray(start, start + length).toString('utf8');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function pathOf(header: Buffer): string {
  const name = textAt(header, 0, 100);
  const prefix = textAt(header, 257, 5) === 'ustar' && header[262] === 0 ? textAt(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Octal digits, or GNU's binary for what is too large for them. NaN for neither. */
function numberAt(header: Buffer, start: number, length: number): number {
  if ((header[start] as number) & 0x80) {
    let value = (header[start] as number) & 0x7f;
    for (let i = start + 1; i < start + length; i++) value = value * 256 + (header[i] as number);
    return value;
  }
  const digits = textAt(header, start, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : digits === '' ? 0 : Number.NaN;
}

/** Of a header whose checksum is blank. */
function sumOf(header: Buffer): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] as number);
  return sum;
}

/** Records `length key=value\n`. */
function paxOf(bytes: Buffer): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(bytes.subarray(at, at + 20).toString('latin1'), 10);
    if (!(length > 0)) break;
    const [, key, value = ''] =
      /^\d+ ([^=]+)=([\s\S]*)\n$/.exec(bytes.subarray(at, at + length).toString('utf8')) ?? [];
    if (key === 'path') found.path = value;
    if (key === 'size') found.size = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    at += length;
  }
  return found;
}

const OCTAL_LIMIT = 8 ** 11;
/** Bytes of a name in a header. */
const MAX_NAME = 100;

/** What stands before a regular file: nobody's and of no time, so that equal files make equal archives. */
export function tarHeader(path: string, size: number): Buffer {
  if (Buffer.byteLength(path) <= MAX_NAME) return header(path, size, '0');
  const record = Buffer.from(paxRecord('path', path));
  return Buffer.concat([
    header('pax', record.length, 'x'),
    record,
    tarPadding(record.length),
    header(path.slice(0, MAX_NAME), size, '0'),
  ]);
}

/** Its length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = Buffer.byteLength(rest);
  const digits = String(length + String(length).length).length;
  return `${length + digits}${rest}`;
}

function header(path: string, size: number, type: string): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  const octal = (value: number, start: number, digits: number): void =>
    void bytes.write(value.toString(8).padStart(digits, '0'), start, 'latin1');
  bytes.write(path, 0, MAX_NAME, 'utf8');
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  if (size < OCTAL_LIMIT) octal(size, 124, 11);
  else {
    bytes[124] = 0x80;
    bytes.writeBigUInt64BE(BigInt(size), 128);
  }
  octal(0, 136, 11);
  bytes.write(type, 156, 'latin1');
  bytes.write('ustar\u000000', 257, 'latin1');
  octal(sumOf(bytes), 148, 6);
  bytes.write('\0 ', 154, 'latin1');
  return bytes;
}

/** What fills a file's last block. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** What ends an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);
