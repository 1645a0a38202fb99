/** Passwords derived by the Master Password algorithm, version 0 with byte lengths, as Sprig has it. */
import { toBytes } from 'go-template';

import { concatBytes } from './der.ts';

const SEED = 'com.lyndir.masterpassword';

const COST = { N: 32_768, r: 8, p: 2, length: 64 };

const TEMPLATES: ReadonlyMap<string, readonly string[]> = new Map([
  ['maximum', ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno']],
  [
    'long',
    [
      'CvcvnoCvcvCvcv',
      'CvcvCvcvnoCvcv',
      'CvcvCvcvCvcvno',
      'CvccnoCvcvCvcv',
      'CvccCvcvnoCvcv',
      'CvccCvcvCvcvno',
      'CvcvnoCvccCvcv',
      'CvcvCvccnoCvcv',
      'CvcvCvccCvcvno',
      'CvcvnoCvcvCvcc',
      'CvcvCvcvnoCvcc',
      'CvcvCvcvCvccno',
      'CvccnoCvccCvcv',
      'CvccCvccnoCvcv',
      'CvccCvccCvcvno',
      'CvcvnoCvccCvcc',
      'CvcvCvccnoCvcc',
      'CvcvCvccCvccno',
      'CvccnoCvcvCvcc',
      'CvccCvcvnoCvcc',
      'CvccCvcvCvccno',
    ],
  ],
  ['medium', ['CvcnoCvc', 'CvcCvcno']],
  ['short', ['Cvcn']],
  ['basic', ['aaanaaan', 'aannaaan', 'aaannaaa']],
  ['pin', ['nnnn']],
]);

const CHARACTERS: Readonly<Record<string, string>> = {
  V: 'AEIOU',
  C: 'BCDFGHJKLMNPQRSTVWXYZ',
  v: 'aeiou',
  c: 'bcdfghjklmnpqrstvwxyz',
  a: 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz',
  n: '0123456789',
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()',
};

interface Primitives {
  scrypt(password: Uint8Array, salt: Uint8Array, cost: typeof COST): Uint8Array;
  /** HMAC-SHA256. */
  hmac(key: Uint8Array, message: Uint8Array): Uint8Array;
}

function bigEndian(n: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
}

/** `type` names a template: maximum, long, medium, short, basic or pin; for another an explanation is returned. */
export function derivePassword(
  counter: number,
  type: string,
  password: string,
  user: string,
  site: string,
  { scrypt, hmac }: Primitives,
): string {
  const templates = TEMPLATES.get(type);
  if (templates === undefined) return `cannot find password template ${type}`;
  const named = (name: string): Uint8Array[] => {
    const bytes = toBytes(name);
    return [toBytes(SEED), bigEndian(bytes.length), bytes];
  };
  const key = scrypt(toBytes(password), concatBytes(named(user)), COST);
  const seed = hmac(key, concatBytes([...named(site), bigEndian(counter)]));
  const template = templates[(seed[0] as number) % templates.length] as string;
  return [...template]
    .map((kind, i) => {
      const characters = CHARACTERS[kind] as string;
      return characters[(seed[i + 1] as number) % characters.length];
    })
    .join('');
}
