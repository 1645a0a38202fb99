/** Which documents of which templates an assertion is for. */
import type { Document } from './checks/check.ts';
import { UnittestError } from './error.ts';
import { find } from './path.ts';
import { isSame } from './value.ts';

export interface DocumentSelector {
  readonly path: string;
  /** null: the path need only be there. */
  readonly value: unknown;
  readonly matchMany: boolean;
  readonly skipEmptyTemplates: boolean;
}

/** Documents by the path of their template. */
export type Documents = ReadonlyMap<string, readonly Document[]>;

/** Throws SUITE_INVALID when there are none, or too many. */
export function selectDocuments(
  documents: Documents,
  index: number,
  selector: DocumentSelector | undefined,
): Documents {
  if (selector !== undefined && selector.path !== '') return selectMatching(documents, selector);
  if (index < 0) return documents;
  return new Map(
    [...documents].map(([template, all]) => {
      const document = all[index];
      if (document === undefined) throw new UnittestError('SUITE_INVALID', `document index ${index} is out of range`);
      return [template, [document]];
    }),
  );
}

function selectMatching(documents: Documents, selector: DocumentSelector): Documents {
  const { path, value, matchMany, skipEmptyTemplates } = selector;
  const selected = new Map<string, readonly Document[]>();
  let count = 0;
  for (const [template, all] of documents) {
    const matching = all.filter((document) =>
      find(document, path).some((found) => value === null || isSame(value, found)),
    );
    count += matching.length;
    if (!matchMany && count > 1) throw new UnittestError('SUITE_INVALID', 'multiple indexes found');
    if (matching.length === 0 && !skipEmptyTemplates) throw new UnittestError('SUITE_INVALID', 'document not found');
    if (matching.length > 0) selected.set(template, matching);
  }
  return selected;
}
