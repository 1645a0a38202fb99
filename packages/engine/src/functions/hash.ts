/** Sprig's checksums but for adler32sum, which needs no library. Loaded when named; see load.ts. */
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type FuncMap, toBytes } from 'go-template';

import { hashSignatures, implement } from './signatures.ts';

const hex =
  (hash: (bytes: Uint8Array) => Uint8Array) =>
  (text: string): string =>
    bytesToHex(hash(toBytes(text)));

export const hashFunctions: FuncMap = implement(hashSignatures, {
  sha1sum: hex(sha1),
  sha256sum: hex(sha256),
  sha512sum: hex(sha512),
});
