/** client-go: util/flowcontrol NewTokenBucketRateLimiter. */

export interface RateOptions {
  /** Requests a second in the long run; without it, or not positive, there is no limit. */
  readonly qps?: number | undefined;
  /** Requests that may be made at once; 10 if absent, as in client-go. */
  readonly burst?: number | undefined;
}

/** Milliseconds that a request has to wait, of which each call takes one. */
export function createRateLimiter({ qps = 0, burst = 10 }: RateOptions, now: () => number): () => number {
  if (!(qps > 0)) return () => 0;
  const size = Math.max(1, burst);
  let tokens = size;
  let last = now();
  return () => {
    const time = now();
    tokens = Math.min(size, tokens + ((time - last) / 1000) * qps) - 1;
    last = time;
    return tokens >= 0 ? 0 : (-tokens / qps) * 1000;
  };
}
