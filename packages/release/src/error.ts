import { PackError } from '@pack/core/error';

export type ReleaseErrorCode =
  | 'CRD_UPGRADE_UNSAFE'
  | 'POST_RENDER_FAILED'
  | 'RELEASE_EXISTS'
  | 'RELEASE_FAILED'
  | 'RELEASE_INVALID'
  | 'RELEASE_NAME_IN_USE'
  | 'RELEASE_NOT_FOUND'
  | 'RELEASE_NOT_OWNED'
  | 'RELEASE_PENDING'
  | 'RELEASE_PLAN_STALE'
  | 'RELEASE_PLAN_UNREADABLE'
  | 'RELEASE_RECORD_BROKEN'
  | 'RELEASE_TOO_LARGE'
  | 'RELEASE_UNADOPTABLE'
  | 'RELEASE_WOULD_CHANGE'
  | 'STORAGE_UNREACHABLE';

/** Of a release; messages are Helm's where it has one. */
export class ReleaseError extends PackError<ReleaseErrorCode> {}
