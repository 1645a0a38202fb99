/** What the commands of `show` have in common. Helm: pkg/action Show. */
import { type Chart, crdsOf, encodeMetadata } from '@pack/core';
import { fromBytes } from 'go-template';
import { locateChart } from '../chart-source.ts';
import type { Command } from '../command.ts';
import { chartFlags } from '../flags/common.ts';

export type Part = 'chart' | 'values' | 'readme' | 'crds';

const READMES = new Set(['readme.md', 'readme.txt', 'readme']);

const parts: Record<Part, (chart: Chart) => string[]> = {
  chart: (chart) => [`${encodeMetadata(chart.metadata)}\n`],
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

/** A command that shows some parts; several are divided as YAML documents. */
export const showCommand = (name: string, summary: string, shown: readonly Part[]): Command => ({
  usage: `show ${name} [CHART] [flags]`,
  args: [1, 1],
  flags: chartFlags,
  async run(given, io) {
    const chart = await locateChart(given.args[0] as string, io);
    for (const part of shown) {
      const texts = parts[part](chart);
      const divided = shown.length > 1 && (part === 'values' || (part === 'readme' && texts.length > 0));
      io.stdout((divided ? '---\n' : '') + texts.join(''));
    }
  },
});
