/** The files of minisign: keys and signatures. Format: jedisct1/minisign. */
import { fromBytes, toBytes } from 'go-template';
import { base64 } from './clear-sign.ts';
import { ProvenanceError } from './error.ts';

export interface MinisignPublicKey {
  /** Eight bytes that name the key. */
  readonly id: Uint8Array;
  /** 32 bytes, Ed25519. */
  readonly key: Uint8Array;
}

/** How a secret key is locked; without it the key lies open. */
export interface MinisignLock {
  readonly salt: Uint8Array;
  /** Limits of libsodium's scrypt. */
  readonly operations: bigint;
  readonly memory: bigint;
}

/** The file of a secret key, locked or not. */
export interface MinisignSecretFile {
  readonly lock?: MinisignLock;
  /** Identifier, secret key (seed and public key) and checksum: 8, 64 and 32 bytes. */
  readonly body: Uint8Array;
}

export interface MinisignSignature {
  readonly comment: string;
  /** The signature is over BLAKE2b of the file, not over the file itself. */
  readonly prehashed: boolean;
  readonly id: Uint8Array;
  readonly signature: Uint8Array;
  /** What is signed too. */
  readonly trustedComment: string;
  readonly globalSignature: Uint8Array;
}

const COMMENT = 'untrusted comment: ';
const TRUSTED = 'trusted comment: ';
const MAX_FILE = 16 * 1024;

const invalid = (message: string): ProvenanceError => new ProvenanceError('KEY_INVALID', message);
const broken = (message: string): ProvenanceError => new ProvenanceError('SIGNATURE_INVALID', message);

const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** In capitals, as minisign shows it: the bytes backwards. */
export const minisignKeyId = (id: Uint8Array): string =>
  [...id]
    .reverse()
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();

const linesOf = (data: Uint8Array): string[] => {
  if (data.length > MAX_FILE) throw invalid('file is too large for a key or signature of minisign');
  return fromBytes(data)
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
};

function bytesOf(text: string | undefined, length: number, fault: ProvenanceError): Uint8Array {
  const line = text?.trim() ?? '';
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(line) || line.length !== Math.ceil(length / 3) * 4) throw fault;
  const bytes = Uint8Array.from(atob(line), (c) => c.charCodeAt(0));
  if (bytes.length !== length) throw fault;
  return bytes;
}

const algorithmOf = (bytes: Uint8Array): string => fromBytes(bytes.subarray(0, 2));

export const encodePublicKey = ({ id, key }: MinisignPublicKey): string =>
  `${COMMENT}minisign public key ${minisignKeyId(id)}\n${base64(concat(toBytes('Ed'), id, key))}\n`;

/** A file, or its second line alone. Throws KEY_INVALID. */
export function decodePublicKey(data: Uint8Array): MinisignPublicKey {
  const [first, second] = linesOf(data) as [string, string?];
  const line = first.startsWith(COMMENT) ? second : first;
  const bytes = bytesOf(line, 42, invalid('not a public key of minisign'));
  if (algorithmOf(bytes) !== 'Ed') throw invalid('unsupported signature algorithm');
  return { id: bytes.subarray(2, 10), key: bytes.subarray(10) };
}

const uint64 = (n: bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, n, true);
  return bytes;
};

const NO_LOCK: MinisignLock = { salt: new Uint8Array(32), operations: 0n, memory: 0n };

export function encodeSecretKey({ lock, body }: MinisignSecretFile): string {
  const { salt, operations, memory } = lock ?? NO_LOCK;
  const derivation = lock === undefined ? new Uint8Array(2) : toBytes('Sc');
  const bytes = concat(toBytes('Ed'), derivation, toBytes('B2'), salt, uint64(operations), uint64(memory), body);
  return `${COMMENT}minisign ${lock === undefined ? '' : 'encrypted '}secret key\n${base64(bytes)}\n`;
}

/** Throws KEY_INVALID. */
export function decodeSecretKey(data: Uint8Array): MinisignSecretFile {
  const bytes = bytesOf(linesOf(data)[1], 158, invalid('not a secret key of minisign'));
  const [algorithm, derivation, checksum] = [0, 2, 4].map((at) => algorithmOf(bytes.subarray(at)));
  if (algorithm !== 'Ed') throw invalid('unsupported signature algorithm');
  if (checksum !== 'B2') throw invalid('unsupported checksum function');
  const body = bytes.subarray(54);
  if (derivation === '\0\0') return { body };
  if (derivation !== 'Sc') throw invalid('unsupported key derivation function');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const lock = {
    salt: bytes.subarray(6, 38),
    operations: view.getBigUint64(38, true),
    memory: view.getBigUint64(46, true),
  };
  return { lock, body };
}

export function encodeSignature(s: MinisignSignature): string {
  const line = base64(concat(toBytes(s.prehashed ? 'ED' : 'Ed'), s.id, s.signature));
  return `${COMMENT}${s.comment}\n${line}\n${TRUSTED}${s.trustedComment}\n${base64(s.globalSignature)}\n`;
}

/** Throws SIGNATURE_INVALID. */
export function decodeSignature(data: Uint8Array): MinisignSignature {
  const [comment = '', line, trusted = '', global] = linesOf(data);
  if (!comment.startsWith(COMMENT)) throw broken('untrusted signature comment should start with "untrusted comment: "');
  const bytes = bytesOf(line, 74, broken('not a signature of minisign'));
  const algorithm = algorithmOf(bytes);
  if (algorithm !== 'ED' && algorithm !== 'Ed') throw broken('unsupported signature algorithm');
  if (!trusted.startsWith(TRUSTED)) throw broken('trusted signature comment should start with "trusted comment: "');
  return {
    comment: comment.slice(COMMENT.length),
    prehashed: algorithm === 'ED',
    id: bytes.subarray(2, 10),
    signature: bytes.subarray(10),
    trustedComment: trusted.slice(TRUSTED.length),
    globalSignature: bytesOf(global, 64, broken('invalid comment signature')),
  };
}
