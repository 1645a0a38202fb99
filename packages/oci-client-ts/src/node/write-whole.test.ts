import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeStream } from './write-whole.ts';

const folder = mkdtempSync(join(tmpdir(), 'oci-write-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('what comes is in the file, in its order', async () => {
  const path = join(folder, 'good');
  await writeStream(
    path,
    (async function* () {
      for (const word of ['a', 'bc', '', 'd']) yield new TextEncoder().encode(word);
    })(),
  );
  expect(readFileSync(path, 'utf8')).toBe('abcd');
  rmSync(path);
});

test.each([0, 1])('what fails after %i pieces leaves nothing, not even later', async (pieces) => {
  const failing = (async function* () {
    for (let n = 0; n < pieces; n++) yield new Uint8Array(1e6);
    throw new Error('broken');
  })();
  await expect(writeStream(join(folder, 'bad'), failing)).rejects.toThrow('broken');
  expect(readdirSync(folder)).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(readdirSync(folder)).toEqual([]);
});
