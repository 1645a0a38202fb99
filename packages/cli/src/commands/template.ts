import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Chart,
  compileFilePattern,
  crdsOf,
  dialectOf,
  type Hook,
  isCodedError,
  isTestHook,
  missingDependencies,
  offlineCapabilities,
  PackError,
  sortManifests,
  splitManifests,
  validateReleaseName,
} from '@pack/core';
import { writeAtomic } from '@pack/core/node';
import { expandName, type Rendered } from '@pack/engine';
import { systemWorld } from '@pack/engine/node';
import type { SequencedDocument } from '@pack/release';
import { compareBytes, fromBytes, type GoMap, toBytes } from 'go-template';
import { locateChart, missingError } from '../chart-source.ts';
import type { Command, Io } from '../command.ts';
import { bool, chartFlags, list, text, valueFlags } from '../flags/common.ts';
import { type Flag, type Given, UsageError } from '../flags/parse.ts';
import { deployFlags, dryRunFlag, dryRunOf, EXCLUSIVE } from '../flags/release.ts';
import { allowSecretOutput } from '../flags/secrets.ts';
import { kindOf, valuesOf } from '../flags/values.ts';
import { releaseNamespace } from '../namespace.ts';
import { asShown } from '../output/secret-io.ts';
import { warnOn } from '../output/warn.ts';
import { postRenderersOf } from '../plugins/post-render.ts';
import { renderThrough } from '../plugins/render.ts';

/** Helm: addInstallFlags, for `template`. */
const without: Flag = {
  ...bool('no effect'),
  hidden: true,
  deprecated: "this flag has no effect for 'pack template' and will be removed in Helm 5",
};

/** Of installations, which Helm takes here too and which change nothing of what is printed. */
const ignored = {
  'generate-name': bool('generate the name', 'g'),
  'hide-notes': without,
  'render-subchart-notes': without,
  replace: bool('reuse the name of a deleted release'),
  'server-side': { ...bool('apply on the server'), preset: 'true' },
};

export const command: Command = {
  usage: 'template [NAME] [CHART] [flags]',
  description:
    'Renders the templates of a chart and prints the manifests.\n\nNothing is asked of a cluster: what a chart looks up there is empty, and its capabilities are those of\n--kube-version and --api-versions.',
  args: [1, 2],
  complete: async (given, word, io) =>
    given.args.length === nameCount(given)
      ? (await import('../completions.ts')).completeCharts(given, word, io, { files: true })
      : { choices: [] },
  completeFlag: {
    version: async (given, io) => {
      const chart = given.args.length === nameCount(given) + 1 ? given.args.at(-1) : undefined;
      return (await import('../completions.ts')).completeVersions(chart, given, io);
    },
  },
  flags: {
    ...chartFlags,
    ...valueFlags,
    ...deployFlags,
    ...ignored,
    'api-versions': { ...list('API versions that the cluster has, beside the known ones', 'a'), commas: true },
    'dry-run': { ...dryRunFlag, preset: 'client' },
    'include-crds': bool('print the CRDs too'),
    'is-upgrade': bool('set .Release.IsUpgrade instead of .Release.IsInstall'),
    'kube-version': text('version of Kubernetes for .Capabilities.KubeVersion'),
    'name-template': text('template of the name of the release'),
    'output-dir': text('write to files in this folder'),
    'release-name': bool('use the name of the release in the path of --output-dir'),
    'show-only': list('print only what these templates yield', 's'),
    'skip-tests': bool('leave tests out'),
    validate: { ...bool('deprecated'), hidden: true, deprecated: "use '--dry-run=server' instead" },
  },
  exclusive: EXCLUSIVE,
  run: template,
};

/** How many arguments come before the chart, as completion sees it. */
const nameCount = (given: Given): number => (given.bool('generate-name') ? 0 : 1);

async function template(given: Given, io: Io): Promise<void> {
  await postRenderersOf(given, io);
  const isLive = given.bool('validate') || dryRunOf(given, io, { template: true }) === 'server';
  const { name, source } = nameAndChart(given);
  const chart = await chartOf(source, given, io);
  const values = (await valuesOf(given, io)).of(kindOf(chart));
  checkInstallable(chart, name);
  allowSecretOutput(chart, given, io);
  const debug = given.bool('debug');
  const release = {
    name,
    namespace: await releaseNamespace(given, io),
    isUpgrade: given.bool('is-upgrade'),
  };
  let rendered: Rendered | undefined;
  try {
    rendered = isLive
      ? await renderedWithCluster(name, chart, values, given, io)
      : await renderThrough(
          {
            chart,
            values,
            release,
            capabilities: offlineCapabilities({
              kubeVersion: given.string('kube-version') ?? '',
              apiVersions: given.list('api-versions'),
            }),
            skipSchemaValidation: given.bool('skip-schema-validation'),
            world: systemWorld({ ...(io.env['TZ'] !== undefined && { tz: io.env['TZ'] }) }),
            warn: warnOn(io),
          },
          { resolveHost: given.bool('enable-dns') ? (await import('../dns.ts')).addressesOf : undefined },
          given,
          io,
        );
    if (rendered !== undefined) await print(rendered, given, name, io);
  } catch (e) {
    if (debug && rendered !== undefined) io.stdout(`${unsorted(rendered).trim()}\n`);
    throw debug ? e : withDebugHint(e);
  }
}

/** `--dry-run=server`: an installation that ends before anything is changed. */
async function renderedWithCluster(
  name: string,
  chart: Chart,
  values: GoMap,
  given: Given,
  io: Io,
): Promise<Rendered | undefined> {
  const { contextOf, runOf } = await import('../cluster.ts');
  const { install } = await import('@pack/release');
  const { sharedInput } = await import('../deploy.ts');
  const context = contextOf(given, io);
  let rendered: Rendered | undefined;
  await install(
    {
      ...sharedInput(given, io),
      hideSecret: false,
      name,
      namespace: context.namespace,
      chart,
      values,
      dryRun: 'server',
      serverSide: true,
      crds: given.bool('skip-crds') ? 'skip' : undefined,
    },
    {
      ...context,
      render: async (request, signal) => (rendered = (await context.render(request, signal)) as Rendered),
    },
    runOf(given, io),
  );
  return rendered;
}

/** With `--dependency-update`, what is missing in charts/ is fetched first. */
async function chartOf(source: string, given: Given, io: Io): Promise<Chart> {
  const chart = await locateChart(source, given, io);
  if (!given.bool('dependency-update') || missingDependencies(chart).length === 0) return chart;
  const { updateDependencies } = await import('../dependencies.ts');
  await updateDependencies(source, given, io);
  return locateChart(source, given, io);
}

function nameAndChart(given: Given): { name: string; source: string } {
  const [first, second] = given.args as [string, string?];
  if (second !== undefined) {
    if (given.bool('generate-name') || given.has('name-template')) {
      throw new UsageError(
        `cannot set --${given.bool('generate-name') ? 'generate-name' : 'name-template'} and also specify a name`,
      );
    }
    return { name: first, source: second };
  }
  const pattern = given.string('name-template');
  return { name: pattern === undefined ? 'release-name' : expandName(pattern, systemWorld({})), source: first };
}

function checkInstallable(chart: Chart, name: string): void {
  const { type } = chart.metadata;
  if (type !== undefined && type !== '' && type !== 'application') {
    throw new PackError('CHART_NOT_INSTALLABLE', `${type} charts are not installable`);
  }
  const missing = missingDependencies(chart);
  if (missing.length > 0) throw missingError(chart, missing);
  try {
    validateReleaseName(name);
  } catch (e) {
    throw new PackError(
      'RELEASE_NAME_INVALID',
      `release name check failed: release name ${JSON.stringify(name)}: ${(e as Error).message}`,
      { cause: e },
    );
  }
}

const DURING_RENDER = new Set([
  'RENDER_PARSE',
  'RENDER_EXEC',
  'CHART_INCOMPATIBLE',
  'MANIFEST_INVALID',
  'POST_RENDER_FAILED',
]);

/** Helm adds this to errors that come after the release was begun. */
function withDebugHint(e: unknown): unknown {
  if (e instanceof Error && e.name === 'AbortError')
    return new PackError('INTERRUPTED', 'context canceled', { cause: e });
  if (!isCodedError(e) || !DURING_RENDER.has(e.code)) return e;
  const { hint, at, source } = e;
  return new PackError(e.code, `${e.message}\n\nUse --debug flag to render out invalid YAML`, {
    cause: e.cause ?? e,
    ...(hint !== undefined && { hint }),
    ...(at !== undefined && { at }),
    ...(source !== undefined && { source }),
  });
}

const source = (path: string, content: string, begins = '', ends = ''): string =>
  `---\n${begins}# Source: ${path}\n${content}\n${ends}`;

const withoutNotes = ({ files }: Rendered): Record<string, string> =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('NOTES.txt')));

/** What `--debug` shows of manifests that are not YAML. */
const unsorted = (rendered: Rendered): string =>
  Object.entries(withoutNotes(rendered))
    .filter(([, content]) => content.trim() !== '')
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([path, content]) => source(path, content))
    .join('');

async function print(rendered: Rendered, given: Given, name: string, io: Io): Promise<void> {
  const { manifests: sorted, hooks } = sortManifests(rendered.files, {
    dialect: dialectOf(rendered.chart),
    warn: warnOn(io),
  });
  const manifests = await inOrder(rendered.chart, sorted, given, io);
  const crds = given.bool('include-crds')
    ? crdsOf(rendered.chart).map(({ path, file }) => [path, fromBytes(file.data)] as const)
    : [];
  const objects = [...crds, ...manifests.map(({ path, content }) => [path, content] as const)];
  const shownHooks = given.bool('no-hooks')
    ? []
    : hooks.filter((hook) => !(given.bool('skip-tests') && isTestHook(hook)));
  const folder = given.string('output-dir');
  if (folder !== undefined && folder !== '') {
    writeFiles(
      given.bool('release-name') ? join(folder, name) : folder,
      [...objects, ...shownHooks.map(hookSource)],
      io,
    );
    return io.stdout('\n');
  }
  const only = given.list('show-only');
  const marks = (mark: 'START' | 'END', group: string | undefined): string =>
    group === undefined || only.length > 0 ? '' : `## ${mark} resource-group: ${group}\n`;
  const shown = manifests.map(({ path, content, begins, ends }) =>
    source(path, content, marks('START', begins), marks('END', ends)),
  );
  const text = `${[...crds.map(([path, content]) => source(path, content)), ...shown]
    .join('')
    .trim()}\n${shownHooks.map((hook) => source(...hookSource(hook))).join('')}`;
  io.stdout(only.length === 0 ? text : showOnly(text, only));
}

/** With `--wait=ordered`, as they would be made (HIP-0025). */
async function inOrder(
  chart: Chart,
  manifests: readonly Pick<SequencedDocument, 'path' | 'content'>[],
  given: Given,
  io: Io,
): Promise<readonly SequencedDocument[]> {
  if (given.string('wait') !== 'ordered') return manifests;
  const { inSequence, sequenceOf } = await import('@pack/release');
  return inSequence(manifests, sequenceOf(chart), warnOn(io));
}

const hookSource = ({ path, manifest }: Hook): [string, string] => [path, manifest];

function showOnly(text: string, patterns: readonly string[]): string {
  const documents = splitManifests(text).map((document) => document.trim());
  let out = '';
  for (const pattern of patterns) {
    const matches = compileFilePattern(pattern);
    const found = documents.filter((document) => {
      const path = /# Source: [^/]+\/(.+)/.exec(document)?.[1];
      return path !== undefined && matches(path);
    });
    if (found.length === 0) throw new PackError('TEMPLATE_NOT_FOUND', `could not find template ${pattern} in chart`);
    out += found.map((document) => `---\n${document}\n`).join('');
  }
  return out;
}

/** Each file is written anew once and then added to. */
function writeFiles(folder: string, objects: readonly (readonly [string, string])[], io: Io): void {
  const begun = new Set<string>();
  for (const [path, content] of objects) {
    const text = toBytes(asShown(source(path, content), io.secrecy));
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    if (begun.has(path) && existsSync(file)) appendFileSync(file, text);
    else writeAtomic(file, text, { isDurable: false });
    begun.add(path);
    io.stdout(`wrote ${file}\n`);
  }
}
