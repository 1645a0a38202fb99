import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { PackError } from '@pack/core';
import { writeAtomic } from '@pack/core/node';
import { locateChart } from '../chart-source.ts';
import type { Command } from '../command.ts';
import { bool, chartFlags, text } from '../flags/common.ts';
import { UsageError } from '../flags/parse.ts';
import { convertWithProof, type Proof } from '../migrate/prove.ts';
import { encoded, formatOf, outputFlag } from '../output/format.ts';
import { withProgress } from '../output/progress.ts';

export const command: Command = {
  usage: 'migrate CHART [flags]',
  description:
    'Makes a pack of a Helm chart: Go templates become Jinja, by their syntax trees.\n\nThe pack then proves itself: chart and pack are rendered with the default values, with those in ci/, and with every switch the ' +
    'other way, and compared object by object. A template that has no counterpart, or renders otherwise, stays a Go template in the ' +
    'pack, so that the pack always renders what the chart did.',
  args: [1, 1],
  complete: async (given, word, io) =>
    (await import('../completions.ts')).completeCharts(given, word, io, { files: true }),
  flags: {
    ...chartFlags,
    format: { ...outputFlag, short: 'o' },
    force: bool('replace what is there'),
    'in-place': bool('make a pack of the folder of the chart itself'),
    output: text('folder to write the pack to'),
    report: text('file to write a report to'),
  },
  async run(given, io) {
    const [source = ''] = given.args;
    const format = formatOf(given, 'format');
    const inPlace = given.bool('in-place');
    const destination = given.string('output') ?? '';
    if (inPlace === (destination !== '')) {
      throw new UsageError('say where the pack goes', 'give --output DIR, or --in-place');
    }
    if (inPlace && statSync(source, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new UsageError(`${source} is no folder, and cannot be changed in place`);
    }
    const target = resolve(inPlace ? source : destination);
    if (!inPlace && existsSync(target) && !given.bool('force')) {
      throw new UsageError(`${target} is there already`, 'give --force to replace it');
    }
    const chart = await locateChart(source, given, io);
    if (chart.pack !== undefined) throw new PackError('CHART_INVALID', `${source} is a pack already`);
    const proof = await withProgress(`Converting ${chart.metadata.name}`, io, async (_, say) =>
      convertWithProof(chart, {
        onRound: (round, kept) => say(`Converting ${chart.metadata.name}: round ${round}, ${kept} kept`),
        others: ciFiles(source),
      }),
    );
    writePack(proof, target, inPlace);
    const report = given.string('report') ?? '';
    if (report !== '') writeAtomic(report, reportOf(chart.metadata.name, proof));
    io.stdout(format === 'table' ? summaryOf(chart.metadata.name, target, proof) : encoded(dataOf(proof), format));
    if (proof.differences.length > 0) {
      throw new PackError(
        'MIGRATION_UNPROVEN',
        `the pack does not render what the chart did: ${proof.differences.join('; ')}`,
      );
    }
  },
};

/** Values that a chart is tested with, of a folder: most charts ignore them. */
function ciFiles(source: string): { readonly name: string; readonly data: Uint8Array }[] {
  const folder = join(source, 'ci');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (each) => each.isFile() && /\.ya?ml$/.test(each.name),
  );
  return files.map(({ name }) => ({ name: `ci/${name}`, data: readFileSync(join(folder, name)) }));
}

/** Whole or not at all: a folder beside, and then in its place. */
function writePack({ converted }: Proof, target: string, inPlace: boolean): void {
  mkdirSync(dirname(target), { recursive: true });
  const fresh = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
  try {
    if (inPlace) {
      cpSync(target, fresh, { recursive: true, verbatimSymlinks: true });
      const gone = ['Chart.yaml', 'Chart.lock', 'requirements.yaml', 'requirements.lock', 'templates'];
      for (const name of gone) rmSync(join(fresh, name), { recursive: true, force: true });
    }
    for (const { name, data } of converted.files) {
      const path = join(fresh, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, data);
    }
    const old = `${fresh}.old`;
    if (existsSync(target)) renameSync(target, old);
    renameSync(fresh, target);
    rmSync(old, { recursive: true, force: true });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

const dataOf = ({ templates, sets, objects, differences }: Proof) => ({
  converted: templates.filter(({ outcome }) => outcome === 'converted').length,
  templates: templates.map((each) => ({ ...each })),
  provenWith: [...sets],
  objects,
  differences: [...differences],
});

const keptOf = ({ templates }: Proof) => templates.filter(({ outcome }) => outcome === 'kept');

function counts(proof: Proof): string {
  const { converted, templates, provenWith, objects } = dataOf(proof);
  return `${converted} of ${templates.length} templates are Jinja; ${objects} objects are the same, with ${provenWith.length} sets of values`;
}

function summaryOf(name: string, target: string, proof: Proof): string {
  const lines = keptOf(proof).map(
    ({ template, line, reason }) => `  ${template}${line === undefined ? '' : `:${line}`}: ${reason}\n`,
  );
  const kept = lines.length === 0 ? '' : `These stay Go templates:\n${lines.join('')}`;
  return `${name} is a pack in ${target}\n${counts(proof)}\n${kept}`;
}

function reportOf(name: string, proof: Proof): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [
    `# ${name}: from chart to pack`,
    '',
    `${counts(proof)}.`,
    '',
    row(['template', 'outcome', 'line', 'reason']),
    row(['---', '---', '---', '---']),
    ...proof.templates.map(({ template, outcome, line, reason }) =>
      row([template, outcome, line === undefined ? '' : String(line), reason ?? '']),
    ),
    '',
    '## Rendered the same with',
    '',
    ...proof.sets.map((set) => `- ${set}`),
    ...(proof.differences.length === 0
      ? []
      : ['', '## Differing', '', ...proof.differences.map((each) => `- ${each}`)]),
    '',
  ].join('\n');
}
