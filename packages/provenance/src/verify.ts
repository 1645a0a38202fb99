/** Helm: pkg/provenance Verify over ProtonMail/go-crypto CheckDetachedSignature, whose words the errors have. */
import type { Key, SignaturePacket, Subkey } from 'openpgp';
import { decodeClearSigned } from './clear-sign.ts';
import { ProvenanceError, type ProvenanceErrorCode } from './error.ts';
import { loadOpenPgp, readKeyring } from './keyring.ts';
import { literalOf } from './literal.ts';
import { checkStatement, digestOf } from './statement.ts';

export interface VerifyOptions {
  /** What the archive's file is called, without folders: the provenance file must name it. */
  readonly name: string;
  /** The provenance file. */
  readonly provenance: Uint8Array;
  /** The public keys that are trusted. */
  readonly keyring: Uint8Array;
  /** When keys and signatures must be valid: now if absent. */
  readonly now?: Date;
}

export interface Verification {
  /** The names of the key, as `Name (comment) <mail>`. */
  readonly signers: readonly string[];
  /** Of the primary key, hexadecimal digits in capitals. */
  readonly fingerprint: string;
  /** `sha256:…` of the archive. */
  readonly digest: string;
}

/**
 * Who signed an archive. Throws, for what is wrong with it, PROVENANCE_INVALID, PROVENANCE_MISMATCH (another archive
 * or a changed one), SIGNATURE_INVALID, SIGNATURE_EXPIRED, SIGNATURE_UNKNOWN_KEY, KEY_EXPIRED, KEY_REVOKED,
 * KEYRING_INVALID.
 */
export async function verifyArchive(archive: Uint8Array, options: VerifyOptions): Promise<Verification> {
  const { name, provenance, keyring, now = new Date() } = options;
  const keys = await readKeyring(keyring);
  const { text, signature } = decodeClearSigned(provenance);
  const signer = await verifyText(text, signature, keys, now);
  const digest = await digestOf(archive);
  // The line end before the signature is none of the text.
  checkStatement(`${text}\n`, name, digest);
  return { signers: signer.getUserIDs(), fingerprint: signer.getFingerprint().toUpperCase(), digest };
}

/** As `helm verify` prints it. */
export const formatVerification = ({ signers, fingerprint, digest }: Verification): string =>
  `${signers.map((signer) => `Signed by: ${signer}\n`).join('')}Using Key With Fingerprint: ${fingerprint}\nChart Hash Verified: ${digest}\n`;

const refused = (code: ProvenanceErrorCode, message: string, cause?: unknown): ProvenanceError =>
  new ProvenanceError(code, `openpgp: ${message}`, { cause });

/** A key of a ring that may have signed: the primary one or one below it. */
interface Candidate {
  readonly owner: Key;
  readonly key: Key | Subkey;
}

/** The first signature counts of which the key is known. */
async function verifyText(text: string, signature: Uint8Array, keys: readonly Key[], now: Date): Promise<Key> {
  for (const packet of await readSignatures(signature)) {
    const candidates = keys.flatMap((owner) => owner.getKeys(packet.issuerKeyID).map((key) => ({ owner, key })));
    const signing = [];
    for (const candidate of candidates) if (await isForSigning(candidate)) signing.push(candidate);
    if (signing.length > 0) return verifyPacket(packet, text, signing, now);
  }
  throw refused('SIGNATURE_UNKNOWN_KEY', 'signature made by unknown entity');
}

async function readSignatures(binarySignature: Uint8Array): Promise<SignaturePacket[]> {
  const { readSignature } = await loadOpenPgp();
  try {
    return [...(await readSignature({ binarySignature })).packets] as SignaturePacket[];
  } catch (e) {
    throw refused('PROVENANCE_INVALID', `invalid data: ${(e as Error).message}`, e);
  }
}

async function verifyPacket(
  packet: SignaturePacket,
  text: string,
  candidates: readonly Candidate[],
  now: Date,
): Promise<Key> {
  let fault: unknown;
  for (const candidate of candidates) {
    try {
      await checkMathematics(packet, text, candidate.key);
    } catch (e) {
      fault = e;
      continue;
    }
    await checkValidity(packet, candidate, now);
    return candidate.owner;
  }
  throw refused('SIGNATURE_INVALID', `invalid signature: ${await reasonOf(fault, packet)}`, fault);
}

/** Dates are looked at afterwards. openpgp's types do not know that null leaves them out. */
const ANY_DATE = null as unknown as Date;

async function checkMathematics(packet: SignaturePacket, text: string, { keyPacket }: Key | Subkey): Promise<void> {
  const { enums } = await loadOpenPgp();
  const type = packet.signatureType;
  if (type !== enums.signature.text && type !== enums.signature.binary)
    throw new Error(`signature type ${type} is not for texts`);
  await packet.verify(keyPacket, type, await literalOf(text), ANY_DATE, true);
}

async function reasonOf(fault: unknown, packet: SignaturePacket): Promise<string> {
  const { enums } = await loadOpenPgp();
  const { message } = fault as Error;
  const digest = message === 'Signed digest did not match';
  if (digest && (packet.version ?? 0) > 4) return "hash tag doesn't match";
  if (!digest && message !== 'Signature verification failed') return message;
  const names: Partial<Record<number, string>> = {
    [enums.publicKey.dsa]: 'DSA',
    [enums.publicKey.ecdsa]: 'ECDSA',
    [enums.publicKey.eddsaLegacy]: 'EdDSA',
    [enums.publicKey.ed25519]: 'Ed25519',
    [enums.publicKey.ed448]: 'Ed448',
  };
  return `${names[packet.publicKeyAlgorithm ?? 0] ?? 'RSA'} verification failure`;
}

const FOR_SIGNING = 2;

/** Whether the owner has said that this key signs. */
async function isForSigning({ owner, key }: Candidate): Promise<boolean> {
  try {
    const self = key === owner ? await selfSignature(owner) : await bindingSignature(owner, key as Subkey);
    return ((self?.keyFlags?.[0] ?? 0) & FOR_SIGNING) !== 0;
  } catch {
    return false;
  }
}

/** Also of a key that is revoked or expired. */
async function selfSignature(owner: Key): Promise<SignaturePacket | undefined> {
  const { enums } = await loadOpenPgp();
  const found: SignaturePacket[] = [];
  for (const { userID, selfCertifications } of owner.users) {
    if (userID === null) continue;
    for (const packet of selfCertifications) {
      const data = { userID, key: owner.keyPacket };
      if (await holds(packet.verify(owner.keyPacket, enums.signature.certGeneric, data, ANY_DATE))) found.push(packet);
    }
  }
  return newest(found);
}

/** A key that signs must have signed for its owner in turn, or anyone's key could be claimed. */
async function bindingSignature(owner: Key, subkey: Subkey): Promise<SignaturePacket | undefined> {
  const { enums } = await loadOpenPgp();
  const data = { key: owner.keyPacket, bind: subkey.keyPacket };
  const found: SignaturePacket[] = [];
  for (const packet of subkey.bindingSignatures) {
    const back = packet.embeddedSignature;
    if (back === null) continue;
    const bound = packet.verify(owner.keyPacket, enums.signature.subkeyBinding, data, ANY_DATE);
    if (!(await holds(bound))) continue;
    if (await holds(back.verify(subkey.keyPacket, enums.signature.keyBinding, data, ANY_DATE))) found.push(packet);
  }
  return newest(found);
}

const holds = (check: Promise<unknown>): Promise<boolean> =>
  check.then(
    () => true,
    () => false,
  );

const newest = (packets: SignaturePacket[]): SignaturePacket | undefined =>
  packets.sort((a, b) => Number(b.created) - Number(a.created))[0];

async function checkValidity(packet: SignaturePacket, { owner, key }: Candidate, now: Date): Promise<void> {
  const isPrimary = key === owner;
  const revoked =
    (await owner.isRevoked(undefined, undefined, now)) ||
    (!isPrimary && (await (key as Subkey).isRevoked(undefined as never, undefined as never, now))) ||
    (await everyUserRevoked(owner, now));
  if (revoked) throw refused('KEY_REVOKED', 'signature made by revoked key');
  const expiries = [await owner.getExpirationTime()];
  if (!isPrimary) expiries.push(await (key as Subkey).getExpirationTime(now));
  if (expiries.some((expiry) => expiry !== null && Number(expiry) <= now.getTime()))
    throw refused('KEY_EXPIRED', 'key expired');
  if (packet.isExpired(now)) throw refused('SIGNATURE_EXPIRED', 'signature expired');
  try {
    await owner.getSigningKey(key.getKeyID(), now);
  } catch (e) {
    throw refused('SIGNATURE_UNKNOWN_KEY', `signature made by a key that is not valid: ${(e as Error).message}`, e);
  }
}

async function everyUserRevoked(owner: Key, now: Date): Promise<boolean> {
  try {
    await owner.getPrimaryUser(now);
    return false;
  } catch (e) {
    return (e as Error).message === 'Primary user is revoked';
  }
}
