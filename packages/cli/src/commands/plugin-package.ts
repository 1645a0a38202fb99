import { mkdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { encodeYaml, PackError } from '@pack/core';
import { writeAtomic } from '@pack/core/node';
import { toGo } from 'go-template';
import { archiveTime } from '../archive-time.ts';
import type { Command, Io } from '../command.ts';
import { bool, text } from '../flags/common.ts';
import type { Given } from '../flags/parse.ts';
import { pathErrorText } from '../go-error.ts';
import { packPlugin } from '../plugins/archive.ts';
import { type Plugin, readPlugin } from '../plugins/folder.ts';
import { defaultKeyring, read } from '../verify-chart.ts';

export const command: Command = {
  usage: 'plugin package PATH [flags]',
  description:
    "Packs a plugin's folder into an archive NAME-VERSION.tgz.\n\nThe same folder gives the same bytes. Unless --sign=false says otherwise, a provenance file NAME-VERSION.tgz.prov is\nwritten beside it.",
  args: [1, 1],
  flags: {
    destination: text('folder to write to', '.', 'd'),
    key: text('identity of the key to sign with, or a part of it'),
    keyring: text('keyring of secret keys, as `gpg --export-secret-keys` writes it'),
    'passphrase-file': text('file with the passphrase of the key, `-` for standard input'),
    sign: { ...bool('sign the archive with OpenPGP'), preset: 'true' },
  },
  run: packagePlugin,
};

async function packagePlugin(given: Given, io: Io): Promise<void> {
  const path = given.args[0] as string;
  const plugin = pluginAt(path);
  const destination = given.string('destination') ?? '.';
  mkdirSync(destination, { recursive: true });
  const isSigned = !given.has('sign') || given.bool('sign');
  const keyring = isSigned
    ? read(given.string('keyring') || defaultKeyring(io.env), 'error reading from keyring: ')
    : undefined;
  if (!isSigned)
    io.stdout('WARNING: Skipping plugin signing. This is not recommended for plugins intended for distribution.\n');
  const file = join(destination, `${plugin.name}-${plugin.version}.tgz`);
  const archive = await packPlugin(path, plugin.name, archiveTime(io.env));
  if (keyring !== undefined) {
    const { signArchive } = await import('@pack/provenance');
    const signed = await signArchive(archive, {
      name: basename(file),
      keyring,
      key: given.string('key') ?? '',
      about: aboutOf(plugin),
      passphrase: (identity) => passphrase(identity, given, io),
    });
    writeAtomic(`${file}.prov`, signed);
    io.stdout(`Successfully signed. Signature written to: ${file}.prov\n`);
  }
  writeAtomic(file, archive);
  io.stdout(`Successfully packaged plugin and saved it to: ${file}\n`);
}

async function passphrase(identity: string, given: Given, io: Io): Promise<string> {
  const { askForKey, passphraseOf } = await import('../passphrase.ts');
  const file = given.string('passphrase-file') ?? '';
  return file === '' ? askForKey(identity, io) : passphraseOf(file, io);
}

function pluginAt(path: string): Plugin {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (e) {
    throw new PackError('PLUGIN_NOT_FOUND', pathErrorText('stat', path, e), { cause: e });
  }
  if (!isFolder) throw new PackError('FOLDER_EXPECTED', 'plugin package only supports directories, not tarballs');
  try {
    return readPlugin(path, path);
  } catch (e) {
    if (!(e instanceof PackError)) throw e;
    throw new PackError(e.code, `invalid plugin directory: ${e.message}`, { cause: e });
  }
}

/** What the signature says of the plugin, beside its digest. */
const aboutOf = ({ apiVersion, name, version, type, runtime, sourceUrl }: Plugin): string =>
  encodeYaml(
    toGo({ APIVersion: apiVersion, Name: name, Runtime: runtime, SourceURL: sourceUrl, Type: type, Version: version }),
  );
