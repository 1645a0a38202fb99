import type { ClusterRun } from './cluster.ts';

/**
 * The same run for one of many calls at once. Its signal is one of its own: of a signal with more than ten listeners Node
 * thinks that they leak, and says so to the user.
 */
export const ownRun = <R extends ClusterRun>(run: R): R =>
  run.signal === undefined ? run : { ...run, signal: AbortSignal.any([run.signal]) };
