import { PackError } from '@pack/core';

export type ProvenanceErrorCode =
  | 'KEYRING_INVALID'
  | 'KEY_AMBIGUOUS'
  | 'KEY_EXPIRED'
  | 'KEY_INVALID'
  | 'KEY_NOT_FOUND'
  | 'KEY_NOT_PRIVATE'
  | 'KEY_REVOKED'
  | 'PASSPHRASE_WRONG'
  | 'PROVENANCE_INVALID'
  | 'PROVENANCE_MISMATCH'
  | 'SIGNATURE_EXPIRED'
  | 'SIGNATURE_INVALID'
  | 'SIGNATURE_UNKNOWN_KEY';

/** Why something is not signed, or its signature not believed; messages are Helm's where Helm has one. */
export class ProvenanceError extends PackError<ProvenanceErrorCode> {}
