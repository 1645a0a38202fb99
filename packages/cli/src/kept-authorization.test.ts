import type { Credential } from 'oci-client-ts';
import { expect, test } from 'vitest';
import { keptAuthorization } from './kept-authorization.ts';

const KEPT: Readonly<Record<string, Credential>> = {
  'x.example': { username: 'me', password: 'secret' },
  'x.example:8443': { registryToken: 'token' },
  '127.0.0.1:80': { username: 'me', password: 'secret' },
  '127.0.0.1': { username: 'me', password: 'secret' },
  'hub.example': { identityToken: 'refresh' },
};
const kept = { get: (host: string) => KEPT[host] };
const BASIC = 'Basic bWU6c2VjcmV0';

test.each<[title: string, url: string, repository: string, authorization: string | undefined]>([
  ['a password', 'https://x.example/charts/index.yaml', 'https://x.example/charts', BASIC],
  ['a token', 'https://x.example:8443/a.tgz', 'https://x.example:8443', 'Bearer token'],
  ['on this machine', 'http://127.0.0.1/index.yaml', 'http://127.0.0.1', BASIC],
  ['without encryption', 'http://x.example/index.yaml', 'http://x.example', undefined],
  ['where another server sent us', 'https://x.example/a.tgz', 'https://other.example', undefined],
  ['of which nothing is known', 'https://y.example/index.yaml', 'https://y.example', undefined],
  ['a token that is for another service', 'https://hub.example/index.yaml', 'https://hub.example', undefined],
  ['of what is no address', 'https://x.example/index.yaml', 'x', undefined],
])('%s', async (_, url, repository, authorization) =>
  expect(await keptAuthorization(url, { url: repository }, kept)).toBe(authorization),
);
