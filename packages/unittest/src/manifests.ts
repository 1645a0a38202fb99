/** Rendered texts as documents. Tests render the same texts again and again, so that what was read is kept. */
import { decodeYamlExact } from '@pack/core';
import { isMap } from 'go-template';

import type { Document } from './checks/check.ts';
import { UnittestError } from './error.ts';
import { SEPARATOR } from './suite.ts';
import { typeName } from './value.ts';

const MAX_KEPT = 16 * 1024 * 1024;

export class Manifests {
  private readonly kept = new Map<string, readonly Document[]>();
  private size = 0;

  /** undefined for what is neither YAML nor text. Throws SUITE_INVALID for YAML that is none. */
  read(path: string, text: string): readonly Document[] | undefined {
    if (path.endsWith('.txt')) return [{ raw: text }];
    if (!/\.(?:ya?ml|tpl)$/.test(path)) return undefined;
    let documents = this.kept.get(text);
    if (documents === undefined) {
      documents = documentsOf(text);
      this.size += text.length;
      if (this.size > MAX_KEPT) {
        this.kept.clear();
        this.size = text.length;
      }
      this.kept.set(text, documents);
    }
    return documents;
  }
}

function documentsOf(text: string): Document[] {
  return text.split(SEPARATOR).flatMap((part) => {
    if (part.trim() === '') return [];
    const document = decodeYamlExact(part);
    if (document === null) return [];
    if (!isMap(document)) {
      throw new UnittestError(
        'SUITE_INVALID',
        `yaml: unmarshal errors:\n  cannot unmarshal ${typeName(document)} into map[string]interface {}`,
      );
    }
    return Object.keys(document).length === 0 ? [] : [document];
  });
}
