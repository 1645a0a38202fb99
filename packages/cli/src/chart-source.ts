/** The chart that a command names. Helm: pkg/action LocateChart. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Chart, PackError, type Warn } from '@pack/core';
import { readChart } from '@pack/core/node';
import type { Io } from './command.ts';
import { pathErrorText } from './go-error.ts';

/** Warnings as Helm logs them. */
export const warnOn =
  (io: Io): Warn =>
  (message, facts = {}) =>
    io.stderr(
      `level=WARN msg=${quoted(message)}${Object.entries(facts)
        .map(([key, value]) => ` ${key}=${quoted(value)}`)
        .join('')}\n`,
    );

const quoted = (text: string): string => (/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text));

/** A folder or archive on this machine; charts of repositories and registries come with the commands on them. */
export async function locateChart(name: string, io: Io): Promise<Chart> {
  if (existsSync(name)) return readChart(name, { warn: warnOn(io) });
  if (/^(\.|\/)/.test(name)) throw new PackError('CHART_NOT_FOUND', `path ${JSON.stringify(resolve(name))} not found`);
  if (/^[a-z]+:\/\//.test(name)) {
    throw new PackError('CHART_SOURCE_UNSUPPORTED', `${name}: charts are read from folders and archives only`, {
      hint: 'download the chart and give its path',
    });
  }
  throw new PackError(
    'CHART_NOT_FOUND',
    `non-absolute URLs should be in form of repo_name/path_to_chart, got: ${name}`,
  );
}

/** The chart at a path, where nothing else may be meant. Throws CHART_NOT_FOUND with Go's words. Helm: loader.Load. */
export async function loadAt(path: string, warn: Warn): Promise<Chart> {
  try {
    statSync(path);
  } catch (e) {
    throw new PackError('CHART_NOT_FOUND', pathErrorText('stat', path, e), { cause: e });
  }
  return readChart(path, { warn });
}
