/** Work on a release as a person sees it: what goes on, and what is left when it is stopped. */
import { PackError } from '@pack/core';
import type { ReleaseEvent } from '@pack/release';

import { runOf } from './cluster.ts';
import type { Io } from './command.ts';
import type { Given } from './flags/parse.ts';
import { withProgress } from './output/progress.ts';

/** Does `work` while a terminal shows it; when it is stopped, says so and in what state it leaves the release. */
export const watched = <T>(
  title: string,
  name: string,
  given: Given,
  io: Io,
  work: (run: ReturnType<typeof runOf>) => Promise<T>,
): Promise<T> =>
  withProgress(title, io, async (shown, say) => {
    const run = runOf(given, shown, say);
    const recorded = new Map<number, string>();
    const onEvent = (event: ReleaseEvent): void => {
      if (event.type === 'record') recorded.set(event.release.version, event.status);
      run.onEvent?.(event);
    };
    run.signal?.addEventListener('abort', () => shown.stderr(`Release ${name} has been cancelled.\n`), { once: true });
    try {
      return await work({ ...run, onEvent });
    } catch (e) {
      throw run.signal?.aborted === true ? interrupted(name, recorded, e) : e;
    }
  });

function interrupted(name: string, recorded: ReadonlyMap<number, string>, cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const message = cause.name === 'AbortError' ? 'context canceled' : cause.message;
  const hint = stateOf(name, recorded, message);
  return new PackError('INTERRUPTED', message, { cause, ...(hint !== undefined && { hint }) });
}

/** What the newest revision that was touched is recorded as, and what to do then; nothing where `message` says it. */
function stateOf(name: string, recorded: ReadonlyMap<number, string>, message: string): string | undefined {
  if (/has been (?:uninstalled|rolled back)|^uninstallation completed/.test(message)) return undefined;
  if (recorded.size === 0) return `nothing of ${name} was recorded: the same command starts anew`;
  const version = Math.max(...recorded.keys());
  const status = recorded.get(version) ?? '';
  const is = `revision ${version} of ${name} is recorded as ${status}`;
  if (status === 'uninstalling') return `${is}: the same command goes on from there`;
  if (status.startsWith('pending-')) return `${is}: pack recover ${name}`;
  if (status !== 'failed') return is;
  return `${is}: pack upgrade ${name} goes on from there, pack ${version === 1 ? 'uninstall' : 'rollback'} ${name} goes back`;
}
