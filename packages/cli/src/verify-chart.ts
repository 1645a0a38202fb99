/** Whether an archive on disk is what its provenance file says. Helm: pkg/downloader VerifyChart. */
import { readFileSync, type Stats, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { PackError } from '@pack/core';
import { ProvenanceError, type Verification, verifyArchive } from '@pack/provenance';
import type { Io } from './command.ts';
import type { Given } from './flags/parse.ts';
import { pathErrorText } from './go-error.ts';

/** GnuPG's old keyring, which Helm takes where none is given. */
export const defaultKeyring = (env: Io['env']): string =>
  env['GNUPGHOME'] === undefined
    ? join(env['HOME'] || homedir(), '.gnupg', 'pubring.gpg')
    : join(env['GNUPGHOME'], 'pubring.gpg');

const failed = (message: string, cause?: unknown): PackError =>
  new PackError('PROVENANCE_UNREADABLE', message, { cause });

/**
 * Throws PROVENANCE_UNREADABLE when a file is missing, above all the provenance file itself, and the codes of
 * verifyArchive.
 */
export async function verifyChart(path: string, provenancePath: string, keyringPath: string): Promise<Verification> {
  const stats = stat(path);
  if (stats.isDirectory()) throw failed('unpacked charts cannot be verified');
  if (!/\.tgz$/i.test(path)) throw failed('chart must be a tgz file');
  stat(provenancePath, `could not load provenance file ${provenancePath}: `);
  const keyring = read(keyringPath, 'failed to load keyring: ');
  const archive = read(path, 'failed to read chart archive: ');
  const provenance = read(provenancePath, 'failed to read provenance file: ');
  try {
    return await verifyArchive(archive, { name: basename(path), provenance, keyring });
  } catch (e) {
    if (!(e instanceof ProvenanceError) || e.code !== 'KEYRING_INVALID') throw e;
    const hint = e.hint === undefined ? {} : { hint: e.hint };
    throw new ProvenanceError(e.code, `failed to load keyring: ${e.message}`, { cause: e, ...hint });
  }
}

function stat(path: string, prefix = ''): Stats {
  try {
    return statSync(path);
  } catch (e) {
    throw failed(prefix + pathErrorText('stat', path, e), e);
  }
}

export function read(path: string, prefix = ''): Uint8Array {
  try {
    return readFileSync(path);
  } catch (e) {
    throw failed(prefix + pathErrorText('open', path, e), e);
  }
}

/** The keyring that the flags name. */
export const keyringOf = (given: Given, io: Io): string => given.string('keyring') || defaultKeyring(io.env);

/** Holds an archive that was fetched to the provenance file that came with it. */
export async function verifyPulled(
  { data, prov, fileName, url }: { data: Uint8Array; prov?: Uint8Array; fileName: string; url: string },
  given: Given,
  io: Io,
): Promise<Verification> {
  if (prov === undefined) throw failed(`failed to fetch provenance ${JSON.stringify(`${url}.prov`)}`);
  const keyring = read(keyringOf(given, io), 'failed to load keyring: ');
  return verifyArchive(data, { name: fileName, provenance: prov, keyring });
}
