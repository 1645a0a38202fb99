/** Charts from disk. Helm: pkg/chart/v2/loader LoadDir and LoadFile. */
import { lstatSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { fromBytes } from 'go-template';
import { ensureArchive, MAX_CHART_SIZE, MAX_FILE_SIZE, withoutBom } from '../chart/archive.ts';
import type { Chart, ChartFile } from '../chart/chart.ts';
import { ChartError } from '../chart/error.ts';
import { type IgnoreRules, parseIgnore } from '../chart/ignore.ts';
import { loadArchive, loadChart } from '../chart/parse.ts';
import { ignoreWarnings, type Warn } from '../warn.ts';

export interface ReadChartOptions {
  /** Hears of links that are followed. */
  readonly warn?: Warn;
  /** Whether links may lead out of the chart's folder, as Helm lets them; if not, such a link is an error. */
  readonly linksOut?: boolean;
}

/** Folders within folders; a link to a folder above itself would go on for ever. */
const MAX_DEPTH = 100;

/**
 * The chart in a folder or in an archive. Throws CHART_NOT_FOUND when there is nothing at `path`, else the
 * codes of ChartError.
 * Nothing is read that .helmignore leaves out, or in a pack .sherpackignore.
 */
export async function readChart(path: string, options: ReadChartOptions = {}): Promise<Chart> {
  const { warn = ignoreWarnings } = options;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new ChartError('CHART_NOT_FOUND', `path ${JSON.stringify(path)} not found`);
  if (stats.isDirectory()) return loadChart(readChartFiles(path, options), { warn });
  if (stats.size > MAX_CHART_SIZE)
    throw new ChartError('CHART_TOO_LARGE', `chart archive ${path} is larger than ${MAX_CHART_SIZE} bytes`);
  const data = readFileSync(path);
  ensureArchive(path, data);
  return loadArchive(data, { warn });
}

/** The files of a chart's folder, in the order of their names. */
export function readChartFiles(folder: string, options: ReadChartOptions = {}): ChartFile[] {
  const top = resolve(folder);
  const walk = new Walk(top, readIgnore(top), options);
  walk.folder('', 0);
  return walk.files;
}

function readIgnore(top: string): IgnoreRules {
  const isThere = (name: string): boolean =>
    statSync(`${top}${sep}${name}`, { throwIfNoEntry: false })?.isFile() === true;
  const isPack = isThere('Pack.yaml') && !isThere('Chart.yaml');
  const rules = [...(isPack ? ['.sherpackignore'] : []), '.helmignore'].filter(isThere);
  return parseIgnore(rules.map((name) => fromBytes(readFileSync(`${top}${sep}${name}`))).join('\n'));
}

class Walk {
  readonly files: ChartFile[] = [];
  private readonly top: string;
  private readonly isIgnored: IgnoreRules;
  private readonly options: ReadChartOptions;
  private bytes = 0;

  constructor(top: string, isIgnored: IgnoreRules, options: ReadChartOptions) {
    this.top = top;
    this.isIgnored = isIgnored;
    this.options = options;
  }

  folder(prefix: string, depth: number): void {
    if (depth > MAX_DEPTH)
      throw new ChartError('CHART_INVALID', `folders of ${this.top} are nested more than ${MAX_DEPTH} deep`);
    // Buffers keep names apart that are not UTF-8; Helm sorts by bytes.
    const names = readdirSync(`${this.top}${sep}${prefix}`, { encoding: 'buffer' }).sort(Buffer.compare);
    for (const name of names) this.entry(`${prefix}${name.toString()}`, depth);
  }

  private entry(name: string, depth: number): void {
    const path = `${this.top}${sep}${name}`;
    const stats = this.follow(path, name);
    if (this.isIgnored(name, stats.isDirectory())) return;
    if (stats.isDirectory()) return this.folder(`${name}/`, depth + 1);
    if (!stats.isFile()) {
      throw new ChartError(
        'CHART_FILE_IRREGULAR',
        `cannot load irregular file ${path} as it has file mode type bits set`,
      );
    }
    if (stats.size > MAX_FILE_SIZE) {
      const base = name.slice(name.lastIndexOf('/') + 1);
      throw new ChartError(
        'CHART_TOO_LARGE',
        `chart file ${JSON.stringify(base)} is larger than the maximum file size ${MAX_FILE_SIZE}`,
      );
    }
    this.bytes += stats.size;
    if (this.bytes > MAX_CHART_SIZE)
      throw new ChartError('CHART_TOO_LARGE', `chart ${this.top} is larger than ${MAX_CHART_SIZE} bytes`);
    this.files.push({ name, data: withoutBom(readFileSync(path)), modified: stats.mtime });
  }

  private resolve(path: string): string {
    try {
      return realpathSync(path);
    } catch (e) {
      const what = (e as NodeJS.ErrnoException).code === 'ELOOP' ? 'too many links' : 'no such file or directory';
      throw new ChartError('CHART_UNREADABLE', `error evaluating symlink ${path}: ${what}`, { cause: e });
    }
  }

  private follow(path: string, name: string): Stats {
    const own = lstatSync(path);
    if (!own.isSymbolicLink()) return own;
    const target = this.resolve(path);
    if (`${realpathSync(dirname(path))}${sep}`.startsWith(`${target}${sep}`)) {
      throw new ChartError('CHART_UNREADABLE', `${name} is a link to ${target}, a folder that it is in`);
    }
    const isInside = target === this.top || target.startsWith(realpathSync(this.top) + sep);
    if (!isInside && this.options.linksOut === false) {
      throw new ChartError('CHART_LINK_OUTSIDE', `${name} is a link to ${target}, which lies outside of the chart`);
    }
    this.options.warn?.('found symbolic link in path. Contents of linked file included and used', { path, target });
    return statSync(target);
  }
}
