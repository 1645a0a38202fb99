/** Rendered files into what a release is made of. Helm: pkg/action/action.go renderResources. */
import { type Chart, dialectOf, type Hook, sortManifests } from '@pack/core';

import type { ReleaseHook } from './record.ts';

const NOTES = 'NOTES.txt';

export interface AssembleOptions {
  /** Notes of subcharts too. */
  readonly subNotes: boolean;
  /** Secrets are named and not shown. */
  readonly hideSecret: boolean;
}

export interface Assembled {
  readonly hooks: readonly ReleaseHook[];
  readonly manifest: string;
  readonly notes: string;
}

/** Throws MANIFEST_INVALID. Helm joins notes in random order; here that of the chart comes first. */
export function assemble(
  files: Readonly<Record<string, string>>,
  chart: Chart,
  { subNotes, hideSecret }: AssembleOptions,
): Assembled {
  const own = `${chart.metadata.name}/templates/${NOTES}`;
  const notes = Object.keys(files)
    .filter((path) => path.endsWith(NOTES) && (subNotes || path === own))
    .sort((a, b) => Number(b === own) - Number(a === own) || (a < b ? -1 : 1))
    .map((path) => files[path] as string);
  const { manifests, hooks } = sortManifests(files, { dialect: dialectOf(chart) });
  const manifest = manifests
    .map(({ path, content, head }) =>
      hideSecret && head.kind === 'Secret' && head.apiVersion === 'v1'
        ? `---\n# Source: ${path}\n# HIDDEN: The Secret output has been suppressed\n`
        : `---\n# Source: ${path}\n${content}\n`,
    )
    .join('');
  return { hooks: hooks.map(unrun), manifest, notes: notes.join('\n') };
}

const unrun = (hook: Hook): ReleaseHook => ({ ...hook, lastRun: { phase: '' } });
