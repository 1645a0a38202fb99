/** Questions to the person at the terminal. */
import type { Io } from './command.ts';
import { UsageError } from './flags/parse.ts';

/** One line; without a terminal, the first of standard input. */
export async function ask(question: string, { isHidden }: { isHidden: boolean }, io: Io): Promise<string> {
  io.stderr(question);
  if (!process.stdin.isTTY) return (await io.stdin()).split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
  const { createInterface } = await import('node:readline');
  if (isHidden) process.stdin.setRawMode(true);
  try {
    return await (isHidden ? hiddenLine() : shownLine(createInterface));
  } finally {
    if (isHidden) process.stdin.setRawMode(false);
    process.stdin.pause();
    if (isHidden) io.stderr('\n');
  }
}

function shownLine(createInterface: typeof import('node:readline').createInterface): Promise<string> {
  const reader = createInterface({ input: process.stdin });
  return new Promise((resolve) => {
    reader.once('line', (line) => {
      resolve(line);
      reader.close();
    });
    reader.once('close', () => resolve(''));
  });
}

const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = ['\x03', '\x04', '\b', '\x7f'];

function hiddenLine(): Promise<string> {
  let line = '';
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      for (const c of chunk.toString('utf8')) {
        if (c === CTRL_C) return end(() => reject(new UsageError('interrupted')));
        if (c === '\r' || c === '\n' || c === CTRL_D) return end(() => resolve(line));
        line = c === BACKSPACE || c === DELETE ? line.slice(0, -1) : line + c;
      }
    };
    const end = (settle: () => void): void => {
      process.stdin.off('data', onData);
      settle();
    };
    process.stdin.on('data', onData);
    // A question before has paused it.
    process.stdin.resume();
  });
}
