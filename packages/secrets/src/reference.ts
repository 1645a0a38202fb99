/** How values name secrets: `SCHEME:PATH` or `SCHEME:PATH#KEY`, and nothing else in the text. */

export interface SecretReference {
  /** As it stands in the values. */
  readonly text: string;
  readonly scheme: string;
  /** All behind the scheme. */
  readonly rest: string;
  /** Up to the last `#`. */
  readonly path: string;
  /** Behind it. */
  readonly key?: string;
}

/** Characters; what is longer is a text like others. */
const MAX_LENGTH = 2048;

/** Not `//`, which addresses have, and no blank, as in sentences. */
const FORM = /^(\\?)([a-z][a-z0-9+-]*):((?!\/\/)[^\s\p{Cc}][^\p{Cc}]*)$/u;

/** What Vault's transit engine writes is a text that it enciphered, and no place of a secret. */
const VAULT_CIPHERTEXT = /^v\d+:/;

/** The reference that a value is; undefined for all other texts, and for schemes that nobody knows. */
export function parseReference(text: string, schemes: ReadonlySet<string>): SecretReference | undefined {
  const [, mark, scheme = '', rest = ''] = matched(text) ?? [];
  if (mark !== '' || !schemes.has(scheme)) return undefined;
  if (scheme === 'vault' && VAULT_CIPHERTEXT.test(rest)) return undefined;
  const hash = rest.lastIndexOf('#');
  if (hash < 0) return { text, scheme, rest, path: rest };
  return { text, scheme, rest, path: rest.slice(0, hash), key: rest.slice(hash + 1) };
}

/** What `\vault:…` stands for; undefined for what is not escaped. */
export function unescaped(text: string, schemes: ReadonlySet<string>): string | undefined {
  const [, mark, scheme = ''] = matched(text) ?? [];
  return mark === '\\' && schemes.has(scheme) ? text.slice(1) : undefined;
}

const matched = (text: string): RegExpExecArray | undefined =>
  text.length <= MAX_LENGTH ? (FORM.exec(text) ?? undefined) : undefined;
