/** Texts that are signed and stay readable. OpenPGP: RFC 9580, section 7; written as Go's clearsign package does. */
import { fromBytes, toBytes } from 'go-template';
import { ProvenanceError } from './error.ts';

const START = '-----BEGIN PGP SIGNED MESSAGE-----';
const SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END = '-----END PGP SIGNATURE-----';

const ARMOR_COLUMNS = 64;

/** White space at the ends of lines is not signed, so it is not written. */
export const trimLines = (text: string): string => text.replaceAll(/[ \t\r]+$/gm, '');

/** The bytes that a signature over a text is made of: lines end as in mail. */
export const signedBytes = (text: string): Uint8Array => toBytes(trimLines(text).replaceAll('\n', '\r\n'));

/** `hash` is the name of the algorithm behind the signature, in capitals. */
export function encodeClearSigned(text: string, hash: string, signature: Uint8Array): string {
  const escaped = trimLines(text).replaceAll(/^-/gm, '- -');
  const armor = base64(signature).match(new RegExp(`.{1,${ARMOR_COLUMNS}}`, 'g')) ?? [];
  // Go leaves the checksum out; without it some GnuPG read the last line, too, as a part of the signature.
  return [START, `Hash: ${hash}`, '', escaped, SIGNATURE, '', ...armor, checksum(signature), END].join('\n');
}

const CRC_INIT = 0xb704ce;
const CRC_POLYNOMIAL = 0x1864cfb;

/** The line that ends armor. OpenPGP: RFC 4880, section 6.1. */
function checksum(bytes: Uint8Array): string {
  let crc = CRC_INIT;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1;
      if (crc & 0x1000000) crc ^= CRC_POLYNOMIAL;
    }
  }
  return `=${base64(Uint8Array.of(crc >> 16, crc >> 8, crc))}`;
}

export interface ClearSigned {
  /** As it was signed, with `\n`. */
  readonly text: string;
  /** Signature packets. */
  readonly signature: Uint8Array;
}

const notFound = (): ProvenanceError => new ProvenanceError('PROVENANCE_INVALID', 'signature block not found');

/** The first signed text in a file. Throws PROVENANCE_INVALID. */
export function decodeClearSigned(data: Uint8Array): ClearSigned {
  const lines = fromBytes(data)
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
  const start = lines.indexOf(START);
  if (start < 0) throw notFound();
  let at = start + 1;
  for (; lines[at]?.trim() !== ''; at++) {
    // Only this header is allowed: others could pass for a part of the text.
    if (!/^Hash *:[ -~]*$/.test(lines[at] ?? '')) throw notFound();
  }
  const end = lines.indexOf(SIGNATURE, at);
  if (end < 0) throw notFound();
  const text = lines
    .slice(at + 1, end)
    .map((line) => (line.startsWith('- ') ? line.slice(2) : line).replace(/[ \t]+$/, ''))
    .join('\n');
  return { text, signature: decodeArmor(lines.slice(end + 1)) };
}

function decodeArmor(lines: readonly string[]): Uint8Array {
  const blank = lines.findIndex((line) => line.trim() === '');
  const end = lines.findIndex((line) => line.startsWith('=') || line.startsWith('-----END'));
  if (blank < 0 || end < blank) throw notFound();
  try {
    return Uint8Array.from(atob(lines.slice(blank, end).join('')), (c) => c.charCodeAt(0));
  } catch (cause) {
    throw new ProvenanceError('PROVENANCE_INVALID', 'openpgp: invalid data: armor invalid', { cause });
  }
}

export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
