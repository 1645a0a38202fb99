import { expect, test } from 'vitest';

import { awsProvider } from './aws.ts';
import { kubernetesProvider } from './kubernetes.ts';
import type { SecretsProvider } from './provider.ts';
import { parseReference, type SecretReference } from './reference.ts';

const ask = async (provider: SecretsProvider, text: string): Promise<unknown> =>
  (await provider.resolve([parseReference(text, new Set([provider.scheme])) as SecretReference]))[0];

const aws = awsProvider(async (id) => {
  if (id === 'binary') return { SecretBinary: new Uint8Array([0x61, 0xff]) };
  if (id === 'empty') return {};
  return { SecretString: id === 'json' ? '{"user":"u","port":1}' : 'plain' };
});

const kubernetes = kubernetesProvider(
  async (namespace, name) => (name === 'db' && namespace !== 'other' ? { password: btoa(namespace) } : undefined),
  'own',
);

test.each([
  [aws, 'aws-sm:plain', 'plain'],
  [aws, 'aws-sm:arn:aws:secretsmanager:eu:1:secret:a-1', 'plain'],
  [aws, 'aws-sm:json', '{"user":"u","port":1}'],
  [aws, 'aws-sm:json#user', 'u'],
  [aws, 'aws-sm:json#port', '1'],
  [aws, 'aws-sm:binary', 'a\udcff'],
  [kubernetes, 'k8s:db#password', 'own'],
  [kubernetes, 'k8s:prod/db#password', 'prod'],
] as const)('%o %s', async (provider, text, secret) => {
  expect(await ask(provider, text)).toBe(secret);
});

test.each([
  [aws, 'aws-sm:json#none', 'the secret json has no key "none"', 'its keys are user, port'],
  [aws, 'aws-sm:plain#a', 'the secret plain is no JSON object and has no keys', 'write aws-sm:plain'],
  [aws, 'aws-sm:empty', 'the secret empty is empty', undefined],
  [kubernetes, 'k8s:db', 'it names no key', 'write k8s:PATH#KEY'],
  [kubernetes, 'k8s:a/b/c#d', 'it names no Secret', 'write k8s:NAMESPACE/NAME#KEY'],
  [kubernetes, 'k8s:other/db#password', 'there is no Secret db in other', undefined],
  [kubernetes, 'k8s:db#pass', 'the Secret own/db has no key "pass"', 'its keys are password'],
] as const)('%o %s gives nothing', async (provider, text, message, hint) => {
  expect(await ask(provider, text)).toMatchObject({ message, ...(hint !== undefined && { hint }) });
});
