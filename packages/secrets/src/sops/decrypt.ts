/** Files that sops made, YAML or JSON, without sops. Format: github.com/getsops/sops, aes/cipher.go and sops.go. */
import { fromBytes, type GoMap, newMap, toBytes } from 'go-template';
import { isMap, isSeq, parseAllDocuments, Scalar, type YAMLMap } from 'yaml';

import { SecretError } from '../error.ts';
import { readMetadata, type SopsMetadata, type WrappedKey } from './metadata.ts';
import { combine } from './shamir.ts';

/**
 * The data key in a wrapped one; undefined if it is for somebody else. It may throw, to say why it cannot be had; other keys
 * are tried then all the same.
 */
export type Unwrap = (key: WrappedKey, signal?: AbortSignal) => Promise<Uint8Array | undefined>;

export interface Decrypted {
  /** What was enciphered in place, of each document, without what sops wrote. Values are as Go's JSON and YAML have them. */
  readonly documents: readonly GoMap[];
  /** The texts that were enciphered; numbers and truths are not told from others. */
  readonly secrets: readonly string[];
}

const MAX_LENGTH = 16 * 1024 * 1024;
const MAX_DEPTH = 200;

const invalid = (why: string, hint?: string): SecretError =>
  new SecretError('SECRET_FILE_INVALID', why, hint === undefined ? {} : { hint });

/** Throws SECRET_FILE_INVALID, SECRET_REFUSED when no key opens it. */
export async function decryptSops(text: string, unwrap: Unwrap, signal?: AbortSignal): Promise<Decrypted> {
  if (text.length > MAX_LENGTH) throw new SecretError('SECRET_TOO_LARGE', `it is larger than ${MAX_LENGTH} characters`);
  const roots = documentsOf(text);
  const stated = roots.map((root): unknown => root.get('sops', true)).find((node) => isMap(node));
  if (stated === undefined) throw invalid('it is not encrypted by sops', 'sops encrypt --in-place FILE encrypts it');
  const metadata = readMetadata(stated);
  const key = await dataKey(metadata, unwrap, signal);
  const opener = new Opener(await importKey(key), metadata.macOnlyEncrypted);
  const documents: GoMap[] = [];
  for (const root of roots) documents.push(await opener.table(root, [], true));
  const mac = await opener.open(metadata.mac, metadata.lastModified);
  if (mac?.text !== (await opener.digest()))
    throw invalid('it was changed by other means than sops: its values do not have the mac that sops wrote');
  return { documents, secrets: opener.secrets };
}

function documentsOf(text: string): YAMLMap[] {
  let parsed: ReturnType<typeof parseAllDocuments>;
  try {
    parsed = parseAllDocuments(text, { intAsBigInt: true, uniqueKeys: true, logLevel: 'silent' });
  } catch {
    throw invalid('it is neither YAML nor JSON');
  }
  const roots = [...parsed].flatMap(({ contents, errors }) => {
    // What the parser says quotes the file.
    if (errors.length > 0) throw invalid(`it is neither YAML nor JSON: line ${errors[0]?.linePos?.[0].line ?? 1}`);
    return contents === null ? [] : [contents];
  });
  if (!roots.every(isMap)) throw invalid('it is no table');
  return roots as YAMLMap[];
}

const importKey = (key: Uint8Array): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', key as Uint8Array<ArrayBuffer>, 'AES-GCM', false, ['decrypt']);

async function dataKey(metadata: SopsMetadata, unwrap: Unwrap, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const { groups, threshold, others } = metadata;
  const parts: Uint8Array[] = [];
  const faults: string[] = [];
  for (const group of groups) {
    const part = await firstOf(group, unwrap, faults, signal);
    if (part !== undefined) parts.push(part);
  }
  const [only] = parts;
  const key = groups.length === 1 ? only : parts.length >= threshold ? combine(parts.slice(0, threshold)) : undefined;
  if (key?.length === 32) return key;
  if (key !== undefined) throw invalid('its data key is none');
  const readers = groups.flat().map(({ kind, reader }) => `${kind} ${reader}`);
  const services = others.length > 0 ? `; readers by ${others.join(', ')} are not understood` : '';
  const why = faults.length > 0 ? `: ${[...new Set(faults)].join('; ')}` : '';
  throw new SecretError(
    'SECRET_REFUSED',
    readers.length === 0
      ? `it has no reader by age or PGP${services}`
      : `none of your keys opens it; it is for ${readers.join(', ')}${services}${why}`,
    {
      hint:
        readers.length === 0
          ? 'add a reader by age with sops rotate, or let sops decrypt it'
          : 'set SOPS_AGE_KEY_FILE or SOPS_AGE_KEY, or have the PGP key in GnuPG',
    },
  );
}

async function firstOf(
  group: readonly WrappedKey[],
  unwrap: Unwrap,
  faults: string[],
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  for (const wrapped of group) {
    try {
      const key = await unwrap(wrapped, signal);
      if (key !== undefined) return key;
    } catch (e) {
      if (signal?.aborted === true) throw e;
      faults.push(e instanceof Error ? e.message : String(e));
    }
  }
  return undefined;
}

interface Opened {
  readonly type: string;
  readonly text: string;
}

const ENCRYPTED = /^ENC\[AES256_GCM,data:([\w+/=]*),iv:([\w+/=]+),tag:([\w+/=]+),type:(\w+)\]$/;

/** sops: MACOnlyEncryptedInitialization, by which one kind of mac is never one of the other. */
const ONLY_ENCRYPTED = '8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69';

/** Walks a file in its order, which is that of its mac. */
class Opener {
  readonly secrets: string[] = [];
  private readonly seen: Uint8Array[] = [];
  private readonly key: CryptoKey;
  private readonly onlyEncrypted: boolean;

  constructor(key: CryptoKey, onlyEncrypted: boolean) {
    this.key = key;
    this.onlyEncrypted = onlyEncrypted;
    if (onlyEncrypted) this.seen.push(Uint8Array.from(ONLY_ENCRYPTED.match(/../g) ?? [], (hex) => parseInt(hex, 16)));
  }

  async table(node: YAMLMap, path: readonly string[], isRoot = false): Promise<GoMap> {
    const out = newMap();
    for (const { key, value } of node.items) {
      const name = key instanceof Scalar && typeof key.value === 'string' ? key.value : undefined;
      if (name === undefined) throw invalid('a name in it is no text');
      if (isRoot && name === 'sops') continue;
      out[name] = await this.value(value, [...path, name]);
    }
    return out;
  }

  private async value(node: unknown, path: readonly string[]): Promise<unknown> {
    if (path.length > MAX_DEPTH) throw invalid('it is too deep');
    if (isMap(node)) return this.table(node, path);
    if (isSeq(node)) {
      const items: unknown[] = [];
      for (const item of node.items) {
        const value = await this.value(item, path);
        if (value !== COMMENT) items.push(value);
      }
      return items;
    }
    if (node instanceof Scalar) return this.scalar(node.value, path);
    if (node === null) return null;
    throw invalid('it has an alias, which sops does not write');
  }

  private async scalar(value: unknown, path: readonly string[]): Promise<unknown> {
    if (value === null) return null;
    const opened = typeof value === 'string' ? await this.open(value, `${path.join(':')}:`) : undefined;
    if (opened === undefined) {
      if (!this.onlyEncrypted) this.seen.push(toBytes(spelled(value)));
      return value;
    }
    const plain = plainOf(opened);
    if (plain === COMMENT) return COMMENT;
    if (typeof plain === 'string') this.secrets.push(plain);
    this.seen.push(toBytes(spelled(plain)));
    return plain;
  }

  /** Undefined for what is not enciphered. Throws SECRET_FILE_INVALID. */
  async open(text: string, additional: string): Promise<Opened | undefined> {
    const match = ENCRYPTED.exec(text);
    if (match === null) return undefined;
    const [data, iv, tag] = match.slice(1, 4).map(fromBase64) as [Uint8Array, Uint8Array, Uint8Array];
    try {
      const plain = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: bufferOf(iv), additionalData: bufferOf(toBytes(additional)), tagLength: 128 },
        this.key,
        bufferOf(new Uint8Array([...data, ...tag])),
      );
      return { type: match[4] as string, text: fromBytes(new Uint8Array(plain)) };
    } catch {
      throw invalid(`${additional.replace(/:$/, '').replaceAll(':', '.')} is damaged, or was moved or renamed`);
    }
  }

  async digest(): Promise<string> {
    const bytes = new Uint8Array(this.seen.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of this.seen) {
      bytes.set(piece, at);
      at += piece.length;
    }
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-512', bytes));
    return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase();
  }
}

const bufferOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw invalid('a value in it is no base64');
  }
}

const COMMENT = Symbol('comment');

function plainOf({ type, text }: Opened): unknown {
  switch (type) {
    case 'str':
    case 'bytes':
    case 'time':
      return text;
    case 'int':
      if (/^-?\d+$/.test(text)) return BigInt(text);
      break;
    case 'float':
      if (!Number.isNaN(Number(text))) return Number(text);
      break;
    case 'bool':
      if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
      break;
    case 'comment':
      return COMMENT;
  }
  throw invalid(`a value in it is no ${type}`);
}

/** As the mac has it. sops: ToBytes. */
function spelled(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? withoutExponent(value) : String(value);
}

/** Go: strconv.FormatFloat(value, 'f', -1, 64). */
function withoutExponent(value: number): string {
  const [, sign = '', whole = '', fraction = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  if (exponent === undefined) return String(value);
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}${point < digits.length ? `.${digits.slice(point)}` : ''}`;
}
