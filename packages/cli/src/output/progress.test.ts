import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Io } from '../command.ts';
import { withProgress } from './progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function shown(io: Partial<Io>, work: Parameters<typeof withProgress>[2]): Promise<string> {
  let text = '';
  const whole: Io = { stdout() {}, stderr: (part) => void (text += part), stdin: async () => '', env: {}, ...io };
  const done = withProgress('Fetching x', whole, work).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(10_000);
  await done;
  return text.replaceAll('\r\x1b[K', '<');
}

describe('what takes long', () => {
  test('is shown with its seconds, and is gone at the end', async () => {
    expect(await shown({ terminal: true }, () => wait(1300))).toBe('<Fetching x … 1 s<Fetching x … 1 s<');
  });

  test('gives way to what is written meanwhile', async () => {
    const text = await shown({ terminal: true }, async (io, say) => {
      await wait(1100);
      io.stderr('warning\n');
      say('Fetching y');
      await wait(300);
    });
    expect(text).toBe('<Fetching x … 1 s<warning\n<Fetching y … 1 s<');
  });

  test('is gone after an error too', async () => {
    const text = await shown({ terminal: true }, async () => {
      await wait(1100);
      throw new Error('x');
    });
    expect(text).toBe('<Fetching x … 1 s<');
  });
});

const silent: [name: string, io: Partial<Io>, ms: number][] = [
  ['what is quick', { terminal: true }, 900],
  ['what no one sees', {}, 5000],
  ['what a dumb terminal would garble', { terminal: true, env: { TERM: 'dumb' } }, 5000],
];
test.each(silent)('%s is not shown', async (_, io, ms) => {
  expect(await shown(io, () => wait(ms))).toBe('');
});
