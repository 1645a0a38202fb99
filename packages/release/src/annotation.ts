import { ReleaseError } from './error.ts';

/** An annotation that is a list of texts in JSON. `what` begins with whose it is. Throws RELEASE_INVALID. */
export function listOf(text: unknown, what: string): string[] {
  if (text === undefined || text === '') return [];
  const value = parsed(text);
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw new ReleaseError('RELEASE_INVALID', `${what} is a list of texts in JSON, and not ${String(text)}`, {
    hint: '["one", "two"]',
  });
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
