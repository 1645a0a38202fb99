/** A watch: JSON values, one a line, for as long as the server likes. */
import type { WatchEvent } from '../cluster.ts';
import type { KubeObject, ObjectType } from '../object.ts';
import { parseJson } from './json.ts';
import { errorOf, toStatus } from './status-error.ts';

/** An object has at most 3 MiB on a server with its defaults; escapes and a margin. */
const MAX_LINE = 32 * 1024 * 1024;

/** Lines without their end. Throws RangeError for one over the limit. */
export async function* readLines(body: AsyncIterable<Uint8Array>, limit = MAX_LINE): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true });
    const parts = text.split('\n');
    parts[0] = rest + parts[0];
    rest = parts.pop() ?? '';
    if (rest.length > limit) throw new RangeError(`a line is longer than ${limit} characters`);
    yield* parts;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

/** Throws KUBE_EXPIRED, or what else the server says in an event of type ERROR. */
export function toEvent(line: string, type: ObjectType): WatchEvent | undefined {
  const event = parseJson(line) as { type: string; object: KubeObject };
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: { ...event.object, apiVersion: type.apiVersion, kind: type.kind } };
    case 'ERROR':
      throw errorOf(toStatus(event.object));
    default:
      return undefined;
  }
}
