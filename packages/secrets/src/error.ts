import { PackError } from '@pack/core/error';

export type SecretErrorCode =
  | 'SECRET_FILE_INVALID'
  | 'SECRET_NOT_FOUND'
  | 'SECRET_REFERENCE_INVALID'
  | 'SECRET_REFUSED'
  | 'SECRET_TOO_LARGE'
  | 'SECRET_UNAVAILABLE';

/** Why there is no secret for a reference. Neither message nor hint ever has a secret in it. */
export class SecretError extends PackError<SecretErrorCode> {}
