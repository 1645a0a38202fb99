/** What a Secret holds is no part of what is said of it: an API server quotes values that it refuses. */
import { KubeError } from './error.ts';
import type { KubeObject } from './object.ts';
import { isFields } from './patch/json.ts';

const HIDDEN = '(hidden)';

/** Shorter ones are words like others: only where they stand alone. */
const LONG = 4;

/** The error without the values of the Secrets among `objects`, and without a cause that would have them. */
export function withoutSecrets(e: KubeError, ...objects: readonly (KubeObject | undefined)[]): KubeError {
  const texts = objects.flatMap((object) => (object?.kind === 'Secret' ? secretTexts(object) : []));
  const hide = (text: string): string => hideTexts(text, texts);
  const isClean = [e.message, e.hint, JSON.stringify(e.status)].every((text) => !text || hide(text) === text);
  if (isClean) return e;
  return new KubeError(e.code, hide(e.message), {
    ...(e.hint !== undefined && { hint: hide(e.hint) }),
    ...(e.status !== undefined && {
      status: {
        ...(e.status.code !== undefined && { code: e.status.code }),
        ...(e.status.reason !== undefined && { reason: e.status.reason }),
        ...(e.status.message !== undefined && { message: hide(e.status.message) }),
      },
    }),
  });
}

/** `text` with `(hidden)` in the place of each of `secrets`. */
export const hideTexts = (text: string, secrets: readonly string[]): string =>
  secrets.toSorted((a, b) => b.length - a.length).reduce(hidden, text);

function hidden(text: string, secret: string): string {
  if (secret.length >= LONG) return text.replaceAll(secret, HIDDEN);
  return text.replaceAll(new RegExp(`(?<![\\w-])${secret.replaceAll(/[^\w]/g, '\\$&')}(?![\\w-])`, 'g'), HIDDEN);
}

/** The values of a Secret: as they stand in the manifest, as they are, and as they may be quoted. */
export function secretTexts({ data, stringData }: Readonly<Record<string, unknown>>): string[] {
  const texts = [data, stringData].flatMap(leavesOf).flatMap((text) => [text, decoded(text)]);
  return [...new Set(texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]))].filter((text) => text !== '');
}

/** A list or a map where a text has to be is quoted as Go prints it: what it is made of is what can be found there. */
function leavesOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object') return [String(value)];
  return Object.values(value).flatMap(leavesOf);
}

function decoded(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch {
    return '';
  }
}
