/** Tests of a release: hooks that are run on demand. Helm: pkg/action/release_testing.go. */
import { ensureName, ensureReachable } from './act.ts';
import { type HooksOutcome, removeHook, startHooks } from './hooks.ts';
import { locked } from './lock.ts';
import { startHooksAtOnce } from './parallel-hooks.ts';
import type { ReleasePorts, ReleaseRun } from './ports.ts';
import type { Release, ReleaseHook } from './record.ts';
import { lastOf } from './records.ts';

export interface TestInput {
  readonly name: string;
  /** Milliseconds for any one test. */
  readonly timeout: number;
  /** Names of the hooks to run; all if empty. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** Removes the objects of all tests that ran, whatever became of them; Helm leaves those without a policy. */
  readonly cleanup?: boolean | undefined;
  /** Tests of equal weight that run at once; one at a time if absent, as in Helm. */
  readonly parallel?: number | undefined;
}

export interface Tested {
  readonly release: Release;
  /** Of the first test that failed; the others after it did not run. */
  readonly fault?: unknown;
  /** Removes what the policies of the tests say, or all of it: logs must be read before. */
  finish(): Promise<void>;
}

/** Throws RELEASE_NOT_FOUND, KUBE_… */
export async function testRelease(input: TestInput, ports: ReleasePorts, run: ReleaseRun = {}): Promise<Tested> {
  const { name, timeout } = input;
  await ensureReachable(ports.cluster, run);
  ensureName(name, 'releaseTest: Release name is invalid: ');
  // What is tested stays what it is while it is tested, and what is recorded of it is not overwritten.
  return locked({ name, timeout }, ports, run, (within, hold) => testHeld(input, hold.ports, within, ports));
}

/** `after`: what to clean up with, when the lock is given back. */
async function testHeld(
  { name, timeout, include = [], exclude = [], cleanup = false, parallel = 1 }: TestInput,
  ports: ReleasePorts,
  run: ReleaseRun,
  after: ReleasePorts,
): Promise<Tested> {
  const release = await lastOf(ports.records, name, run.signal);
  const isChosen = (hook: ReleaseHook): boolean =>
    !exclude.includes(hook.name) && (include.length === 0 || include.includes(hook.name));
  const chosen = { ...release, hooks: release.hooks.filter(isChosen) };
  const skipped = release.hooks.filter((hook) => !isChosen(hook));
  const removeAll = async (): Promise<void> => {
    if (!cleanup) return;
    const tests = chosen.hooks.filter(({ events }) => events.includes('test'));
    // Also when it was stopped.
    const last = { onEvent: run.onEvent };
    for (const hook of tests) await removeHook(hook, release.namespace, { wait: 'watcher', timeout }, after, last);
  };
  let outcome: HooksOutcome;
  let tested: Release;
  try {
    const how = { wait: 'watcher', timeout, serverSide: release.applyMethod === 'ssa' } as const;
    outcome =
      parallel > 1
        ? await startHooksAtOnce(chosen, 'test', parallel, how, ports, run)
        : await startHooks(chosen, 'test', how, ports, run);
    tested = { ...outcome.release, hooks: [...skipped, ...outcome.release.hooks] };
    await ports.records.update(tested);
  } catch (e) {
    await removeAll();
    throw e;
  }
  return {
    ...outcome,
    release: tested,
    async finish() {
      try {
        await outcome.finish();
      } finally {
        await removeAll();
      }
    },
  };
}
