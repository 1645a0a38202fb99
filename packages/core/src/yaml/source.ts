import { fromBytes, toBytes } from 'go-template';

import { type TextError, yamlError } from './error.ts';

/** A text ready for the scanner. */
export interface Source {
  /** With LF for every CR LF, CR and NEL, and NUL at its end. */
  readonly text: string;
  /**
   * libyaml reads ahead in blocks of 512 bytes and refuses a block that holds a byte or character it must not hold, as
   * soon as the scanner comes to it and not before. `text` ends where such a block begins, and this is its fault.
   */
  readonly fault: TextError | undefined;
  /** Whether there are no characters in it that need thought: what most texts are. */
  readonly ordinary: boolean;
}

const BLOCK = 512;
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]/u;
const BREAKS = /\r\n|\r|\x85/g;

/** All that is treated below, and the breaks and byte order marks that may be left. */
const NOTABLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]/u;

/** Go-yaml: readerc.go. */
export function readSource(input: string): Source {
  if (!NOTABLE.test(input)) return { text: `${input}\0`, fault: undefined, ordinary: true };
  let text = input;
  if (input.charCodeAt(0) === 0xfeff) text = input.slice(1);
  else if (input.startsWith('\udcff\udcfe')) text = decodeUtf16(input, 'utf-16le');
  else if (input.startsWith('\udcfe\udcff')) text = decodeUtf16(input, 'utf-16be');
  let fault: TextError | undefined;
  if (FORBIDDEN.test(text)) {
    const bytes = toBytes(text);
    const bad = faultIn(bytes);
    text = fromBytes(bytes.subarray(0, bad.block));
    fault = yamlError(bad.problem);
  }
  if (text.includes('\r') || text.includes('\x85')) text = text.replace(BREAKS, '\n');
  return { text: `${text}\0`, fault, ordinary: fault === undefined && !/[\u2028\u2029\ufeff]/.test(text) };
}

const decodeUtf16 = (text: string, encoding: string): string =>
  new TextDecoder(encoding).decode(toBytes(text).subarray(2));

/** The first fault, and where the block with it begins. */
function faultIn(bytes: Uint8Array): { problem: string; block: number } {
  let block = 0;
  for (let i = 0; ; ) {
    const width = widthOf(bytes[i] as number);
    if (i + width > block + BLOCK && i + width <= bytes.length) block = i;
    const problem = problemAt(bytes, i, width);
    // What is cut short is missed only once there is nothing before it.
    if (problem !== undefined) return { problem, block: i + width > bytes.length ? i : block };
    i += width;
  }
}

const widthOf = (lead: number): number =>
  lead < 0x80
    ? 1
    : lead >= 0xc0 && lead < 0xe0
      ? 2
      : lead >= 0xe0 && lead < 0xf0
        ? 3
        : lead >= 0xf0 && lead < 0xf8
          ? 4
          : 0;

function problemAt(bytes: Uint8Array, at: number, width: number): string | undefined {
  if (width === 0) return 'invalid leading UTF-8 octet';
  if (at + width > bytes.length) return 'incomplete UTF-8 octet sequence';
  let point = (bytes[at] as number) & (width === 1 ? 0x7f : 0xff >> (width + 1));
  for (let k = 1; k < width; k++) {
    const octet = bytes[at + k] as number;
    if ((octet & 0xc0) !== 0x80) return 'invalid trailing UTF-8 octet';
    point = (point << 6) | (octet & 0x3f);
  }
  if ((width === 2 && point < 0x80) || (width === 3 && point < 0x800) || (width === 4 && point < 0x10000)) {
    return 'invalid length of a UTF-8 sequence';
  }
  if ((point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) return 'invalid Unicode character';
  return width <= 3 && FORBIDDEN.test(String.fromCharCode(point)) ? 'control characters are not allowed' : undefined;
}
