/** Differences without secrets: those that the command resolved, and those that stood in their place before. */
import type { FieldChange, Preview } from '@pack/release';

import type { Io } from '../command.ts';

export async function withoutSecrets(
  changes: readonly Preview[],
  { secrecy: { hide } = {} }: Io,
): Promise<readonly Preview[]> {
  // Most commands never come to know a secret, and what decrypts them takes a while to load.
  if (hide === undefined) return changes;
  const { HIDDEN, hideWithin } = await import('@pack/secrets');
  /** Where there is a secret now, there was another: it may have been changed in its store, and nobody knows the old one. */
  const hiddenField = (field: FieldChange): FieldChange => {
    const shown = hideWithin(field, { hide });
    const { before, after } = field;
    const isText = typeof before === 'string' && typeof after === 'string';
    return isText && shown.after !== after && shown.before === before ? { ...shown, before: HIDDEN } : shown;
  };
  return changes.map((change) => ({ ...hideWithin(change, { hide }), fields: change.fields.map(hiddenField) }));
}
