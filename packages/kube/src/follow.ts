/** The objects of one type in one namespace, from now on. client-go: tools/cache Reflector. */
import type { Cluster, ClusterRun, WatchQuery } from './cluster.ts';
import { KubeError } from './error.ts';
import { type KubeObject, type ObjectRef, type ObjectType, refOf } from './object.ts';

export interface Follower {
  /** All that are there, when it begins and whenever it has to begin anew. */
  onList(objects: readonly KubeObject[]): void;
  onChange(object: KubeObject): void;
  onGone(ref: ObjectRef): void;
}

/** Watches that end soon, and calls that fail, are begun again with a pause, ms: each in turn with a longer one. */
const PAUSES = [0, 100, 500, 1000, 2000];
/** A watch of less, ms, has ended soon. client-go: "very short watch". */
const SOON = 1000;

/**
 * Lists, watches, and goes on where a watch ended, until the signal says stop. A server that is not there, that has
 * forgotten the version or that does not serve the kind yet is asked anew. Throws what will not get better: KUBE_FORBIDDEN,
 * KUBE_UNAUTHORIZED and such.
 */
export async function follow(
  cluster: Cluster,
  type: ObjectType,
  query: Pick<WatchQuery, 'namespace' | 'fieldSelector'>,
  follower: Follower,
  run: ClusterRun,
): Promise<void> {
  let faults = 0;
  const rest = (): Promise<void> => pause(PAUSES[Math.min(faults, PAUSES.length - 1)] as number, run.signal);
  while (!run.signal?.aborted) {
    try {
      const { items, resourceVersion } = await cluster.list(type, query, run);
      if (run.signal?.aborted) return;
      follower.onList(items.map((object) => ({ ...object, ...type })));
      for (let version = resourceVersion; !run.signal?.aborted; await rest()) {
        const began = performance.now();
        for await (const event of cluster.watch(type, { ...query, resourceVersion: version }, run)) {
          if (run.signal?.aborted) return;
          version = event.object.metadata.resourceVersion ?? version;
          const object = { ...event.object, ...type };
          if (event.type === 'DELETED') follower.onGone(refOf(object));
          else follower.onChange(object);
        }
        faults = performance.now() - began < SOON ? faults + 1 : 0;
      }
    } catch (e) {
      if (run.signal?.aborted) return;
      if (!(e instanceof KubeError)) throw e;
      if (isUnserved(e)) follower.onList([]);
      else if (isFinal(e)) throw e;
      faults++;
      await rest();
    }
  }
}

/** The kind is gone, or has not come yet. */
const isUnserved = ({ code }: KubeError): boolean => code === 'KUBE_KIND_UNKNOWN' || code === 'KUBE_NOT_FOUND';

const isFinal = ({ code }: KubeError): boolean =>
  code === 'KUBE_FORBIDDEN' ||
  code === 'KUBE_UNAUTHORIZED' ||
  code === 'KUBE_INVALID' ||
  code === 'KUBE_CONFIG_INVALID';

/** Resolves early when the signal says stop. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal?.aborted) done();
    else signal?.addEventListener('abort', done, { once: true });
  });
}
