import { expect, test } from 'vitest';

import { offlineCapabilities, parseKubeVersion } from './capabilities.ts';
import { validateReleaseName } from './release-name.ts';

test.each([
  ['v1.33.4-gke.1245000', ['v1.33.4-gke.1245000', 'v1.33.4', '1', '33']],
  ['1.33', ['v1.33', 'v1.33', '1', '33']],
  ['1.2.3.4', ['v1.2.3.4', 'v1.2.3.4', '1', '2']],
  ['1.033+k', ['v1.033+k', 'v1.33', '1', '33']],
])('the version %s of Kubernetes', (text, expected) => {
  const { version, normalized, major, minor } = parseKubeVersion(text);
  expect([version, normalized, major, minor]).toEqual(expected);
});

test.each([
  ['abc', 'could not parse "abc" as version'],
  ['1', 'illegal version string "1"'],
  ['v01.2', 'illegal zero-prefixed version component "01" in "v01.2"'],
  [
    '1.99999999999999999999',
    'illegal non-numeric version component "99999999999999999999" in "1.99999999999999999999": strconv.ParseUint: parsing "99999999999999999999": value out of range',
  ],
])('%s is none', (text, message) => {
  expect(() => parseKubeVersion(text)).toThrow(`invalid kube version '${text}': ${message}`);
});

test('what is asked for is added to what is known', () => {
  const { apiVersions, kubeVersion } = offlineCapabilities({ kubeVersion: '1.30', apiVersions: ['x/v1'] });
  expect(apiVersions.length).toBe(56);
  expect([apiVersions[0], apiVersions[1], apiVersions.at(-1)]).toEqual([
    'v1',
    'admissionregistration.k8s.io/v1',
    'x/v1',
  ]);
  expect(kubeVersion.version).toBe('v1.30');
});

test.each(['a', 'a-b.c', '0', 'a'.repeat(53)])('%s names a release', (name) => {
  expect(() => validateReleaseName(name)).not.toThrow();
});

test.each(['-a', 'A', 'a_b', 'a..b', 'é', 'a\n', 'a'.repeat(54)])('%j does not', (name) => {
  expect(() => validateReleaseName(name)).toThrow('invalid release name, must match regex');
});

test('a release needs a name', () => {
  expect(() => validateReleaseName('')).toThrow('no name provided');
});
