import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Chart, packageChart, parseStrictVersion } from '@pack/core';
import { readChart, writeAtomic } from '@pack/core/node';
import { archiveTime } from '../archive-time.ts';
import { warnOn } from '../chart-source.ts';
import type { Command, Io } from '../command.ts';
import { text } from '../flags/common.ts';
import type { Given } from '../flags/parse.ts';

export const command: Command = {
  usage: 'package [CHART_PATH] [...] [flags]',
  description:
    'Packs folders of charts into archives NAME-VERSION.tgz.\n\nThe same chart gives the same bytes: files carry the time of SOURCE_DATE_EPOCH, or 1980 without it.',
  args: [1, Number.POSITIVE_INFINITY],
  flags: {
    'app-version': text('set the appVersion of the chart'),
    destination: text('folder to write to', '.', 'd'),
    version: text('set the version of the chart'),
  },
  async run(given, io) {
    for (const path of given.args) await packOne(path, given, io);
  },
};

async function packOne(path: string, given: Given, io: Io): Promise<void> {
  const chart = await readChart(path, { warn: warnOn(io), linksOut: false });
  const { name, data } = await packageChart(withVersions(chart, given), archiveTime(io.env));
  const folder = given.string('destination') ?? '.';
  mkdirSync(folder, { recursive: true });
  const file = resolve(folder, name);
  writeAtomic(file, data);
  io.stdout(`Successfully packaged chart and saved it to: ${file}\n`);
}

function withVersions(chart: Chart, given: Given): Chart {
  const [version, appVersion] = [given.string('version'), given.string('app-version')];
  if (version !== undefined) parseStrictVersion(version);
  return {
    ...chart,
    metadata: {
      ...chart.metadata,
      ...(version !== undefined && { version }),
      ...(appVersion !== undefined && { appVersion }),
    },
  };
}
