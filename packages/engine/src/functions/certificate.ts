/** X.509 certificates as Sprig makes them with Go's crypto/x509. */
import { sha256 } from '@noble/hashes/sha2.js';
import { formatV, GoError, GoValue, isAscii, quoteGo, toBytes } from 'go-template';

import {
  bits,
  bodyOf,
  context,
  DerError,
  encode,
  integer,
  octets,
  oid,
  readAll,
  readSequence,
  sequence,
  smallInteger,
  TAG,
  TRUE,
} from './der.ts';
import { ipBytes } from './ip.ts';
import { type PrivateKey, parsePrivateKey, type Signer } from './key.ts';
import { decodePem, encodePem } from './pem.ts';
import type { NativeCrypto, World } from './world.ts';

/** What genCA and its like return: PEM texts. */
export class Certificate extends GoValue {
  readonly goType = 'sprig.certificate';
  readonly kind = 'struct';
  readonly Cert: string;
  readonly Key: string;

  constructor(cert: string, key: string) {
    super();
    this.Cert = cert;
    this.Key = key;
  }

  override goString(): string {
    return `{${this.Cert} ${this.Key}}`;
  }

  override goField(name: string): unknown {
    return name === 'Cert' || name === 'Key' ? this[name] : undefined;
  }

  override goFieldType(): string {
    return 'string';
  }
}

/** What a certificate is about; `ips` and `names` come from templates unchecked. */
export interface Subject {
  commonName: string;
  ips: readonly unknown[] | null;
  names: readonly unknown[] | null;
  days: number;
  isAuthority?: boolean;
}

/** Who signs: itself, or the authority whose certificate and key these are. */
interface Issuer {
  /** Name, as DER. */
  name: Uint8Array;
  keyId: Uint8Array | undefined;
  key: PrivateKey;
}

const DAY = 24n * 3600n * 1_000_000_000n;

const EXTENSION = {
  keyUsage: oid('2.5.29.15'),
  extendedKeyUsage: oid('2.5.29.37'),
  basicConstraints: oid('2.5.29.19'),
  subjectKeyId: oid('2.5.29.14'),
  authorityKeyId: oid('2.5.29.35'),
  alternativeName: oid('2.5.29.17'),
};
const SERVER_AND_CLIENT = sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'));

const extension = (id: Uint8Array, value: Uint8Array, isCritical = false): Uint8Array =>
  sequence(id, isCritical ? TRUE : new Uint8Array(), octets(value));

function nameOf(commonName: string): Uint8Array {
  if (commonName === '') return sequence();
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(commonName) ? TAG.printable : TAG.utf8;
  return sequence(encode(TAG.set, sequence(oid('2.5.4.3'), encode(tag, toBytes(commonName)))));
}

function timeOf(date: Date): Uint8Array {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  const year = date.getUTCFullYear();
  if (year < 0 || year > 9999)
    throw new GoError('error creating certificate: asn1: structure error: cannot represent time as GeneralizedTime');
  return year >= 1950 && year < 2050
    ? encode(TAG.utcTime, toBytes(text.slice(2)))
    : encode(TAG.generalizedTime, toBytes(text));
}

/** The IP addresses as bytes. Throws Sprig's errors. */
function parseIps(ips: readonly unknown[] | null): Uint8Array[] {
  return (ips ?? []).map((ip) => {
    if (typeof ip !== 'string') throw new GoError(`error parsing ip: ${formatV(ip)} is not a string`);
    const bytes = ipBytes(ip);
    if (bytes === undefined) throw new GoError(`error parsing ip: ${ip}`);
    return bytes;
  });
}

function parseNames(names: readonly unknown[] | null): string[] {
  return (names ?? []).map((name) => {
    if (typeof name !== 'string')
      throw new GoError(`error processing alternate dns name: ${formatV(name)} is not a string`);
    return name;
  });
}

function alternativeNames(ips: readonly Uint8Array[], names: readonly string[]): Uint8Array | undefined {
  if (ips.length + names.length === 0) return undefined;
  const foreign = names.find((name) => !isAscii(name));
  if (foreign !== undefined) {
    throw new GoError(`error creating certificate: x509: ${quoteGo(foreign)} cannot be encoded as an IA5String`);
  }
  return sequence(...names.map((name) => encode(0x82, toBytes(name))), ...ips.map((ip) => encode(0x87, ip)));
}

function signerOf(key: PrivateKey): Signer {
  if (key.signer !== undefined) return key.signer;
  throw new GoError('error creating certificate: x509: certificate private key does not implement crypto.Signer');
}

/** Makes a certificate of `key`, signed by itself or by `issuer`. */
export function issue(subject: Subject, key: PrivateKey, world: World, findIssuer?: () => Issuer): Certificate {
  const issuerFound = findIssuer?.();
  const ips = parseIps(subject.ips);
  const names = parseNames(subject.names);
  const name = nameOf(subject.commonName);
  const issuer = issuerFound ?? { name, keyId: undefined, key };
  const authority = signerOf(issuer.key);
  if (key.signer === undefined)
    throw new GoError('error creating certificate: x509: unsupported public key type: *dsa.PublicKey');
  const { publicKey, publicBits } = key.signer;
  const isSelfSigned = hex(issuer.name) === hex(name);
  const san = alternativeNames(ips, names);

  const extensions = [
    extension(
      EXTENSION.keyUsage,
      subject.isAuthority ? bits(Uint8Array.of(0xa4), 2) : bits(Uint8Array.of(0xa0), 5),
      true,
    ),
    extension(EXTENSION.extendedKeyUsage, SERVER_AND_CLIENT),
    extension(EXTENSION.basicConstraints, subject.isAuthority ? sequence(TRUE) : sequence(), true),
  ];
  if (subject.isAuthority)
    extensions.push(extension(EXTENSION.subjectKeyId, octets(sha256(publicBits).subarray(0, 20))));
  if (issuer.keyId !== undefined && !isSelfSigned) {
    extensions.push(extension(EXTENSION.authorityKeyId, sequence(encode(0x80, issuer.keyId))));
  }
  if (san !== undefined) extensions.push(extension(EXTENSION.alternativeName, san, subject.commonName === ''));

  const start = world.now();
  // Go counts the days as nanoseconds in 64 bits.
  const length = Number(BigInt.asIntN(64, BigInt(subject.days) * DAY) / 1_000_000n);
  const body = sequence(
    context(0, smallInteger(2)),
    integer(world.random(16)),
    authority.algorithm,
    issuer.name,
    sequence(timeOf(start), timeOf(new Date(start.getTime() + length))),
    name,
    publicKey,
    context(3, sequence(...extensions)),
  );
  const certificate = sequence(body, authority.algorithm, bits(authority.sign(body)));
  return new Certificate(encodePem({ type: 'CERTIFICATE', bytes: certificate }), key.pem);
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

interface ParsedCertificate {
  subject: Uint8Array;
  publicKey: Uint8Array;
  keyId: Uint8Array | undefined;
}

/** The parts that an issuer needs of its certificate. Throws GoError. */
function parseCertificate(der: Uint8Array): ParsedCertificate {
  try {
    const [signed] = readSequence(der);
    const members = readAll(bodyOf(signed, TAG.sequence));
    // The version stands first where there is one, which is always but for version 1.
    const [, , , , subject, publicKey, ...rest] = members[0]?.tag === 0xa0 ? members.slice(1) : members;
    bodyOf(subject, TAG.sequence);
    bodyOf(publicKey, TAG.sequence);
    const extensions = rest.find((member) => member.tag === 0xa3);
    const all = extensions === undefined ? [] : readSequence(extensions.body).map((member) => readAll(member.body));
    const keyId = all.find(([id]) => id !== undefined && hex(id.raw) === hex(EXTENSION.subjectKeyId))?.at(-1);
    return {
      subject: (subject as { raw: Uint8Array }).raw,
      publicKey: (publicKey as { raw: Uint8Array }).raw,
      keyId: keyId && readAll(keyId.body)[0]?.body,
    };
  } catch (e) {
    if (e instanceof DerError)
      throw new GoError('error parsing certificate: decodedCert.Bytes: x509: malformed certificate');
    throw e;
  }
}

function privateKeyOf(pem: string, native?: NativeCrypto): PrivateKey {
  try {
    return parsePrivateKey(pem, native);
  } catch (e) {
    if (e instanceof GoError) throw new GoError(`error parsing private key: ${e.message}`);
    throw e;
  }
}

/** The issuer whose certificate and key templates hand over. Throws GoError. */
export function issuerOf(authority: Certificate, native?: NativeCrypto): Issuer {
  const block = decodePem(authority.Cert);
  if (block === undefined) throw new GoError('unable to decode certificate');
  const { subject, publicKey, keyId } = parseCertificate(block.bytes);
  const key = privateKeyOf(authority.Key, native);
  if (key.signer !== undefined && hex(key.signer.publicKey) !== hex(publicKey)) {
    throw new GoError("error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey");
  }
  return { name: subject, keyId, key };
}

/** Checks both PEM texts (Sprig: buildCustomCert). Throws GoError. */
export function customCertificate(cert: string, key: string): Certificate {
  const block = decodePem(cert);
  if (block === undefined) throw new GoError('unable to decode certificate');
  parseCertificate(block.bytes);
  privateKeyOf(key);
  return new Certificate(cert, key);
}
