/** Go's layouts: a time is described by how 2006-01-02 15:04:05 -0700 MST would be written. */
import { toBytes } from 'go-template';

export type Element =
  | 'January'
  | 'Jan'
  | '1'
  | '01'
  | 'Monday'
  | 'Mon'
  | '2'
  | '_2'
  | '02'
  | '__2'
  | '002'
  | '15'
  | '3'
  | '03'
  | '4'
  | '04'
  | '5'
  | '05'
  | '2006'
  | '06'
  | 'PM'
  | 'pm'
  | 'MST'
  | 'Z0700'
  | 'Z070000'
  | 'Z07'
  | 'Z07:00'
  | 'Z07:00:00'
  | '-0700'
  | '-070000'
  | '-07'
  | '-07:00'
  | '-07:00:00'
  /** A fraction of a second with all its digits, or without trailing zeros. */
  | 'fraction0'
  | 'fraction9';

export interface Chunk {
  /** Literal text before the element. */
  prefix: string;
  /** Undefined once the layout has no further element. */
  element: Element | undefined;
  /** The element as the layout has it. */
  text: string;
  suffix: string;
}

// In the order in which Go tries them at one position. `_2006` is an underscore and a year.
const ELEMENT =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_(?=2006)|_2|__2|3|4|5|PM|pm|[-Z]07(?:0000|:00:00|00|:00)?|[.,](?:0+|9+)(?!\d)/g;

/** The first element of a layout and the text around it (Go: time.nextStdChunk). */
export function nextChunk(layout: string): Chunk {
  ELEMENT.lastIndex = 0;
  for (let found = ELEMENT.exec(layout); found !== null; found = ELEMENT.exec(layout)) {
    const text = found[0];
    if (text === '_') continue;
    const element =
      text[0] === '.' || text[0] === ',' ? (text[1] === '0' ? 'fraction0' : 'fraction9') : (text as Element);
    return { prefix: layout.slice(0, found.index), element, text, suffix: layout.slice(found.index + text.length) };
  }
  return { prefix: layout, element: undefined, text: '', suffix: '' };
}

const chunkCache = new Map<string, readonly Chunk[]>();

/** All chunks of a layout; the last has no element. */
export function chunksOf(layout: string): readonly Chunk[] {
  const cached = chunkCache.get(layout);
  if (cached !== undefined) return cached;
  const chunks: Chunk[] = [];
  for (let rest = layout; ; ) {
    const chunk = nextChunk(rest);
    chunks.push(chunk);
    if (chunk.element === undefined) break;
    rest = chunk.suffix;
  }
  if (chunkCache.size >= 256) chunkCache.clear();
  chunkCache.set(layout, chunks);
  return chunks;
}

/** How errors of the time package quote text: all but printable ASCII as bytes in hex. */
export function quoteTimeText(text: string): string {
  let out = '"';
  for (const byte of toBytes(text)) {
    if (byte >= 0x80 || byte < 0x20) out += `\\x${byte.toString(16).padStart(2, '0')}`;
    else if (byte === 0x22 || byte === 0x5c) out += `\\${String.fromCharCode(byte)}`;
    else out += String.fromCharCode(byte);
  }
  return `${out}"`;
}
