import { packageChart, parseChart } from '@pack/core';
import { toBytes } from 'go-template';
import { generateKey, revokeKey } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeClearSigned, encodeClearSigned } from './clear-sign.ts';
import { formatVerification, type ProvenanceErrorCode, signArchive, verifyArchive } from './index.ts';

const NAME = 'web-1.0.0.tgz';

async function keyOf(name: string, more: { date?: Date; keyExpirationTime?: number; passphrase?: string } = {}) {
  const { privateKey, revocationCertificate } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name, email: `${name}@example.org` }],
    format: 'object',
    ...more,
  });
  return {
    secret: privateKey.write(),
    public: privateKey.toPublic().write(),
    privateKey,
    revocation: revocationCertificate,
  };
}

let archive: Uint8Array;
let jane: Awaited<ReturnType<typeof keyOf>>;
let john: Awaited<ReturnType<typeof keyOf>>;
let locked: Awaited<ReturnType<typeof keyOf>>;

beforeAll(async () => {
  const file = (name: string, text: string) => ({ name, data: toBytes(text) });
  const chart = parseChart([file('Chart.yaml', 'apiVersion: v2\nname: web\nversion: 1.0.0\ndescription: "- ünï  "\n')]);
  ({ data: archive } = await packageChart(chart, new Date(0)));
  [jane, john, locked] = await Promise.all([keyOf('jane'), keyOf('john'), keyOf('lock', { passphrase: 'open' })]);
});

const concat = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(parts.flatMap((part) => [...part]));
const sign = (key: { secret: Uint8Array }, id = '', date = new Date()): Promise<string> =>
  signArchive(archive, { name: NAME, keyring: key.secret, key: id, date });
const verify = (provenance: string, keyring: Uint8Array, more: { name?: string; now?: Date; data?: Uint8Array } = {}) =>
  verifyArchive(more.data ?? archive, {
    name: more.name ?? NAME,
    provenance: toBytes(provenance),
    keyring,
    ...(more.now && { now: more.now }),
  });

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (e) => e.code,
  );

describe('archives', () => {
  test('what one signs the other verifies', async () => {
    const verified = await verify(await sign(jane), concat(john.public, jane.public));
    expect(formatVerification(verified)).toMatch(
      /^Signed by: jane <jane@example.org>\nUsing Key With Fingerprint: [0-9A-F]{40}\nChart Hash Verified: sha256:[0-9a-f]{64}\n$/,
    );
  });

  test('keyrings may be armored', async () => {
    const secret = toBytes(jane.privateKey.armor());
    const provenance = await signArchive(archive, { name: NAME, keyring: secret, key: 'jane' });
    const keyring = toBytes(john.privateKey.toPublic().armor() + jane.privateKey.toPublic().armor());
    expect((await verify(provenance, keyring)).signers).toEqual(['jane <jane@example.org>']);
  });

  test('a locked key is unlocked', async () => {
    const asked: string[] = [];
    const passphrase = (identity: string): string => {
      asked.push(identity);
      return 'open';
    };
    const provenance = await signArchive(archive, { name: NAME, keyring: locked.secret, key: 'lock', passphrase });
    await verify(provenance, locked.public);
    expect(asked).toEqual(['lock <lock@example.org>']);
  });

  const refusals: [name: string, code: ProvenanceErrorCode, attempt: () => Promise<unknown>][] = [
    ['another key', 'SIGNATURE_UNKNOWN_KEY', async () => verify(await sign(jane), john.public)],
    ['no key', 'SIGNATURE_UNKNOWN_KEY', async () => verify(await sign(jane), new Uint8Array())],
    ['no keyring', 'KEYRING_INVALID', async () => verify(await sign(jane), toBytes('x'))],
    ['a torn keyring', 'KEYRING_INVALID', async () => verify(await sign(jane), jane.public.subarray(0, 40))],
    [
      'another archive',
      'PROVENANCE_MISMATCH',
      async () => verify(await sign(jane), jane.public, { data: new Uint8Array(3) }),
    ],
    ['another name', 'PROVENANCE_MISMATCH', async () => verify(await sign(jane), jane.public, { name: 'x.tgz' })],
    [
      'a name of Object',
      'PROVENANCE_MISMATCH',
      async () => verify(await sign(jane), jane.public, { name: '__proto__' }),
    ],
    ['another text', 'SIGNATURE_INVALID', async () => verify((await sign(jane)).replace('web', 'wob'), jane.public)],
    ['no signature', 'PROVENANCE_INVALID', async () => verify('', jane.public)],
    [
      'a signature of nothing',
      'PROVENANCE_INVALID',
      async () => verify(encodeClearSigned('x', 'SHA512', toBytes('x')), jane.public),
    ],
    [
      'a signature from the future',
      'SIGNATURE_EXPIRED',
      async () => verify(await sign(jane), jane.public, { now: new Date(Date.now() - 1000) }),
    ],
    ['a key of nobody', 'KEY_NOT_FOUND', () => sign(jane, 'nobody')],
    ['keys of two', 'KEY_AMBIGUOUS', () => sign({ secret: concat(jane.secret, john.secret) }, 'j')],
    ['a public key', 'KEY_NOT_PRIVATE', () => sign({ secret: jane.public }, 'jane')],
    ['no passphrase', 'PASSPHRASE_WRONG', () => sign(locked, 'lock')],
    [
      'a wrong passphrase',
      'PASSPHRASE_WRONG',
      () => signArchive(archive, { name: NAME, keyring: locked.secret, key: 'lock', passphrase: () => 'x' }),
    ],
  ];
  test.each(refusals)('%s', async (_, code, attempt) => {
    expect(await codeOf(attempt())).toBe(code);
  });

  test('a key that has expired since', async () => {
    const key = await keyOf('old', { keyExpirationTime: 3600 });
    const provenance = await sign(key);
    await verify(provenance, key.public);
    expect(await codeOf(verify(provenance, key.public, { now: new Date(Date.now() + 7200_000) }))).toBe('KEY_EXPIRED');
  });

  test('a key that was revoked', async () => {
    const provenance = await sign(jane);
    const key = jane.privateKey.toPublic();
    const { publicKey } = await revokeKey({ key, revocationCertificate: jane.revocation, format: 'object' });
    expect(await codeOf(verify(provenance, publicKey.write()))).toBe('KEY_REVOKED');
  });
});

describe('clear-signed texts', () => {
  const cases: [name: string, text: string, back: string][] = [
    ['dashes', '- a\n--\nb - c\n', '- a\n--\nb - c\n'],
    ['white space at the ends of lines', 'a \t\nb', 'a\nb'],
    ['nothing', '', ''],
    ['frames', '-----BEGIN PGP SIGNATURE-----\n', '-----BEGIN PGP SIGNATURE-----\n'],
  ];
  test.each(cases)('%s', (_, text, back) => {
    const encoded = encodeClearSigned(text, 'SHA512', toBytes('signature'));
    expect(decodeClearSigned(toBytes(`before\n${encoded}\nafter`))).toEqual({
      text: back,
      signature: toBytes('signature'),
    });
  });

  // That of CRC-24/OPENPGP for this text is known: 21cf02.
  test('armor ends with the checksum of what it holds', () => {
    expect(encodeClearSigned('text', 'SHA512', toBytes('123456789'))).toMatch(/\nMTIzNDU2Nzg5\n=Ic8C\n-----END/);
  });

  test('no header but that of the hash', () => {
    const encoded = encodeClearSigned('x', 'SHA512\nComment: y', toBytes('signature'));
    expect(() => decodeClearSigned(toBytes(encoded))).toThrow('signature block not found');
  });
});
