import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Chart, isCodedError, missingDependencies, PackError, packageChart, parseVersion } from '@pack/core';
import { readChart, writeAtomic } from '@pack/core/node';
import { archiveTime } from '../archive-time.ts';
import { missingError } from '../chart-source.ts';
import type { Command, Io } from '../command.ts';
import { accessFlags, bool, text } from '../flags/common.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { pathErrorText } from '../go-error.ts';
import { isPackFolder } from '../lint-subject.ts';
import { warnOn } from '../output/warn.ts';

export const command: Command = {
  usage: 'package [CHART_PATH] [...] [flags]',
  description:
    'Packs folders of charts into archives NAME-VERSION.tgz.\n\nThe same chart gives the same bytes: files carry the time of SOURCE_DATE_EPOCH, or 1980 without it. With --sign, a\nprovenance file NAME-VERSION.tgz.prov is written beside it, signed with the key --key of the keyring --keyring.',
  args: [0, Number.POSITIVE_INFINITY],
  flags: {
    ...accessFlags,
    'app-version': text('set the appVersion of the chart'),
    'dependency-update': bool('update the dependencies first', 'u'),
    destination: text('folder to write to', '.', 'd'),
    key: text('identity of the key to sign with, or a part of it'),
    keyring: text('keyring of secret keys, as `gpg --export-secret-keys` writes it'),
    'passphrase-file': text('file with the passphrase of the key, `-` for standard input'),
    sign: bool('sign the archive with OpenPGP'),
    version: text('set the version of the chart'),
  },
  async run(given, io) {
    if (given.args.length === 0) throw new UsageError('need at least one argument, the path to the chart');
    const sign = await signerOf(given, io);
    for (const path of given.args) await packOne(path, given, sign, io);
  },
};

async function packOne(path: string, given: Given, sign: Signer, io: Io): Promise<void> {
  if (given.bool('dependency-update')) {
    const { updateDependencies } = await import('../dependencies.ts');
    await updateDependencies(path, given, { ...io, stdout: () => undefined });
  }
  const chart = await withVersions(await read(path, io), given);
  const missing = missingDependencies(chart);
  if (missing.length > 0) {
    if (chart.pack !== undefined) throw missingError(chart, missing);
    throw new PackError(
      'CHART_DEPENDENCIES_MISSING',
      `found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`,
    );
  }
  const { name, data } = await packed(chart, io);
  const folder = given.string('destination') ?? '.';
  makeFolder(folder);
  const file = folder === '.' ? join(process.cwd(), name) : join(folder, name);
  writeAtomic(file, data);
  await sign(file, data);
  io.stdout(`Successfully packaged chart and saved it to: ${file}\n`);
}

function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new PackError('FOLDER_EXPECTED', `failed to save: is not a directory: ${path}`);
  mkdirSync(path, { recursive: true });
}

async function read(path: string, io: Io): Promise<Chart> {
  try {
    statSync(path);
  } catch (e) {
    throw new PackError('CHART_NOT_FOUND', pathErrorText('stat', path, e), { cause: e });
  }
  const file = join(resolve(path), 'Chart.yaml');
  if (isPackFolder(path)) return readChart(path, { warn: warnOn(io), linksOut: false });
  try {
    readFileSync(file);
  } catch (e) {
    const message = `unable to detect chart at ${file}: ${pathErrorText('open', file, e)}`;
    throw new PackError('CHART_NOT_FOUND', message, { cause: e });
  }
  return readChart(path, { warn: warnOn(io), linksOut: false });
}

async function withVersions(chart: Chart, given: Given): Promise<Chart> {
  const [version, appVersion] = [given.string('version') ?? '', given.string('app-version') ?? ''];
  const versions = { ...(version !== '' && { version }), ...(appVersion !== '' && { appVersion }) };
  const metadata = { ...chart.metadata, ...versions };
  parseVersion(metadata.version);
  if (chart.pack === undefined || Object.keys(versions).length === 0) return { ...chart, metadata };
  const { withPackMetadata } = await import('../edit-pack.ts');
  return withPackMetadata(chart, versions);
}

async function packed(chart: Chart, io: Io) {
  try {
    return await packageChart(chart, archiveTime(io.env));
  } catch (e) {
    throw isCodedError(e) ? new PackError(e.code, `failed to save: ${e.message}`, { cause: e }) : e;
  }
}

type Signer = (file: string, archive: Uint8Array) => Promise<void>;

/** Writes the provenance file beside an archive. Helm: pkg/action Package.Clearsign. */
async function signerOf(given: Given, io: Io): Promise<Signer> {
  if (!given.bool('sign')) return async () => undefined;
  const key = given.string('key') ?? '';
  if (key === '') throw new UsageError('--key is required for signing a package');
  const { defaultKeyring } = await import('../verify-chart.ts');
  const keyringFile = given.string('keyring') ?? defaultKeyring(io.env);
  if (keyringFile === '') throw new UsageError('--keyring is required for signing a package');
  const { signArchive } = await import('@pack/provenance');
  const passphrase = passphraseSource(given, io);
  return async (file, archive) => {
    const keyring = readKeyring(keyringFile);
    const signed = await signArchive(archive, { name: basename(file), keyring, key, passphrase });
    writeAtomic(`${file}.prov`, signed);
  };
}

function readKeyring(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (e) {
    throw new PackError('KEYRING_UNREADABLE', pathErrorText('open', path, e), { cause: e });
  }
}

/** A passphrase is read or asked for once, however many charts there are. */
function passphraseSource(given: Given, io: Io): (identity: string) => Promise<string> {
  let known: Promise<string> | undefined;
  const find = async (identity: string): Promise<string> => {
    const { askForKey, passphraseOf } = await import('../passphrase.ts');
    const file = given.string('passphrase-file') ?? '';
    return file === '' ? askForKey(identity, io) : passphraseOf(file, io);
  };
  return (identity) => (known ??= find(identity));
}
