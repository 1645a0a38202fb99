/** Signs and verifies as minisign does. Program: jedisct1/minisign; libsodium's crypto_pwhash_scryptsalsa208sha256. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  scrypt,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { toBytes } from 'go-template';
import { ProvenanceError } from '../error.ts';
import {
  decodePublicKey,
  decodeSecretKey,
  decodeSignature,
  encodePublicKey,
  encodeSecretKey,
  encodeSignature,
  type MinisignLock,
  minisignKeyId,
} from '../minisign.ts';

export interface MinisignKeys {
  /** The texts of the files. */
  readonly publicKey: string;
  readonly secretKey: string;
  /** As minisign shows it. */
  readonly id: string;
}

export interface MinisignKeyOptions {
  /** Locks the secret key, unless it is empty. */
  readonly passphrase?: string;
  /** How much work it takes to try a passphrase, as libsodium counts it. */
  readonly operations?: bigint;
  /** Bytes of memory that it takes. */
  readonly memory?: bigint;
}

/** A new pair of keys. Its lock takes by default as much work as minisign's own, with 128 MiB in place of 1 GiB. */
export async function generateMinisignKeys(options: MinisignKeyOptions = {}): Promise<MinisignKeys> {
  const { passphrase = '', operations = 1n << 25n, memory = 1n << 27n } = options;
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32);
  const key = rawPublicKey(publicKey);
  const id = randomBytes(8);
  const open = Buffer.concat([id, seed, key]);
  const body = Buffer.concat([open, checksumOf(open)]);
  const lock = passphrase === '' ? undefined : { salt: randomBytes(32), operations, memory };
  return {
    publicKey: encodePublicKey({ id, key }),
    secretKey: encodeSecretKey(lock === undefined ? { body } : { lock, body: await masked(body, lock, passphrase) }),
    id: minisignKeyId(id),
  };
}

const checksumOf = (open: Uint8Array): Uint8Array => blake2b(Buffer.concat([toBytes('Ed'), open]), { dkLen: 32 });

/** Locking and unlocking are the same. */
async function masked(body: Uint8Array, lock: MinisignLock, passphrase: string): Promise<Uint8Array> {
  const mask = await derive(passphrase, lock, body.length);
  return body.map((byte, i) => byte ^ (mask[i] as number));
}

const MAX_MEMORY = 2n ** 31n;
const MAX_WORK = 2n ** 30n;

/** libsodium chooses scrypt's parameters by two limits. */
function derive(passphrase: string, { salt, operations, memory }: MinisignLock, length: number): Promise<Buffer> {
  if (memory > MAX_MEMORY || operations > MAX_WORK)
    throw new ProvenanceError('KEY_INVALID', 'secret key asks for more than 2 GiB of memory, or too much work');
  const r = 8n;
  const work = operations < 32768n ? 32768n : operations;
  const byMemory = work >= memory / 32n;
  const mostN = byMemory ? memory / (r * 128n) : work / (r * 4n);
  let log2 = 1n;
  while (log2 < 63n && 1n << log2 <= mostN / 2n) log2++;
  const N = 1n << log2;
  const p = byMemory ? work / 4n / N / r : 1n;
  const cost = { N: Number(N), r: Number(r), p: Number(p === 0n ? 1n : p) };
  return new Promise((resolve, reject) => {
    const maxmem = 128 * cost.r * (cost.N + cost.p + 2) + 1024 * 1024;
    scrypt(toBytes(passphrase), salt, length, { ...cost, maxmem }, (e, key) => (e === null ? resolve(key) : reject(e)));
  });
}

interface SecretKey {
  readonly id: Uint8Array;
  readonly key: KeyObject;
}

/** Asked for when the key is locked. */
export type AskPassphrase = () => string | Promise<string>;

async function readSecretKey(data: Uint8Array, passphrase: AskPassphrase | undefined): Promise<SecretKey> {
  const { lock, body: stored } = decodeSecretKey(data);
  if (lock !== undefined && passphrase === undefined)
    throw new ProvenanceError('PASSPHRASE_WRONG', 'secret key is encrypted: a passphrase is needed');
  const body = lock === undefined ? stored : await masked(stored, lock, await (passphrase as AskPassphrase)());
  const open = body.subarray(0, 72);
  // Keys without a lock have no checksum.
  if (lock !== undefined && !timingSafeEqual(checksumOf(open), body.subarray(72)))
    throw new ProvenanceError('PASSPHRASE_WRONG', 'Wrong password for that key');
  const key = privateKeyOf(open.subarray(8, 40));
  if (!timingSafeEqual(rawPublicKey(createPublicKey(key)), open.subarray(40)))
    throw new ProvenanceError('KEY_INVALID', 'secret key is damaged');
  return { id: open.subarray(0, 8), key };
}

const rawPublicKey = (key: KeyObject): Uint8Array => key.export({ type: 'spki', format: 'der' }).subarray(-32);

/** What comes before the 32 bytes of an Ed25519 key in DER. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

const privateKeyOf = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });

const publicKeyOf = (key: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' });

const hashOf = (data: Uint8Array): Uint8Array => createHash('blake2b512').update(data).digest();

export interface MinisignOptions {
  /** The file of the secret key. */
  readonly secretKey: Uint8Array;
  readonly passphrase?: AskPassphrase;
  readonly comment?: string;
  /** Signed along with the data. */
  readonly trustedComment: string;
}

/** The text of the signature's file. Throws KEY_INVALID, PASSPHRASE_WRONG. */
export async function minisign(data: Uint8Array, options: MinisignOptions): Promise<string> {
  const { comment = 'signature from minisign secret key', trustedComment } = options;
  for (const text of [comment, trustedComment])
    if (/[\r\n]/.test(text)) throw new ProvenanceError('SIGNATURE_INVALID', 'a comment must be one line');
  const { id, key } = await readSecretKey(options.secretKey, options.passphrase);
  const signature = sign(null, hashOf(data), key);
  const globalSignature = sign(null, Buffer.concat([signature, toBytes(trustedComment)]), key);
  return encodeSignature({ comment, prehashed: true, id, signature, trustedComment, globalSignature });
}

export interface MinisignVerification {
  readonly trustedComment: string;
  /** Of the key, as minisign shows it. */
  readonly id: string;
}

/**
 * Throws SIGNATURE_INVALID, SIGNATURE_UNKNOWN_KEY when another key has signed, KEY_INVALID. `publicKey` is a file, or
 * its second line alone.
 */
export function verifyMinisign(data: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): MinisignVerification {
  const known = decodePublicKey(publicKey);
  const given = decodeSignature(signature);
  if (!Buffer.from(known.id).equals(given.id)) {
    throw new ProvenanceError(
      'SIGNATURE_UNKNOWN_KEY',
      `Signature key id in the signature is ${minisignKeyId(given.id)}\nbut the key id in the public key is ${minisignKeyId(known.id)}`,
    );
  }
  const key = publicKeyOf(known.key);
  if (!verify(null, given.prehashed ? hashOf(data) : data, key, given.signature))
    throw new ProvenanceError('SIGNATURE_INVALID', 'Signature verification failed');
  const global = Buffer.concat([given.signature, toBytes(given.trustedComment)]);
  if (!verify(null, global, key, given.globalSignature))
    throw new ProvenanceError('SIGNATURE_INVALID', 'Comment signature verification failed');
  return { trustedComment: given.trustedComment, id: minisignKeyId(known.id) };
}
