/** Content from one store to another, with all that belongs to it. */
import type { Descriptor, Platform } from './descriptor.ts';
import { isDigest, readAll } from './digest.ts';
import { OciError } from './error.ts';
import { childrenOf, isIndex, isManifestType, MANIFEST_LIMIT, parseManifest } from './manifest.ts';
import { createSlots } from './slots.ts';
import type { Run, Store } from './store.ts';

const MAX_DEPTH = 16;

export type CopyEvent =
  | { readonly type: 'copied' | 'skipped' | 'mounted'; readonly descriptor: Descriptor }
  | { readonly type: 'tagged'; readonly descriptor: Descriptor; readonly tag: string };

export interface CopyOptions extends Run {
  /** Name in the target. */
  readonly tag?: string;
  /** Transfers at once; 3 if absent. */
  readonly concurrency?: number;
  /** One manifest of an index instead of all. */
  readonly platform?: Pick<Platform, 'os' | 'architecture'> & { readonly variant?: string };
  /** What refers to what is copied, too. */
  readonly referrers?: boolean;
  readonly onEvent?: (event: CopyEvent) => void;
}

/**
 * Copies what a tag, a digest or a descriptor names; children before parents, so that the target is never half there. What
 * the target has is left alone, and a blob that another repository of its host has is mounted. The first fault stops all
 * transfers. Throws CONTENT_NOT_FOUND and the errors of both stores, whose message says which of them it was.
 */
export async function copy(
  from: Store,
  to: Store,
  root: Descriptor | string,
  options: CopyOptions = {},
): Promise<Descriptor> {
  const { tag, platform, referrers = false, onEvent, concurrency = 3, onBytes } = options;
  const stop = new AbortController();
  const signal = options.signal == null ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const run: Run = { signal, onBytes };
  const slots = createSlots(concurrency);
  const started = new Map<string, Promise<void>>();
  const manifests: Descriptor[] = [];

  const once = (descriptor: Descriptor, depth: number): Promise<void> => {
    let copied = started.get(descriptor.digest);
    if (copied === undefined) {
      copied = copyOne(descriptor, depth);
      started.set(descriptor.digest, copied);
    }
    return copied;
  };

  /** Ends when all have ended, so that nothing goes on behind a fault. */
  const settled = async <T>(works: readonly Promise<T>[]): Promise<T[]> => {
    const results = await Promise.allSettled(
      works.map((work) =>
        work.catch((e: unknown) => {
          stop.abort(e);
          throw e;
        }),
      ),
    );
    return results.map((result) => {
      if (result.status === 'rejected') throw signal.reason;
      return result.value;
    });
  };

  const all = (descriptors: readonly Descriptor[], depth: number): Promise<unknown> =>
    settled(descriptors.map((descriptor) => once(descriptor, depth)));

  const inTurn = <T>(act: () => Promise<T>): Promise<T> =>
    slots(async () => {
      signal.throwIfAborted();
      try {
        return await act();
      } catch (e) {
        // Before the next has its turn.
        stop.abort(e);
        throw e;
      }
    });

  const copyOne = async (descriptor: Descriptor, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH)
      throw new OciError('MANIFEST_INVALID', `${descriptor.digest}: manifests are nested too deeply`);
    if (!isManifestType(descriptor.mediaType)) return inTurn(() => copyBlob(descriptor));
    const data = await inTurn(() => source(() => manifestOf(from, descriptor, run)));
    await all(childrenOf(parseManifest(data, descriptor.mediaType)), depth + 1);
    const isThere = await inTurn(() => target(() => to.exists(descriptor, run)));
    if (!isThere) await inTurn(() => target(() => to.push(descriptor, data, run)));
    manifests.push(descriptor);
    onEvent?.({ type: isThere ? 'skipped' : 'copied', descriptor });
  };

  const copyBlob = async (descriptor: Descriptor): Promise<void> => {
    if (await target(() => to.exists(descriptor, run))) return onEvent?.({ type: 'skipped', descriptor });
    const isNear = from.place !== undefined && from.place.host === to.place?.host && from.place.name !== to.place.name;
    if (isNear && (await target(async () => to.mount?.(descriptor, from.place?.name as string, run)))) {
      return onEvent?.({ type: 'mounted', descriptor });
    }
    const open = async (offset: number): Promise<ReadableStream<Uint8Array>> =>
      sourceStream(await source(() => from.fetch(descriptor, { signal })), offset);
    await target(() => to.push(descriptor, open, run));
    onEvent?.({ type: 'copied', descriptor });
  };

  /** Manifests that were copied may be the subjects of others, and these of more. They can hold their subjects. */
  const copyReferrers = async (): Promise<void> => {
    let done = 0;
    for (let depth = 0; done < manifests.length; depth++) {
      const subjects = manifests.slice(done);
      done = manifests.length;
      const found = subjects.map((subject) => inTurn(() => source(() => from.referrers(subject, undefined, run))));
      await all((await settled(found)).flat(), depth);
    }
  };

  let top = typeof root === 'string' ? await source(() => from.resolve(root, run)) : root;
  if (platform !== undefined) top = await chosen(from, top, platform, run);
  await all([top], 0);
  if (referrers) await copyReferrers();
  const name = tag ?? (typeof root !== 'string' || isDigest(root) ? undefined : root);
  if (name !== undefined) {
    await target(() => to.tag(top, name, run));
    onEvent?.({ type: 'tagged', descriptor: top, tag: name });
  }
  return top;
}

const manifestOf = async (store: Store, descriptor: Descriptor, run: Run): Promise<Uint8Array> =>
  readAll(await store.fetch(descriptor, { signal: run.signal }), MANIFEST_LIMIT);

async function chosen(
  from: Store,
  root: Descriptor,
  wanted: NonNullable<CopyOptions['platform']>,
  run: Run,
): Promise<Descriptor> {
  const manifest = parseManifest(await source(() => manifestOf(from, root, run)), root.mediaType);
  if (!isIndex(manifest)) return root;
  const found = manifest.manifests.find(
    ({ platform }) =>
      platform?.os === wanted.os &&
      platform.architecture === wanted.architecture &&
      (wanted.variant === undefined || platform.variant === wanted.variant),
  );
  if (found !== undefined) return found;
  throw new OciError('CONTENT_NOT_FOUND', `${root.digest} has nothing for ${wanted.os}/${wanted.architecture}`);
}

/** Says which side failed. */
const side =
  (name: string) =>
  async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (e) {
      // A target passes on what the source's stream threw.
      if (!(e instanceof OciError) || /^copy (?:from|to) the /.test(e.message)) throw e;
      throw new OciError(e.code, `copy ${name}: ${e.message}`, {
        isRetryable: e.isRetryable,
        cause: e,
        ...(e.status !== undefined && { status: e.status }),
        ...(e.request !== undefined && { request: e.request }),
        ...(e.hint !== undefined && { hint: e.hint }),
      });
    }
  };

const source = side('from the source');
const target = side('to the target');

/** What is read, from `offset` on. Only what broke is opened so: all of it must pass, to be held to its digest. */
function sourceStream(stream: ReadableStream<Uint8Array>, offset: number): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let left = offset;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await source(() => reader.read());
          if (done) return controller.close();
          const part = value.subarray(Math.min(left, value.length));
          left -= value.length - part.length;
          if (part.length > 0) return controller.enqueue(part);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
