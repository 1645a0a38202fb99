import { dirname, join } from 'node:path';
import { OFFLINE_CAPABILITIES, PackError, parseKubeVersion } from '@pack/core';
import { type Finding, formatFinding, type LintOptions, lintChart } from '@pack/engine/lint';
import { systemWorld } from '@pack/engine/node';
import type { GoMap } from 'go-template';
import type { Command, Io } from '../command.ts';
import { entriesOf } from '../entries.ts';
import { bool, text, valueFlags } from '../flags/common.ts';
import type { Given } from '../flags/parse.ts';
import { dryRunFlag, dryRunOf } from '../flags/release.ts';
import { secretsFlag } from '../flags/secrets.ts';
import { type GivenValues, valuesOf } from '../flags/values.ts';
import { isPackAt, isPackFolder, readLintSubject } from '../lint-subject.ts';
import { releaseNamespace } from '../namespace.ts';
import { warnOn } from '../output/warn.ts';
import { pluginFunctions } from '../plugins/render.ts';

export const command: Command = {
  usage: 'lint PATH [PATH] [...] [flags]',
  description:
    'Looks for what is wrong with charts.\n\nWhat keeps a chart from being installed is an [ERROR]; what breaks with a convention or a recommendation is a\n[WARNING].',
  args: [1, Number.POSITIVE_INFINITY],
  flags: {
    ...valueFlags,
    'dry-run': {
      ...dryRunFlag,
      usage: 'with `server`, templates look things up in the cluster, and know what it can do',
    },
    'kube-version': text('version of Kubernetes for capabilities and for deprecated API versions'),
    quiet: bool('print warnings and errors only'),
    secrets: { ...secretsFlag, usage: 'references to secrets in values: resolve, keep, or mask', preset: 'keep' },
    'skip-schema-validation': bool('do not check the values against the schema'),
    strict: bool('fail on warnings too'),
    'strict-hooks': bool('hooks of unknown events, which are never applied, are errors; in packs they always are'),
    'with-subcharts': bool('lint the charts in charts/ too'),
  },
  run: lint,
};

/** What the charts are linted for: what Helm knows of Kubernetes, or a cluster. */
async function settingOf(given: Given, io: Io): Promise<Pick<LintOptions, 'capabilities' | 'sources'>> {
  const kubeVersion = given.string('kube-version') ?? '';
  const isLive = given.has('dry-run') && dryRunOf(given, io, { template: true }) === 'server';
  if (!isLive)
    return kubeVersion === ''
      ? {}
      : { capabilities: { ...OFFLINE_CAPABILITIES, kubeVersion: parseKubeVersion(kubeVersion) } };
  const { contextOf, lookupIn } = await import('../cluster.ts');
  const { capabilitiesOf } = await import('@pack/release');
  const { cluster } = contextOf(given, io);
  const capabilities = await capabilitiesOf(cluster);
  return {
    capabilities: kubeVersion === '' ? capabilities : { ...capabilities, kubeVersion: parseKubeVersion(kubeVersion) },
    sources: { lookup: lookupIn(cluster) },
  };
}

/** What is said of one path: findings, or why there are none. */
interface Result {
  readonly path: string;
  readonly findings: readonly Finding[];
  readonly fault?: PackError;
}

async function lint(given: Given, io: Io): Promise<void> {
  const stated = await settingOf(given, io);
  const setting = { ...stated, sources: { ...stated.sources, ...(await pluginFunctions(io)) } };
  const paths = given.bool('with-subcharts') ? [...given.args, ...given.args.flatMap(chartsBelow)] : given.args;
  const values = await valuesOf(given, io);
  const [quiet, strict] = [given.bool('quiet'), given.bool('strict')];
  let [failed, noticed] = [0, 0];
  for (const path of paths) {
    const result = await lintOne(path, values, setting, given, io);
    const worst = worstOf(result);
    if (worst > INFO) noticed++;
    if (worst >= (strict ? WARNING : ERROR)) failed++;
    if (!quiet || worst > INFO) io.stdout(report(result, quiet));
  }
  const summary = `${paths.length} chart(s) linted, ${failed} chart(s) failed`;
  if (failed > 0) throw new PackError('LINT_FAILED', summary);
  if (!quiet || noticed > 0) io.stdout(`${summary}\n`);
}

/** What references stand for is looked up only when it is asked for. */
async function lintedValues(values: GoMap, given: Given, io: Io): Promise<GoMap> {
  return given.has('secrets') ? (await import('../secrets.ts')).resolvedValues(values, given, io) : values;
}

async function lintOne(
  path: string,
  values: GivenValues,
  setting: Pick<LintOptions, 'capabilities' | 'sources'>,
  given: Given,
  io: Io,
): Promise<Result> {
  const warn = warnOn(io);
  const isPack = await isPackAt(path);
  try {
    const options = {
      values: await lintedValues(values.of(isPack ? 'pack' : 'chart'), given, io),
      namespace: await releaseNamespace(given, io),
      ...setting,
      skipSchemaValidation: given.bool('skip-schema-validation'),
      strictHooks: given.bool('strict-hooks'),
      world: systemWorld({ tz: io.env['TZ'] }),
      warn,
    };
    if (isPack) return { path, findings: await (await import('../lint-pack.ts')).lintPack(path, options) };
    return { path, findings: await lintChart(await readLintSubject(path, warn), options) };
  } catch (e) {
    if (e instanceof PackError && e.code === 'LINT_UNREADABLE') return { path, findings: [], fault: e };
    throw e;
  }
}

const [INFO, WARNING, ERROR] = [1, 2, 3];
const RANKS = { INFO, WARNING, ERROR };

const worstOf = ({ findings, fault }: Result): number =>
  fault === undefined ? Math.max(0, ...findings.map(({ severity }) => RANKS[severity])) : ERROR;

function report({ path, findings, fault }: Result, quiet: boolean): string {
  const lines = findings.filter(({ severity }) => !quiet || severity !== 'INFO').map(formatFinding);
  const all = [`==> Linting ${path}`, ...(fault === undefined ? [] : [`Error ${fault.message}`]), ...lines];
  return `${all.join('\n')}\n\n`;
}

/** The folders and archives of charts under `charts/`, at any depth. */
function chartsBelow(path: string): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of entriesOf(folder)) {
      const inner = join(folder, entry.name);
      if (entry.name === 'Chart.yaml' || (entry.name === 'Pack.yaml' && isPackFolder(folder))) found.push(folder);
      else if (/\.(tgz|tar\.gz)$/.test(entry.name)) found.push(inner);
      if (entry.isDirectory()) walk(inner);
    }
  };
  walk(join(path, 'charts'));
  if (isPackFolder(path)) walk(join(path, 'packs'));
  return found;
}
