/** What the commands of `show` have in common. Helm: pkg/action Show. */
import { type Chart, crdsOf, encodeMetadata, JsonPathError, parseJsonPath, printJsonPath } from '@pack/core';
import { fromBytes } from 'go-template';
import { locateChart } from '../chart-source.ts';
import type { Command } from '../command.ts';
import { chartFlags, text } from '../flags/common.ts';
import { UsageError } from '../flags/parse.ts';

export type Part = 'chart' | 'values' | 'readme' | 'crds';

const READMES = new Set(['readme.md', 'readme.txt', 'readme']);

const parts: Record<Part, (chart: Chart) => string[]> = {
  chart: ({ pack, raw, metadata }) => {
    const file = pack && raw.find(({ name }) => name === 'Pack.yaml');
    return [file === undefined ? `${encodeMetadata(metadata)}\n` : fromBytes(file.data)];
  },
  values: (chart) => chart.raw.filter(({ name }) => name === 'values.yaml').map(({ data }) => `${fromBytes(data)}\n`),
  readme: (chart) => {
    const file = chart.files.find(({ name }) => READMES.has(name.toLowerCase()));
    return file === undefined ? [] : [`${fromBytes(file.data)}\n`];
  },
  crds: (chart) =>
    crdsOf(chart).map(({ file }) => {
      const text = fromBytes(file.data);
      return `${text.startsWith('---') ? '' : '---\n'}${text}\n`;
    }),
};

/** Helm prints nothing when a template finds nothing, or fails while it runs. */
function ofValues(template: string, chart: Chart): string {
  try {
    parseJsonPath(template);
  } catch (e) {
    throw new UsageError(`error parsing jsonpath ${template}: ${(e as Error).message}`);
  }
  try {
    return printJsonPath(template, chart.values);
  } catch (e) {
    if (e instanceof JsonPathError) return '';
    throw e;
  }
}

/** A command that shows some parts; several are divided as YAML documents. */
export const showCommand = (name: string, shown: readonly Part[]): Command => ({
  usage: `show ${name} [CHART] [flags]`,
  args: [1, 1],
  complete: async (given, word, io) =>
    (await import('../completions.ts')).completeCharts(given, word, io, { files: true }),
  completeFlag: {
    version: async (given, io) => (await import('../completions.ts')).completeVersions(given.args[0], given, io),
  },
  flags:
    name === 'values'
      ? { ...chartFlags, jsonpath: text('print what this JSONPath template makes of the values') }
      : chartFlags,
  async run(given, io) {
    const chart = await locateChart(given.args[0] as string, given, io);
    const template = given.string('jsonpath') ?? '';
    const hasValues = chart.raw.some(({ name }) => name === 'values.yaml');
    if (template !== '') return io.stdout(hasValues ? ofValues(template, chart) : '');
    for (const part of shown) {
      const texts = parts[part](chart);
      const divided = shown.length > 1 && (part === 'values' || part === 'readme') && texts.length > 0;
      io.stdout((divided ? '---\n' : '') + texts.join(''));
    }
  },
});
