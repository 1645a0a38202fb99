import { mkdirSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import {
  basePath,
  type Chart,
  ChartError,
  type ChartFile,
  cleanPath,
  decodeYamlMap,
  encodeMetadata,
  encodeYaml,
  type Metadata,
  PackError,
  packageChart,
} from '@pack/core';
import { writeAtomic } from '@pack/core/node';
import { byteLength, fromBytes, GoError, quoteGo, toBytes } from 'go-template';
import { archiveTime } from '../archive-time.ts';
import { loadAt } from '../chart-source.ts';
import type { Command, Io } from '../command.ts';
import { bool, text } from '../flags/common.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { pathErrorText } from '../go-error.ts';
import { warnOn } from '../output/warn.ts';
import { PLACEHOLDER, scaffold } from '../scaffold/index.ts';
import { pathsOf } from '../settings.ts';

export const command: Command = {
  usage: 'create NAME [flags]',
  description:
    'Makes the folder of a new chart, or with --pack of a pack, with the files that it usually has.\n\nNAME may be a path to it. Files that are there already are written anew, others are left alone.',
  args: [1, 1],
  flags: {
    pack: bool('make a pack, with templates in Jinja'),
    'chart-api-version': { ...text('API version of the chart', 'v2'), hidden: true },
    starter: text('name or absolute path of a chart to start from', '', 'p'),
  },
  async run(given, io) {
    const path = given.args[0] as string;
    io.stdout(`Creating ${path}\n`);
    checkApiVersion(given.string('chart-api-version') ?? 'v2', io);
    const name = basePath(path);
    const parent = goDirname(path);
    const starter = given.string('starter') ?? '';
    if (given.bool('pack')) {
      if (starter !== '') throw new UsageError('a starter is a chart: --pack and --starter do not go together');
      createDefault(name, parent, (await import('../scaffold/pack.ts')).packScaffold, 'packs', io);
    } else if (starter === '') createDefault(name, parent, scaffold, 'charts', io);
    else await createFrom(starterPath(starter, given, io), name, parent, io);
  },
};

const GATE = 'HELM_EXPERIMENTAL_CHART_V3';

function checkApiVersion(version: string, io: Io): void {
  if (version === 'v2' || version === '') return;
  if (version !== 'v3') throw new UsageError(`unsupported chart API version: ${version} (supported: v2, v3)`);
  if (/^(1|t|T|true|TRUE|True)$/.test(io.env[GATE] ?? ''))
    throw new UsageError('charts of API version v3 are not supported by this version of pack');
  throw new UsageError(
    `this feature has been marked as experimental and is not enabled by default. Please set ${GATE}=1 in your environment to use this feature`,
  );
}

/** Go: filepath.Dir, for which `a/` is in `a`. */
const goDirname = (path: string): string => cleanPath(path.slice(0, path.lastIndexOf('/') + 1));

const MAX_NAME_BYTES = 250;
const NAME = '^[a-zA-Z0-9._-]+$';

/** Helm: chartutil.Create. */
function createDefault(name: string, parent: string, files: typeof scaffold, subcharts: string, io: Io): void {
  if (name === '' || byteLength(name) > MAX_NAME_BYTES)
    throw invalidName(`chart name must be between 1 and ${MAX_NAME_BYTES} characters`);
  if (!new RegExp(NAME).test(name)) throw invalidName(`chart name must match the regular expression ${quoteGo(NAME)}`);
  const folder = resolve(parent);
  if (!stat(folder).isDirectory()) throw new PackError('FOLDER_EXPECTED', `no such directory ${folder}`);
  const target = chartFolder(join(folder, name));
  for (const [file, text] of files) {
    const path = join(target, file);
    if (exists(path)) io.stdout(`WARNING: File ${quoteGo(path)} already exists. Overwriting.\n`);
    write(path, toBytes(text.replaceAll(PLACEHOLDER, name)));
  }
  mkdirSync(join(target, subcharts), { recursive: true });
}

const invalidName = (message: string): ChartError => new ChartError('CHART_INVALID', message);

function stat(path: string): Stats {
  try {
    return statSync(path);
  } catch (e) {
    throw new PackError('FOLDER_EXPECTED', pathErrorText('stat', path, e), { cause: e });
  }
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** The folder of the new chart, unless there is a file in its place. */
function chartFolder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new PackError('FOLDER_EXPECTED', `file ${path} already exists and is not a directory`);
  return path;
}

/** What is there already is replaced in one step, and never through a link. */
function write(path: string, data: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(path, data, { flag: 'wx' });
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e;
    writeAtomic(path, data, { isDurable: false });
  }
}

const starterPath = (starter: string, given: Given, io: Io): string =>
  isAbsolute(starter) ? starter : join(pathsOf(given, io.env).starters, starter);

/** Helm: chartutil.CreateFrom and SaveDir. */
async function createFrom(source: string, name: string, parent: string, io: Io): Promise<void> {
  const starter = await loadStarter(source, io);
  const named = ({ name: file, data }: ChartFile): ChartFile => ({
    name: file,
    data: toBytes(fromBytes(data).replaceAll(PLACEHOLDER, name)),
  });
  checkValues(starter, name);
  const folder = chartFolder(join(parent, name));
  write(join(folder, 'Chart.yaml'), toBytes(encodeMetadata(metadataOf(name))));
  const values = starter.raw.filter(({ name: file }) => file === 'values.yaml').map(named);
  const schema = starter.schema === undefined ? [] : [{ name: 'values.schema.json', data: starter.schema }];
  for (const file of [...values, ...schema, ...starter.templates.map(named), ...starter.files])
    write(join(folder, file.name), file.data);
  for (const subchart of starter.dependencies) {
    const archive = await packageChart(subchart, archiveTime(io.env));
    write(join(folder, 'charts', archive.name), archive.data);
  }
}

async function loadStarter(source: string, io: Io): Promise<Chart> {
  try {
    return await loadAt(source, warnOn(io));
  } catch (e) {
    if (!(e instanceof PackError)) throw e;
    throw new PackError(e.code, `could not load ${source}: ${e.message}`, { cause: e });
  }
}

/** A name may break the values that it is put into. */
function checkValues(starter: Chart, name: string): void {
  try {
    decodeYamlMap(encodeYaml(starter.values).replaceAll(PLACEHOLDER, name));
  } catch (e) {
    throw e instanceof GoError ? invalidName(`transforming values file: ${e.message}`) : e;
  }
}

const metadataOf = (name: string): Metadata => ({
  apiVersion: 'v2',
  name,
  version: '0.1.0',
  appVersion: '0.1.0',
  description: 'A Helm chart for Kubernetes',
  type: 'application',
});
