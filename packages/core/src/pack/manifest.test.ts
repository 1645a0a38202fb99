import { toBytes } from 'go-template';
import { describe, expect, test } from 'vitest';

import { packManifest, verifyPackManifest } from './manifest.ts';

const file = (name: string, text: string) => ({ name, data: toBytes(text) });
const files = [file('templates/a.yaml', 'a: 1\n'), file('Pack.yaml', 'kind: Pack\n'), file('values.yaml', '')];
const input = { name: 'web', version: '1.0.0', created: new Date('2026-01-01T00:00:00Z'), files };
const archive = async (...change: ReturnType<typeof file>[]) => [
  file('MANIFEST', await packManifest(input)),
  ...(change.length > 0 ? change : files),
];

describe('MANIFEST', () => {
  test('lists files by path', async () => {
    expect((await packManifest(input)).split('\n')).toEqual([
      'sherpack-manifest-version: 1',
      'name: web',
      'version: 1.0.0',
      'created: 2026-01-01T00:00:00.000Z',
      '',
      '[files]',
      expect.stringMatching(/^Pack\.yaml sha256:[0-9a-f]{64}$/),
      // printf 'a: 1\n' | sha256sum
      'templates/a.yaml sha256:37b128c59f1f5097f73f82691cb519f1f568667faab5ced1b4ab979d36837eae',
      'values.yaml sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '',
      '[digest]',
      expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    ]);
  });

  test('holds for what it was made of', async () => {
    await expect(verifyPackManifest(await archive())).resolves.toBeUndefined();
    await expect(verifyPackManifest(files)).resolves.toBeUndefined();
  });

  const [template, pack, values] = files as [(typeof files)[0], (typeof files)[0], (typeof files)[0]];
  test.each([
    ['a file that is another', [template, pack, file('values.yaml', 'x: 1\n')], 'values.yaml has another digest'],
    ['a file that is missing', [template, pack], 'values.yaml is missing'],
    ['a file more', [...files, file('templates/b.yaml', '')], 'templates/b.yaml is not listed'],
  ])('%s', async (_, changed, why) => {
    await expect(verifyPackManifest(await archive(...changed))).rejects.toMatchObject({
      code: 'CHART_ARCHIVE_INVALID',
      message: expect.stringContaining(why),
    });
    expect(values.name).toBe('values.yaml');
  });

  test.each([
    ['', 'its version is not said'],
    ['sherpack-manifest-version: 2\n', 'its version is 2'],
    ['sherpack-manifest-version: 1\n[files]\nPack.yaml\n', 'a line that is none'],
    ['sherpack-manifest-version: 1\n[files]\n\n[digest]\nsha256:00\n', 'Pack.yaml is not listed'],
  ])('that is broken: %j', async (text, why) => {
    await expect(verifyPackManifest([file('MANIFEST', text), pack])).rejects.toThrow(why);
  });
});
