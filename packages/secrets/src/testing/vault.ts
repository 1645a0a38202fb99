/**
 * A Vault for tests, as `fetch`: key-value engines of both versions and three ways to log in, after the documentation of
 * Vault's HTTP API. It is a function, so that a test needs no socket and a server is three lines.
 */

type Secret = Readonly<Record<string, unknown>>;

export interface TestVaultOptions {
  /** Tokens that may read everything. */
  readonly tokens?: readonly string[];
  /** The secrets of `kv/`, a KV v1 engine, by path. */
  readonly first?: Readonly<Record<string, Secret>>;
  /** The versions of secrets of `secret/`, a KV v2 engine, by path; null is one that was deleted. */
  readonly second?: Readonly<Record<string, readonly (Secret | null)[]>>;
  /** The secret of a role, by its id: of AppRole at `approle/`. */
  readonly roles?: Readonly<Record<string, string>>;
  /** The token of a service account, by role: of Kubernetes at `kubernetes/`. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** Of Vault Enterprise; without the header nothing is found. */
  readonly namespace?: string;
}

export interface TestVault {
  readonly fetch: typeof fetch;
  /** `GET secret/data/app`, in order. */
  readonly requests: string[];
}

const answer = (status: number, body: object): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const fault = (status: number, ...errors: string[]): Response => answer(status, { errors });

export function createTestVault(options: TestVaultOptions): TestVault {
  const tokens = new Set(options.tokens);
  const requests: string[] = [];

  const login = (body: Secret, known: Readonly<Record<string, string>>, role: unknown, proof: unknown): Response => {
    if (typeof role !== 'string' || !Object.hasOwn(known, role) || known[role] !== proof)
      return fault(400, 'invalid role or secret ID');
    const token = `hvs.of-${role}-${Object.keys(body).length}`;
    tokens.add(token);
    return answer(200, { auth: { client_token: token, lease_duration: 3600, renewable: true } });
  };

  const respond = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const path = decodeURIComponent(url.pathname.replace(/^\/v1\//, ''));
    requests.push(`${request.method} ${path}${url.search}`);
    if (request.headers.get('x-vault-request') !== 'true') return fault(412, 'missing X-Vault-Request');
    if ((options.namespace ?? '') !== (request.headers.get('x-vault-namespace') ?? '')) return fault(404);
    if (request.method === 'POST') {
      const body = (await request.json()) as Secret;
      if (path === 'auth/approle/login') return login(body, options.roles ?? {}, body['role_id'], body['secret_id']);
      if (path === 'auth/kubernetes/login') return login(body, options.accounts ?? {}, body['role'], body['jwt']);
      return fault(404);
    }
    if (!tokens.has(request.headers.get('x-vault-token') ?? '')) return fault(403, 'permission denied');
    const mounts = 'sys/internal/ui/mounts/';
    if (path.startsWith(mounts)) return mountOf(path.slice(mounts.length));
    if (path.startsWith('kv/')) return first(path.slice('kv/'.length));
    if (path.startsWith('secret/data/')) {
      return second(path.slice('secret/data/'.length), Number(url.searchParams.get('version') ?? 0));
    }
    return fault(404);
  };

  const mountOf = (path: string): Response => {
    if (path.startsWith('kv/')) return answer(200, { data: { path: 'kv/', type: 'kv', options: { version: '1' } } });
    if (path.startsWith('secret/'))
      return answer(200, { data: { path: 'secret/', type: 'kv', options: { version: '2' } } });
    return fault(
      403,
      `preflight capability check returned 403, please ensure client's policies grant access to path "${path}/"`,
    );
  };

  const first = (path: string): Response => {
    const { first: secrets = {} } = options;
    return Object.hasOwn(secrets, path) ? answer(200, { data: secrets[path] }) : fault(404);
  };

  const second = (path: string, version: number): Response => {
    const versions = Object.hasOwn(options.second ?? {}, path) ? (options.second?.[path] ?? []) : [];
    const data = versions[(version || versions.length) - 1];
    if (data === undefined) return fault(404);
    const metadata = {
      version: version || versions.length,
      deletion_time: data === null ? '2026-01-01T00:00:00Z' : '',
    };
    return answer(data === null ? 404 : 200, { data: { data, metadata } });
  };

  return { requests, fetch: (input, init) => respond(new Request(input, init)) };
}
