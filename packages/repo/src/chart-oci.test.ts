import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { chartOci, chartTag, chartVersionOfTag, versionsOfTags } from './chart-oci.ts';

/** Packaged by Helm 4.2.4, and pushed by it to see the digests below. */
const archive = (name: string): Uint8Array => readFileSync(new URL(`testdata/${name}-1.0.0.tgz`, import.meta.url));
const created = '2024-01-02T03:04:05Z';

describe('what is pushed', () => {
  test.each([
    ['plain', undefined, 'a:1.0.0', 'sha256:37ad1aa8b99e9da226caecaa4a526176267b4a2e656b7d242d3059a1c4df7d2b'],
    ['full', undefined, 'p1:1.0.0_build.5', 'sha256:ffa5c0bb140a6d2f23ae763455c48f45b929bcdbc2233ec73372d786969eb9ee'],
    [
      'full',
      'provenance\n',
      'p1:1.0.0_build.5',
      'sha256:8d630eec2e36bf9d60b9fbed39f30aeff8ac5bd7e49024665ce7d13902f12293',
    ],
  ])('is what Helm pushes: %s, provenance %j', async (name, prov, reference, digest) => {
    const oci = await chartOci(archive(name), { created, ...(prov && { prov: new TextEncoder().encode(prov) }) });
    expect(oci.reference).toBe(reference);
    expect(oci.manifest.digest).toBe(digest);
  });
});

test('tags', () => {
  expect(chartTag('1.0.0+a.b')).toBe('1.0.0_a.b');
  expect(chartVersionOfTag('1.0.0_a.b')).toBe('1.0.0+a.b');
  expect(versionsOfTags(['latest', '1.0.0', '1.0', 'v3.0.0', '2.0.0-rc.1', '1.0.0_b', '10.0.0'])).toEqual([
    '10.0.0',
    '2.0.0-rc.1',
    '1.0.0',
    '1.0.0+b',
  ]);
});
