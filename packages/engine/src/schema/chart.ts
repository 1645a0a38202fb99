import { ignoreWarnings, type Warn } from '@pack/core';
import { GoError } from 'go-template';

import { complaints, throwIfAny, type ValidateValues } from '../schema.ts';
import type { LoadSchema } from './document.ts';
import { validateText } from './validate.ts';

/** See {@link ValidateValues}. Helm: ValidateAgainstSchema. */
export const validateValues: ValidateValues = (chart, values, options = {}) => {
  const load = loader(options.load ?? (() => undefined), options.warn ?? ignoreWarnings);
  throwIfAny(complaints(chart, values, (schema, own) => judge(schema, own, load)));
};

function judge(schema: string, values: unknown, load: LoadSchema): string {
  try {
    return validateText(schema, values, load) ?? '';
  } catch (e) {
    if (e instanceof GoError) return e.message;
    throw e;
  }
}

/** What a `urn:` names nobody knows; Helm takes it to allow everything. */
const loader =
  (load: LoadSchema, warn: Warn): LoadSchema =>
  (url) => {
    const text = load(url);
    if (text !== undefined || !url.startsWith('urn:')) return text;
    warn('unresolved URN reference ignored; using permissive schema', { urn: url });
    return 'true';
  };
