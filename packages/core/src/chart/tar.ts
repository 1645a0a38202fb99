/** Tar archives as Go's archive/tar writes them, byte for byte: USTAR headers, PAX records where those are too small. */
import { toBytes } from 'go-template';

const BLOCK = 512;

export interface TarFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** An archive of regular files of mode 0644, all last changed at one time. */
export function* writeTar(files: Iterable<TarFile>, modified: Date): Generator<Uint8Array> {
  const seconds = Math.floor(modified.getTime() / 1000);
  for (const { name, data } of files) {
    const short = splitName(name);
    if (short === undefined) yield* paxRecords(name);
    yield header({
      ...(short ?? { name: asciiOnly(name).slice(0, 100), prefix: '' }),
      mode: 0o644,
      size: data.length,
      seconds,
      type: '0',
    });
    yield data;
    yield padding(data.length);
  }
  yield new Uint8Array(2 * BLOCK);
}

interface Header {
  name: string;
  prefix: string;
  mode: number;
  size: number;
  seconds: number;
  type: string;
}

function header({ name, prefix, mode, size, seconds, type }: Header): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string): void => block.set(toBytes(text), at);
  const octal = (n: number, width: number): string => `${n.toString(8).padStart(width - 1, '0')}\0`;
  put(0, name);
  put(100, octal(mode, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(size, 12));
  put(136, octal(seconds, 12));
  put(148, '        ');
  put(156, type);
  put(257, 'ustar\x0000');
  if (type !== 'x') {
    put(329, octal(0, 8));
    put(337, octal(0, 8));
  }
  put(345, prefix);
  put(
    148,
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
  );
  return block;
}

const padding = (size: number): Uint8Array => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);

const asciiOnly = (name: string): string => name.replace(/[^\x00-\x7f]/gu, '');

/** The name in the two fields of a USTAR header; undefined when it does not fit. Go: splitUSTARPath. */
function splitName(path: string): { name: string; prefix: string } | undefined {
  if (asciiOnly(path) !== path) return undefined;
  if (path.length <= 100) return { name: path, prefix: '' };
  const slash = path.slice(0, 156).replace(/\/$/, '').lastIndexOf('/');
  const name = path.slice(slash + 1);
  return slash <= 0 || name.length > 100 || name === '' ? undefined : { name, prefix: path.slice(0, slash) };
}

function* paxRecords(path: string): Generator<Uint8Array> {
  const record = paxRecord('path', path);
  const slash = path.lastIndexOf('/');
  const name = `${path.slice(0, slash + 1)}PaxHeaders.0/${path.slice(slash + 1)}`;
  yield header({
    name: asciiOnly(name).slice(0, 100),
    prefix: '',
    mode: 0,
    size: record.length,
    seconds: 0,
    type: 'x',
  });
  yield record;
  yield padding(record.length);
}

/** `LENGTH key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = toBytes(` ${key}=${value}\n`);
  let size = rest.length;
  while (String(size).length + rest.length !== size) size = String(size).length + rest.length;
  const out = new Uint8Array(size);
  out.set(toBytes(String(size)));
  out.set(rest, size - rest.length);
  return out;
}
