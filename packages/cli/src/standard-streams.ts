/**
 * Standard output and error of the process. Node's own streams are for terminals alone, which they know how to write to: to
 * load them takes longer than most commands take to write.
 */
import { fstatSync, writeSync } from 'node:fs';

type Descriptor = 1 | 2;

const streamOf = (descriptor: Descriptor): NodeJS.WriteStream =>
  (descriptor === 1 ? process.stdout : process.stderr) as NodeJS.WriteStream;

const known = new Map<Descriptor, boolean>();

/** Whether a person reads what is written. */
export function isTerminal(descriptor: Descriptor): boolean {
  let is = known.get(descriptor);
  if (is === undefined) {
    is = isDevice(descriptor) && streamOf(descriptor).isTTY === true;
    known.set(descriptor, is);
  }
  return is;
}

/** False for what is closed, too. */
function isDevice(descriptor: Descriptor): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    return false;
  }
}

/** A reader of the output that has seen enough, as head, is no fault, and ends the process; without one of errors all goes on. */
export function writeStandard(descriptor: Descriptor, bytes: Uint8Array): void {
  if (isTerminal(descriptor)) return writeStream(descriptor, bytes);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException;
      if (code === 'EPIPE') return gone(descriptor);
      // Somebody has made the pipe one that does not wait, and its reader is slow.
      if (code !== 'EAGAIN') throw e;
      return writeStream(descriptor, bytes.subarray(at));
    }
  }
}

function gone(descriptor: Descriptor): void {
  if (descriptor === 1) process.exit(0);
}

function writeStream(descriptor: Descriptor, bytes: Uint8Array): void {
  const stream = streamOf(descriptor);
  if (stream.listenerCount('error') === 0) {
    stream.on('error', (e: NodeJS.ErrnoException) => {
      if (e.code !== 'EPIPE') throw e;
      gone(descriptor);
    });
  }
  stream.write(bytes);
}
