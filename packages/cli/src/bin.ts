/** The process: argv, streams, exit code. */
import module from 'node:module';
import { isMainThread, Worker } from 'node:worker_threads';
import { toBytes } from 'go-template';
import { isStackError, main } from './main.ts';

// Keeps compiled code between runs where Node can (22 and later).
(module as { enableCompileCache?: () => void }).enableCompileCache?.();

/** Deep templates need more stack than a main thread has; with this much, Helm's own bounds come first. */
const STACK_MB = 900;

const argv = process.argv.slice(2);
let out = '';

// A reader that has seen enough, as head, is no fault.
process.stdout.on('error', (e: NodeJS.ErrnoException) => {
  if (e.code !== 'EPIPE') throw e;
  process.exit(0);
});
process.on('SIGINT', () => process.exit(130));

const io = {
  stdout(text: string): void {
    out += text;
  },
  stderr: (text: string): void => void process.stderr.write(toBytes(text)),
  async stdin(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  },
  env: process.env,
};

try {
  process.exitCode = await main(argv, io);
  if (out !== '') process.stdout.write(toBytes(out));
} catch (e) {
  if (!isMainThread || !isStackError(e)) throw e;
  const worker = new Worker(new URL(import.meta.url), { argv, resourceLimits: { stackSizeMb: STACK_MB } });
  worker.on('exit', (code) => {
    process.exitCode = code;
  });
}
