/** What a registry asks of one who is not known: `WWW-Authenticate`. RFC 9110 §11.6.1. */
export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const MAX_LENGTH = 16 * 1024;

/** All challenges of a header, in its order; what is none ends it. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  const text = header.slice(0, MAX_LENGTH);
  const token = /[\w!#$%&'*+.^`|~-]+/y;
  let at = 0;
  const skip = (pattern: RegExp): void => {
    pattern.lastIndex = at;
    if (pattern.test(text)) at = pattern.lastIndex;
  };
  const word = (): string | undefined => {
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    if (found !== undefined) at = token.lastIndex;
    return found;
  };
  for (;;) {
    skip(/[\s,]*/y);
    const scheme = word();
    if (scheme === undefined) return challenges;
    const parameters: Record<string, string> = Object.create(null);
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
    for (;;) {
      const before = at;
      skip(/[\s,]*/y);
      const name = word();
      if (name === undefined) break;
      if (text[at] !== '=') {
        // A word without a value begins the next challenge.
        at = before;
        break;
      }
      at++;
      const quoted = /"((?:[^"\\]|\\.)*)"/y;
      quoted.lastIndex = at;
      const found = quoted.exec(text);
      if (found !== null) {
        at = quoted.lastIndex;
        parameters[name.toLowerCase()] = (found[1] as string).replaceAll(/\\(.)/g, '$1');
      } else parameters[name.toLowerCase()] = word() ?? '';
    }
    if (text[at] !== ',' && !/\s/.test(text[at] ?? ' ')) return challenges;
  }
}
