import { describe, expect, test } from 'vitest';

import { decodeObject, readProtobufItems, statusText } from './protobuf.ts';

type Value = number | string | Uint8Array | readonly Uint8Array[];

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest % 0x80) | 0x80);
  return [...out, rest];
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const join = (...parts: readonly Iterable<number>[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** One field; several for a list. */
function field(number: number, value: Value): Uint8Array {
  if (typeof value === 'number') return join(varint(number * 8), varint(value));
  if (typeof value === 'string') return field(number, bytesOf(value));
  if (value instanceof Uint8Array) return join(varint(number * 8 + 2), varint(value.length), value);
  return join(...value.map((each) => field(number, each)));
}

const message = (...fields: readonly (readonly [number, Value])[]): Uint8Array =>
  join(...fields.map(([number, value]) => field(number, value)));
const entry = (key: string, value: Value): Uint8Array => message([1, key], [2, value]);
const envelope = (contents: Uint8Array): Uint8Array =>
  join(bytesOf('k8s\0'), message([1, message([1, 'v1'], [2, 'SecretList'])], [2, contents], [3, ''], [4, '']));

const metadata = (name: string): Uint8Array =>
  message(
    [1, name],
    [2, ''],
    [3, 'shop'],
    [5, 'some-uid'],
    [6, '17'],
    [7, 0],
    [8, message([1, 1_800_000_000])],
    [11, [entry('owner', 'helm'), entry('__proto__', 'x')]],
    [17, message([1, 'helm'], [7, message([1, '{"f:data":{}}'])])],
  );
const secret = (name: string): Uint8Array =>
  message(
    [1, metadata(name)],
    [2, [entry('release', Uint8Array.of(0, 255)), entry('empty', '')]],
    [3, 'Opaque'],
    [5, 0],
  );

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, size: number, limit?: number): Promise<Uint8Array[]> {
  const items: Uint8Array[] = [];
  for await (const item of readProtobufItems(chunks(bytes, size), limit)) items.push(Uint8Array.from(item));
  return items;
}

describe('a list', () => {
  const items = [secret('a'), message(), secret('b'.repeat(200))];
  const list = envelope(message([1, message([2, '42'], [4, 7])], [2, items]));

  test.each([1, 2, 3, 5, 64, 1000])('comes in pieces of %i bytes', async (size) => {
    expect(await read(list, size)).toEqual(items);
  });

  test.each([1, 1000])('of nothing, in pieces of %i bytes', async (size) => {
    expect(await read(envelope(message([1, message()])), size)).toEqual([]);
    expect(await read(envelope(message()), size)).toEqual([]);
  });

  test('that ends too early is refused, wherever', async () => {
    const whole = list.length - message([3, ''], [4, '']).length;
    for (let length = 0; length < whole; length++) {
      await expect(read(list.subarray(0, length), 7)).rejects.toMatchObject({ code: 'KUBE_REFUSED' });
    }
  });

  test.each<[string, Uint8Array]>([
    ['JSON', bytesOf('{"items":[]}')],
    ['groups', join(bytesOf('k8s\0'), [0x0b, 0x01])],
    ['a number without an end', join(bytesOf('k8s\0'), Array(20).fill(0xff))],
    ['an item that is longer than the list', join(bytesOf('k8s\0'), [0x12, 3, 0x12, 100, 1, ...Array(100).fill(0)])],
  ])('%s is none', async (_, bytes) => {
    for (const size of [1, 1000]) await expect(read(bytes, size)).rejects.toMatchObject({ code: 'KUBE_REFUSED' });
  });

  test('with an item that is too large', async () => {
    await expect(read(list, 1000, 100)).rejects.toThrow('larger than 100 bytes');
  });
});

describe('an object', () => {
  const type = { apiVersion: 'v1', kind: 'Secret' };
  const known = { name: 'a', namespace: 'shop' };

  test('with its data', () => {
    const { metadata: own, ...rest } = decodeObject(secret('a'), type, false);
    expect(rest).toEqual({ ...type, data: { release: 'AP8=', empty: '' }, type: 'Opaque' });
    expect(own).toMatchObject(known);
    expect(Object.entries(own.labels ?? {})).toEqual([
      ['owner', 'helm'],
      ['__proto__', 'x'],
    ]);
    expect(Object.keys(own)).toEqual(['name', 'namespace', 'labels']);
  });

  test('of texts and of bytes', () => {
    const bytes = message([1, metadata('a')], [2, entry('k', 'ü')], [3, entry('b', Uint8Array.of(0, 255))]);
    const { data, binaryData } = decodeObject(bytes, { apiVersion: 'v1', kind: 'ConfigMap' }, false);
    expect([data, binaryData]).toEqual([{ k: 'ü' }, { b: 'AP8=' }]);
  });

  test('of any kind, by its metadata alone', () => {
    const pods = { apiVersion: 'v1', kind: 'Pod' };
    expect(decodeObject(message([1, metadata('a')]), pods, true)).toMatchObject({ ...pods, metadata: known });
  });

  test('that ends too early is refused', () => {
    expect(() => decodeObject(secret('a').subarray(0, 30), type, false)).toThrow('ends too early');
  });
});

test('a refusal is as it is in JSON', () => {
  const details = message([1, 'web'], [2, 'apps'], [3, 'deployments'], [5, 3]);
  const status = message([1, message()], [2, 'Failure'], [3, 'not today'], [4, 'Forbidden'], [5, details], [6, 403]);
  expect(JSON.parse(statusText(envelope(status)))).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: 'not today',
    reason: 'Forbidden',
    code: 403,
    details: { name: 'web', group: 'apps', kind: 'deployments', retryAfterSeconds: 3 },
  });
});
