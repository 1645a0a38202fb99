/** Hooks, run at their moments. Helm: pkg/action/hooks.go. */
import { type HookEvent, sortByWeight } from '@pack/core';
import {
  buildObjects,
  createObjects,
  deleteObjects,
  KubeError,
  type KubeObject,
  refOf,
  waitDeleted,
  waitHook,
} from '@pack/kube';

import { clusterRun, record, waitRun, watchingOf } from './act.ts';
import { ReleaseError } from './error.ts';
import { type HookPolicy, hookPolicyOf } from './hook-policy.ts';
import type { ReleasePorts, ReleaseRun, WaitInput } from './ports.ts';
import { goTime, type HookRun, type Release, type ReleaseHook } from './record.ts';

export interface HooksInput extends Pick<WaitInput, 'wait' | 'timeout'> {
  readonly serverSide: boolean;
}

/** What a run of hooks comes to: the release as it is then, and the fault if there is one. */
export interface HooksOutcome {
  readonly release: Release;
  readonly fault?: unknown;
  /** Removes what the policies say; first one may look at logs. */
  finish(): Promise<void>;
}

/** Runs the hooks of an event one after the other. The fault is thrown when all is cleaned up. */
export async function runHooks(
  release: Release,
  event: HookEvent,
  input: HooksInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<Release> {
  const outcome = await startHooks(release, event, input, ports, run);
  try {
    await outcome.finish();
  } catch (e) {
    if (outcome.fault === undefined) throw e;
  }
  if (outcome.fault !== undefined) throw new HookFault(outcome.fault, outcome.release);
  return outcome.release;
}

/** A fault of a hook, with the release whose hooks say when they ran. */
export class HookFault extends Error {
  readonly release: Release;
  constructor(cause: unknown, release: Release) {
    super((cause as Error).message, { cause });
    this.release = release;
  }
}

export async function startHooks(
  before: Release,
  event: HookEvent,
  input: HooksInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<HooksOutcome> {
  let release = before;
  const due = sortByWeight(release.hooks.filter(({ events }) => events.includes(event))) as ReleaseHook[];
  const put = (hook: ReleaseHook, lastRun: HookRun): void => {
    const updated = { ...hook, deletePolicies: policiesOf(hook), lastRun };
    release = { ...release, hooks: release.hooks.map((other) => (isSame(other, hook) ? updated : other)) };
  };
  const remove = (hook: ReleaseHook, policy: string): Promise<void> =>
    removeByPolicy(hook, policy, release, input, ports, run);
  const failed = (fault: unknown, finish: () => Promise<void> = async () => undefined): HooksOutcome => ({
    release,
    fault,
    finish,
  });
  const waiting = { timeout: input.timeout, strategy: watchingOf(input.wait) };
  for (const [i, hook] of due.entries()) {
    run.signal?.throwIfAborted();
    let objects: KubeObject[];
    try {
      await remove(hook, 'before-hook-creation');
      objects = await buildObjects(ports.cluster, hook.manifest, release.namespace, clusterRun(run)).catch(
        (e: unknown) => {
          throw within(`unable to build kubernetes object for ${event} hook ${hook.path}: `, e);
        },
      );
    } catch (e) {
      return failed(e);
    }
    const [first] = objects;
    let policy: HookPolicy;
    try {
      policy = first === undefined ? NO_POLICY : hookPolicyOf(first);
    } catch (e) {
      return failed(e);
    }
    const wasRun = { isCreated: false };
    const runOnce = async (): Promise<void> => {
      const started = goTime(ports.now());
      put(hook, { started_at: started, phase: 'Running' });
      await record(release, ports, run);
      run.onEvent?.({ type: 'hook', name: hook.name, event, phase: 'begun' });
      const end = (phase: 'Succeeded' | 'Failed'): void => {
        put(hook, { started_at: started, completed_at: goTime(ports.now()), phase });
        run.onEvent?.({ type: 'hook', name: hook.name, event, phase: phase === 'Failed' ? 'failed' : 'done' });
      };
      wasRun.isCreated = false;
      try {
        await createObjects(ports.cluster, objects, { serverSide: input.serverSide }, clusterRun(run));
        wasRun.isCreated = true;
        const timeout = policy.timeout ?? input.timeout;
        await waitHook(ports.cluster, objects.map(withoutStatus), { ...waiting, timeout }, waitRun(run, ports));
      } catch (e) {
        end('Failed');
        throw wasRun.isCreated ? e : within(`warning: Hook ${event} ${hook.path} failed: `, e);
      }
      end('Succeeded');
    };
    for (let left = policy.retries; ; left--) {
      try {
        await runOnce();
        break;
      } catch (e) {
        const isOver = left === 0 || run.signal?.aborted === true;
        if (isOver && !policy.continues && !wasRun.isCreated) return failed(e);
        await showLogs(hook, 'hook-failed', release, ports, run).catch(() => undefined);
        if (isOver && (!policy.continues || run.signal?.aborted === true)) {
          return failed(e, async () => {
            await remove(hook, 'hook-failed');
            for (const earlier of due.slice(0, i)) await remove(earlier, 'hook-succeeded');
          });
        }
        const message = isOver ? 'a hook failed, and all goes on without it' : 'a hook failed, and is tried again';
        const facts = { name: hook.name, event, error: (e as Error).message };
        run.onEvent?.({ type: 'warning', level: 'WARN', message, facts });
        if (isOver) {
          await remove(hook, 'hook-failed');
          break;
        }
        await removeHook(hook, release.namespace, { wait: 'watcher', timeout: input.timeout }, ports, run);
      }
    }
  }
  return {
    release,
    async finish() {
      for (const hook of [...due].reverse()) {
        await showLogs(hook, 'hook-succeeded', release, ports, run).catch(() => undefined);
        await remove(hook, 'hook-succeeded');
      }
    },
  };
}

const NO_POLICY: HookPolicy = { timeout: undefined, retries: 0, continues: false };

const withoutStatus = ({ status: _, ...object }: KubeObject): KubeObject => object as KubeObject;

const isSame = (a: ReleaseHook, b: ReleaseHook): boolean =>
  a.name === b.name && a.kind === b.kind && a.path === b.path && a.manifest === b.manifest;

const policiesOf = ({ deletePolicies }: ReleaseHook): readonly string[] =>
  deletePolicies.length === 0 ? ['before-hook-creation'] : deletePolicies;

function within(context: string, e: unknown): unknown {
  if (!(e instanceof KubeError)) return e;
  return new KubeError(e.code, `${context}${e.message}`, {
    cause: e,
    ...(e.hint !== undefined && { hint: e.hint }),
    ...(e.status !== undefined && { status: e.status }),
  });
}

async function removeByPolicy(
  hook: ReleaseHook,
  policy: string,
  { namespace }: Release,
  { wait, timeout }: HooksInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  if (policiesOf(hook).includes(policy)) await removeHook(hook, namespace, { wait, timeout }, ports, run);
}

/** Removes the objects of a hook, whatever its policies say. */
export async function removeHook(
  hook: ReleaseHook,
  namespace: string,
  { wait, timeout }: Pick<WaitInput, 'wait' | 'timeout'>,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  if (hook.kind === 'CustomResourceDefinition') return;
  const objects = await buildObjects(ports.cluster, hook.manifest, namespace, clusterRun(run)).catch((e: unknown) => {
    throw within(`unable to build kubernetes object for deleting hook ${hook.path}: `, e);
  });
  const { errors } = await deleteObjects(ports.cluster, objects, { propagation: 'Background' }, clusterRun(run));
  const [first] = errors;
  if (first !== undefined) {
    throw new ReleaseError('RELEASE_FAILED', errors.map(({ message }) => message).join('; '), { cause: first });
  }
  if (wait === 'hookOnly') return;
  await waitDeleted(ports.cluster, objects.map(refOf), { timeout, strategy: watchingOf(wait) }, waitRun(run, ports));
}

/** Logs of a hook's pods, if it wants them shown. */
async function showLogs(
  hook: ReleaseHook,
  policy: string,
  release: Release,
  { cluster }: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  if (!hook.outputLogPolicies.includes(policy)) return;
  const [object] = await buildObjects(cluster, hook.manifest, release.namespace, clusterRun(run));
  const namespace = object?.metadata.namespace ?? release.namespace;
  const query =
    hook.kind === 'Job'
      ? { labelSelector: `job-name=${hook.name}` }
      : hook.kind === 'Pod'
        ? { fieldSelector: `metadata.name=${hook.name}` }
        : undefined;
  if (query === undefined) return;
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, ...query }, clusterRun(run));
  for (const pod of items) {
    const { containers = [] } = pod.spec as { containers?: readonly { name: string }[] };
    for (const { name } of containers) {
      const stream = await cluster.logs({ namespace, name: pod.metadata.name }, { container: name }, clusterRun(run));
      const text = await new Response(stream as unknown as BodyInit).text();
      run.onEvent?.({ type: 'log', namespace, pod: pod.metadata.name, container: name, text });
    }
  }
}
