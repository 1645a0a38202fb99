import { coalesceTables } from '@pack/core';
import { toGo } from 'go-template';
import { expect, test } from 'vitest';

import { SecretError } from './error.ts';
import { eachReference, envProvider, type SecretsProvider } from './provider.ts';
import { parseReference } from './reference.ts';
import { createResolver } from './resolve.ts';

const SCHEMES = new Set(['vault', 'env', 'aws-sm']);

test.each([
  ['env:HOME', { scheme: 'env', rest: 'HOME', path: 'HOME' }],
  ['vault:a/b#c', { scheme: 'vault', rest: 'a/b#c', path: 'a/b', key: 'c' }],
  ['vault:a#b#c', { scheme: 'vault', rest: 'a#b#c', path: 'a#b', key: 'c' }],
  [
    'aws-sm:arn:aws:secretsmanager:eu:1:secret:x#k',
    { scheme: 'aws-sm', path: 'arn:aws:secretsmanager:eu:1:secret:x', key: 'k' },
  ],
])('%s is a reference', (text, wanted) => {
  expect(parseReference(text, SCHEMES)).toMatchObject({ text, ...wanted });
});

test.each([
  'env: HOME',
  'env:',
  'env://HOME',
  'an env:HOME',
  '\\env:HOME',
  'ENV:HOME',
  'http:x',
  'env:A\nB',
  'vault:v1:Zm9v',
  `env:${'a'.repeat(3000)}`,
])('%j is none', (text) => {
  expect(parseReference(text, SCHEMES)).toBeUndefined();
});

const ENV = envProvider({ A: 'alpha', B: 'beta' });

const resolve = (values: object, chart: object = {}, trustChart = false, providers: SecretsProvider[] = [ENV]) => {
  const own = toGo(values) as never;
  const merged = coalesceTables(toGo(structuredClone(values)) as never, toGo(chart) as never);
  return createResolver(providers).resolve({ values: own, merged, trustChart });
};

test.each([
  ['a table', { db: { user: 'root', password: 'env:A' } }, { db: { user: 'root', password: 'alpha' } }],
  ['a list keeps its other items', { a: [{ x: 1, y: 'env:A' }, 'env:B', 2] }, { a: [{ x: 1, y: 'alpha' }, 'beta', 2] }],
  ['an escaped one', { a: '\\env:A', b: '\\other' }, { a: 'env:A', b: '\\other' }],
  ['texts that are none', { a: 'x env:A', b: 'nope:A' }, { a: 'x env:A', b: 'nope:A' }],
])('%s', async (_, values, wanted) => {
  expect(await resolve(values)).toEqual(toGo(wanted));
});

test('what the chart refers to is put over it, if it may', async () => {
  const chart = { db: { password: 'env:A', user: 'u' }, list: [{ k: 'env:B' }] };
  expect(await resolve({ db: { port: 1 } }, chart, true)).toEqual(
    toGo({ db: { port: 1, password: 'alpha' }, list: [{ k: 'beta' }] }),
  );
  await expect(resolve({}, chart)).rejects.toMatchObject({
    code: 'SECRET_REFUSED',
    message: expect.stringMatching(
      /^cannot resolve 2 secrets:\n- db\.password: env:A: the chart asks for it, and you have/,
    ),
  });
  // What the user refers to too is theirs.
  expect(await resolve({ mine: 'env:A' }, { db: 'env:A' })).toEqual(toGo({ mine: 'alpha', db: 'alpha' }));
});

test('neither argument is changed', async () => {
  const values = toGo({ a: { b: 'env:A' } }) as never;
  await createResolver([ENV]).resolve({ values, merged: values, trustChart: false });
  expect(values).toEqual(toGo({ a: { b: 'env:A' } }));
});

test('one that fails is named, and the others are told too', async () => {
  await expect(resolve({ a: 'env:NONE' })).rejects.toMatchObject({
    code: 'SECRET_NOT_FOUND',
    message: 'cannot resolve a: env:NONE: the variable NONE is not set',
  });
  await expect(resolve({ a: ['env:A', 'env:X'], b: 'env:Y' })).rejects.toThrow(
    'cannot resolve 2 secrets:\n- a[1]: env:X: the variable X is not set\n- b: env:Y: the variable Y is not set',
  );
});

test('each is asked for once in a command, and heard of once', async () => {
  const asked: string[][] = [];
  const heard: string[] = [];
  const provider: SecretsProvider = {
    scheme: 'vault',
    async resolve(references) {
      asked.push(references.map(({ text }) => text));
      return references.map(({ path }) => path.toUpperCase());
    },
  };
  const resolver = createResolver([provider], { onSecret: (text) => heard.push(text) });
  const values = toGo({ a: 'vault:x', b: 'vault:y', c: 'vault:x' }) as never;
  const input = { values, merged: values, trustChart: false };
  await resolver.resolve(input);
  expect(await resolver.resolve(input)).toEqual(toGo({ a: 'X', b: 'Y', c: 'X' }));
  expect([asked, heard]).toEqual([[['vault:x', 'vault:y']], ['X', 'Y']]);
});

test.each<[string, SecretsProvider['resolve'], number, string, string]>([
  ['hangs', () => new Promise(() => undefined), 10, 'SECRET_UNAVAILABLE', 'there was no answer in time'],
  ['crashes', () => Promise.reject(new Error('boom')), 1000, 'SECRET_UNAVAILABLE', 'boom'],
  ['gives too little', async () => [], 1000, 'SECRET_UNAVAILABLE', 'the provider gave no text'],
  ['gives no text', async () => [5 as never], 1000, 'SECRET_UNAVAILABLE', 'the provider gave no text'],
  ['gives too much', async () => ['x'.repeat(2 << 20)], 1000, 'SECRET_TOO_LARGE', 'it is larger than'],
  ['refuses', async () => [new SecretError('SECRET_REFUSED', 'no')], 1000, 'SECRET_REFUSED', 'no'],
])('a provider that %s', async (_, answer, timeout, code, message) => {
  const resolver = createResolver([{ scheme: 'vault', resolve: answer }], { timeout });
  const values = toGo({ a: 'vault:x' }) as never;
  await expect(resolver.resolve({ values, merged: values, trustChart: false })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(`cannot resolve a: vault:x: ${message}`),
  });
});

test('more references than a command may have', async () => {
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${i}`, `env:V${i}`]));
  await expect(resolve(many)).rejects.toMatchObject({ code: 'SECRET_TOO_LARGE' });
});

test('a command that is stopped', async () => {
  const stop = new AbortController();
  const provider = eachReference('vault', () => new Promise(() => undefined));
  const values = toGo({ a: 'vault:x' }) as never;
  const resolved = createResolver([provider]).resolve({ values, merged: values, trustChart: false }, stop.signal);
  stop.abort();
  await expect(resolved).rejects.toMatchObject({ name: 'AbortError' });
});
