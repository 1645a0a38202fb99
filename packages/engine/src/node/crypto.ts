import type { KeyObject } from 'node:crypto';

import { bodyOf, integer, readSequence, sequence, smallInteger, TAG, unsignedOf } from '../functions/der.ts';
import type { NativeCrypto } from '../functions/world.ts';

/** Loaded when it is first needed: most renders never do. */
export const openssl = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto');

/** What OpenSSL does many times faster than JavaScript. */
export const nativeCrypto: NativeCrypto = {
  generateRsaKey: (bits) => der(openssl().generateKeyPairSync('rsa', { modulusLength: bits }).privateKey, 'pkcs1'),

  signRsa: (key, message) =>
    new Uint8Array(openssl().sign('sha256', message, { key: Buffer.from(key), format: 'der', type: 'pkcs1' })),

  generateDsaKey() {
    const { privateKey, publicKey } = openssl().generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 });
    // PKCS #8 holds p, q, g and, in an octet string, x; y is the bit string of the public key.
    const [, algorithm, secret] = readSequence(der(privateKey, 'pkcs8'));
    const parameters = readSequence(bodyOf(algorithm, TAG.sequence).subarray(OID_LENGTH));
    const x = sequence(bodyOf(secret, TAG.octets));
    const [, bits] = readSequence(new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })));
    const y = sequence(bodyOf(bits, TAG.bits).subarray(1));
    const numbers = [...parameters, ...readSequence(y), ...readSequence(x)].map((number) =>
      integer(unsignedOf(number)),
    );
    return sequence(smallInteger(0), ...numbers);
  },

  scrypt: (password, salt, { length, ...cost }) =>
    new Uint8Array(openssl().scryptSync(password, salt, length, { ...cost, maxmem: 256 * cost.N * cost.r })),
};

/** The object identifier of DSA, 1.2.840.10040.4.1, with its tag. */
const OID_LENGTH = 9;

const der = (key: KeyObject, type: 'pkcs1' | 'pkcs8'): Uint8Array =>
  new Uint8Array(key.export({ type, format: 'der' }) as Uint8Array);
