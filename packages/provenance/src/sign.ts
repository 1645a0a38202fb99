/** Helm: pkg/provenance ClearSign, pkg/action Package.Clearsign. */
import { encodeMetadata, loadArchive } from '@pack/core';
import type { Key, PrivateKey, SecretKeyPacket, SecretSubkeyPacket } from 'openpgp';
import { encodeClearSigned } from './clear-sign.ts';
import { ProvenanceError } from './error.ts';
import { loadOpenPgp, readKeyring, selectKey } from './keyring.ts';
import { literalOf } from './literal.ts';
import { digestOf, encodeStatement } from './statement.ts';

export interface SignOptions {
  /** What the archive's file is called, without folders. */
  readonly name: string;
  /** Secret keys, as `gpg --export-secret-keys` writes them. */
  readonly keyring: Uint8Array;
  /** An identity of the key, or a part of one. */
  readonly key: string;
  /** Asked for when the key is locked; `identity` is one of its names. */
  readonly passphrase?: (identity: string) => string | Promise<string>;
  /** Now if absent. */
  readonly date?: Date;
  /** YAML that says what the file is, where it is no chart. */
  readonly about?: string;
}

/**
 * The provenance file of an archive. Throws KEYRING_INVALID, KEY_NOT_FOUND, KEY_AMBIGUOUS, KEY_NOT_PRIVATE,
 * KEY_INVALID, PASSPHRASE_WRONG and what the archive is refused for.
 */
export async function signArchive(archive: Uint8Array, options: SignOptions): Promise<string> {
  const { name, keyring, key: id, passphrase, date = new Date() } = options;
  const key = await unlocked(selectKey(await readKeyring(keyring), id), passphrase);
  const about = options.about ?? encodeMetadata((await loadArchive(archive)).metadata);
  const statement = encodeStatement(about, name, await digestOf(archive));
  return signText(statement, key, date);
}

type SecretPacket = SecretKeyPacket | SecretSubkeyPacket;

/** The secret to sign with: as in Helm the key itself, or a key below it where that one does not sign. */
async function unlocked(key: Key, passphrase: SignOptions['passphrase']): Promise<SecretPacket> {
  if (!key.isPrivate()) {
    throw new ProvenanceError(
      'KEY_NOT_PRIVATE',
      'provided key is not a private key. Try providing a keyring with secret keys',
    );
  }
  const packet = await signingPacket(key);
  if (packet.isDecrypted()) return packet;
  if (passphrase === undefined)
    throw new ProvenanceError('PASSPHRASE_WRONG', 'openpgp: invalid argument: signing key is encrypted');
  const given = await passphrase(key.getUserIDs()[0] ?? 'Unknown');
  try {
    await packet.decrypt(given);
  } catch (cause) {
    throw new ProvenanceError('PASSPHRASE_WRONG', 'openpgp: invalid data: private key checksum failure', { cause });
  }
  return packet;
}

async function signingPacket(key: PrivateKey): Promise<SecretPacket> {
  const primary = key.keyPacket as SecretKeyPacket;
  try {
    return (await key.getSigningKey(primary.isDummy() ? undefined : key.getKeyID())).keyPacket as SecretPacket;
  } catch {
    // Reported for what the key offers at best.
  }
  try {
    return (await key.getSigningKey()).keyPacket as SecretPacket;
  } catch (e) {
    throw new ProvenanceError('KEY_INVALID', `key cannot sign: ${(e as Error).message}`, { cause: e });
  }
}

/** openpgp's types leave out the last parameter, without which it fails. */
type Sign = (key: SecretPacket, data: object, date: Date, detached: boolean, config: object) => Promise<void>;

async function signText(text: string, key: SecretPacket, date: Date): Promise<string> {
  const { SignaturePacket, PacketList, enums, config } = await loadOpenPgp();
  const signature = new SignaturePacket();
  signature.signatureType = enums.signature.text;
  signature.publicKeyAlgorithm = key.algorithm as typeof signature.publicKeyAlgorithm;
  signature.hashAlgorithm = enums.hash.sha512;
  await (signature.sign as unknown as Sign).call(signature, key, await literalOf(text), date, true, config);
  const packets = new PacketList<typeof signature>();
  packets.push(signature);
  return encodeClearSigned(text, 'SHA512', packets.write());
}
