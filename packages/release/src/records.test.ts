import { beforeEach, describe, expect, test } from 'vitest';

import type { Release, ReleaseStatus } from './record.ts';
import { headsOf, lastOf, makeRoom, revisionOf } from './records.ts';
import { createMemoryStorage } from './storage/memory.ts';
import type { ReleaseStorage } from './storage/storage.ts';
import { faultOf, NAMESPACE, valuesOf } from './testing/world.ts';

let records: ReleaseStorage;
beforeEach(() => {
  records = createMemoryStorage({ now: Date.now });
});

async function put(...statuses: readonly ReleaseStatus[]): Promise<void> {
  // Not in their order.
  for (const [i, status] of [...statuses.entries()].reverse()) {
    const release: Release = {
      name: 'web',
      namespace: NAMESPACE,
      version: i + 1,
      info: { status },
      chart: undefined,
      config: valuesOf(),
      manifest: '',
      hooks: [],
      applyMethod: '',
      labels: {},
    };
    await records.create(release);
  }
}

const versions = async (): Promise<number[]> => (await headsOf(records, 'web')).map(({ version }) => version);

test('revisions, the oldest first', async () => {
  await put('superseded', 'superseded', 'deployed');
  expect(await versions()).toEqual([1, 2, 3]);
  expect((await lastOf(records, 'web')).version).toBe(3);
});

test.each([
  [0, 3],
  [-1, 3],
  [2, 2],
])('revision %i is number %i', async (asked, version) => {
  await put('superseded', 'superseded', 'deployed');
  expect((await revisionOf(records, 'web', asked)).version).toBe(version);
});

test('of no release', async () => {
  for (const act of [headsOf(records, 'web'), lastOf(records, 'web'), revisionOf(records, 'web', 1)]) {
    expect(await faultOf(act)).toMatchObject({ code: 'RELEASE_NOT_FOUND', message: 'release: not found' });
  }
});

describe('room for one more', () => {
  const s = 'superseded';
  const cases: [string, ReleaseStatus[], number, number[]][] = [
    ['0 keeps all', [s, s, 'deployed'], 0, [1, 2, 3]],
    ['there is room', [s, 'deployed'], 3, [1, 2]],
    ['the oldest goes', [s, s, 'deployed'], 3, [2, 3]],
    ['the oldest go', [s, s, s, s, 'deployed'], 3, [4, 5]],
    ['what is deployed stays', ['deployed', 'failed', 'failed'], 2, [1]],
    ['the newest of what is deployed stays', ['deployed', 'deployed', 'failed'], 2, [2]],
    ['where nothing is deployed', ['failed', 'failed', 'failed'], 2, [3]],
    ['for itself alone', [s, s, 'deployed'], 1, [3]],
  ];
  test.each(cases)('%s', async (_, statuses, max, left) => {
    await put(...statuses);
    await makeRoom(records, { name: 'web', version: statuses.length + 1 }, max);
    expect(await versions()).toEqual(left);
  });

  test('where there is no release', async () => {
    await makeRoom(records, { name: 'web', version: 2 }, 1);
    expect(await records.list({})).toEqual([]);
  });

  test('nobody is asked where there cannot be too many', async () => {
    let asked = 0;
    const storage: ReleaseStorage = {
      ...records,
      list: async () => {
        asked++;
        return [];
      },
    };
    await makeRoom(storage, { name: 'web', version: 10 }, 10);
    expect(asked).toBe(0);
    await makeRoom(storage, { name: 'web', version: 11 }, 10);
    expect(asked).toBe(1);
  });
});
