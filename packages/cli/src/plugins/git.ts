/** Plugins in git repositories, by the user's own git. Helm: internal/plugin/installer vcs_installer.go. */
import { compareVersions, PackError, parseConstraint, parseVersion, satisfies } from '@pack/core';
import { fromBytes } from 'go-template';
import type { Io } from '../command.ts';
import { runProcess } from './process.ts';
import { isAttended } from './trust.ts';

/** What a URL of a repository looks like; scp's form is one. */
export const isGitSource = (source: string): boolean =>
  /^(?:git\+)?(?:https?|ssh|git|file):\/\/./.test(source) || /^[\w.-]+@[\w.-]+:.+/.test(source);

/** No hooks and filters of a repository run, and no transport that runs programs. */
const SAFE = ['-c', 'core.hooksPath=/dev/null', '-c', 'protocol.ext.allow=never', '-c', 'core.fsmonitor=false'];

/** Throws PLUGIN_FAILED with what git says. */
async function git(args: readonly string[], io: Io, cwd?: string): Promise<string> {
  let said = '';
  const { code, stdout } = await runProcess({
    command: 'git',
    args: [...SAFE, ...args],
    env: { ...io.env, ...(!isAttended(io) && { GIT_TERMINAL_PROMPT: '0' }) },
    signal: io.interrupts?.(),
    onStderr: (text) => {
      said += text;
    },
    ...(cwd !== undefined && { cwd }),
  });
  if (code !== 0) throw new PackError('PLUGIN_FAILED', `git ${args[0]}: ${said.trim() || `exit status ${code}`}`);
  return fromBytes(stdout);
}

/** Clones a repository, at a tag, branch, commit, or the newest tag within a range of versions. */
export async function cloneRepository(source: string, version: string, folder: string, io: Io): Promise<void> {
  await git(['clone', '--quiet', '--', source.replace(/^git\+/, ''), folder], io);
  if (version === '') return;
  await git(['checkout', '--quiet', '--detach', await resolveRef(source, version, folder, io)], io, folder);
}

async function resolveRef(source: string, version: string, folder: string, io: Io): Promise<string> {
  for (const ref of [version, `origin/${version}`]) {
    const commit = await git(
      ['rev-parse', '--quiet', '--verify', '--end-of-options', `${ref}^{commit}`],
      io,
      folder,
    ).catch(() => '');
    if (commit !== '') return commit.trim();
  }
  const range = parseConstraint(version);
  const tags = (await git(['tag', '--list'], io, folder)).split('\n').flatMap((tag) => {
    try {
      return [{ tag, version: parseVersion(tag) }];
    } catch {
      return [];
    }
  });
  const [found] = tags
    .filter((one) => satisfies(one.version, range))
    .sort((a, b) => compareVersions(b.version, a.version));
  if (found !== undefined) return found.tag;
  throw new PackError(
    'PLUGIN_NOT_FOUND',
    `requested version ${JSON.stringify(version)} does not exist for plugin ${JSON.stringify(source)}`,
  );
}

/** Brings a checkout up to date. Throws PLUGIN_FAILED when it was changed by hand. */
export async function pullRepository(folder: string, io: Io): Promise<void> {
  if ((await git(['status', '--porcelain'], io, folder)).trim() !== '')
    throw new PackError('PLUGIN_FAILED', 'plugin repo was modified');
  await git(['fetch', '--quiet', '--tags', 'origin'], io, folder);
  const branch = (await git(['branch', '--show-current'], io, folder)).trim();
  if (branch !== '') await git(['merge', '--quiet', '--ff-only', 'FETCH_HEAD'], io, folder);
}
