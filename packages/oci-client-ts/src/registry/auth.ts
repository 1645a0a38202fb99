/** Tokens and passwords for one registry. Distribution's token specification; Docker's OAuth2 for identity tokens. */
import { readAll } from '../digest.ts';
import { OciError, shownUrl } from '../error.ts';
import type { HttpFetch, HttpRequest } from '../http.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credential, Credentials } from './credentials.ts';

const MAX_TOKEN_BYTES = 1024 * 1024;
/** What a token is good for when the service does not say. */
const DEFAULT_LIFE = 60;
/** Tokens are not used in their last seconds. */
const MARGIN = 5;

export interface AuthOptions {
  /** Where the registry is: tokens and passwords go there and to its token service alone. */
  readonly origin: string;
  /** The host as credentials know it. */
  readonly host: string;
  readonly fetch: HttpFetch;
  readonly credentials: Credentials;
  readonly userAgent: string;
  readonly now: () => number;
}

interface Token {
  readonly header: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export interface Authorizer {
  /** The header for requests of these scopes, if one is known by now. */
  header(scopes: readonly string[]): string | undefined;
  /** Answers the challenges of a 401. Throws AUTH_REQUIRED, AUTH_DENIED, AUTH_CHALLENGE_INVALID. */
  answer(header: string | null, scopes: readonly string[], signal?: AbortSignal): Promise<void>;
}

export function createAuthorizer(options: AuthOptions): Authorizer {
  const tokens = new Map<string, Token>();
  const asked = new Map<string, Promise<Token>>();
  let basic: string | undefined;
  let credential: Promise<Credential | undefined> | undefined;
  const credentialOf = (): Promise<Credential | undefined> =>
    (credential ??= Promise.resolve(options.credentials(options.host)));
  const keyOf = (scopes: readonly string[]): string => [...scopes].sort().join(' ');

  return {
    header(scopes) {
      const token = tokens.get(keyOf(scopes));
      return token !== undefined && token.until > options.now() ? token.header : basic;
    },

    async answer(header, scopes, signal) {
      const challenges = parseChallenges(header ?? '');
      const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
      if (bearer !== undefined) {
        const key = keyOf(scopes);
        const credential = await credentialOf();
        if (credential !== undefined && 'registryToken' in credential) {
          tokens.set(key, { header: `Bearer ${credential.registryToken}`, until: Number.POSITIVE_INFINITY });
          return;
        }
        // Requests that run at once need one token, not one each.
        let token = asked.get(key);
        if (token === undefined) {
          token = fetchToken(bearer, scopes, credential, options, signal).finally(() => asked.delete(key));
          asked.set(key, token);
        }
        tokens.set(key, await token);
        return;
      }
      if (!challenges.some(({ scheme }) => scheme === 'basic')) {
        throw new OciError(
          'AUTH_CHALLENGE_INVALID',
          `${options.host} asks for no kind of authentication that is known`,
        );
      }
      const known = await credentialOf();
      if (known === undefined || !('username' in known)) throw unknown(options.host);
      basic = basicHeader(known.username, known.password);
    },
  };
}

const unknown = (host: string): OciError =>
  new OciError('AUTH_REQUIRED', `${host} wants to know who asks`, { status: 401, hint: `log in to ${host} first` });

function basicHeader(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

async function fetchToken(
  { parameters }: Challenge,
  scopes: readonly string[],
  credential: Exclude<Credential, { registryToken: string }> | undefined,
  options: AuthOptions,
  signal: AbortSignal | undefined,
): Promise<Token> {
  const realm = realmOf(parameters['realm'], options);
  const all = [...new Set([...scopes, ...(parameters['scope']?.split(' ') ?? [])])].filter((scope) => scope !== '');
  const service = parameters['service'] ?? '';
  const own = { 'user-agent': options.userAgent, accept: 'application/json' };
  let request: HttpRequest & { readonly method: string };
  if (credential !== undefined && 'identityToken' in credential) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      service,
      client_id: 'oci-client-ts',
      scope: all.join(' '),
      refresh_token: credential.identityToken,
    });
    const headers = { ...own, 'content-type': 'application/x-www-form-urlencoded' };
    request = { method: 'POST', headers, body: form.toString() };
  } else {
    if (service !== '') realm.searchParams.set('service', service);
    for (const scope of all) realm.searchParams.append('scope', scope);
    const authorization = credential && basicHeader(credential.username, credential.password);
    request = { method: 'GET', headers: { ...own, ...(authorization !== undefined && { authorization }) } };
  }
  const shown = { method: request.method, url: shownUrl(realm) };
  const response = await options.fetch(realm.href, { ...request, redirect: 'error', ...(signal && { signal }) });
  if (response.status < 200 || response.status > 299) {
    await response.body?.cancel();
    const isDenied = response.status === 401 || response.status === 403;
    throw new OciError(
      isDenied ? (credential === undefined ? 'AUTH_REQUIRED' : 'AUTH_DENIED') : 'REGISTRY_FAILED',
      isDenied
        ? `${options.host} gives no token for ${all.join(' ') || 'this'}: ${response.status}`
        : `the token service of ${options.host} answers ${response.status}`,
      {
        status: response.status,
        request: shown,
        isRetryable: response.status === 429 || response.status >= 500,
        ...(isDenied && { hint: `log in to ${options.host}` }),
      },
    );
  }
  return tokenOf(await readAll(response.body ?? new ReadableStream(), MAX_TOKEN_BYTES), options);
}

/** The token service may be elsewhere; but nothing secret goes to it in the clear unless all goes so. */
function realmOf(realm: string | undefined, { origin, host }: AuthOptions): URL {
  let url: URL;
  try {
    url = new URL(realm ?? '');
  } catch (e) {
    throw new OciError('AUTH_CHALLENGE_INVALID', `${host} names no token service`, { cause: e });
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && new URL(origin).protocol === 'http:');
  if (!isSafe || url.username !== '' || url.password !== '') {
    throw new OciError('AUTH_CHALLENGE_INVALID', `${host} names a token service that is not safe: ${shownUrl(url)}`);
  }
  return url;
}

function tokenOf(body: Uint8Array, { host, now }: AuthOptions): Token {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
  } catch {
    // The cause would show a piece of the answer, which may be a piece of a token.
    throw new OciError('AUTH_CHALLENGE_INVALID', `the token service of ${host} answers no JSON`);
  }
  const token = fields['token'] ?? fields['access_token'];
  if (typeof token !== 'string' || token === '' || /[\r\n]/.test(token)) {
    throw new OciError('AUTH_CHALLENGE_INVALID', `the token service of ${host} gives no token`);
  }
  const life =
    typeof fields['expires_in'] === 'number' && fields['expires_in'] > MARGIN ? fields['expires_in'] : DEFAULT_LIFE;
  return { header: `Bearer ${token}`, until: now() + (life - MARGIN) * 1000 };
}
