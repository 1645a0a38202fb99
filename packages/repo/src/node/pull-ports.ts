/** What pulling needs of this machine: the cached indexes, the content cache, local charts and git. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { packageChart, type Warn } from '@pack/core';
import { readChart } from '@pack/core/node';

import { sha256 } from '../content.ts';
import type { FetchFor } from '../http.ts';
import type { HelmPaths } from '../paths.ts';
import type { OciSource, PullPorts } from '../pull.ts';
import type { RepositoriesFile } from '../repositories.ts';
import { openContentCache } from './content-cache.ts';
import { gitSource } from './git-source.ts';
import { openIndex } from './index-files.ts';
import { remembering } from './remembered.ts';
import { downloadIndex } from './update.ts';

export interface PullPortsInput {
  readonly paths: Pick<HelmPaths, 'repositoryCache' | 'contentCache'>;
  readonly repositories: RepositoriesFile;
  readonly fetchFor: FetchFor;
  readonly oci?: OciSource;
  /** Whether indexes are taken from the cache, however old. */
  readonly offline?: boolean;
  readonly warn?: Warn;
}

/** The ports of `pullChart` and `findChart` on this machine. Each index is opened once. */
export function createPullPorts({
  paths,
  repositories,
  fetchFor,
  oci,
  offline = false,
  warn,
}: PullPortsInput): PullPorts {
  const folder = paths.repositoryCache;
  const cache = openContentCache(paths.contentCache);
  const opened = new Map<string, Promise<ReturnType<typeof openIndex>>>();
  const once = (
    name: string,
    open: () => Promise<ReturnType<typeof openIndex>>,
  ): Promise<ReturnType<typeof openIndex>> => {
    const known = opened.get(name) ?? open();
    opened.set(name, known);
    return known;
  };
  return {
    repositories,
    cachedIndex: ({ name }) => once(name, async () => openIndex(folder, name, warn)),
    async freshIndex(access) {
      const name = await unmanagedName(access.url);
      return once(name, async () => {
        if (!offline) await downloadIndex({ ...access, name }, { folder, fetchFor, ...(warn && { warn }) });
        return openIndex(folder, name, warn);
      });
    },
    fetchFor,
    cache,
    git: gitSource,
    local: readLocal,
    ...(oci && { oci: remembering(oci, { folder: paths.contentCache, cache, offline }) }),
    ...(warn && { warn }),
  };
}

/** The name under which the index of a repository is cached that is not on the list. Helm: managerKeyPrefix. */
export const unmanagedName = async (url: string): Promise<string> =>
  `helm-manager-${await sha256(new TextEncoder().encode(url))}`;

/** The archive of a chart, made if it is a folder: as new as the newest of its files, and so always the same. */
async function readLocal(path: string): Promise<{ readonly data: Uint8Array; readonly fileName: string }> {
  const chart = await readChart(path);
  if (!statSync(path).isDirectory()) return { data: readFileSync(path), fileName: basename(path) };
  const newest = Math.max(0, ...chart.raw.map(({ modified }) => modified?.getTime() ?? 0));
  const { name, data } = await packageChart(chart, new Date(newest));
  return { data, fileName: name };
}
