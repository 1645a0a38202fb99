/** Requests at a time. */
const CONCURRENCY = 10;

/** All, so many at a time; the first fault in their order is thrown. */
export async function inTurns<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const out: R[] = [];
  for (let at = 0; at < items.length; at += CONCURRENCY) {
    const outcomes = await Promise.allSettled(items.slice(at, at + CONCURRENCY).map(act));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
      out.push(outcome.value);
    }
  }
  return out;
}
