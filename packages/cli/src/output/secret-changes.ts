/** Differences without secrets: those that the command resolved, and those that stood in their place before. */
import type { FieldChange, Preview } from '@pack/release';
import { HIDDEN, hideWithin } from '@pack/secrets';

import type { Io } from '../command.ts';

export const withoutSecrets = (changes: readonly Preview[], { secrecy: { hide } = {} }: Io): readonly Preview[] =>
  hide === undefined
    ? changes
    : changes.map((change) => ({ ...hideWithin(change, { hide }), fields: change.fields.map(hiddenField(hide)) }));

/** Where there is a secret now, there was another: it may have been changed in its store, and nobody knows the old one. */
const hiddenField =
  (hide: (text: string) => string) =>
  (field: FieldChange): FieldChange => {
    const shown = hideWithin(field, { hide });
    const { before, after } = field;
    const isText = typeof before === 'string' && typeof after === 'string';
    return isText && shown.after !== after && shown.before === before ? { ...shown, before: HIDDEN } : shown;
  };
