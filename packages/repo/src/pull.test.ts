import { describe, expect, test } from 'vitest';

import { Content, type ContentCache, sha256 } from './content.ts';
import { type Access, httpGet } from './http.ts';
import { type FoundChart, fetchChart, findChart, type PullOptions, type PullPorts, pullChart } from './pull.ts';
import { createRepository, NO_REPOSITORIES } from './repositories.ts';
import { indexReader } from './summary.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const DIGEST = await sha256(bytes('archive'));

interface Request {
  readonly url: string;
  readonly authorization: string | null;
}

/** A network of files by URL; a value that is a URL is a redirect. */
function network(files: Record<string, string>): { fetch: typeof fetch; requests: Request[] } {
  const requests: Request[] = [];
  const fetch = (async (input: string, init: RequestInit = {}) => {
    requests.push({ url: input, authorization: new Headers(init.headers).get('authorization') });
    const body = files[input];
    if (body === undefined) return new Response('no', { status: 404, statusText: 'Not Found' });
    return /^https?:\/\/|^\//.test(body)
      ? new Response(null, { status: 302, headers: { location: body } })
      : new Response(body);
  }) as typeof globalThis.fetch;
  return { fetch, requests };
}

function memoryCache(): ContentCache & { files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    get: async (digest, kind) => files.get(`${digest}.${kind}`),
    put: async (digest, data, kind) => void files.set(`${digest}.${kind}`, data),
  };
}

const INDEX = `apiVersion: v1
entries:
  web:
  - {name: web, version: 1.1.0-rc.1, urls: [web-1.1.0-rc.1.tgz]}
  - {name: web, version: 1.0.0, digest: ${DIGEST}, urls: [web-1.0.0.tgz]}
  - {name: web, version: 0.9.0, digest: ${'0'.repeat(63)}1, urls: [web-0.9.0.tgz]}
  - {name: web, version: 0.8.0}
  - {name: web, version: 0.7.0, urls: ["https://other.example/web-0.7.0.tgz"]}
  - {name: web, version: 0.6.0, urls: ["ftp://other.example/web.tgz"]}
  - {name: web, version: 0.5.0, digest: "sha256:${DIGEST}", urls: ["../..%2F..%2Fetc"]}
`;
const REPOSITORY = createRepository({ name: 'r', url: 'https://x.example/charts?t=1', username: 'u', password: 'p' });
const IN_GIT = createRepository({ name: 'g', url: 'git+https://g.example/r.git@v1?path=charts' });

const FILES = {
  'https://x.example/charts/web-1.0.0.tgz?t=1': 'archive',
  'https://x.example/charts/web-1.1.0-rc.1.tgz?t=1': 'archive',
  'https://x.example/charts/web-0.9.0.tgz?t=1': 'archive',
  'https://other.example/web-0.7.0.tgz': 'archive',
};

function portsOn(
  files: Record<string, string> = FILES,
  more: Partial<PullPorts> = {},
): PullPorts & { requests: Request[] } {
  const { fetch, requests } = network(files);
  const index = async () => indexReader(INDEX, { source: 's' });
  return {
    repositories: { ...NO_REPOSITORIES, repositories: [REPOSITORY, IN_GIT] },
    cachedIndex: index,
    freshIndex: index,
    fetchFor: () => fetch,
    requests,
    ...more,
  };
}

const find = (reference: string, options: PullOptions = {}, ports = portsOn()): Promise<FoundChart> =>
  findChart(reference, options, ports);

describe('a chart is found', () => {
  const cases: readonly (readonly [reference: string, options: PullOptions, url: string])[] = [
    ['r/web', {}, 'https://x.example/charts/web-1.0.0.tgz?t=1'],
    ['r/web', { devel: true }, 'https://x.example/charts/web-1.1.0-rc.1.tgz?t=1'],
    ['r/web', { version: '~0.9' }, 'https://x.example/charts/web-0.9.0.tgz?t=1'],
    ['web', { repository: 'https://y.example' }, 'https://y.example/web-1.0.0.tgz'],
    ['https://z.example/a.tgz', {}, 'https://z.example/a.tgz'],
    ['file:///a/b', {}, 'file:///a/b'],
    ['git+https://g.example/r.git@v1?path=charts/a', {}, 'git+https://g.example/r.git@v1?path=charts/a'],
    ['g/a', {}, 'git+https://g.example/r.git@v1?path=charts/a'],
  ];
  test.each(cases)('%s %j', async (reference, options, url) =>
    expect(await find(reference, options)).toMatchObject({ url }),
  );

  const faults: readonly (readonly [reference: string, options: PullOptions, message: string])[] = [
    ['web', {}, 'non-absolute URLs should be in form of repo_name/path_to_chart, got: web'],
    ['q/web', {}, 'repo q not found'],
    [
      'r/web',
      { version: '^3' },
      `chart "web" matching ^3 not found in r index. (try 'helm repo update'): no chart version found for web-^3`,
    ],
    ['r/web', { version: '0.8.0' }, 'chart "r/web" has no downloadable URLs'],
    ['r/web', { version: '0.6.0' }, 'scheme "ftp" not supported'],
    [
      'web',
      { repository: 'https://y.example', version: '7' },
      'chart "web" version "7" not found in https://y.example repository',
    ],
    ['a%zz', {}, 'invalid chart URL format: a%zz'],
    ['oci://x.example/a', {}, 'unable to lookup chart "oci://x.example/a", missing registry client'],
    ['git+https://g.example/r.git@--upload-pack=x', {}, 'not a branch, tag or commit'],
    ['git+https://g.example/r.git@v1?path=../x', {}, 'the path leads out of the repository'],
    ['git+https://g.example/r.git?ref=v1', {}, 'ref means nothing here'],
    ['git+ext::sh', {}, 'not an address of a git repository'],
  ];
  test.each(faults)('%s %j: %s', (reference, options, message) =>
    expect(find(reference, options)).rejects.toThrow(message),
  );
});

describe('in a registry', () => {
  const oci = {
    tags: async () => ['2.0.0-rc.1', '1.1.0+b', '1.0.0'],
    resolve: async (_: string, tag: string) => (tag === '1.0.0' ? 'sha256:aa' : undefined),
    pull: async () => ({
      content: new Content([bytes('archive')]),
      manifestDigest: 'sha256:aa',
      reference: 'x.example/a/web:1.0.0',
    }),
  };
  test.each([
    ['oci://x.example/a/web', {}, 'oci://x.example/a/web:1.1.0+b'],
    ['oci://x.example/a/web', { devel: true }, 'oci://x.example/a/web:2.0.0-rc.1'],
    ['oci://x.example/a/web', { version: '<1.1' }, 'oci://x.example/a/web:1.0.0'],
    ['oci://x.example:5000/a/web:1.1.0_b', {}, 'oci://x.example:5000/a/web:1.1.0+b'],
    ['oci://x.example/a/web@sha256:aa', { version: '1.0.0' }, 'oci://x.example/a/web@sha256:aa'],
  ])('%s %j is %s', async (reference, options, url) => {
    expect(await find(reference, options, portsOn({}, { oci }))).toMatchObject({ url });
  });

  test('a tag of another digest is refused', async () => {
    await expect(find('oci://x.example/a/web:1.0.0@sha256:bb', {}, portsOn({}, { oci }))).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  test('the archive gets a name of its own', async () => {
    expect(await pullChart('oci://x.example/a/web:1.0.0', {}, portsOn({}, { oci }))).toMatchObject({
      fileName: 'web-1.0.0.tgz',
      digest: DIGEST,
      oci: { manifestDigest: 'sha256:aa' },
    });
  });
});

describe('an archive', () => {
  test('comes from the network once, then from the cache', async () => {
    const ports = portsOn(FILES, { cache: memoryCache() });
    expect(await pullChart('r/web', {}, ports)).toMatchObject({ fileName: 'web-1.0.0.tgz', digest: DIGEST });
    expect(await pullChart('r/web', { offline: true }, ports)).toMatchObject({ digest: DIGEST });
    expect(ports.requests).toEqual([
      { url: 'https://x.example/charts/web-1.0.0.tgz?t=1', authorization: `Basic ${btoa('u:p')}` },
    ]);
  });

  test('with another digest than the index or lock says is refused, and not kept', async () => {
    const cache = memoryCache();
    const ports = portsOn(FILES, { cache });
    for (const options of [{ version: '0.9.0' }, { version: '1.0.0', digest: 'f'.repeat(64) }]) {
      await expect(pullChart('r/web', options, ports)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    }
    expect(cache.files.size).toBe(0);
    const { digest } = await pullChart('r/web', { version: '0.9.0', allowDigestMismatch: true }, ports);
    expect([...cache.files.keys()]).toEqual([`${digest}.chart`]);
  });

  test('is not fetched offline', async () => {
    await expect(pullChart('r/web', { offline: true }, portsOn())).rejects.toMatchObject({ code: 'OFFLINE' });
  });

  test('has a name and no path', async () => {
    const found: FoundChart = { type: 'http', url: 'https://x.example/a/..%2F..%2Fetc', access: REPOSITORY };
    const { fileName } = await fetchChart('x', found, {}, portsOn({ [found.url]: 'archive' }));
    expect(fileName).toBe('chart.tgz');
  });

  test('brings its provenance where that is wanted', async () => {
    const url = 'https://z.example/a.tgz';
    const warnings: string[] = [];
    const warn = (message: string): void => void warnings.push(message);
    const prov = await pullChart(url, { prov: 'always' }, portsOn({ [url]: 'archive', [`${url}.prov`]: 'signed' }));
    expect(prov.prov).toEqual(bytes('signed'));
    await expect(pullChart(url, { prov: 'always' }, portsOn({ [url]: 'archive' }))).rejects.toThrow(
      `failed to fetch provenance "${url}.prov"`,
    );
    expect((await pullChart(url, { prov: 'later' }, portsOn({ [url]: 'archive' }, { warn }))).prov).toBeUndefined();
    expect(warnings).toEqual([
      `WARNING: Verification not found for ${url}: failed to fetch ${url}.prov : 404 Not Found`,
    ]);
  });
});

describe('credentials', () => {
  const sent = async (
    url: string,
    access: Partial<Access>,
    files: Record<string, string>,
  ): Promise<(string | null)[]> => {
    const { fetch, requests } = network(files);
    await httpGet(url, { fetch, access: { ...REPOSITORY, ...access }, maxSize: 100 });
    return requests.map(({ authorization }) => authorization && atob(authorization.slice(6)));
  };
  const A = 'https://x.example/a';
  const B = 'https://other.example/b';

  test.each([
    ['the same server', A, {}, { [A]: 'x' }, ['u:p']],
    ['another server', B, {}, { [B]: 'x' }, [null]],
    ['all servers', B, { pass_credentials_all: true }, { [B]: 'x' }, ['u:p']],
    ['another scheme', 'http://x.example/a', {}, { 'http://x.example/a': 'x' }, [null]],
    ['after a redirect within', A, {}, { [A]: '/c', 'https://x.example/c': 'x' }, ['u:p', 'u:p']],
    ['after a redirect elsewhere', A, {}, { [A]: B, [B]: 'x' }, ['u:p', null]],
    ['after a redirect elsewhere, to all', A, { pass_credentials_all: true }, { [A]: B, [B]: 'x' }, ['u:p', null]],
    ['in the address', 'https://me:my%40@x.example/a', { username: '' }, { [A]: 'x' }, ['me:my@']],
  ])('to %s', async (_, url, access, files, wanted) => expect(await sent(url, access, files)).toEqual(wanted));

  test('are not shown', async () => {
    const get = sent('https://me:secret@x.example/nope', {}, {});
    await expect(get).rejects.toThrow('failed to fetch https://me:***@x.example/nope : 404 Not Found');
  });
});

describe('a server', () => {
  const get = (files: Record<string, string>): Promise<unknown> => {
    const { fetch } = network(files);
    return httpGet('https://x.example/a', { fetch, access: REPOSITORY, maxSize: 3 });
  };
  test('may not send more than is wanted', () =>
    expect(get({ 'https://x.example/a': 'four' })).rejects.toMatchObject({ code: 'INDEX_TOO_LARGE' }));
  test('may not redirect for ever', () =>
    expect(get({ 'https://x.example/a': '/a' })).rejects.toThrow(
      'Get "https://x.example/a": stopped after 10 redirects',
    ));
  test('may not redirect to files', () =>
    expect(
      httpGet('https://x.example/a', {
        fetch: (async () =>
          new Response(null, { status: 301, headers: { location: 'file:///etc/passwd' } })) as typeof fetch,
        access: REPOSITORY,
        maxSize: 3,
      }),
    ).rejects.toThrow('unsupported redirect'));
});
