/** `aws-sm:NAME` and `aws-sm:NAME#KEY`: secrets of AWS Secrets Manager. A key is one of JSON's, or of the binary's text. */
import { fromBytes } from 'go-template/bytes';

import { SecretError } from './error.ts';
import { eachReference, memberText, type SecretsProvider } from './provider.ts';

export interface AwsSecret {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

/** `id`: a name or an ARN. Throws SecretError. */
export type ReadAwsSecret = (id: string, signal?: AbortSignal) => Promise<AwsSecret>;

export function awsProvider(read: ReadAwsSecret): SecretsProvider {
  const asked = new Map<string, Promise<AwsSecret>>();
  return eachReference('aws-sm', async ({ path, key }, signal) => {
    if (path === '')
      throw new SecretError('SECRET_REFERENCE_INVALID', 'it names no secret', { hint: 'aws-sm:NAME#KEY' });
    const found = asked.get(path) ?? read(path, signal);
    asked.set(path, found);
    const { SecretString, SecretBinary } = await found;
    const text = SecretString ?? (SecretBinary && fromBytes(SecretBinary));
    if (text === undefined) throw new SecretError('SECRET_NOT_FOUND', `the secret ${path} is empty`);
    return key === undefined ? text : memberText(tableOf(text, path), key, `the secret ${path}`);
  });
}

function tableOf(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // What the parser says quotes the secret.
  }
  throw new SecretError('SECRET_NOT_FOUND', `the secret ${path} is no JSON object and has no keys`, {
    hint: `write aws-sm:${path}`,
  });
}
