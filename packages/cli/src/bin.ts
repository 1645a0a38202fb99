/** The process: argv, streams, exit code. */
import { toBytes } from 'go-template/bytes';
import { isStackError, main } from './main.ts';
import { isTerminal, writeStandard } from './standard-streams.ts';

export { commands, groups } from './registry.ts';
export { main };

/** Deep templates need more stack than a main thread has; with this much, Helm's own bounds come first. */
const STACK_MB = 900;

/** Runs the command of `argv`; `again` is the module that does the same in a worker. */
export async function run(argv: readonly string[], again: string): Promise<void> {
  let out = '';
  let stopping: AbortController | undefined;
  const stop = (code: number) => (): void => {
    if (stopping === undefined || stopping.signal.aborted) process.exit(code);
    stopping.abort();
  };
  process.on('SIGINT', stop(130));
  process.on('SIGTERM', stop(143));
  const io = {
    stdout(text: string): void {
      out += text;
    },
    stderr: (text: string): void => writeStandard(2, toBytes(text)),
    async stdin(): Promise<string> {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
    env: process.env,
    isProcess: true,
    terminal: isTerminal(2),
    readable: isTerminal(1),
    interrupts: (): AbortSignal => (stopping ??= new AbortController()).signal,
  };
  try {
    process.exitCode = await main(argv, io);
  } catch (e) {
    const { isMainThread, Worker } = await import('node:worker_threads');
    if (!isMainThread || !isStackError(e)) throw e;
    const worker = new Worker(again, { argv: [...argv], resourceLimits: { stackSizeMb: STACK_MB } });
    worker.on('exit', (code) => {
      process.exitCode = code;
    });
    return;
  }
  if (out !== '') writeStandard(1, toBytes(out));
}
