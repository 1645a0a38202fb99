/**
 * The HTTP that registries are spoken to with: the platform's `fetch` is one, and what `oci-client-ts/node` makes another.
 * Only what both have is asked for, since in Node the platform's classes take longer to load than a small answer to come.
 */
export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** Must be `half` with a stream. */
  readonly duplex?: 'half';
  readonly redirect?: 'follow' | 'error' | 'manual';
  readonly signal?: AbortSignal;
  /** Whether {@link HttpResponse.drain} is going to be asked for the body. */
  readonly isDrained?: boolean;
}

/** What can be sent; forms are for others than registries. */
export type HttpBody = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | FormData;

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream<Uint8Array> | null;
  /** Instead of `body`, where it is quicker: hands over what comes, each piece to be used before `sink` returns. */
  readonly drain?: ((sink: (bytes: Uint8Array) => void) => Promise<void>) | undefined;
}

export type HttpFetch = (url: string, request?: HttpRequest) => Promise<HttpResponse>;
