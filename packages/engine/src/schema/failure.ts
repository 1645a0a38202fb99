import { escapeToken } from './uri.ts';
import { quote } from './value.ts';

/** What a value lacks to satisfy a schema; the words are those of santhosh-tekuri/jsonschema 6.0.2. */
export interface Failure {
  /** A group holds several failures of one schema; a reference those of the schema it leads to. */
  readonly kind: 'keyword' | 'group' | 'reference';
  /** Where the value is. */
  readonly path: readonly string[];
  /** Put together only when it is shown: most failures are those of alternatives that do not matter. */
  readonly message: () => string;
  readonly causes: readonly Failure[];
}

/** The failures themselves, not what groups them. */
export const failuresOf = (failure: Failure): readonly Failure[] =>
  failure.kind === 'group' ? failure.causes : [failure];

/** Failures as a list, each below what it is a cause of. Every line begins with a line break. */
export const formatFailures = (failures: readonly Failure[], indent = 0): string =>
  failures.map((failure) => formatFailure(failure, indent)).join('');

function formatFailure({ kind, path, message, causes }: Failure, indent: number): string {
  if (kind === 'reference' && causes.length === 1) return formatFailures(causes, indent);
  const place = path.map((token) => `/${escapeToken(token)}`).join('');
  return `\n${'  '.repeat(indent)}- at ${quote(place)}: ${message()}${formatFailures(causes, indent + 1)}`;
}
