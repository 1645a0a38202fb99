import { describe, expect, test } from 'vitest';
import type { ApiResource } from '../cluster.ts';
import { createRestCluster, type RestClusterOptions } from './client.ts';
import type { HttpFetch, HttpRequest } from './http.ts';

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Instead of an answer. */
  readonly error?: Error;
  /** Ends the body. */
  readonly cut?: Error;
}

interface Asked extends HttpRequest {
  readonly url: string;
}

/** A server that gives these answers one after the other, and what it was asked. */
function serve(answers: readonly Answer[], options: Partial<RestClusterOptions> = {}) {
  const asked: Asked[] = [];
  const slept: number[] = [];
  const rest = [...answers];
  const fetch: HttpFetch = async (url, request) => {
    asked.push({ url, ...request });
    const { status = 200, headers = {}, body = {}, error, cut } = rest.shift() ?? { status: 500 };
    if (error !== undefined) throw error;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return {
      status,
      headers: { get: (name) => headers[name] ?? (name === 'content-type' ? 'application/json' : null) },
      body: bytes(text, cut),
    };
  };
  const sleep = async (ms: number): Promise<void> => {
    slept.push(ms);
  };
  return { cluster: createRestCluster({ fetch, server: 'https://api/', sleep, ...options }), asked, slept };
}

/** In small pieces, so that no character or line comes whole. */
async function* bytes(text: string, cut?: Error): AsyncGenerator<Uint8Array> {
  const all = new TextEncoder().encode(text);
  for (let i = 0; i < all.length; i += 7) yield all.subarray(i, i + 7);
  if (cut !== undefined) throw cut;
}

const POD = { apiVersion: 'v1', kind: 'Pod' };
const ROLE = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };
const pod = { ...POD, metadata: { name: 'a', namespace: 'n' } };
const status = (code: number, reason: string, message: string, details = {}) => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details },
});
const lost = Object.assign(new Error('EOF'), { isLost: true });
const unsent = Object.assign(new Error('connection refused'), { isUnsent: true });

describe('requests', () => {
  type Cluster = ReturnType<typeof serve>['cluster'];
  const cases: [string, (cluster: Cluster) => Promise<unknown>, Partial<Asked>][] = [
    ['get', (c) => c.get({ ...POD, name: 'a', namespace: 'n' }), { method: 'GET', url: '/api/v1/namespaces/n/pods/a' }],
    ['the default namespace', (c) => c.get({ ...POD, name: 'a' }), { url: '/api/v1/namespaces/default/pods/a' }],
    [
      'of the cluster, whatever namespace is said',
      (c) => c.get({ ...ROLE, name: 'a:b', namespace: 'n' }),
      { url: '/apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab' },
    ],
    ['list', (c) => c.list(POD), { url: '/api/v1/pods' }],
    [
      'list with a query',
      (c) => c.list(POD, { namespace: 'n', labelSelector: 'a=b,c', limit: 5, continue: 'x' }),
      { url: '/api/v1/namespaces/n/pods?continue=x&labelSelector=a%3Db%2Cc&limit=5' },
    ],
    [
      'create',
      (c) => c.create(pod, { dryRun: true, fieldManager: 'm', fieldValidation: 'Strict' }),
      {
        method: 'POST',
        url: '/api/v1/namespaces/n/pods?dryRun=All&fieldManager=m&fieldValidation=Strict',
        body: JSON.stringify(pod),
      },
    ],
    ['replace', (c) => c.replace(pod), { method: 'PUT', url: '/api/v1/namespaces/n/pods/a' }],
    [
      'apply',
      (c) => c.patch({ ...POD, name: 'a', namespace: 'n' }, { type: 'apply', body: pod }, { force: true }),
      { method: 'PATCH', url: '/api/v1/namespaces/n/pods/a?force=true' },
    ],
    [
      'force is of apply alone',
      (c) => c.patch({ ...POD, name: 'a' }, { type: 'merge', body: {} }, { force: true, subresource: 'status' }),
      { url: '/api/v1/namespaces/default/pods/a/status' },
    ],
    [
      'delete',
      (c) => c.delete({ ...POD, name: 'a' }, { propagation: 'Orphan', uid: 'u', dryRun: true }),
      {
        method: 'DELETE',
        body: '{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Orphan","dryRun":["All"],"preconditions":{"uid":"u"}}',
      },
    ],
    [
      'logs',
      (c) => c.logs({ namespace: 'n', name: 'a' }, { container: 'c', tailLines: 3, follow: true }),
      { url: '/api/v1/namespaces/n/pods/a/log?container=c&follow=true&tailLines=3', streaming: true },
    ],
  ];
  test.each(cases)('%s', async (_, call, expected) => {
    const { cluster, asked } = serve([{}]);
    await call(cluster);
    const { url, ...rest } = expected;
    expect(asked).toMatchObject([{ ...rest, ...(url !== undefined && { url: `https://api${url}` }) }]);
  });

  const patches = [
    ['apply', 'application/apply-patch+yaml'],
    ['merge', 'application/merge-patch+json'],
    ['strategic', 'application/strategic-merge-patch+json'],
    ['json', 'application/json-patch+json'],
  ] as const;
  test.each(patches)('a patch of type %s is %s', async (type, contentType) => {
    const { cluster, asked } = serve([{}]);
    await cluster.patch({ ...POD, name: 'a' }, { type, body: {} });
    expect(asked[0]?.headers['Content-Type']).toBe(contentType);
  });

  const names: [string, string][] = [
    ['', 'resource name may not be empty'],
    ['..', `invalid resource name "..": [may not be '..']`],
    ['a/b', `invalid resource name "a/b": [may not contain '/']`],
    ['a%2f', `invalid resource name "a%2f": [may not contain '%']`],
  ];
  test.each(names)('the name %j is no part of a path', async (name, message) => {
    const { cluster, asked } = serve([]);
    await expect(cluster.get({ ...POD, name })).rejects.toMatchObject({ code: 'KUBE_INVALID', message });
    expect(asked).toEqual([]);
  });
});

describe('answers', () => {
  test('a missing object is undefined, and was not there to delete', async () => {
    const missing = status(404, 'NotFound', 'pods "a" not found');
    const { cluster } = serve([missing, missing]);
    expect(await cluster.get({ ...POD, name: 'a' })).toBeUndefined();
    expect(await cluster.delete({ ...POD, name: 'a' })).toBe(false);
  });

  test('items say what they are', async () => {
    const { cluster } = serve([
      { body: { metadata: { resourceVersion: '7', continue: 'x' }, items: [{ metadata: { name: 'a' } }] } },
      { body: { metadata: { resourceVersion: '8', continue: '' }, items: null } },
    ]);
    expect(await cluster.list(POD)).toEqual({
      items: [{ ...POD, metadata: { name: 'a' } }],
      resourceVersion: '7',
      continue: 'x',
    });
    expect(await cluster.list(POD)).toEqual({ items: [], resourceVersion: '8' });
  });

  test('integers are exact, there and back', async () => {
    const text = '{"metadata":{"name":"a"},"big":-9007199254740993,"small":1,"real":1.5,"text":"12345678901234567890"}';
    const { cluster, asked } = serve([{ body: text }, {}]);
    const object = await cluster.get({ ...POD, name: 'a' });
    expect(object).toMatchObject({ big: -9007199254740993n, small: 1, real: 1.5, text: '12345678901234567890' });
    await cluster.create({ ...pod, big: 9007199254740993n, text: '<&>' });
    expect(asked[1]?.body).toContain('"big":9007199254740993');
    expect(asked[1]?.body).toContain('"<&>"');
  });

  test('warnings, without code and quotes', async () => {
    const heard: string[] = [];
    const warning = '299 - "old, \\"very\\" old", 299 - "and more"';
    const { cluster } = serve([{ headers: { warning } }, { headers: { warning: 'nonsense "x"' } }], {
      onWarning: () => heard.push('not asked'),
    });
    await cluster.get({ ...POD, name: 'a' }, { onWarning: (text) => heard.push(text) });
    await cluster.get({ ...POD, name: 'a' });
    expect(heard).toEqual(['old, "very" old', 'and more']);
  });

  test('logs are bytes', async () => {
    const { cluster } = serve([{ body: 'ä line\nand another\n' }]);
    const log = await cluster.logs({ namespace: 'n', name: 'a' });
    expect(await new Response(log).text()).toBe('ä line\nand another\n');
  });
});

describe('errors', () => {
  const denied =
    'secrets is forbidden: User "bob" cannot list resource "secrets" in API group "" in the namespace "default"';
  const cases: [string, Answer, object][] = [
    [
      'forbidden',
      status(403, 'Forbidden', denied),
      {
        code: 'KUBE_FORBIDDEN',
        message: denied,
        hint: expect.stringContaining('list on secrets in the namespace default'),
      },
    ],
    ['taken', status(409, 'AlreadyExists', 'pods "a" already exists'), { code: 'KUBE_ALREADY_EXISTS' }],
    ['conflict', status(409, 'Conflict', 'x'), { code: 'KUBE_CONFLICT' }],
    ['invalid', status(422, 'Invalid', 'x'), { code: 'KUBE_INVALID' }],
    ['gone', status(410, 'Expired', 'too old'), { code: 'KUBE_EXPIRED' }],
    [
      'webhook',
      status(500, 'InternalError', 'failed calling webhook'),
      { code: 'KUBE_REFUSED', message: 'failed calling webhook' },
    ],
    [
      'expired token',
      status(401, 'Unauthorized', 'Unauthorized'),
      { code: 'KUBE_UNAUTHORIZED', message: 'Unauthorized', hint: expect.stringContaining('log in again') },
    ],
    [
      'no status',
      { status: 502, headers: { 'content-type': 'text/html' }, body: '<p>bad gateway' },
      {
        code: 'KUBE_UNAVAILABLE',
        message: 'an error on the server ("<p>bad gateway") has prevented the request from succeeding (post pods a)',
      },
    ],
    [
      'nothing',
      { status: 404, body: '' },
      { code: 'KUBE_NOT_FOUND', message: 'the server could not find the requested resource (post pods a)' },
    ],
    [
      'a teapot',
      { status: 418, body: '' },
      {
        code: 'KUBE_REFUSED',
        message: 'the server responded with the status code 418 but did not return more information (post pods a)',
      },
    ],
    [
      'no connection',
      { error: new Error('dial tcp 1.2.3.4:443: connect: connection refused') },
      {
        code: 'KUBE_UNAVAILABLE',
        message: 'Post "https://api/api/v1/namespaces/n/pods": dial tcp 1.2.3.4:443: connect: connection refused',
      },
    ],
    [
      'fetch',
      { error: new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }) },
      { message: 'Post "https://api/api/v1/namespaces/n/pods": connect ECONNREFUSED' },
    ],
    ['no JSON', { body: '<html>' }, { code: 'KUBE_REFUSED' }],
  ];
  test.each(cases)('%s', async (_, answer, expected) => {
    const { cluster } = serve([answer]);
    await expect(cluster.create(pod)).rejects.toMatchObject(expected);
  });

  test('a password in the address is not told', async () => {
    const { cluster } = serve([{ error: unsent }], { server: 'https://me:hunter2@api' });
    await expect(cluster.version()).rejects.toMatchObject({
      message: 'Get "https://me:***@api/version": connection refused',
    });
  });

  test('client-go has its own words where it asks for the version', async () => {
    const { cluster } = serve([status(401, 'Unauthorized', 'Unauthorized')]);
    await expect(cluster.version()).rejects.toMatchObject({
      message: 'the server has asked for the client to provide credentials',
    });
  });
});

describe('retries', () => {
  const later = (code: number) => ({ status: code, headers: { 'retry-after': '2' } });
  test.each([429, 503, 500])('%i with Retry-After, whatever the method', async (code) => {
    const { cluster, asked, slept } = serve([later(code), later(code), {}]);
    await cluster.create(pod);
    expect(asked).toHaveLength(3);
    expect(slept).toEqual([2000, 2000]);
  });

  const away = { status: 503, body: '' };
  test.each([
    ['503', away],
    ['502', { status: 502, body: '' }],
    ['no connection', { error: unsent }],
  ])('%s: a server that was never there is not waited for', async (_, answer) => {
    const { cluster, asked } = serve([answer, {}]);
    await expect(cluster.create(pod)).rejects.toMatchObject({ code: 'KUBE_UNAVAILABLE' });
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['503', away],
    ['502', { status: 502, body: '' }],
    ['no connection', { error: unsent }],
  ])('%s: and one that was is, with a word about it', async (_, answer) => {
    const heard: string[] = [];
    const onWarning = (text: string): void => void heard.push(text);
    const { cluster, asked, slept } = serve([{}, answer, answer, answer, answer, { body: pod }], { onWarning });
    await cluster.version();
    expect(await cluster.create(pod)).toEqual(pod);
    expect(asked).toHaveLength(6);
    expect(slept).toEqual([100, 300, 1000, 2000]);
    expect(heard).toEqual([expect.stringContaining('the API server is away, and is asked again: ')]);
  });

  test.each([
    ['403', status(403, 'Forbidden', 'pods is forbidden: RBAC: clusterrole "admin" not found')],
    ['401', status(401, 'Unauthorized', 'Unauthorized')],
    ['404', { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found' }],
  ])('%s of a server that has just come back is not its last word', async (_, answer) => {
    let time = 0;
    const { cluster, asked } = serve([{}, { error: unsent }, answer, answer, { body: pod }, answer], {
      now: () => time,
    });
    await cluster.version();
    expect(await cluster.create(pod)).toEqual(pod);
    expect(asked).toHaveLength(5);
    time = 11_000;
    await expect(cluster.create(pod)).rejects.toMatchObject({ status: { code: answer.status } });
  });

  test('for half a minute', async () => {
    const { cluster, slept } = serve([{}, ...Array(50).fill({ error: unsent })]);
    await cluster.version();
    await expect(cluster.create(pod)).rejects.toMatchObject({ code: 'KUBE_UNAVAILABLE' });
    expect(slept.reduce((sum, ms) => sum + ms)).toBeGreaterThanOrEqual(30_000);
    expect(slept.length).toBeLessThan(20);
  });

  test('or for as long as one wants', async () => {
    const { cluster, slept } = serve([{}, { error: unsent }, {}], { patience: 0 });
    await cluster.version();
    await expect(cluster.list(POD)).rejects.toMatchObject({ code: 'KUBE_UNAVAILABLE' });
    expect(slept).toEqual([]);
  });

  test.each(['etcdserver: leader changed', 'rpc error: code = Unknown desc = raft proposal dropped'])(
    'what the server says that it did not: %s',
    async (message) => {
      const { cluster, asked } = serve([status(500, 'InternalError', message), {}]);
      await cluster.patch({ ...POD, name: 'a' }, { type: 'json', body: [] });
      expect(asked).toHaveLength(2);
    },
  );

  test('ten times, and no server is waited for longer than two minutes', async () => {
    const { cluster, asked, slept } = serve(Array(20).fill({ status: 429, headers: { 'retry-after': '99999' } }));
    await expect(cluster.create(pod)).rejects.toMatchObject({ code: 'KUBE_UNAVAILABLE' });
    expect(asked).toHaveLength(11);
    expect(slept).toEqual(Array(10).fill(120_000));
  });

  test('a lost connection, where a second time does no harm', async () => {
    const { cluster, asked } = serve([{ error: lost }, {}, { error: lost }, {}]);
    await cluster.list(POD);
    await cluster.patch({ ...POD, name: 'a' }, { type: 'apply', body: {} });
    expect(asked).toHaveLength(4);
  });

  const mightHarm: [string, (cluster: ReturnType<typeof serve>['cluster']) => Promise<unknown>][] = [
    ['a JSON patch', (c) => c.patch({ ...POD, name: 'a' }, { type: 'json', body: [] })],
    ['an object whose name the server makes', (c) => c.create({ ...POD, metadata: { generateName: 'a-' } as never })],
  ];
  test.each(mightHarm)('and not where it might: %s', async (_, call) => {
    const { cluster, asked } = serve([{ error: lost }, {}]);
    await expect(call(cluster)).rejects.toMatchObject({ code: 'KUBE_UNAVAILABLE' });
    expect(asked).toHaveLength(1);
  });

  const taken = status(409, 'AlreadyExists', 'pods "a" already exists');
  const moved = status(409, 'Conflict', 'the object has been modified');
  const mine = { ...pod, spec: { a: [1, { b: 2 }] } };
  const found = (spec: object): Answer => ({
    body: { ...mine, metadata: { ...pod.metadata, resourceVersion: '8', uid: 'u' }, spec },
  });
  const done: [string, Answer, (cluster: ReturnType<typeof serve>['cluster']) => Promise<unknown>][] = [
    ['created', taken, (c) => c.create(mine)],
    ['replaced', moved, (c) => c.replace({ ...mine, metadata: { ...pod.metadata, resourceVersion: '7' } })],
  ];
  test.each(done)('what was %s though the answer was lost is there', async (_, refused, call) => {
    const { cluster } = serve([{ error: lost }, refused, found({ a: [1, { b: 2, byServer: true }], more: 3 })]);
    expect(await call(cluster)).toMatchObject({ metadata: { uid: 'u' } });
  });

  test.each(done)("what is there instead of what was to be %s is another's", async (_, refused, call) => {
    const { cluster } = serve([{ error: lost }, refused, found({ a: [1, { b: 'theirs' }] })]);
    await expect(call(cluster)).rejects.toMatchObject({ status: { code: 409 } });
  });

  test('without a lost answer a refusal is one', async () => {
    const { cluster, asked } = serve([taken]);
    await expect(cluster.create(mine)).rejects.toMatchObject({ code: 'KUBE_ALREADY_EXISTS' });
    expect(asked).toHaveLength(1);
  });

  test('what is missing after a lost answer was deleted', async () => {
    const missing = status(404, 'NotFound', 'pods "a" not found');
    const { cluster } = serve([{ error: lost }, missing, missing]);
    expect(await cluster.delete({ ...POD, name: 'a' })).toBe(true);
    expect(await cluster.delete({ ...POD, name: 'a' })).toBe(false);
  });

  test('an answer that ends in the middle', async () => {
    const { cluster, asked } = serve([{ body: '{"items":[', cut: lost }, { body: { items: [] } }]);
    expect(await cluster.list(POD)).toMatchObject({ items: [] });
    expect(asked).toHaveLength(2);
  });

  test('what was picked of a list that is cut off does not count', async () => {
    const items = [pod, { ...pod, metadata: { name: 'b', namespace: 'n' } }];
    const [first] = items.map((item) => JSON.stringify(item));
    const { cluster, asked } = serve([{ body: `{"items":[${first},{"me`, cut: lost }, { body: { items } }]);
    expect(await cluster.collect(POD, { labelSelector: 'a' }, ({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(asked.map(({ url }) => url)).toEqual(Array(2).fill('https://api/api/v1/pods?labelSelector=a'));
  });

  test('what is no list', async () => {
    const { cluster } = serve([{ body: '<html>' }]);
    await expect(cluster.collect(POD, {}, ({ metadata }) => metadata.name)).rejects.toMatchObject({
      code: 'KUBE_REFUSED',
    });
  });

  test('a signal ends the waiting with its reason', async () => {
    const stop = new AbortController();
    const sleep = async (): Promise<void> => stop.abort('enough');
    const { cluster } = serve([later(429), {}], { sleep });
    await expect(cluster.create(pod, {}, { signal: stop.signal })).rejects.toBe('enough');
  });

  test('a limit of requests', async () => {
    const { cluster, slept } = serve([{}, {}, {}, {}], { qps: 2, burstLimit: 2, now: () => 0 });
    for (let i = 0; i < 4; i++) await cluster.version();
    expect(slept).toEqual([500, 1000]);
  });
});

describe('discovery', () => {
  const V2 = { 'content-type': 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' };
  const kind = (name: string) => ({ group: '', version: '', kind: name });
  const core = {
    headers: V2,
    body: {
      items: [
        {
          metadata: {},
          versions: [
            {
              version: 'v1',
              freshness: 'Current',
              resources: [
                {
                  resource: 'pods',
                  responseKind: kind('Pod'),
                  scope: 'Namespaced',
                  verbs: ['get'],
                  subresources: [{ subresource: 'eviction', responseKind: kind('Eviction'), verbs: ['create'] }],
                },
              ],
            },
          ],
        },
      ],
    },
  };
  const groups = {
    headers: V2,
    body: {
      items: [
        {
          metadata: { name: 'x.io' },
          versions: [
            {
              version: 'v2',
              freshness: 'Current',
              resources: [{ resource: 'things', responseKind: kind('Thing'), scope: 'Cluster', verbs: ['list'] }],
            },
            { version: 'v1', freshness: 'Stale', resources: [{ resource: 'things', responseKind: kind('Thing') }] },
          ],
        },
      ],
    },
  };
  const thing: ApiResource = {
    apiVersion: 'x.io/v2',
    kind: 'Thing',
    name: 'things',
    namespaced: false,
    verbs: ['list'],
  };
  const found = [
    { apiVersion: 'v1', kind: 'Pod', name: 'pods', namespaced: true, verbs: ['get'] },
    { apiVersion: 'v1', kind: 'Eviction', name: 'pods/eviction', namespaced: true, verbs: ['create'] },
    thing,
  ];

  test('in two requests', async () => {
    const { cluster, asked } = serve([core, groups]);
    expect(await cluster.resources()).toEqual(found);
    expect(await cluster.resources()).toEqual(found);
    expect(asked.map(({ url }) => url)).toEqual(['https://api/api', 'https://api/apis']);
  });

  test('group by group from an old server, without a group that is away', async () => {
    const { cluster, asked } = serve([
      { body: { kind: 'APIVersions', versions: ['v1'] } },
      {
        body: {
          kind: 'APIGroupList',
          groups: [{ versions: [{ groupVersion: 'x.io/v2' }, { groupVersion: 'away/v1' }] }],
        },
      },
      {
        body: {
          resources: [
            { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['get'] },
            { name: 'pods/eviction', kind: 'Eviction', namespaced: true, verbs: ['create'] },
          ],
        },
      },
      { body: { resources: [{ name: 'things', kind: 'Thing', namespaced: false, verbs: ['list'] }] } },
      { status: 503, body: '' },
    ]);
    expect(await cluster.resources()).toEqual(found);
    expect(asked).toHaveLength(5);
  });

  test('kinds of Kubernetes itself need none', async () => {
    const { cluster, asked } = serve([]);
    expect(await cluster.resourceOf({ apiVersion: 'apps/v1', kind: 'Deployment' })).toMatchObject({
      name: 'deployments',
      namespaced: true,
    });
    expect(asked).toEqual([]);
  });

  test('what is kept is used, and asked for again when a kind is unknown', async () => {
    const saved: unknown[] = [];
    const discoveryCache = {
      load: async () => [{ ...thing, kind: 'Old' }],
      save: async (resources: unknown) => void saved.push(resources),
    };
    const { cluster, asked } = serve([core, groups], { discoveryCache });
    expect((await cluster.resourceOf({ apiVersion: 'x.io/v2', kind: 'Old' })).name).toBe('things');
    expect(asked).toEqual([]);
    expect(await cluster.resourceOf(thing)).toEqual(thing);
    expect(saved).toEqual([found]);
  });

  test('an unknown kind is asked for once', async () => {
    const { cluster, asked } = serve([core, groups]);
    await expect(cluster.resourceOf({ apiVersion: 'x.io/v2', kind: 'Other' })).rejects.toMatchObject({
      code: 'KUBE_KIND_UNKNOWN',
      message: 'no matches for kind "Other" in version "x.io/v2"',
    });
    expect(asked).toHaveLength(2);
  });

  test('a failure is not kept', async () => {
    const { cluster } = serve([{ error: new Error('refused') }, { error: new Error('refused') }, core, groups]);
    await expect(cluster.resources()).rejects.toMatchObject({ code: 'KUBE_UNAVAILABLE' });
    expect(await cluster.resources()).toEqual(found);
  });
});

describe('watch', () => {
  const event = (type: string, object: object) => JSON.stringify({ type, object });
  const collect = async (answer: Answer): Promise<string[]> => {
    const { cluster } = serve([answer]);
    const seen: string[] = [];
    for await (const { type, object } of cluster.watch(POD))
      seen.push(`${type} ${object.kind} ${object.metadata.name}`);
    return seen;
  };
  const named = (name: string) => ({ metadata: { name } });

  test('lines in any pieces, without bookmarks', async () => {
    const body = [event('ADDED', named('ä')), event('BOOKMARK', named('')), event('DELETED', named('b'))].join('\n');
    expect(await collect({ body: `${body}\n` })).toEqual(['ADDED Pod ä', 'DELETED Pod b']);
  });

  test('half a line at the end of a connection is none', async () => {
    expect(await collect({ body: `${event('ADDED', named('a'))}\n{"type":"MODIF` })).toEqual(['ADDED Pod a']);
  });

  const faults: [string, Answer, string][] = [
    ['in an answer', status(410, 'Expired', 'too old resource version'), 'KUBE_EXPIRED'],
    [
      'in an event',
      { body: event('ERROR', { kind: 'Status', code: 410, reason: 'Gone', message: 'too old' }) },
      'KUBE_EXPIRED',
    ],
    ['another', { body: event('ERROR', { kind: 'Status', code: 500, message: 'etcd' }) }, 'KUBE_REFUSED'],
  ];
  test.each(faults)('an error %s', async (_, answer, code) => {
    await expect(collect(answer)).rejects.toMatchObject({ code });
  });

  test('ends the connection with the loop', async () => {
    const { cluster, asked } = serve([{ body: `${event('ADDED', named('a'))}\n`.repeat(3) }]);
    for await (const _ of cluster.watch(POD, { namespace: 'n', resourceVersion: '5' })) break;
    expect(asked).toMatchObject([
      {
        url: 'https://api/api/v1/namespaces/n/pods?resourceVersion=5&watch=true',
        streaming: true,
        signal: { aborted: true },
      },
    ]);
  });

  test('is over when it has been told to end', async () => {
    const { cluster } = serve([]);
    const seen: unknown[] = [];
    for await (const each of cluster.watch(POD, {}, { signal: AbortSignal.abort() })) seen.push(each);
    expect(seen).toEqual([]);
  });
});
