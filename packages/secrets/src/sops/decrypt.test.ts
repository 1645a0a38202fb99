import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseReference } from '../reference.ts';
import { ageUnwrap } from './age.ts';
import { decryptSops } from './decrypt.ts';
import { pgpUnwrap } from './pgp.ts';
import { sopsProvider } from './provider.ts';

const read = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
const keys = read('age-keys.txt').trim().split('\n');
const [firstKey = '', secondKey = ''] = keys;
const age = ageUnwrap(keys);

/** As JSON.parse has numbers. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item)));

test.each(['age.yaml', 'only.yaml', 'age.json'])('%s is what sops itself makes of it', async (name) => {
  const { documents } = await decryptSops(read(name), age);
  expect(documents.map(plain)).toEqual([JSON.parse(read(`${name.replace('.', '-')}.plain.json`))]);
});

test.each([
  ['several documents, and a key in parts', 'shared.yaml', age],
  ['a PGP key', 'pgp.yaml', pgpUnwrap(read('pgp-key.asc'), '')],
] as const)('%s', async (_, name, unwrap) => {
  const { documents, secrets } = await decryptSops(read(name), unwrap);
  expect(documents.map(plain)).toEqual([{ key: 'shared' }, { other: 'doc' }]);
  expect(secrets).toEqual(['shared', 'doc']);
});

const edited = (from: string | RegExp, to: string): string => read('age.yaml').replace(from, to);

test.each([
  [
    'none of the keys',
    'age.yaml',
    () => read('age.yaml'),
    secondKey,
    /^none of your keys opens it; it is for age age1/,
  ],
  ['too few of the keys', 'shared.yaml', () => read('shared.yaml'), firstKey, /^none of your keys opens it/],
  ['no keys', '', () => read('age.yaml'), '', /^none of your keys opens it/],
  ['a key that is none', '', () => read('age.yaml'), 'AGE-SECRET-KEY-1NONE', /one of your age keys is malformed$/],
  [
    'a reader by a service alone',
    '',
    () => edited(/ {4}age:\n(?: {8}.*\n)+/, '    kms:\n        - arn: arn:aws:kms:x\n'),
    firstKey,
    /^it has no reader by age or PGP; readers by kms are not understood$/,
  ],
  [
    'a value that was changed',
    '',
    () => edited('password: ENC[AES256_GCM,data:', 'password: ENC[AES256_GCM,data:AAAA'),
    firstKey,
    /is damaged, or was moved or renamed$/,
  ],
  ['a value that was renamed', '', () => edited('password:', 'passwort:'), firstKey, /^db\.passwort is damaged/],
  ['a value that was put in', '', () => edited('a.b:', 'new: text\na.b:'), firstKey, /^it was changed by other means/],
  [
    'an open value that was changed',
    '',
    () => edited('plain_unencrypted: 12', 'plain_unencrypted: 13'),
    firstKey,
    /^it was changed by other means/,
  ],
  ['a value that was taken out', '', () => edited(/^multi:.*\n/m, ''), firstKey, /^it was changed by other means/],
  ['an alias', '', () => edited('db:', 'x: &x 1\ny: *x\ndb:'), firstKey, /^it has an alias/],
  ['no sops in it', '', () => 'a: 1\n', firstKey, /^it is not encrypted by sops$/],
  ['no YAML', '', () => 'a: [s3cret\nb: {', firstKey, /^it is neither YAML nor JSON: line \d+$/],
  ['a list', '', () => '- 1\n', firstKey, /^it is no table$/],
  ['metadata that are none', '', () => 'a: 1\nsops: {version: 3}\n', firstKey, /^it lacks what sops writes/],
])('%s is refused', async (_, _name, text, key, message) => {
  await expect(decryptSops(text(), ageUnwrap([key]))).rejects.toThrow(message);
});

const ask = async (text: string): Promise<unknown> => {
  const reference = parseReference(text, new Set(['sops']));
  const provider = sopsProvider({ readFile: read, unwrap: age });
  return (await provider.resolve(reference === undefined ? [] : [reference]))[0];
};

test.each([
  ['sops:age.yaml#db.password', 's3cret-päss'],
  ['sops:age.yaml#db.port', '5432'],
  ['sops:age.yaml#db.ratio', '1.5e+30'],
  ['sops:age.yaml#db.list[1].two', '2'],
  ['sops:age.yaml#db.list.0', 'one'],
  ['sops:age.yaml#["db"]["list"][2][1]', '4'],
  ['sops:age.yaml#a.b', 'dotted'],
  ['sops:age.bin', 'binary \udcff data'],
])('%s', async (reference, secret) => {
  expect(await ask(reference)).toBe(secret);
});

test.each([
  [
    'sops:age.yaml#db.pass',
    'age.yaml has no db.pass',
    'its keys are password, port, ratio, small, on, off, empty, none, when, list',
  ],
  [
    'sops:age.yaml#db',
    'db in age.yaml is no single value',
    'its keys are password, port, ratio, small, on, off, empty, none, when, list',
  ],
  ['sops:age.yaml', 'it names no value in the file', 'write sops:age.yaml#a.b'],
])('%s gives nothing', async (reference, message, hint) => {
  expect(await ask(reference)).toMatchObject({ message, hint });
});
