/** Go: unicode.IsSpace. */
const SPACE = '[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING_SPACE = new RegExp(`^${SPACE}+`);
const SEPARATOR = /^---[ \t]*/m;
const NOT_SPACE = new RegExp(`(?!${SPACE})[^]`);

const trimStart = (text: string): string => text.replace(LEADING_SPACE, '');

export const isBlank = (text: string): boolean => !NOT_SPACE.test(text);

/**
 * The documents of a rendered file, without those that are blank. Any `---` at a line's start divides, whatever
 * follows it there. Helm: pkg/release/v1/util SplitManifests.
 */
export const splitManifests = (file: string): string[] =>
  trimStart(file)
    .split(SEPARATOR)
    .filter((document) => !isBlank(document))
    .map(trimStart);
