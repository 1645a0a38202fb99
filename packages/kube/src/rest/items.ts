/** The items of a list as they arrive, so that no more of it is held than one of them. */
import { KubeError } from '../error.ts';
import { parseJson } from './json.ts';

/** An object has at most 3 MiB on a server with its defaults; escapes and a margin. */
const MAX_ITEM = 32 * 1024 * 1024;

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];

/**
 * What is in the array of the outermost object: a list has no other. Throws RangeError for an item over the limit,
 * KUBE_REFUSED for what is no list or ends too early.
 */
export async function* readItems(body: AsyncIterable<Uint8Array>, limit = MAX_ITEM): AsyncGenerator<unknown> {
  /** Of the item that has begun. */
  let pieces: Uint8Array[] | undefined;
  let size = 0;
  let depth = 0;
  let isInList = false;
  let isText = false;
  let isOver = false;
  /** Backslashes at the end of the chunk before, within a text. */
  let slashes = 0;
  for await (const chunk of body) {
    let at = 0;
    let begin = 0;
    while (at < chunk.length) {
      if (isText) {
        const quote = chunk.indexOf(QUOTE, at);
        const end = quote < 0 ? chunk.length : quote;
        const own = slashesBefore(chunk, end);
        const count = own === end ? own + slashes : own;
        slashes = quote < 0 ? count : 0;
        isText = quote < 0 || count % 2 === 1;
        at = end + 1;
        continue;
      }
      const byte = chunk[at++];
      if (byte === QUOTE) isText = true;
      else if (byte === OPEN || byte === OPEN_LIST) {
        if (byte === OPEN && depth === 2 && isInList) {
          begin = at - 1;
          pieces = [];
          size = 0;
        }
        if (depth === 1) isInList = byte === OPEN_LIST;
        depth++;
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        depth--;
        isOver ||= depth === 0;
        if (depth === 2 && pieces !== undefined) {
          pieces.push(chunk.subarray(begin, at));
          yield parsed(pieces);
          pieces = undefined;
        }
      }
    }
    if (pieces === undefined) continue;
    pieces.push(chunk.subarray(begin));
    size += chunk.length - begin;
    if (size > limit) throw new RangeError(`an object is larger than ${limit} bytes`);
  }
  if (!isOver || depth !== 0) throw new KubeError('KUBE_REFUSED', 'the answer is no list, or ends too early');
}

function parsed(pieces: readonly Uint8Array[]): unknown {
  const decoder = new TextDecoder();
  const text = pieces.map((piece) => decoder.decode(piece, { stream: true })).join('') + decoder.decode();
  try {
    return parseJson(text);
  } catch (cause) {
    throw new KubeError('KUBE_REFUSED', 'an item of the answer is no JSON', { cause });
  }
}

function slashesBefore(bytes: Uint8Array, end: number): number {
  let count = 0;
  while (count < end && bytes[end - count - 1] === BACKSLASH) count++;
  return count;
}
