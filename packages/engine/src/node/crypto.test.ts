import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fromBytes, GoError } from 'go-template';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Certificate } from '../functions/certificate.ts';
import { cryptoFunctions } from '../functions/crypto.ts';
import { decodeBase64 } from '../functions/encoding.ts';
import type { World } from '../functions/world.ts';
import { systemWorld } from './world.ts';

const world = systemWorld({ tz: '' });
const withoutNative: World = { now: world.now, random: world.random, timeZone: '' };

const call = <T>(name: string, ...args: unknown[]): T => cryptoFunctions(world)[name]?.call(...(args as never[])) as T;
const fault = (name: string, ...args: unknown[]): string => {
  try {
    call(name, ...args);
  } catch (e) {
    if (e instanceof GoError) return e.message;
    throw e;
  }
  throw new Error(`${name} did not fail`);
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crypto-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

describe('OpenSSL accepts', () => {
  test.each([
    ['rsa', 'RSA PRIVATE KEY', ['rsa', '-check', '-noout']],
    ['dsa', 'DSA PRIVATE KEY', ['dsa', '-noout', '-text']],
    ['ecdsa', 'EC PRIVATE KEY', ['ec', '-check', '-noout']],
    ['ed25519', 'PRIVATE KEY', ['pkey', '-noout', '-text']],
  ])('a private key of type %s', (type, header, command) => {
    const pem: string = call('genPrivateKey', type);
    expect(pem.startsWith(`-----BEGIN ${header}-----\n`)).toBe(true);
    expect(() => openssl(...command, '-in', file(`${type}.key`, pem))).not.toThrow();
  });

  test('a certificate signed by an authority, for its names and addresses', () => {
    const ca: Certificate = call('genCA', 'my-ca', 365);
    const cert: Certificate = call(
      'genSignedCert',
      'a.example',
      ['10.0.0.1', '::1'],
      ['a.example', '*.b.example'],
      30,
      ca,
    );
    const caFile = file('ca.crt', ca.Cert);
    const certFile = file('a.crt', cert.Cert);
    for (const name of ['a.example', 'x.b.example']) {
      expect(
        openssl('verify', '-CAfile', caFile, '-purpose', 'sslserver', '-verify_hostname', name, certFile),
      ).toContain('OK');
    }
    for (const ip of ['10.0.0.1', '::1']) {
      expect(openssl('verify', '-CAfile', caFile, '-verify_ip', ip, certFile)).toContain('OK');
    }
    const text = openssl('x509', '-in', certFile, '-noout', '-text');
    expect(text).toContain('Issuer: CN = my-ca');
    expect(text).toContain('Subject: CN = a.example');
    expect(text).toContain('Digital Signature, Key Encipherment');
    expect(text).toContain('TLS Web Server Authentication, TLS Web Client Authentication');
    expect(openssl('x509', '-in', certFile, '-noout', '-modulus')).toBe(
      openssl('rsa', '-in', file('a.key', cert.Key), '-noout', '-modulus'),
    );
    expect(openssl('x509', '-in', caFile, '-noout', '-text')).toContain('CA:TRUE');
  });

  test.each(['ecdsa', 'ed25519', 'rsa'])('a chain of certificates of a given key of type %s', (type) => {
    const ca: Certificate = call('genCAWithKey', 'ca', 1, call('genPrivateKey', type));
    const key: string = call('genPrivateKey', 'ed25519');
    const cert: Certificate = call('genSignedCertWithKey', 'leaf é', null, ['x'], 1, ca, key);
    expect(cert.Key).toBe(key);
    expect(openssl('verify', '-CAfile', file('given-ca.crt', ca.Cert), file('given.crt', cert.Cert))).toContain('OK');
  });

  test('what encryptAES writes, and decryptAES what OpenSSL writes', () => {
    const key = Buffer.from('secret'.padEnd(32, '\0')).toString('hex');
    const encrypted = Buffer.from(call<string>('encryptAES', 'secret', 'héllo'), 'base64');
    const iv = encrypted.subarray(0, 16);
    const input = file('aes.bin', encrypted.subarray(16));
    expect(openssl('enc', '-d', '-aes-256-cbc', '-K', key, '-iv', iv.toString('hex'), '-in', input)).toBe('héllo');
    const plain = file('plain.txt', 'from OpenSSL');
    openssl('enc', '-aes-256-cbc', '-K', key, '-iv', iv.toString('hex'), '-in', plain, '-out', join(folder, 'out.bin'));
    const base64 = execFileSync('openssl', ['base64', '-A', '-in', join(folder, 'out.bin')], { encoding: 'utf8' });
    const joined = Buffer.concat([iv, Buffer.from(base64, 'base64')]).toString('base64');
    expect(call('decryptAES', 'secret', joined)).toBe('from OpenSSL');
  });
});

test('keys are made without native cryptography too', () => {
  const functions = cryptoFunctions(withoutNative);
  const cert = functions.genSelfSignedCert?.call(...(['self', null, null, 1] as never[])) as Certificate;
  const path = file('pure.crt', cert.Cert);
  expect(openssl('verify', '-CAfile', path, path)).toContain('OK');
}, 60_000);

test('signatures are the same with native cryptography and without', () => {
  const pem: string = call('genPrivateKey', 'rsa');
  const still = { now: () => new Date('2026-01-02T03:04:05Z'), random: (n: number) => new Uint8Array(n).fill(7) };
  const signed = (own: World): string[] => {
    const run = (name: string, ...args: unknown[]) =>
      cryptoFunctions(own)[name]?.call(...(args as never[])) as Certificate;
    const ca = run('genCAWithKey', 'ca', 1, pem);
    return [ca.Cert, run('genSignedCertWithKey', 'leaf', null, ['x'], 1, ca, pem).Cert];
  };
  expect(signed({ ...world, ...still })).toEqual(signed({ ...withoutNative, ...still }));
}, 60_000);

test('bcrypt hashes with cost 10 and a new salt', () => {
  const [a, b] = [call<string>('bcrypt', 'x'), call<string>('bcrypt', 'x')];
  expect(a).toMatch(/^\$2a\$10\$[./A-Za-z0-9]{53}$/);
  expect(a).not.toBe(b);
  expect(call('htpasswd', 'user', 'x')).toMatch(/^user:\$2a\$10\$/);
});

test.each([
  ['bcrypt', ['x'.repeat(73)], 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes'],
  ['htpasswd', ['a:b', 'x'], 'invalid username: a:b'],
  ['genPrivateKey', ['RSA'], 'Unknown type RSA'],
  ['derivePassword', [1, 'x', 'p', 'u', 's'], 'cannot find password template x'],
  ['encryptAES', ['key', ''], ''],
  ['decryptAES', ['key', ''], ''],
])('%s%j says %j', (name, args, text) => {
  expect(call(name, ...args)).toBe(text);
});

test.each([
  ['pin', '6685'],
  ['long', 'ZedaFaxcZaso9*'],
  ['maximum', 'pf4zS1LjCg&LjhsZ7T2~'],
])('derivePassword is the same for every run (%s)', (type, password) => {
  const native = call('derivePassword', 1, type, 'password', 'user', 'example.com');
  const pure = cryptoFunctions(withoutNative).derivePassword?.call(
    ...([1, type, 'password', 'user', 'example.com'] as never[]),
  );
  expect([native, pure]).toEqual([password, password]);
});

test.each([
  ['decryptAES', ['key', '!!'], 'illegal base64 data at input byte 0'],
  ['decryptAES', ['key', 'YQ=='], 'runtime error: slice bounds out of range [:16] with capacity 3'],
  ['decryptAES', ['key', `${'A'.repeat(43)}=`], 'runtime error: slice bounds out of range [:-41]'],
  ['genSelfSignedCert', ['x', ['nope'], null, 1], 'error parsing ip: nope'],
  ['genSelfSignedCert', ['x', [5], null, 1], 'error parsing ip: 5 is not a string'],
  ['genSelfSignedCert', ['x', null, [true], 1], 'error processing alternate dns name: true is not a string'],
  ['genSelfSignedCertWithKey', ['x', null, null, 1, 'x'], 'parsing private key: no PEM data in input'],
  ['genSignedCert', ['x', null, null, 1, new Certificate('', '')], 'unable to decode certificate'],
  ['buildCustomCert', ['!', '!'], 'unable to decode base64 certificate'],
  ['buildCustomCert', ['YQ==', 'YQ=='], 'unable to decode certificate'],
])('%s%j fails: %s', (name, args, text) => {
  expect(fault(name, ...args)).toBe(text);
});

test("a key that is not the authority's is refused", () => {
  const [a, b] = [call<Certificate>('genCA', 'a', 1), call<Certificate>('genCA', 'b', 1)];
  const mixed = new Certificate(a.Cert, b.Key);
  expect(fault('genSignedCert', 'x', null, null, 1, mixed)).toBe(
    "error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
  );
});

test('buildCustomCert gives back what it was given', () => {
  const ca: Certificate = call('genCA', 'a', 1);
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const built: Certificate = call('buildCustomCert', base64(ca.Cert), base64(ca.Key));
  expect([built.Cert, built.Key]).toEqual([ca.Cert, ca.Key]);
  expect(fromBytes(decodeBase64(base64(ca.Key)))).toBe(ca.Key);
});
