import { toBytes } from 'go-template';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ProvenanceErrorCode } from '../error.ts';
import { generateMinisignKeys, type MinisignKeys, minisign, verifyMinisign } from './minisign.ts';

const data = toBytes('what is signed\n');

// Made by minisign 0.11, of the old kind and of the new.
const PUBLIC = `untrusted comment: minisign public key
RWQwfzx/cCF6IqrVDYxCCN7pB22D/vfSUVYRQA2OfGo0KrB9dSSFwOHJ
`;
const SIGNATURES = {
  old: `untrusted comment: signature from minisign secret key
RWQwfzx/cCF6It6tuT3yPSWMV6ArJv/eNSTt7ppdjxGRs8/Wm7DhSu7ou2SALefeY4jEWrX38zzJDcqKZVwrBCRrfzY5yjlcjQQ=
trusted comment: timestamp:1795229100	file:m.data
EepzqWbNupXoQIh50+VpOKRyCn3Vct7FFPLD8iNMuQwzGLG1sc3jni6sUUgJORLgnQo5b27QMzo6m+pWa/fBAg==
`,
  new: `untrusted comment: signature from minisign secret key
RUQwfzx/cCF6Ij7FZu+9W4WRk6hui3gnMMfCqThhewo2jFnM6CNIyrEkJzVk7xSwayseX2zvHwDjaAJxz4MQmKTTweoQv9Jtewo=
trusted comment: timestamp:1795229100	file:m.data	hashed
g8vvIoBNTmesUcrlCa9VDeopa9MM3K3bZrvXn7Y1mC+KE2TikcZ+M8Kfr8mM6SZ/TfgjKnq4TbqNT+9v3k/iAA==
`,
};

let keys: MinisignKeys;
let signature: string;

beforeAll(async () => {
  keys = await generateMinisignKeys();
  signature = await minisign(data, { secretKey: toBytes(keys.secretKey), trustedComment: 'é\t1' });
});

test.each(Object.entries(SIGNATURES))("minisign's own signature, %s", (_, text) => {
  expect(verifyMinisign(data, toBytes(text), toBytes(PUBLIC)).trustedComment).toContain('timestamp:');
});

test('what is signed is verified', () => {
  const verified = verifyMinisign(data, toBytes(signature), toBytes(keys.publicKey));
  expect(verified).toEqual({ trustedComment: 'é\t1', id: keys.id });
});

test('a locked key opens with its passphrase only', async () => {
  const { secretKey, publicKey } = await generateMinisignKeys({
    passphrase: 'open',
    operations: 1n << 15n,
    memory: 1n << 24n,
  });
  const sign = (passphrase: string) =>
    minisign(data, { secretKey: toBytes(secretKey), trustedComment: '', passphrase: () => passphrase });
  expect(verifyMinisign(data, toBytes(await sign('open')), toBytes(publicKey)).trustedComment).toBe('');
  await expect(sign('x')).rejects.toMatchObject({ code: 'PASSPHRASE_WRONG' });
});

describe('refusals', () => {
  const second = (text: string): string => text.split('\n')[1] as string;
  const secret = (change: (bytes: Uint8Array) => void): Uint8Array => {
    const bytes = Uint8Array.from(atob(second(keys.secretKey)), (c) => c.charCodeAt(0));
    change(bytes);
    return toBytes(`untrusted comment: x\n${btoa(String.fromCharCode(...bytes))}\n`);
  };
  const sign = (secretKey: Uint8Array, trustedComment = '') => minisign(data, { secretKey, trustedComment });
  const verify = (text: string, key = keys.publicKey) => verifyMinisign(data, toBytes(text), toBytes(key));
  const cases: [name: string, code: ProvenanceErrorCode, attempt: () => unknown][] = [
    ['another key', 'SIGNATURE_UNKNOWN_KEY', () => verify(signature, PUBLIC)],
    [
      'other data',
      'SIGNATURE_INVALID',
      () => verifyMinisign(toBytes('x'), toBytes(signature), toBytes(keys.publicKey)),
    ],
    ['another comment', 'SIGNATURE_INVALID', () => verify(signature.replace('é', 'e'))],
    ['no signature', 'SIGNATURE_INVALID', () => verify('')],
    ['bad base64', 'SIGNATURE_INVALID', () => verify(signature.replace(/^RU/m, '!!'))],
    ['no key', 'KEY_INVALID', () => verify(signature, 'x')],
    ['a key that is too short', 'KEY_INVALID', () => verify(signature, keys.publicKey.replace(/..\n$/, '\n'))],
    ['no secret key', 'KEY_INVALID', () => sign(toBytes('x'))],
    ['a damaged secret key', 'KEY_INVALID', () => sign(secret((bytes) => bytes.fill(7, 70, 80)))],
    ['an unknown lock', 'KEY_INVALID', () => sign(secret((bytes) => bytes.fill(65, 2, 4)))],
    [
      'a lock that would take all memory',
      'KEY_INVALID',
      () =>
        minisign(data, {
          secretKey: secret((bytes) => {
            bytes.set(toBytes('Sc'), 2);
            bytes.fill(0x7f, 38, 54);
          }),
          trustedComment: '',
          passphrase: () => 'x',
        }),
    ],
    ['a comment of two lines', 'SIGNATURE_INVALID', () => sign(toBytes(keys.secretKey), 'a\nb')],
  ];
  test.each(cases)('%s', async (_, code, attempt) => {
    await expect((async () => attempt())()).rejects.toMatchObject({ code });
  });
});
