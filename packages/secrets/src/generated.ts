/** Secrets that are made once and stay: a release keeps them by name. */

/** By their names. */
export type GeneratedSecrets = Readonly<Record<string, string>>;

export interface SecretGenerator {
  /** The secret of that name; a new one if there was none. What it was made of first stays, whatever is asked for later. */
  generate(name: string, length: number, charset: string): string;
  /** Those that were there and those that are new. */
  all(): GeneratedSecrets;
  hasNew(): boolean;
}

/** `random` gives so many random bytes. */
export function createGenerator(
  kept: GeneratedSecrets,
  random: (n: number) => Uint8Array = (n) => crypto.getRandomValues(new Uint8Array(n)),
): SecretGenerator {
  const secrets = new Map(Object.entries(kept));
  let isNew = false;
  return {
    generate(name, length, charset) {
      let secret = secrets.get(name);
      if (secret === undefined) {
        secret = randomText(length, charset, random);
        secrets.set(name, secret);
        isNew = true;
      }
      return secret;
    },
    all: () => Object.fromEntries(secrets),
    hasNew: () => isNew,
  };
}

/** Every character as likely as every other: bytes beyond the last whole multiple are thrown away. */
function randomText(length: number, charset: string, random: (n: number) => Uint8Array): string {
  const most = 256 - (256 % charset.length);
  let out = '';
  while (out.length < length) {
    for (const byte of random(length - out.length)) if (byte < most) out += charset[byte % charset.length];
  }
  return out;
}

/** The texts of a Secret that keeps them: one, for names of secrets may be what names of its keys may not. */
export const formatGenerated = (secrets: GeneratedSecrets): Record<string, string> => ({
  secrets: btoa(inAscii(JSON.stringify(secrets))),
});

/** JSON with nothing but ASCII. */
const inAscii = (json: string): string =>
  json.replaceAll(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Undefined for data that are not of {@link formatGenerated}. */
export function parseGenerated(data: unknown): GeneratedSecrets | undefined {
  const text = typeof data === 'object' && data !== null && 'secrets' in data ? data.secrets : undefined;
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(atob(text));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.values(value).every((item) => typeof item === 'string') ? (value as GeneratedSecrets) : undefined;
  } catch {
    return undefined;
  }
}
