/**
 * Lists in Kubernetes's protobuf: a server writes them in half the time of JSON, and most of what a list has is passed over
 * unread. Of kinds whose contents are plain data, and of metadata alone. kubernetes: k8s.io/api/core/v1/generated.proto,
 * apimachinery/pkg/runtime/generated.proto.
 */
import { KubeError } from '../error.ts';
import type { KubeObject, ObjectMetadata, ObjectType } from '../object.ts';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** The field of data that are texts, and that of data that are bytes, with their names. */
interface DataFields {
  readonly texts?: readonly [field: number, name: string];
  readonly bytes: readonly [field: number, name: string];
  readonly type?: number;
}

const KINDS: Readonly<Record<string, DataFields>> = {
  ConfigMap: { texts: [2, 'data'], bytes: [3, 'binaryData'] },
  Secret: { bytes: [2, 'data'], type: 3 },
};

export const isProtobufKind = ({ apiVersion, kind }: ObjectType): boolean =>
  apiVersion === 'v1' && Object.hasOwn(KINDS, kind);

/** k8s and a zero. */
const MAGIC = [0x6b, 0x38, 0x73, 0];
const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];
/** Of the envelope, its contents; of a list, an item. */
const CONTENTS = 2;
const ITEM = 2;
/** What a server takes, by its defaults, is less. */
const MAX_ITEM = 8 * 1024 * 1024;

const broken = (): KubeError => new KubeError('KUBE_REFUSED', 'the answer is no list, or ends too early');

/** The bytes of each item as they arrive. Throws RangeError for one that is too large, KUBE_REFUSED for what is no list. */
export async function* readProtobufItems(
  body: AsyncIterable<Uint8Array>,
  limit = MAX_ITEM,
): AsyncGenerator<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array(0);
  let at = 0;
  /** Bytes to be passed over, and those of the contents that are still to come: unknown before they begin. */
  let skip = 0;
  let left: number | undefined;
  let isBegun = false;
  for await (const chunk of body) {
    const passed = Math.min(skip, chunk.length);
    skip -= passed;
    bytes = at === bytes.length ? chunk.subarray(passed) : joined(bytes.subarray(at), chunk.subarray(passed));
    at = 0;
    if (!isBegun) {
      if (bytes.length < MAGIC.length) continue;
      if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw broken();
      isBegun = true;
      at = MAGIC.length;
    }
    while (left !== 0) {
      const head = headAt(bytes, at);
      if (head === undefined) break;
      const { field, begin, length } = head;
      if (left === undefined && field === CONTENTS) {
        left = length;
        at = begin;
        continue;
      }
      if (length > limit) throw new RangeError(`an object is larger than ${limit} bytes`);
      const end = begin + length;
      const isItem = left !== undefined && field === ITEM;
      if (isItem && end > bytes.length) break;
      if (left !== undefined) left -= end - at;
      if (left !== undefined && left < 0) throw broken();
      if (isItem) yield bytes.subarray(begin, end);
      skip = Math.max(0, end - bytes.length);
      at = Math.min(end, bytes.length);
    }
    if (left === 0) at = bytes.length;
  }
  if (left !== 0) throw broken();
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(head.length + tail.length);
  out.set(head);
  out.set(tail, head.length);
  return out;
}

interface Head {
  readonly field: number;
  readonly wire: number;
  /** Where the value begins, and how long it is. */
  readonly begin: number;
  readonly length: number;
}

/** Undefined where more bytes are needed. */
function headAt(bytes: Uint8Array, at: number): Head | undefined {
  const tag = varintAt(bytes, at);
  if (tag === undefined) return undefined;
  const [field, wire] = [Math.floor(tag.value / 8), tag.value % 8];
  if (wire === FIXED64 || wire === FIXED32) return { field, wire, begin: tag.end, length: wire === FIXED64 ? 8 : 4 };
  const value = varintAt(bytes, tag.end);
  if (value === undefined) return undefined;
  if (wire === VARINT) return { field, wire, begin: tag.end, length: value.end - tag.end };
  if (wire !== BYTES) throw broken();
  return { field, wire, begin: value.end, length: value.value };
}

function varintAt(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let at = from; at < from + 10; at++) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, end: at + 1 };
    scale *= 128;
  }
  throw broken();
}

/** Calls `visit` with each field of a whole message. */
function eachField(bytes: Uint8Array, visit: (field: number, value: Uint8Array) => void): void {
  for (let at = 0; at < bytes.length; ) {
    const head = headAt(bytes, at);
    if (head === undefined || head.begin + head.length > bytes.length) throw broken();
    at = head.begin + head.length;
    visit(head.field, bytes.subarray(head.begin, at));
  }
}

const decoder = new TextDecoder();
/** Below, a call costs more than its work. */
const SHORT = 64;

function textOf(bytes: Uint8Array): string {
  if (bytes.length > SHORT) return decoder.decode(bytes);
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) >= 0x80) return decoder.decode(bytes);
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** An object of a list of the kind, or its metadata alone. Throws KUBE_REFUSED. */
export function decodeObject(bytes: Uint8Array, { apiVersion, kind }: ObjectType, metadataOnly: boolean): KubeObject {
  const object: KubeObject = { apiVersion, kind, metadata: { name: '' } };
  const { texts, bytes: data, type } = metadataOnly ? ({ bytes: [0, ''] } as DataFields) : (KINDS[kind] as DataFields);
  const put = (name: string, entry: Uint8Array, show: (value: Uint8Array) => string): void => {
    const map = (object[name] ??= {}) as Record<string, string>;
    putEntry(map, entry, show);
  };
  eachField(bytes, (field, value) => {
    if (field === 1) object.metadata = decodeMetadata(value);
    else if (field === data[0]) put(data[1], value, base64Of);
    else if (field === texts?.[0]) put(texts[1], value, textOf);
    else if (field === type) object.type = textOf(value);
  });
  return object;
}

const TEXTS: Readonly<Record<number, 'name' | 'namespace'>> = { 1: 'name', 3: 'namespace' };
const MAPS: Readonly<Record<number, 'labels' | 'annotations'>> = { 11: 'labels', 12: 'annotations' };

function decodeMetadata(bytes: Uint8Array): ObjectMetadata {
  const metadata: ObjectMetadata = { name: '' };
  eachField(bytes, (field, value) => {
    const text = TEXTS[field];
    const map = MAPS[field];
    if (text !== undefined) {
      if (value.length > 0) metadata[text] = textOf(value);
    } else if (map !== undefined) putEntry((metadata[map] ??= {}), value, textOf);
  });
  return metadata;
}

function putEntry(map: Record<string, string>, bytes: Uint8Array, show: (value: Uint8Array) => string): void {
  let [key, value] = ['', ''];
  eachField(bytes, (field, content) => {
    if (field === 1) key = textOf(content);
    else if (field === 2) value = show(content);
  });
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

/** What a server says in protobuf instead of an answer, as it says it in JSON. Throws KUBE_REFUSED. */
export function statusText(bytes: Uint8Array): string {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw broken();
  const status: Record<string, unknown> = { kind: 'Status', apiVersion: 'v1' };
  const details: Record<string, unknown> = {};
  eachField(contentsOf(bytes), (field, value) => {
    if (field === 2) status.status = textOf(value);
    else if (field === 3) status.message = textOf(value);
    else if (field === 4) status.reason = textOf(value);
    else if (field === 6) status.code = varintAt(value, 0)?.value;
    else if (field === 5) {
      eachField(value, (own, detail) => {
        if (own === 1) details.name = textOf(detail);
        else if (own === 2) details.group = textOf(detail);
        else if (own === 3) details.kind = textOf(detail);
        else if (own === 5) details.retryAfterSeconds = varintAt(detail, 0)?.value;
      });
    }
  });
  return JSON.stringify({ ...status, details });
}

function contentsOf(bytes: Uint8Array): Uint8Array {
  let contents: Uint8Array = new Uint8Array(0);
  eachField(bytes.subarray(MAGIC.length), (field, value) => {
    if (field === CONTENTS) contents = value;
  });
  return contents;
}

interface NodeBuffer {
  from(bytes: ArrayBufferLike, offset: number, length: number): { toString(encoding: 'base64'): string };
}
const NativeBuffer = (globalThis as { Buffer?: NodeBuffer }).Buffer;
const PIECE = 0x8000;

function base64Of(bytes: Uint8Array): string {
  if (NativeBuffer !== undefined) {
    return NativeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  }
  let binary = '';
  for (let at = 0; at < bytes.length; at += PIECE) binary += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(binary);
}
