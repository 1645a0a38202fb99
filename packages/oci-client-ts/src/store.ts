/** What holds content: registries, layouts and memory alike. */
import type { Descriptor } from './descriptor.ts';

export interface Run {
  readonly signal?: AbortSignal | undefined;
  /** Hears how many more bytes have passed. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Bytes, or what opens them anew from an offset, so that a broken transfer can go on where it stopped. */
export type Content =
  | Uint8Array
  | ((offset: number) => ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>);

export interface Store {
  exists(descriptor: Descriptor, run?: Run): Promise<boolean>;
  /** Fails, instead of ending, when the bytes are not those of the descriptor. Throws CONTENT_NOT_FOUND. */
  fetch(descriptor: Descriptor, run?: Run): Promise<ReadableStream<Uint8Array>>;
  /** Manifests are told from blobs by their media type. What is pushed is held to its digest; nothing stays of it else. */
  push(descriptor: Descriptor, content: Content, run?: Run): Promise<void>;
  /** What a tag or a digest of a manifest names. Throws CONTENT_NOT_FOUND. */
  resolve(tagOrDigest: string, run?: Run): Promise<Descriptor>;
  /** Gives a manifest that the store has a name. */
  tag(descriptor: Descriptor, tag: string, run?: Run): Promise<void>;
  /** In the order of their letters. */
  tags(run?: Run): Promise<readonly string[]>;
  /** A tag or the digest of a manifest. Throws CONTENT_NOT_FOUND. */
  deleteManifest(tagOrDigest: string, run?: Run): Promise<void>;
  deleteBlob(descriptor: Descriptor, run?: Run): Promise<void>;
  /** Manifests whose subject this is; of one kind, if asked. */
  referrers(subject: Descriptor, artifactType?: string, run?: Run): Promise<readonly Descriptor[]>;
  /** Takes a blob over from another repository of the same store without its bytes; false where that does not work. */
  mount?(descriptor: Descriptor, from: string, run?: Run): Promise<boolean>;
  /** Stores of one place can mount from each other: its host, and this one's name in it. */
  readonly place?: { readonly host: string; readonly name: string };
}

export const openContent = async (content: Content, offset = 0): Promise<ReadableStream<Uint8Array>> =>
  content instanceof Uint8Array ? streamOf(content.subarray(offset)) : content(offset);

export const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
