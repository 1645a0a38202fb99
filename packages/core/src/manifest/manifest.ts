import { compareBytes } from 'go-template';

import { basePath } from '../chart/path.ts';
import { PackError } from '../error.ts';
import { ignoreWarnings, type Warn } from '../warn.ts';
import { TextError } from '../yaml/error.ts';
import { decodeHead, type ManifestHead } from './head.ts';
import { type AnnotationDialect, type Hook, hookText, parseHook } from './hook.ts';
import { INSTALL_ORDER, sortByKind } from './order.ts';
import { isBlank, splitManifests } from './split.ts';

export type ManifestErrorCode = 'MANIFEST_INVALID';

/** A rendered file that is not the YAML of objects; the message is Helm's. */
export class ManifestError extends PackError<ManifestErrorCode> {}

/** One rendered object that is no hook. */
export interface Manifest {
  /** The template it comes from: `chart/templates/x.yaml`. */
  readonly path: string;
  readonly content: string;
  readonly head: ManifestHead;
}

export interface SortedManifests {
  readonly manifests: readonly Manifest[];
  readonly hooks: readonly Hook[];
}

export interface SortManifestsOptions {
  /** {@link INSTALL_ORDER} if absent. */
  order?: readonly string[];
  /** `helm` if absent. */
  dialect?: AnnotationDialect;
  /** Hears of hooks that are dropped for an unknown event. */
  warn?: Warn;
}

/** Files whose names end so are for people. */
const NOTES = 'NOTES.txt';

/**
 * The objects of rendered files (texts by path), sorted by kind and, within a kind, by path; notes are no objects. Throws MANIFEST_INVALID.
 * Helm: pkg/release/v1/util SortManifests.
 */
export function sortManifests(
  files: Readonly<Record<string, string>>,
  options: SortManifestsOptions = {},
): SortedManifests {
  const { order = INSTALL_ORDER, dialect = 'helm', warn = ignoreWarnings } = options;
  const manifests: (Manifest & { kind: string })[] = [];
  const hooks: Hook[] = [];
  for (const path of Object.keys(files).sort(compareBytes)) {
    const text = files[path] as string;
    if (basePath(path).startsWith('_') || path.endsWith(NOTES) || isBlank(text)) continue;
    for (const content of splitManifests(text)) {
      const head = headOf(path, content);
      const hookTypes = hookText(head, dialect);
      if (hookTypes === undefined) {
        manifests.push({ path, content, head, kind: head.kind });
        continue;
      }
      const hook = parseHook(path, content, head, dialect);
      if (hook !== undefined) hooks.push(hook);
      else warn('skipping unknown hooks', { hookTypes, path, name: head.name });
    }
  }
  return {
    manifests: sortByKind(manifests, order).map(({ path, content, head }) => ({ path, content, head })),
    hooks: sortByKind(hooks, order),
  };
}

function headOf(path: string, content: string): ManifestHead {
  try {
    return decodeHead(content);
  } catch (e) {
    if (!(e instanceof TextError)) throw e;
    throw new ManifestError('MANIFEST_INVALID', `YAML parse error on ${path}: ${e.message}`, {
      at: { file: path, ...(e.line !== undefined && { line: e.line }) },
      source: content,
      cause: e,
    });
  }
}
