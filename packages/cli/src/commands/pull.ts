import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { loadArchive, PackError, readArchive } from '@pack/core';
import { writeAtomic } from '@pack/core/node';
import { formatVerification } from '@pack/provenance';
import type { KeptChart, PulledChart } from '@pack/repo';
import { linkContent } from '@pack/repo/node';
import type { Command, Io } from '../command.ts';
import { completeCharts, completeVersions } from '../completions.ts';
import { bool, chartFlags, text } from '../flags/common.ts';
import type { Given } from '../flags/parse.ts';
import { withProgress } from '../output/progress.ts';
import { warnOn } from '../output/warn.ts';
import { fetchRemote, remoteChart, safeName } from '../repositories.ts';
import { pathsOf } from '../settings.ts';
import { verifyPulled } from '../verify-chart.ts';

export const command: Command = {
  usage: 'pull [chart URL | repo/chartname] [...] [flags]',
  description:
    'Fetches charts: from a repository on the list, from an address, or from a registry (oci://…) by tag, range or digest.\n\nAn archive whose digest is not the one that the index claims is refused.',
  args: [1, Number.POSITIVE_INFINITY],
  flags: {
    ...chartFlags,
    destination: text('folder to write to', '.', 'd'),
    prov: bool('fetch the provenance file too'),
    untar: bool('unpack the chart'),
    untardir: text('with --untar, the folder to unpack to', '.'),
  },
  complete: (given, word, io) =>
    given.args.length > 0 ? { choices: [] } : completeCharts(given, word, io, { files: false }),
  completeFlag: {
    version: (given, io) => (given.args.length === 1 ? completeVersions(given.args[0], given, io) : { choices: [] }),
  },
  async run(given, io) {
    for (const reference of given.args) await pull(reference, given, io);
  },
};

async function pull(reference: string, given: Given, io: Io): Promise<void> {
  const verifies = given.bool('verify');
  const prov = verifies ? 'always' : given.bool('prov') ? 'later' : 'never';
  const folder = given.string('destination') ?? '.';
  const isLooked = verifies || given.bool('untar');
  const text = `Fetching ${reference}`;
  const got = await withProgress(text, io, async (shown) => {
    const remote = remoteChart(reference, given, shown, { prov });
    // Only what is looked into need be in memory.
    return (isLooked ? undefined : await remote.keep()) ?? remote.fetch();
  });
  await tell(got, io);
  if (!isLooked && place(got, folder, given, io)) return;
  // Of what the cache cannot give another name its provenance is in place by now.
  const pulled = 'data' in got ? got : await withProgress(text, io, (shown) => fetchRemote(reference, given, shown));
  if (verifies) io.stdout(formatVerification(await verifyPulled(pulled, given, io)));
  if (given.bool('untar')) return unpack(pulled, reference, folder, given, io);
  if (!isLooked || !place(pulled, folder, given, io)) {
    writeAtomic(fileOf(pulled, folder), pulled.data, { isDurable: false });
  }
}

async function tell({ oci }: KeptChart, io: Io): Promise<void> {
  if (oci === undefined) return;
  const { transferred } = await import('../oci.ts');
  io.stdout(transferred('Pulled', oci.reference, oci.manifestDigest));
}

const fileOf = ({ fileName }: KeptChart, folder: string): string => join(folder, safeName(fileName));

/** Puts what the cache has into a folder, with its provenance; false when the archive itself has to be written. */
function place(chart: KeptChart, folder: string, given: Given, io: Io): boolean {
  const file = fileOf(chart, folder);
  if (!existsSync(folder)) {
    throw new PackError('FOLDER_EXPECTED', `open ${file}: no such file or directory`, { hint: `mkdir -p ${folder}` });
  }
  if (chart.prov !== undefined) writeAtomic(`${file}.prov`, chart.prov, { isDurable: false });
  return linkContent(pathsOf(given, io.env).contentCache, chart.digest, file);
}

/** Helm: pkg/action Pull.Run, pkg/chart/v2/util Expand. */
async function unpack({ data }: PulledChart, reference: string, folder: string, given: Given, io: Io): Promise<void> {
  const stated = given.string('untardir') ?? '.';
  const top = isAbsolute(stated) ? stated : join(folder, stated);
  const taken = join(top, basename(reference));
  if (existsSync(taken)) {
    throw new PackError(
      'FOLDER_EXPECTED',
      `failed to untar: a file or directory with the name ${taken} already exists`,
    );
  }
  const { metadata } = await loadArchive(data, { warn: warnOn(io) });
  if (!/^[^/\\]+$/.test(metadata.name) || metadata.name === '.' || metadata.name === '..') {
    throw new PackError(
      'CHART_UNSAFE_PATH',
      `the chart's name is no name for a folder: ${JSON.stringify(metadata.name)}`,
    );
  }
  const chart = join(top, metadata.name);
  for (const { name, data: content } of await readArchive(data)) {
    const file = join(chart, name);
    if (!file.startsWith(`${chart}${sep}`)) throw new PackError('CHART_UNSAFE_PATH', `${name} leads out of the chart`);
    mkdirSync(dirname(file), { recursive: true });
    writeAtomic(file, content, { isDurable: false });
  }
}
