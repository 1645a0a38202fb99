import { listNames, listReleases, type ReleaseStateName } from '@pack/release';
import { contextOf, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { bool, int, text } from '../flags/common.ts';
import { UsageError } from '../flags/parse.ts';
import { colorsOf } from '../output/color.ts';
import { encoded, formatOf, outputFlag } from '../output/format.ts';
import { formatList } from '../output/release.ts';

const STATES: readonly ReleaseStateName[] = [
  'deployed',
  'failed',
  'pending',
  'superseded',
  'uninstalled',
  'uninstalling',
];

export const command: Command = {
  usage: 'list [flags]',
  description:
    'Lists releases, the newest revision of each. Flags of states may be combined; without any all are shown.',
  args: [0, 0],
  flags: {
    'all-namespaces': bool('of all namespaces', 'A'),
    date: bool('sort by date', 'd'),
    ...Object.fromEntries(STATES.map((state) => [state, bool(`show ${state} releases`)])),
    filter: text('show only those whose names a regular expression matches', '', 'f'),
    max: int('how many to show at most; 0 shows all', '256', 'm'),
    'no-headers': bool('print no headers'),
    offset: int('which of them is the first', '0'),
    output: outputFlag,
    reverse: bool('sort the other way round', 'r'),
    selector: text('show only those whose labels match: a=b,c!=d', '', 'l'),
    short: bool('print names alone', 'q'),
    'time-format': text('form of times, as Go has it: 2006-01-02 15:04:05Z0700'),
  },
  async run(given, io) {
    const format = formatOf(given);
    const pattern = given.string('filter') ?? '';
    const filter = pattern === '' ? undefined : await matcherOf(pattern);
    const input = {
      states: STATES.filter((state) => given.bool(state)),
      filter,
      selector: given.string('selector'),
      byDate: given.bool('date'),
      reverse: given.bool('reverse'),
      max: Number(given.string('max') ?? 256),
      offset: Number(given.string('offset') ?? 0),
    };
    const context = contextOf(given, io, { allNamespaces: given.bool('all-namespaces') });
    if (given.bool('short')) {
      const names = await listNames(input, context, runOf(given, io));
      return io.stdout(format === 'table' ? names.map((name) => `${name}\n`).join('') : encoded(names, format));
    }
    const releases = await listReleases(input, context, runOf(given, io));
    io.stdout(
      formatList(releases, format, {
        colors: colorsOf(given, io),
        headers: !given.bool('no-headers'),
        timeFormat: given.string('time-format') ?? '',
      }),
    );
  },
};

/** RE2, as Helm has it, so that no pattern takes for ever. */
async function matcherOf(pattern: string): Promise<(name: string) => boolean> {
  const { RE2JS, RE2JSException } = await import('re2js');
  try {
    const compiled = RE2JS.compile(pattern);
    return (name) => compiled.matcher(name).find();
  } catch (e) {
    if (e instanceof RE2JSException) throw new UsageError(e.message);
    throw e;
  }
}
