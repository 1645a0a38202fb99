/** Tests of a release: hooks that are run on demand. Helm: pkg/action/release_testing.go. */
import { ensureName, ensureReachable } from './act.ts';
import { startHooks } from './hooks.ts';
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
}

export interface Tested {
  readonly release: Release;
  /** Of the first test that failed; the others after it did not run. */
  readonly fault?: unknown;
  /** Removes what the policies of the tests say: logs must be read before. */
  finish(): Promise<void>;
}

/** Throws RELEASE_NOT_FOUND, KUBE_… */
export async function testRelease(input: TestInput, ports: ReleasePorts, run: ReleaseRun = {}): Promise<Tested> {
  const { name, timeout, include = [], exclude = [] } = input;
  await ensureReachable(ports.cluster, run);
  ensureName(name, 'releaseTest: Release name is invalid: ');
  const release = await lastOf(ports.records, name, run.signal);
  const isChosen = (hook: ReleaseHook): boolean =>
    !exclude.includes(hook.name) && (include.length === 0 || include.includes(hook.name));
  const chosen = { ...release, hooks: release.hooks.filter(isChosen) };
  const skipped = release.hooks.filter((hook) => !isChosen(hook));
  const outcome = await startHooks(
    chosen,
    'test',
    { wait: 'watcher', timeout, serverSide: release.applyMethod === 'ssa' },
    ports,
    run,
  );
  const tested = { ...outcome.release, hooks: [...skipped, ...outcome.release.hooks] };
  await ports.records.update(tested);
  return { ...outcome, release: tested };
}
