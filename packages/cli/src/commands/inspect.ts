/** What lies in a chart or pack, file by file. Sherpack: inspect. */
import { existsSync, statSync } from 'node:fs';
import { type Chart, MANIFEST, PackError, parsePackManifest, sha256 } from '@pack/core';
import { fromBytes } from 'go-template';
import { locateChart } from '../chart-source.ts';
import type { Command, Io } from '../command.ts';
import { bool, chartFlags } from '../flags/common.ts';
import type { Choice, Given } from '../flags/parse.ts';
import { encoded, type Format, formatOf, outputFlag } from '../output/format.ts';
import { sizeOf } from '../output/size.ts';
import { formatTable } from '../output/table.ts';

export const command: Command = {
  usage: 'inspect CHART|PACK [flags]',
  description: `Shows what an archive has in it: its files, and what its ${MANIFEST} and the signatures beside it say.

Files that are not what ${MANIFEST} says are refused. The commands of \`show\` may be named after \`inspect\` too.`,
  args: [1, 1],
  complete: async (given, word, io) => {
    const [{ completeCharts }, { commands }] = await Promise.all([
      import('../completions.ts'),
      import('../registry.ts'),
    ]);
    const parts = commands.flatMap(({ name, summary }): Choice[] =>
      name.startsWith('show ') ? [[name.slice('show '.length), summary]] : [],
    );
    const charts = await completeCharts(given, word, io, { files: true });
    return { ...charts, choices: [...parts, ...charts.choices] };
  },
  completeFlag: {
    version: async (given, io) => (await import('../completions.ts')).completeVersions(given.args[0], given, io),
  },
  flags: {
    ...chartFlags,
    checksums: bool('show the digests of files'),
    manifest: bool(`print ${MANIFEST} as it is`),
    output: outputFlag,
  },
  exclusive: [
    ['checksums', 'manifest'],
    ['manifest', 'output'],
  ],
  run: inspect,
};

interface Contents {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  /** By MANIFEST; RFC 3339. */
  readonly created?: string;
  readonly digest?: string;
  /** Files of signatures beside it. */
  readonly signatures: readonly string[];
  readonly files: readonly { readonly path: string; readonly size: number; readonly digest: string }[];
}

async function inspect(given: Given, io: Io): Promise<void> {
  const format = formatOf(given);
  const source = given.args[0] as string;
  const chart = await locateChart(source, given, io);
  const manifest = chart.raw.find(({ name }) => name === MANIFEST);
  if (given.bool('manifest')) {
    if (manifest !== undefined) return io.stdout(`${fromBytes(manifest.data)}\n`);
    throw new PackError('CHART_NOT_FOUND', `${source} has no ${MANIFEST}`, { hint: 'archives of packs have one' });
  }
  const contents = await contentsOf(chart, source);
  io.stdout(shown(contents, format, given.bool('checksums')));
}

async function contentsOf({ metadata, pack, raw }: Chart, source: string): Promise<Contents> {
  const manifest = raw.find(({ name }) => name === MANIFEST);
  const { created, digest } = manifest === undefined ? {} : parsePackManifest(manifest.data);
  const isFile = existsSync(source) && statSync(source).isFile();
  return {
    name: metadata.name,
    version: metadata.version,
    type: `${pack === undefined ? 'chart' : 'pack'}${metadata.type === 'library' ? ', library' : ''}`,
    ...(created !== undefined && { created }),
    ...(digest !== undefined && { digest: `sha256:${digest}` }),
    signatures: isFile ? ['.minisig', '.prov'].map((end) => source + end).filter((path) => existsSync(path)) : [],
    files: await Promise.all(
      raw.map(async ({ name, data }) => ({ path: name, size: data.length, digest: `sha256:${await sha256(data)}` })),
    ),
  };
}

function shown(contents: Contents, format: Format, hasDigests: boolean): string {
  if (format !== 'table') return encoded(contents, format);
  const { name, version, type, created, digest, signatures, files } = contents;
  const head = [
    `NAME: ${name}`,
    `VERSION: ${version}`,
    `TYPE: ${type}`,
    ...(created === undefined ? [] : [`CREATED: ${created}`]),
    digest === undefined ? `${MANIFEST}: none` : `DIGEST: ${digest}`,
    ...signatures.map((path) => `SIGNATURE: ${path}`),
  ];
  const rows = files.map(({ path, size, digest: own }) => [path, sizeOf(size), ...(hasDigests ? [own] : [])]);
  const table = formatTable([['FILE', 'SIZE', ...(hasDigests ? ['DIGEST'] : [])], ...rows]);
  const total = sizeOf(files.reduce((sum, { size }) => sum + size, 0));
  return `${head.join('\n')}\n\n${table}\n\n${files.length} files, ${total}\n`;
}
