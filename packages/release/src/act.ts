/** What all actions do. */
import { validateReleaseName } from '@pack/core';
import {
  type ApplyRun,
  type Cluster,
  type ClusterVersion,
  KubeError,
  type KubeObject,
  type ObjectRef,
  type WaitRun,
  waitDeleted,
  waitReady,
} from '@pack/kube';

import { ReleaseError } from './error.ts';
import { healthOf, isAwaited, waitAnswers } from './health.ts';
import type { ReleaseEvent, ReleasePorts, ReleaseRun, WaitInput, WaitStrategy } from './ports.ts';
import { readinessOf } from './readiness.ts';
import type { Release, ReleaseStatus } from './record.ts';

export const clusterRun = ({ signal, onEvent }: ReleaseRun): ApplyRun => ({
  signal,
  onEvent,
  onWarning: (text) => onEvent?.({ type: 'warning', level: 'WARN', message: text }),
});

export const waitRun = (run: ReleaseRun, { now }: ReleasePorts): WaitRun => ({
  signal: run.signal,
  onEvent: run.onEvent,
  onWarning: (text) => run.onEvent?.({ type: 'warning', level: 'WARN', message: text }),
  now: () => Number(now().nanoseconds() / 1_000_000n),
});

export function withStatus(release: Release, status: ReleaseStatus, description?: string): Release {
  return { ...release, info: { ...release.info, status, ...(description !== undefined && { description }) } };
}

/** The record is as it says. Of the release only its name and number are told: the rest may be secret. */
export const recorded = ({ name, version, info }: Release): ReleaseEvent => ({
  type: 'record',
  release: { name, version },
  status: info.status,
});

/** Stores a change of a record that is there; that it cannot be stored is told and no fault. Helm: recordRelease. */
export async function record(release: Release, { records }: ReleasePorts, run: ReleaseRun): Promise<void> {
  try {
    // Also after the action was stopped: what it came to must be known.
    await records.update(release);
    run.onEvent?.(recorded(release));
  } catch (e) {
    run.onEvent?.({
      type: 'warning',
      level: 'WARN',
      message: 'failed to update release',
      facts: { name: release.name, revision: String(release.version), error: (e as Error).message },
    });
  }
}

/** The version of the cluster. Throws KUBE_UNAVAILABLE and such, in Helm's words. */
export async function ensureReachable(cluster: Cluster, { signal }: ReleaseRun): Promise<ClusterVersion> {
  try {
    return await cluster.version({ signal });
  } catch (e) {
    if (!(e instanceof KubeError)) throw e;
    throw new KubeError(e.code, `kubernetes cluster unreachable: ${e.message}`, {
      cause: e,
      ...(e.hint !== undefined && { hint: e.hint }),
      ...(e.status !== undefined && { status: e.status }),
    });
  }
}

/** `context` is what Helm puts before a name that is none. Throws RELEASE_INVALID. */
export function ensureName(name: string, context: string): void {
  try {
    validateReleaseName(name);
  } catch (e) {
    throw new ReleaseError('RELEASE_INVALID', `${context}${name}`, { cause: e });
  }
}

/** Milliseconds for a group to get ready. HIP-0025. */
const READINESS_TIMEOUT = 60_000;

/** How hooks, and what goes, are waited for. */
export const watchingOf = (wait: WaitStrategy): 'watcher' | 'legacy' => (wait === 'legacy' ? 'legacy' : 'watcher');

export async function waitForObjects(
  objects: readonly KubeObject[],
  { wait, waitForJobs, timeout: most, readinessTimeout = READINESS_TIMEOUT }: WaitInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  if (wait === 'hookOnly') return;
  const isOrdered = wait === 'ordered';
  const timeout = isOrdered && most !== 0 ? Math.min(most, readinessTimeout) : most;
  const awaited = objects.filter(isAwaited);
  const override = isOrdered ? readinessOf : undefined;
  const options = { timeout, strategy: watchingOf(wait), jobs: waitForJobs, check: healthOf, override };
  await waitReady(ports.cluster, awaited, options, waitRun(run, ports));
  await waitAnswers(awaited, { timeout }, ports, run);
}

export async function waitForDeletion(
  refs: readonly ObjectRef[],
  { wait, timeout }: Pick<WaitInput, 'wait' | 'timeout'>,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  if (wait === 'hookOnly') return;
  await waitDeleted(ports.cluster, refs, { timeout, strategy: watchingOf(wait) }, waitRun(run, ports));
}

/** A fault with more said before it, and all else as it was. */
export function faultWithin(context: string, e: unknown): unknown {
  if (e instanceof KubeError) {
    return new KubeError(e.code, `${context}${e.message}`, {
      cause: e,
      ...(e.hint !== undefined && { hint: e.hint }),
      ...(e.status !== undefined && { status: e.status }),
    });
  }
  if (!(e instanceof ReleaseError)) return e;
  return new ReleaseError(e.code, `${context}${e.message}`, {
    cause: e,
    ...(e.hint !== undefined && { hint: e.hint }),
  });
}

/** Of objects that are the same one to the API server. */
export const objectKey = ({ apiVersion, kind, metadata: { namespace = '', name } }: KubeObject): string =>
  JSON.stringify([apiVersion, kind, namespace, name]);

/** Those of `objects` that `others` has not. */
export function absentFrom(others: readonly KubeObject[], objects: readonly KubeObject[]): KubeObject[] {
  const known = new Set(others.map(objectKey));
  return objects.filter((object) => !known.has(objectKey(object)));
}

/** A command that was stopped as a fault like others, of which more can be said. */
export const asFault = (e: unknown): unknown =>
  e instanceof Error && e.name === 'AbortError' ? new ReleaseError('RELEASE_FAILED', messageOf(e), { cause: e }) : e;

/** What Helm calls a command that was stopped. */
export const messageOf = (e: unknown): string =>
  e instanceof Error ? (e.name === 'AbortError' ? 'context canceled' : e.message) : String(e);

/** `auto`: as the release before. Throws RELEASE_INVALID for any other text. */
export function serverSideOf(stated: boolean | string, applyMethod: string): boolean {
  if (typeof stated === 'boolean') return stated;
  if (stated === 'auto') return applyMethod === 'ssa';
  throw new ReleaseError('RELEASE_INVALID', `invalid/unknown release server-side apply method: ${stated}`);
}
