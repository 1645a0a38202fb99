import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { PackError } from '@pack/core';
import { verifyArchive } from '@pack/provenance';
import type { Command } from '../command.ts';
import { text } from '../flags/common.ts';
import { pathErrorText } from '../go-error.ts';
import { formatPluginVerification } from '../plugins/install.ts';
import { defaultKeyring, read } from '../verify-chart.ts';

export const command: Command = {
  usage: 'plugin verify PATH [flags]',
  description:
    'Verifies that an archive of a plugin is what its author has signed.\n\nIts provenance file is PATH.prov.',
  args: [1, 1],
  flags: { keyring: text('keyring of public keys') },
  async run(given, io) {
    const path = given.args[0] as string;
    if (stat(path).isDirectory())
      throw unverifiable('directory verification not supported - only plugin tarballs can be verified');
    if (!/\.(?:gz|tgz)$/.test(path)) throw unverifiable('plugin file must be a gzipped tarball (.tar.gz or .tgz)');
    stat(`${path}.prov`, `could not find provenance file ${path}.prov: `);
    const archive = read(path, 'failed to read plugin file: ');
    const provenance = read(`${path}.prov`, 'failed to read provenance file: ');
    const keyring = read(given.string('keyring') || defaultKeyring(io.env));
    io.stdout(formatPluginVerification(await verifyArchive(archive, { name: basename(path), provenance, keyring })));
  },
};

const unverifiable = (message: string, cause?: unknown): PackError =>
  new PackError('PROVENANCE_UNREADABLE', message, { cause });

function stat(path: string, prefix = '') {
  try {
    return statSync(path);
  } catch (e) {
    throw unverifiable(prefix + pathErrorText('stat', path, e), e);
  }
}
