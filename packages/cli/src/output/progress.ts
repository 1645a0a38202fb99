/** What a person at a terminal sees of what takes longer than a second: a line on standard error that goes when it ends. */
import type { Io } from '../command.ts';

/** Milliseconds. */
const [PATIENCE, PACE] = [1000, 250];
const WIDTH = 78;
const CLEAR = '\r\x1b[K';

/**
 * Does `work`, and says what goes on and for how long, if that is for long. `say` changes the text; the `Io` that `work`
 * is given writes around the line.
 */
export async function withProgress<T>(
  text: string,
  io: Io,
  work: (io: Io, say: (text: string) => void) => Promise<T>,
): Promise<T> {
  if (io.terminal !== true || io.env['TERM'] === 'dumb') return work(io, () => undefined);
  const start = Date.now();
  let current = text;
  let isShown = false;
  const show = (): void => {
    const seconds = Math.round((Date.now() - start) / 1000);
    io.stderr(`${CLEAR}${`${current} … ${seconds} s`.slice(0, WIDTH)}`);
    isShown = true;
  };
  const clear = (): void => {
    if (isShown) io.stderr(CLEAR);
    isShown = false;
  };
  let ticker: ReturnType<typeof setInterval> | undefined;
  const patience = setTimeout(() => {
    show();
    ticker = setInterval(show, PACE);
  }, PATIENCE);
  const around: Io = {
    ...io,
    stderr(line) {
      clear();
      io.stderr(line);
    },
  };
  try {
    return await work(around, (next) => {
      current = next;
    });
  } finally {
    clearTimeout(patience);
    clearInterval(ticker);
    clear();
  }
}
