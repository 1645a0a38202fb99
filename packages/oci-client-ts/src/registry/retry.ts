/** Trying again what may work later. */
import { OciError } from '../error.ts';

export interface RetryOptions {
  /** How often in all. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled each time, half of it by chance. */
  readonly delay: number;
  /** Milliseconds: no delay is longer, whatever a registry asks for. */
  readonly maxDelay: number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
}

export const RETRY: RetryOptions = { attempts: 5, delay: 250, maxDelay: 30_000, sleep, random: Math.random };

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** What a registry said of when to come back, milliseconds; on the error of its answer. */
export const retryAfter = new WeakMap<OciError, number>();

/** `Retry-After`: seconds, or a date. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Runs until it succeeds, fails for good, or has been tried often enough; then the last error is thrown. */
export async function retrying<T>(
  attempt: (n: number) => Promise<T>,
  options: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      signal?.throwIfAborted();
      return await attempt(n);
    } catch (e) {
      if (!(e instanceof OciError) || !e.isRetryable || n >= options.attempts || signal?.aborted) throw e;
      await options.sleep(delayOf(n, e, options), signal);
    }
  }
}

/** Milliseconds before the attempt after the n-th. */
function delayOf(n: number, e: OciError, { delay, maxDelay, random }: RetryOptions): number {
  const asked = retryAfter.get(e);
  if (asked !== undefined) return Math.min(asked, maxDelay);
  const longest = Math.min(delay * 2 ** (n - 1), maxDelay);
  return longest / 2 + (longest / 2) * random();
}
