/** A request that becomes a WebSocket (RFC 6455). Loaded only when there is one. */
import type { Agent, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocket } from 'ws';
import type { HttpRequest, HttpResponse } from '../rest/http.ts';
import type { ConnectionError } from './go-network.ts';

/** Of one message, bytes: a kubelet sends 32 KiB at a time. */
const MAX_MESSAGE = 1024 * 1024;

interface Upgrade extends Pick<HttpRequest, 'signal'> {
  readonly headers: OutgoingHttpHeaders;
  readonly protocols: readonly string[];
  readonly agent: Agent;
  /** Milliseconds until the server has answered. */
  readonly handshakeTimeout: number;
}

/** The server's refusal, or an answer with status 101. `answerOf` makes answers of Node's; `goError` errors of the network's. */
export function upgrade(
  url: URL,
  { headers, protocols, agent, signal, handshakeTimeout }: Upgrade,
  answerOf: (response: IncomingMessage) => HttpResponse,
  goError: (e: unknown) => ConnectionError,
): Promise<HttpResponse> {
  const address = new URL(url);
  address.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, [...protocols], {
      headers,
      agent,
      handshakeTimeout,
      maxPayload: MAX_MESSAGE,
      perMessageDeflate: false,
    });
    const stop = (): void => socket.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    socket.once('close', () => signal?.removeEventListener('abort', stop));
    socket.on('error', (e) => reject(signal?.aborted === true ? signal.reason : goError(e)));
    socket.once('unexpected-response', (_, response) => resolve(answerOf(response)));
    socket.once('open', () => {
      const found: Readonly<Record<string, string>> = { 'sec-websocket-protocol': socket.protocol };
      // Now, since what comes while nobody listens is lost.
      const stream = createWebSocketStream(socket, { readableObjectMode: true });
      // Who reads hears of it, also when it broke before.
      stream.on('error', () => undefined);
      const body = messages(stream, goError);
      resolve({ status: 101, headers: { get: (name) => found[name.toLowerCase()] ?? null }, body });
    });
    if (signal?.aborted === true) stop();
  });
}

async function* messages(stream: Duplex, goError: (e: unknown) => ConnectionError): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (e) {
    throw goError(e);
  } finally {
    stream.destroy();
  }
}
