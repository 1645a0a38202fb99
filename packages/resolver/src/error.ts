import { PackError } from '@pack/core';

export type ResolverErrorCode =
  | 'DEPENDENCY_CYCLE'
  | 'DEPENDENCY_INVALID'
  | 'DEPENDENCY_NOT_FOUND'
  | 'DEPENDENCY_UNRESOLVED'
  | 'DIGEST_MISMATCH'
  | 'LOCK_CHANGED'
  | 'LOCK_IS_LINK'
  | 'LOCK_OUT_OF_SYNC'
  | 'RESOLVE_CONFLICT';

/** A fault of dependencies and their lock; messages are Helm's. */
export class ResolverError extends PackError<ResolverErrorCode> {}
