/** Private keys as Go's crypto packages read, write and use them. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { GoError } from 'go-template';
import forge from 'node-forge';

import {
  bits,
  bodyOf,
  concatBytes,
  context,
  type Der,
  DerError,
  integer,
  NULL,
  octets,
  oid,
  readSequence,
  sequence,
  smallInteger,
  TAG,
  unsignedOf,
} from './der.ts';
import { generateDsa } from './dsa.ts';
import { decodePem, encodePem } from './pem.ts';
import type { NativeCrypto, World } from './world.ts';

const OID = {
  rsa: oid('1.2.840.113549.1.1.1'),
  ec: oid('1.2.840.10045.2.1'),
  ed25519: oid('1.3.101.112'),
};

const CURVES = [
  { curve: p256, size: 32, id: oid('1.2.840.10045.3.1.7'), signature: oid('1.2.840.10045.4.3.2') },
  { curve: p384, size: 48, id: oid('1.3.132.0.34'), signature: oid('1.2.840.10045.4.3.3') },
  { curve: p521, size: 66, id: oid('1.3.132.0.35'), signature: oid('1.2.840.10045.4.3.4') },
] as const;

/** What makes certificates: only DSA keys cannot. */
export interface Signer {
  /** SubjectPublicKeyInfo. */
  publicKey: Uint8Array;
  /** The key alone, as the bit string of `publicKey` holds it. */
  publicBits: Uint8Array;
  /** AlgorithmIdentifier of `sign`. */
  algorithm: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export interface PrivateKey {
  /** The key as Sprig writes it back. */
  pem: string;
  signer: Signer | undefined;
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

const toForge = (bytes: Uint8Array): string => {
  let out = '';
  for (const byte of bytes) out += String.fromCharCode(byte);
  return out;
};

const fromForge = (binary: string): Uint8Array => Uint8Array.from(binary, (c) => c.charCodeAt(0));

/** An RSA key in PKCS #1. */
function rsaKey(pkcs1: Uint8Array, native?: NativeCrypto): PrivateKey {
  const members = readSequence(pkcs1);
  const [modulus, exponent] = [unsignedOf(members[1]), unsignedOf(members[2])];
  const key = forge.pki.privateKeyFromAsn1(forge.asn1.fromDer(toForge(pkcs1))) as forge.pki.rsa.PrivateKey;
  const publicBits = sequence(integer(modulus), integer(exponent));
  return {
    pem: encodePem({ type: 'RSA PRIVATE KEY', bytes: pkcs1 }),
    signer: {
      publicBits,
      publicKey: sequence(sequence(OID.rsa, NULL), bits(publicBits)),
      algorithm: sequence(oid('1.2.840.113549.1.1.11'), NULL),
      sign(message) {
        const signature = native?.signRsa?.(pkcs1, message);
        if (signature !== undefined) return signature;
        const digest = forge.md.sha256.create();
        digest.update(toForge(message));
        return fromForge(key.sign(digest));
      },
    },
  };
}

function ecKey(id: Uint8Array, secret: Uint8Array): PrivateKey {
  const found = CURVES.find((candidate) => isSame(candidate.id, id));
  if (found === undefined) throw new DerError('unknown elliptic curve');
  const { curve, size, signature } = found;
  const padded = concatBytes([new Uint8Array(Math.max(0, size - secret.length)), secret.subarray(-size)]);
  const publicBits = curve.getPublicKey(padded, false);
  const der = sequence(smallInteger(1), octets(padded), context(0, id), context(1, bits(publicBits)));
  return {
    pem: encodePem({ type: 'EC PRIVATE KEY', bytes: der }),
    signer: {
      publicBits,
      publicKey: sequence(sequence(OID.ec, id), bits(publicBits)),
      algorithm: sequence(signature),
      sign: (message) => curve.sign(message, padded, { format: 'der', lowS: false }),
    },
  };
}

function ed25519Key(seed: Uint8Array): PrivateKey {
  const publicBits = ed25519.getPublicKey(seed);
  const der = sequence(smallInteger(0), sequence(OID.ed25519), octets(octets(seed)));
  return {
    pem: encodePem({ type: 'PRIVATE KEY', bytes: der }),
    signer: {
      publicBits,
      publicKey: sequence(sequence(OID.ed25519), bits(publicBits)),
      algorithm: sequence(OID.ed25519),
      sign: (message) => ed25519.sign(message, seed),
    },
  };
}

export function generateRsaKey(bitLength: number, world: World): PrivateKey {
  const native = world.crypto?.generateRsaKey?.(bitLength);
  if (native !== undefined) return rsaKey(native, world.crypto);
  const prng = { getBytesSync: (count: number) => toForge(world.random(count)) };
  const options = { bits: bitLength, e: 0x10001, prng } as unknown as forge.pki.rsa.GenerateKeyPairOptions;
  const { privateKey } = forge.pki.rsa.generateKeyPair(options);
  return rsaKey(fromForge(forge.asn1.toDer(forge.pki.privateKeyToAsn1(privateKey)).getBytes()));
}

/** PEM of a new key: `rsa` (4096 bits), `dsa`, `ecdsa` (P-256) or `ed25519`; undefined for another type. */
export function generatePrivateKey(type: string, world: World): string | undefined {
  switch (type) {
    case '':
    case 'rsa':
      return generateRsaKey(4096, world).pem;
    case 'dsa':
      return encodePem({
        type: 'DSA PRIVATE KEY',
        bytes: world.crypto?.generateDsaKey?.() ?? generateDsa(world.random),
      });
    case 'ecdsa':
      return ecKey(CURVES[0].id, p256.utils.randomSecretKey(world.random(48))).pem;
    case 'ed25519':
      return ed25519Key(world.random(32)).pem;
    default:
      return undefined;
  }
}

/** The key of a PEM text, with Sprig's words for what is wrong. Throws GoError. */
export function parsePrivateKey(text: string, native?: NativeCrypto): PrivateKey {
  const block = decodePem(text);
  if (block === undefined) throw new GoError('no PEM data in input');
  const { type, bytes } = block;
  if (type === 'PRIVATE KEY') return explained('decoding PEM as PKCS#8', () => parsePkcs8(bytes, native));
  if (!type.endsWith(' PRIVATE KEY')) throw new GoError(`no private key data in PEM block of type ${type}`);
  const algorithm = type.slice(0, -' PRIVATE KEY'.length);
  const context = `parsing ${algorithm} private key from PEM`;
  switch (algorithm) {
    case 'RSA':
      return explained(context, () => rsaKey(bytes, native));
    case 'EC':
      return explained(context, () => parseEc(readSequence(bytes), undefined));
    case 'DSA':
      return explained(context, () => {
        for (const member of readSequence(bytes)) bodyOf(member, TAG.integer);
        return { pem: encodePem(block), signer: undefined };
      });
    default:
      throw new GoError(`invalid private key type ${algorithm}`);
  }
}

function explained<T>(context: string, parse: () => T): T {
  try {
    return parse();
  } catch (e) {
    if (e instanceof Error)
      throw new GoError(`${context}: ${e instanceof DerError ? `asn1: ${e.message}` : e.message}`);
    throw e;
  }
}

function parsePkcs8(bytes: Uint8Array, native: NativeCrypto | undefined): PrivateKey {
  const [, algorithm, key] = readSequence(bytes);
  const [id, parameters] = readSequence(sequence(bodyOf(algorithm, TAG.sequence)));
  const body = bodyOf(key, TAG.octets);
  if (id === undefined) throw new DerError('syntax error: sequence truncated');
  if (isSame(id.raw, OID.rsa)) return rsaKey(body, native);
  if (isSame(id.raw, OID.ec)) return parseEc(readSequence(body), parameters?.raw);
  if (isSame(id.raw, OID.ed25519)) return ed25519Key(body.subarray(2));
  throw new GoError('x509: PKCS#8 wrapping contained private key with unknown algorithm');
}

/** SEC 1, whose curve PKCS #8 names outside. */
function parseEc(members: readonly Der[], curve: Uint8Array | undefined): PrivateKey {
  const named = members.find((member) => member.tag === 0xa0)?.body;
  const id = curve ?? named;
  if (id === undefined) throw new DerError('unknown elliptic curve');
  return ecKey(id, bodyOf(members[1], TAG.octets));
}
