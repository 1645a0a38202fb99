import { PackError } from '@pack/core';

export type ResolverErrorCode =
  | 'CHARTS_INVALID'
  | 'DEPENDENCY_CYCLE'
  | 'DEPENDENCY_INVALID'
  | 'DEPENDENCY_UNRESOLVED'
  | 'DIGEST_MISMATCH'
  | 'LOCK_IS_LINK'
  | 'LOCK_OUT_OF_SYNC'
  | 'RESOLVE_CONFLICT';

/** A fault of dependencies, their lock or charts/; messages are Helm's where it has one. */
export class ResolverError extends PackError<ResolverErrorCode> {}
