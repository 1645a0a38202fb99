import { PackError } from '@pack/core';
import { graphOfChart, why } from '@pack/resolver';
import type { Command } from '../command.ts';
import { openFolder } from '../dependencies.ts';

export const command: Command = {
  usage: 'dependency why NAME [CHART] [flags]',
  description: 'Shows by which ways a chart comes to depend on another, with the range that each asks for.',
  args: [1, 2],
  flags: {},
  async run(given, io) {
    const [name, path] = given.args as [string, string?];
    const { chart } = await openFolder({ ...given, args: path === undefined ? [] : [path] }, io);
    const paths = why(graphOfChart(chart), name);
    if (paths.length === 0) {
      throw new PackError(
        'DEPENDENCY_NOT_FOUND',
        `${chart.metadata.name} does not depend on ${name}, as far as charts/ shows`,
        {
          hint: 'pack dependency tree',
        },
      );
    }
    for (const steps of paths) {
      const shown = steps.map(
        ({ name: step, version, range }) => `${step} ${version}${range === '' ? '' : ` (${range})`}`,
      );
      io.stdout(`${shown.join(' > ')}\n`);
    }
  },
};
