/** Secrets Manager by AWS's own SDK, which is loaded when there is something to ask. */
import type { ReadAwsSecret } from '../aws.ts';
import { SecretError, type SecretErrorCode } from '../error.ts';

const CODES: Readonly<Record<string, SecretErrorCode>> = {
  ResourceNotFoundException: 'SECRET_NOT_FOUND',
  AccessDeniedException: 'SECRET_REFUSED',
  DecryptionFailure: 'SECRET_REFUSED',
};

/** Region and credentials are those that AWS's tools would have. */
export function readAwsSecret(): ReadAwsSecret {
  let connected: ReturnType<typeof connect> | undefined;
  return async (id, signal) => {
    connected ??= connect();
    const { client, GetSecretValueCommand } = await connected;
    try {
      return await client.send(
        new GetSecretValueCommand({ SecretId: id }),
        signal === undefined ? {} : { abortSignal: signal },
      );
    } catch (e) {
      if (!(e instanceof Error)) throw e;
      throw new SecretError(CODES[e.name] ?? 'SECRET_UNAVAILABLE', `AWS cannot give ${id}: ${e.message || e.name}`, {
        cause: e,
        ...(/region/i.test(e.message) && { hint: 'set AWS_REGION' }),
        ...(/credential/i.test(`${e.name}${e.message}`) && { hint: 'log in with aws sso login, or set AWS_PROFILE' }),
      });
    }
  };
}

async function connect() {
  try {
    const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    return { client: new SecretsManagerClient({}), GetSecretValueCommand };
  } catch (e) {
    throw new SecretError('SECRET_UNAVAILABLE', 'the SDK of AWS is not installed', {
      cause: e,
      hint: 'npm install @aws-sdk/client-secrets-manager',
    });
  }
}
