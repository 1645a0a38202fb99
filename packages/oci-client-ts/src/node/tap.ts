/**
 * Large bodies past Node's parser of HTTP, which copies what comes twice, into memory of its own each time: that takes
 * longer than to hash the bytes and write them to disk. What says where a body begins and how long it is remains the
 * parser's to read; from there on the bytes are taken as they come, in memory that is used again and again.
 */
import http from 'node:http';
import net, { type Socket } from 'node:net';

/** Bytes that are read at once. */
const READ = 128 * 1024;

type Sink = (bytes: Uint8Array) => void;

/** Where what a connection reads goes, instead of to the parser. */
const taps = new WeakMap<Socket, { sink: Sink | undefined }>();

/** Connections of plain HTTP whose bodies {@link drain} takes past the parser. */
export function createTapAgent(): http.Agent {
  const agent = new http.Agent({ keepAlive: true });
  return Object.assign(agent, {
    createConnection(options: net.NetConnectOpts): Socket {
      const tap: { sink: Sink | undefined } = { sink: undefined };
      const socket: Socket = net.connect({
        ...options,
        onread: {
          buffer: Buffer.allocUnsafeSlow(READ),
          callback(length, bytes) {
            const part = bytes.subarray(0, length);
            if (tap.sink === undefined) socket.emit('data', Buffer.from(part));
            else tap.sink(part);
            return true;
          },
        },
      } as net.NetConnectOpts);
      taps.set(socket, tap);
      return socket;
    },
  });
}

/**
 * Hands a body to `sink`, which may use each piece until it returns. `fault` says what is wrong with a connection that
 * ended. Rejects when it ended early, and with what `sink` throws.
 */
export function drain(incoming: http.IncomingMessage, sink: Sink, fault: (why: string) => unknown): Promise<void> {
  const { socket } = incoming;
  const tap = taps.get(socket);
  const length = incoming.headers['content-length'];
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      if (tap !== undefined) tap.sink = () => undefined;
      settle();
      incoming.destroy();
    };
    const handOver = (bytes: Uint8Array): void => {
      try {
        sink(bytes);
      } catch (e) {
        end(() => reject(e));
      }
    };
    incoming.on('error', (e) => end(() => reject(fault(e.message))));
    if (incoming.errored) return reject(fault(incoming.errored.message));
    if (tap === undefined || length === undefined || incoming.headers['transfer-encoding'] !== undefined) {
      incoming.on('data', handOver);
      incoming.on('end', () => (incoming.complete ? resolve() : end(() => reject(fault('unexpected EOF')))));
      return;
    }
    let left = Number(length);
    const take = (bytes: Uint8Array): void => {
      const part = bytes.length > left ? bytes.subarray(0, left) : bytes;
      left -= part.length;
      if (part.length > 0) handOver(part);
      // The parser still waits for the body, so the connection is of no more use.
      if (left === 0) end(resolve);
    };
    tap.sink = take;
    socket.once('close', () => end(() => reject(fault('unexpected EOF'))));
    // What came along with the head; to read it also lets the connection go on.
    for (let bytes = incoming.read(); bytes !== null; bytes = incoming.read()) take(bytes as Uint8Array);
    if (left === 0) end(resolve);
  });
}
