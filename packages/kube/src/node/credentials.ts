/** Who a request is from: the `Authorization` header and the client's certificate, as they are now. */
import { readFileSync } from 'node:fs';
import { bearer, type CredentialSource, type CredentialWorld, type CurrentCredentials } from './credential-source.ts';
import type { Credentials, ExecConfig } from './kubeconfig.ts';

/** client-go: transport cachingTokenSource. */
const TOKEN_FILE_AGE = 10_000;

/** Throws KUBE_UNAUTHORIZED when an exec plugin has none. */
export function createCredentials(user: Credentials, world: CredentialWorld): CredentialSource {
  const certificate = {
    ...(user.cert !== undefined && { cert: user.cert }),
    ...(user.key !== undefined && { key: user.key }),
  };
  if (user.exec !== undefined) return execSource(user.exec, world);
  const { tokenFile, token } = user;
  if (tokenFile !== undefined) return tokenFileSource(tokenFile, token, certificate, world.now);
  const authorization = authorizationOf(user);
  const fixed = { ...certificate, ...(authorization !== undefined && { authorization }) };
  return { current: async () => fixed, renew: async () => false };
}

function authorizationOf({ token, basic }: Credentials): string | undefined {
  if (token !== undefined) return bearer(token);
  if (basic === undefined) return undefined;
  return `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`;
}

/** Tokens of service accounts are exchanged in their file every hour. */
function tokenFileSource(
  file: string,
  token: string | undefined,
  certificate: CurrentCredentials,
  now: () => number,
): CredentialSource {
  let read: CurrentCredentials | undefined;
  let readAt = 0;
  function current(isFresh: boolean): CurrentCredentials {
    if (read !== undefined && !isFresh && now() - readAt < TOKEN_FILE_AGE) return read;
    let text = '';
    try {
      text = readFileSync(file, 'utf8').trim();
    } catch {
      // For a moment, while it is exchanged: the one before is still good.
    }
    const known = text === '' ? (token ?? '') : text;
    if (read === undefined || text !== '') {
      read = { ...certificate, ...(known !== '' && { authorization: bearer(known) }) };
    }
    readAt = now();
    return read;
  }
  return {
    current: async () => current(false),
    renew: async (used) => current(true).authorization !== used.authorization,
  };
}

/** Loaded only where there is a plugin. */
function execSource(config: ExecConfig, world: CredentialWorld): CredentialSource {
  let loaded: Promise<CredentialSource> | undefined;
  const source = (): Promise<CredentialSource> => {
    loaded ??= import('./exec-plugin.ts').then(({ createExecPlugin }) => createExecPlugin(config, world));
    return loaded;
  };
  return {
    current: async () => (await source()).current(),
    renew: async (used) => (await source()).renew(used),
  };
}
