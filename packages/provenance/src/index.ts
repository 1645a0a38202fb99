export { ProvenanceError, type ProvenanceErrorCode } from './error.ts';
export { type SignOptions, signArchive } from './sign.ts';
export { formatVerification, type Verification, type VerifyOptions, verifyArchive } from './verify.ts';
