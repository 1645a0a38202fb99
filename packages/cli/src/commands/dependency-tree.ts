import { formatDot, formatTree, graphOfChart, treeOf } from '@pack/resolver';
import type { Command } from '../command.ts';
import { openFolder } from '../dependencies.ts';
import { UsageError } from '../flags/parse.ts';
import { encoded } from '../output/format.ts';

export const command: Command = {
  usage: 'dependency tree CHART [flags]',
  description: 'Shows what a chart depends on, and what that depends on in turn, as it lies in charts/.',
  args: [0, 1],
  flags: {
    output: {
      type: 'string',
      kind: 'format',
      short: 'o',
      preset: 'text',
      usage: 'form of the output: text, json or dot',
      choices: [
        ['dot', 'for Graphviz'],
        ['json', 'for programs'],
        ['text', 'for people'],
      ],
    },
  },
  async run(given, io) {
    const format = given.string('output') ?? 'text';
    const graph = graphOfChart((await openFolder(given, io)).chart);
    if (format === 'json') io.stdout(encoded(treeOf(graph), 'json'));
    else if (format === 'dot') io.stdout(formatDot(graph));
    else if (format === 'text') io.stdout(formatTree(graph));
    else
      throw new UsageError(`invalid argument ${JSON.stringify(format)} for "-o, --output" flag: invalid format type`);
  },
};
