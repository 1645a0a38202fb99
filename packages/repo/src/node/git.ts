/** Charts from git repositories, by the user's own git and its credentials. */
import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { packageChart } from '@pack/core';
import { readChart } from '@pack/core/node';

import { RepoError } from '../error.ts';
import { parseGitReference } from '../git-reference.ts';
import type { GitSource } from '../pull.ts';

/** Hooks and filters of a repository are not run, and no other transport is spoken than was asked for. */
const SAFE = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'protocol.ext.allow=never',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.symlinks=true',
];

/** Throws CHART_DOWNLOAD_FAILED with what git says. */
export const versions: GitSource['versions'] = async (reference, signal) => {
  const { url } = parseGitReference(reference);
  const out = await git(['ls-remote', '--tags', '--refs', '--', url], { signal });
  return out.split('\n').flatMap((line) => /\trefs\/tags\/(.+)$/.exec(line)?.[1] ?? []);
};

/** Throws CHART_DOWNLOAD_FAILED, also for a path that leads out of the repository. */
export const archive: GitSource['archive'] = async (reference, signal) => {
  const { url, ref = 'HEAD', path } = parseGitReference(reference);
  const folder = mkdtempSync(join(tmpdir(), 'pack-git-'));
  const inFolder = { cwd: folder, signal };
  try {
    await git(['init', '--quiet'], inFolder);
    await git(['fetch', '--quiet', '--depth', '1', '--no-tags', '--', url, ref], inFolder);
    await git(['checkout', '--quiet', 'FETCH_HEAD'], inFolder);
    const commit = (await git(['rev-parse', 'HEAD'], inFolder)).trim();
    const seconds = Number(await git(['show', '--no-patch', '--format=%ct', 'HEAD'], inFolder));
    const chart = await readChart(within(folder, path), { linksOut: false });
    const { data, name } = await packageChart(chart, new Date(seconds * 1000));
    return { data, fileName: name, commit };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A folder of the checkout, which a link there could have put elsewhere. */
function within(folder: string, path: string): string {
  const top = realpathSync(folder);
  let target: string;
  try {
    target = realpathSync(join(folder, path));
  } catch (e) {
    throw new RepoError('CHART_DOWNLOAD_FAILED', `there is no folder ${path} in the repository`, { cause: e });
  }
  if (target !== top && !target.startsWith(top + sep)) {
    throw new RepoError('CHART_DOWNLOAD_FAILED', `${path} leads out of the repository`);
  }
  return target;
}

/** Why git failed: what advice it gives stands in a paragraph of its own, and what ssh said before git's last words. */
const saidBy = (stderr: string): string =>
  stderr
    .trim()
    .replace(/\n\s*\n[\s\S]*/, '')
    .split('\n')
    .slice(-2)
    .join('; ');

function git(args: readonly string[], options: { cwd?: string; signal: AbortSignal | undefined }): Promise<string> {
  const { cwd, signal } = options;
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0' };
  return new Promise((resolve, reject) => {
    execFile(
      'git',
      [...SAFE, ...args],
      { env, maxBuffer: 64 * 1024 * 1024, ...(cwd !== undefined && { cwd }), ...(signal && { signal }) },
      (e, stdout, stderr) => {
        if (e === null) resolve(stdout);
        else if (signal?.aborted) reject(signal.reason);
        else if (e.code === 'ENOENT') {
          reject(new RepoError('CHART_DOWNLOAD_FAILED', 'git is not installed', { hint: 'install git', cause: e }));
        } else {
          reject(
            new RepoError('CHART_DOWNLOAD_FAILED', `git ${args[0]}: ${saidBy(stderr) || e.message}`, { cause: e }),
          );
        }
      },
    );
  });
}
