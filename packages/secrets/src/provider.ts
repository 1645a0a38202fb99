/** Who knows secrets. Plugins may be providers too. */
import { SecretError } from './error.ts';
import type { SecretReference } from './reference.ts';

export interface SecretsProvider {
  /** What stands before the colon of its references. */
  readonly scheme: string;
  /**
   * The secrets of the references, in their order, each a text (bytes that are no UTF-8 as `fromBytes` of go-template has
   * them) or why there is none. It is asked for all that a command needs at once, so that it may ask for them together.
   */
  resolve(references: readonly SecretReference[], signal?: AbortSignal): Promise<readonly (string | SecretError)[]>;
}

/** A provider of one function that gives one secret, or throws a SecretError. */
export const eachReference = (
  scheme: string,
  read: (reference: SecretReference, signal?: AbortSignal) => string | Promise<string>,
): SecretsProvider => ({
  scheme,
  resolve: (references, signal) =>
    Promise.all(
      references.map(async (reference) => {
        try {
          return await read(reference, signal);
        } catch (e) {
          if (e instanceof SecretError) return e;
          throw e;
        }
      }),
    ),
});

/** `env:NAME`: a variable of the command's environment. */
export const envProvider = (env: Readonly<Record<string, string | undefined>>): SecretsProvider =>
  eachReference('env', ({ rest }) => {
    const value = Object.hasOwn(env, rest) ? env[rest] : undefined;
    if (value === undefined) throw new SecretError('SECRET_NOT_FOUND', `the variable ${rest} is not set`);
    return value;
  });

/** The key of a reference that must have one. Throws SECRET_REFERENCE_INVALID. */
export function keyOf({ scheme, key }: SecretReference): string {
  if (key !== undefined && key !== '') return key;
  throw new SecretError('SECRET_REFERENCE_INVALID', 'it names no key', {
    hint: `write ${scheme}:PATH#KEY`,
  });
}

/** A member of what a store answered, as text: objects and lists as JSON. Throws SECRET_NOT_FOUND, which tells the names. */
export function memberText(members: Readonly<Record<string, unknown>>, key: string, place: string): string {
  const value = Object.hasOwn(members, key) ? members[key] : undefined;
  if (typeof value === 'string') return value;
  if (value !== undefined && value !== null) return typeof value === 'object' ? JSON.stringify(value) : String(value);
  throw new SecretError('SECRET_NOT_FOUND', `${place} has no key ${JSON.stringify(key)}`, keysHint(members));
}

export function keysHint(members: object): { hint?: string } {
  const names = Object.keys(members).slice(0, 20);
  return names.length === 0 ? {} : { hint: `its keys are ${names.join(', ')}` };
}
