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
 * Copies what a tag or digest names; children before parents, so that the target is never half there. What the target has
 * is left alone, and a blob that another repository of its host has is mounted. Throws CONTENT_NOT_FOUND and the errors of
 * both stores, whose message says which of them it was.
 */
export async function copy(from: Store, to: Store, reference: string, options: CopyOptions = {}): Promise<Descriptor> {
  const { tag, platform, referrers = false, onEvent, concurrency = 3 } = options;
  const run: Run = { signal: options.signal, onBytes: options.onBytes };
  const slots = createSlots(concurrency);
  const known = new Map<string, Promise<void>>();

  const once = (descriptor: Descriptor, depth: number): Promise<void> => {
    let copied = known.get(descriptor.digest);
    if (copied === undefined) known.set(descriptor.digest, (copied = copyOne(descriptor, depth)));
    return copied;
  };

  const copyOne = async (descriptor: Descriptor, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH)
      throw new OciError('MANIFEST_INVALID', `${descriptor.digest}: manifests are nested too deeply`);
    if (!isManifestType(descriptor.mediaType)) return slots(() => copyBlob(descriptor));
    const data = await slots(() => source(() => manifestOf(from, descriptor, run)));
    const manifest = parseManifest(data, descriptor.mediaType);
    await Promise.all(childrenOf(manifest).map((child) => once(child, depth + 1)));
    const isThere = await slots(() => target(() => to.exists(descriptor, run)));
    if (!isThere) await slots(() => target(() => to.push(descriptor, data, run)));
    onEvent?.({ type: isThere ? 'skipped' : 'copied', descriptor });
    if (!referrers) return;
    for (const referrer of await source(() => from.referrers(descriptor, undefined, run)))
      await once(referrer, depth + 1);
  };

  const copyBlob = async (descriptor: Descriptor): Promise<void> => {
    if (await target(() => to.exists(descriptor, run))) return onEvent?.({ type: 'skipped', descriptor });
    const isNear = from.place !== undefined && from.place.host === to.place?.host && from.place.name !== to.place.name;
    if (isNear && (await to.mount?.(descriptor, from.place?.name as string, run))) {
      return onEvent?.({ type: 'mounted', descriptor });
    }
    const open = async (offset: number): Promise<ReadableStream<Uint8Array>> =>
      skipping(await source(() => from.fetch(descriptor, { signal: run.signal })), offset);
    await target(() => to.push(descriptor, open, run));
    onEvent?.({ type: 'copied', descriptor });
  };

  let root = await source(() => from.resolve(reference, run));
  if (platform !== undefined) root = await chosen(from, root, platform, run);
  await once(root, 0);
  const name = tag ?? (isDigest(reference) ? undefined : reference);
  if (name !== undefined) {
    await target(() => to.tag(root, name, run));
    onEvent?.({ type: 'tagged', descriptor: root, tag: name });
  }
  return root;
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
      if (!(e instanceof OciError) || /^copy (?:from|to) /.test(e.message)) throw e;
      throw new OciError(e.code, `copy ${name}: ${e.message}`, {
        isRetryable: e.isRetryable,
        cause: e,
        ...(e.status !== undefined && { status: e.status }),
        ...(e.hint !== undefined && { hint: e.hint }),
      });
    }
  };

const source = side('from the source');
const target = side('to the target');

/** A stream from `offset` on. Only what broke is opened so: all of it must pass, to be held to its digest. */
function skipping(stream: ReadableStream<Uint8Array>, offset: number): ReadableStream<Uint8Array> {
  if (offset === 0) return stream;
  const reader = stream.getReader();
  let left = offset;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read();
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
