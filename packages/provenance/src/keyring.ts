/** Keyrings as GnuPG exports them, binary or armored. Helm: pkg/provenance NewFromKeyring. */
import { fromBytes, quoteGo } from 'go-template';
import type { Key } from 'openpgp';
import { ProvenanceError } from './error.ts';

/** Takes long to load, and comes under the LGPL: a bundle leaves it outside. */
export const loadOpenPgp = (): Promise<typeof import('openpgp')> => import('openpgp');

const invalid = (message: string, hint?: string): ProvenanceError =>
  new ProvenanceError('KEYRING_INVALID', message, hint === undefined ? {} : { hint });

/** Keys that cannot be read are left out if any can. Throws KEYRING_INVALID. */
export async function readKeyring(data: Uint8Array): Promise<Key[]> {
  const { readKey } = await loadOpenPgp();
  const keys: Key[] = [];
  let fault: unknown;
  for (const binaryKey of await splitKeys(data)) {
    try {
      keys.push(await readKey({ binaryKey }));
    } catch (e) {
      fault = e;
    }
  }
  if (keys.length === 0 && fault !== undefined) throw invalid(`openpgp: invalid data: ${(fault as Error).message}`);
  return keys;
}

/** The bytes of each key with all that belongs to it. */
async function splitKeys(data: Uint8Array): Promise<Uint8Array[]> {
  const head = fromBytes(data.subarray(0, 12));
  if (head.endsWith('KBXf')) {
    throw invalid(
      'openpgp: invalid data: tag byte does not have MSB set',
      'this is a keybox of GnuPG: write a keyring with `gpg --export > pubring.gpg`',
    );
  }
  if (!/^\s*-----BEGIN PGP/.test(fromBytes(data.subarray(0, 64)))) return splitPackets(data);
  const { unarmor } = await loadOpenPgp();
  const keys: Uint8Array[] = [];
  const blocks =
    fromBytes(data).match(/-----BEGIN PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----[\s\S]*?-----END [^\n]*/g) ?? [];
  for (const block of blocks) {
    try {
      keys.push(...splitPackets((await unarmor(block)).data as Uint8Array));
    } catch (e) {
      throw e instanceof ProvenanceError ? e : invalid(`openpgp: invalid data: ${(e as Error).message}`);
    }
  }
  return keys;
}

const [PUBLIC_KEY, SECRET_KEY] = [6, 5];

function splitPackets(data: Uint8Array): Uint8Array[] {
  const starts: number[] = [];
  for (let at = 0; at < data.length; ) {
    const { tag, end } = packetAt(data, at);
    if (tag === PUBLIC_KEY || tag === SECRET_KEY) starts.push(at);
    at = end;
  }
  return starts.map((start, i) => data.subarray(start, starts[i + 1] ?? data.length));
}

/** OpenPGP: RFC 9580, section 4.2. Keys have no packets of partial or unknown length. */
function packetAt(data: Uint8Array, at: number): { tag: number; end: number } {
  const byte = (i: number): number => {
    const b = data[i];
    if (b === undefined) throw invalid('unexpected EOF');
    return b;
  };
  const number = (from: number, size: number): number => {
    let n = 0;
    for (let i = from; i < from + size; i++) n = n * 256 + byte(i);
    return n;
  };
  const first = byte(at);
  if (first < 0x80) throw invalid('openpgp: invalid data: tag byte does not have MSB set');
  let [tag, body, length] = [first & 0x3f, 0, 0];
  if (first < 0xc0) {
    const size = 1 << (first & 3);
    if (size === 8) throw invalid('openpgp: invalid data: packet of unknown length');
    [tag, body, length] = [(first >> 2) & 0x0f, at + 1 + size, number(at + 1, size)];
  } else {
    const n = byte(at + 1);
    if (n < 192) [body, length] = [at + 2, n];
    else if (n < 224) [body, length] = [at + 3, ((n - 192) << 8) + byte(at + 2) + 192];
    else if (n === 255) [body, length] = [at + 6, number(at + 2, 4)];
    else throw invalid('openpgp: invalid data: packet of unknown length');
  }
  const end = body + length;
  if (end > data.length) throw invalid('unexpected EOF');
  return { tag, end };
}

/**
 * The key of which an identity is `id` or, if there is but one, contains it. Throws KEY_NOT_FOUND, KEY_AMBIGUOUS.
 */
export function selectKey(keys: readonly Key[], id: string): Key {
  const identities = keys.flatMap((key) => key.getUserIDs().map((identity) => ({ key, identity })));
  const exact = identities.find(({ identity }) => identity === id);
  if (exact !== undefined) return exact.key;
  const [found, other] = identities.filter(({ identity }) => identity.includes(id));
  if (other !== undefined)
    throw new ProvenanceError('KEY_AMBIGUOUS', `more than one key contain the id ${quoteGo(id)}`);
  if (found === undefined) throw new ProvenanceError('KEY_NOT_FOUND', 'private key not found');
  return found.key;
}
