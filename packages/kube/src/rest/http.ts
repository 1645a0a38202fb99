/** The HTTP that the REST client needs: `fetch` is one, and what `@pack/kube/node` makes of node:https another. */

export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Whether the answer may be silent for long: watches and logs that are followed. */
  readonly streaming?: boolean;
  /**
   * Subprotocols: asks for a WebSocket. An answer with status 101 has its messages as the chunks of its body, and
   * `sec-websocket-protocol` among its headers.
   */
  readonly protocols?: readonly string[];
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/**
 * Rejects when there is no answer: with the reason of a signal that was aborted, else with an error whose message says
 * what is wrong with the connection, as Go says it, and whose `isLost` says that there was one.
 */
export type HttpFetch = (url: string, request: HttpRequest) => Promise<HttpResponse>;

/** More than a text in V8 can hold would not be parsed. */
export const MAX_ANSWER = 500 * 1024 * 1024;

/** The body as text. Throws RangeError beyond `limit` bytes. */
export const readText = async (response: HttpResponse, limit?: number): Promise<string> =>
  new TextDecoder().decode(await readBytes(response, limit));

/** Throws RangeError beyond `limit` bytes. */
export async function readBytes({ body }: HttpResponse, limit = MAX_ANSWER): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new RangeError(`the answer is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
