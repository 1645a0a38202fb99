/** Sprig's checksums. */
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { func, toBytes, type FuncMap } from 'go-template';

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

const hex = (hash: (bytes: Uint8Array) => Uint8Array) =>
  func('func(string) string', (text: string) => bytesToHex(hash(toBytes(text))));

export const hashFunctions: FuncMap = {
  sha1sum: hex(sha1),
  sha256sum: hex(sha256),
  sha512sum: hex(sha512),
  adler32sum: func('func(string) string', (text: string) => String(adler32(toBytes(text)))),
};
