/** Sprig's functions on passwords, keys and certificates. Loaded for templates that call them; see load.ts. */
import { hmac } from '@noble/hashes/hmac.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeBase64 as encodeBcryptBase64, hashSync } from 'bcryptjs';
import { byteLength, type FuncMap, fromBytes, GoError } from 'go-template';
import forge from 'node-forge';

import { type Certificate, customCertificate, issue, issuerOf } from './certificate.ts';
import { concatBytes } from './der.ts';
import { decodeBase64, encodeBase64 } from './encoding.ts';
import { generatePrivateKey, generateRsaKey, type PrivateKey, parsePrivateKey } from './key.ts';
import { derivePassword } from './master-password.ts';
import { fromBinary, toBinary } from './rune.ts';
import { cryptoSignatures, implement } from './signatures.ts';
import type { World } from './world.ts';

const BCRYPT_COST = 10;
const CERTIFICATE_BITS = 2048;
const BLOCK = 16;

function bcrypt(text: string, world: World): string {
  if (byteLength(text) > 72) {
    return 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes';
  }
  const salt = `$2a$${BCRYPT_COST}$${encodeBcryptBase64(world.random(BLOCK) as unknown as number[], BLOCK)}`;
  return hashSync(text, salt);
}

/** The password's bytes, cut or filled with zeros to the 32 of AES-256. */
const aesKey = (password: string): string => toBinary(password).slice(0, 32).padEnd(32, '\0');

function encryptAes(password: string, text: string, world: World): string {
  if (text === '') return '';
  const iv = world.random(BLOCK);
  const cipher = forge.cipher.createCipher('AES-CBC', aesKey(password));
  cipher.start({ iv: String.fromCharCode(...iv) });
  cipher.update(forge.util.createBuffer(toBinary(text)));
  cipher.finish();
  const encrypted = Uint8Array.from(cipher.output.getBytes(), (c) => c.charCodeAt(0));
  return encodeBase64(concatBytes([iv, encrypted]));
}

/** Sprig looks at nothing but the last byte for the padding, so wrong keys may panic. */
function decryptAes(password: string, encrypted: string): string {
  if (encrypted === '') return '';
  const bytes = decodeBase64(encrypted);
  if (bytes.length < BLOCK) {
    const capacity = Math.floor(byteLength(encrypted) / 4) * 3;
    if (capacity < BLOCK)
      throw new GoError(`runtime error: slice bounds out of range [:${BLOCK}] with capacity ${capacity}`);
    throw new GoError(`runtime error: slice bounds out of range [${BLOCK}:${bytes.length}]`);
  }
  const input = String.fromCharCode(...bytes.subarray(0, BLOCK));
  if (bytes.length % BLOCK !== 0) throw new GoError('crypto/cipher: input not full blocks');
  if (bytes.length === BLOCK) throw new GoError('runtime error: index out of range [-1]');
  const cipher = forge.cipher.createDecipher('AES-CBC', aesKey(password));
  cipher.start({ iv: input });
  cipher.update(forge.util.createBuffer(bytes.slice(BLOCK).buffer));
  (cipher as { finish(pad: () => boolean): boolean }).finish(() => true);
  const output = cipher.output.getBytes();
  const end = output.length - output.charCodeAt(output.length - 1);
  if (end < 0) throw new GoError(`runtime error: slice bounds out of range [:${end}]`);
  return fromBinary(output.slice(0, end));
}

function pemKey(pem: string, world: World): PrivateKey {
  try {
    return parsePrivateKey(pem, world.crypto);
  } catch (e) {
    if (e instanceof GoError) throw new GoError(`parsing private key: ${e.message}`);
    throw e;
  }
}

function decodePart(base64: string, what: string): string {
  try {
    return fromBytes(decodeBase64(base64));
  } catch (e) {
    if (e instanceof GoError) throw new GoError(`unable to decode base64 ${what}`);
    throw e;
  }
}

type Items = readonly unknown[] | null;

/** The implementations behind `cryptoSignatures`. */
export function cryptoFunctions(world: World): FuncMap {
  const newKey = (): PrivateKey => generateRsaKey(CERTIFICATE_BITS, world);
  const authority = (commonName: string, days: number, key: PrivateKey): Certificate =>
    issue({ commonName, ips: null, names: null, days, isAuthority: true }, key, world);
  const selfSigned = (commonName: string, ips: Items, names: Items, days: number, key: PrivateKey): Certificate =>
    issue({ commonName, ips, names, days }, key, world);
  const signed = (
    commonName: string,
    ips: Items,
    names: Items,
    days: number,
    ca: Certificate,
    key: PrivateKey,
  ): Certificate => issue({ commonName, ips, names, days }, key, world, () => issuerOf(ca, world.crypto));

  return implement(cryptoSignatures, {
    bcrypt: (text: string) => bcrypt(text, world),
    htpasswd: (user: string, password: string) =>
      user.includes(':') ? `invalid username: ${user}` : `${user}:${bcrypt(password, world)}`,
    derivePassword: (counter: number, type: string, password: string, user: string, site: string) =>
      derivePassword(counter, type, password, user, site, {
        scrypt:
          world.crypto?.scrypt ??
          ((secret, salt, { length, ...cost }) => scrypt(secret, salt, { ...cost, dkLen: length })),
        hmac: (key, message) => hmac(sha256, key, message),
      }),
    genPrivateKey: (type: string) => generatePrivateKey(type, world) ?? `Unknown type ${type}`,
    buildCustomCert: (cert: string, key: string) =>
      customCertificate(decodePart(cert, 'certificate'), decodePart(key, 'private key')),
    genCA: (commonName: string, days: number) => authority(commonName, days, newKey()),
    genCAWithKey: (commonName: string, days: number, pem: string) => authority(commonName, days, pemKey(pem, world)),
    genSelfSignedCert: (commonName: string, ips: Items, names: Items, days: number) =>
      selfSigned(commonName, ips, names, days, newKey()),
    genSelfSignedCertWithKey: (commonName: string, ips: Items, names: Items, days: number, pem: string) =>
      selfSigned(commonName, ips, names, days, pemKey(pem, world)),
    genSignedCert: (commonName: string, ips: Items, names: Items, days: number, ca: Certificate) =>
      signed(commonName, ips, names, days, ca, newKey()),
    genSignedCertWithKey: (commonName: string, ips: Items, names: Items, days: number, ca: Certificate, pem: string) =>
      signed(commonName, ips, names, days, ca, pemKey(pem, world)),
    encryptAES: (password: string, text: string) => encryptAes(password, text, world),
    decryptAES: decryptAes,
  });
}
