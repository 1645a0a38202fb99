import { parseInteger } from 'go-template';

import { type Chart, walkCharts } from '../chart/chart.ts';
import type { ManifestHead } from './head.ts';

export const HOOK_EVENTS = [
  'pre-install',
  'post-install',
  'pre-delete',
  'post-delete',
  'pre-upgrade',
  'post-upgrade',
  'pre-rollback',
  'post-rollback',
  'test',
] as const;

export type HookEvent = (typeof HOOK_EVENTS)[number];

/** An object that is applied at certain moments of a release's life instead of with it. */
export interface Hook {
  readonly name: string;
  readonly kind: string;
  /** The template it comes from. */
  readonly path: string;
  readonly manifest: string;
  readonly events: readonly HookEvent[];
  /** Those of one event run by ascending weight. */
  readonly weight: number;
  /** As written; Helm acts upon `before-hook-creation`, `hook-succeeded` and `hook-failed`. */
  readonly deletePolicies: readonly string[];
  /** `hook-succeeded`, `hook-failed`: when to show the hook's logs. */
  readonly outputLogPolicies: readonly string[];
}

const HOOK = 'hook';
const WEIGHT = 'hook-weight';
const DELETE_POLICY = 'hook-delete-policy';
const OUTPUT_LOG_POLICY = 'hook-output-log-policy';

/** Whose annotations count: Helm's, or for packs those of Sherpack before Helm's. */
export type AnnotationDialect = 'helm' | 'pack';

const annotation = ({ annotations }: ManifestHead, name: string, dialect: AnnotationDialect): string | undefined => {
  const of = (prefix: string): string | undefined =>
    Object.hasOwn(annotations, `${prefix}/${name}`) ? annotations[`${prefix}/${name}`] : undefined;
  return (dialect === 'pack' ? of('sherpack.io') : undefined) ?? of('helm.sh');
};

const EVENTS = new Map<string, HookEvent>([
  ...HOOK_EVENTS.map((event) => [event, event] as const),
  ['test-success', 'test'],
]);

const listed = (text: string | undefined): string[] =>
  text === undefined ? [] : text.split(',').map((item) => item.trim().toLowerCase());

/** The events that a manifest is a hook of, as written; undefined for what is none. */
export const hookText = (head: ManifestHead, dialect: AnnotationDialect): string | undefined =>
  annotation(head, HOOK, dialect);

/** The hook that a manifest is; undefined when one of its events is unknown, for then Helm drops it. */
export function parseHook(
  path: string,
  manifest: string,
  head: ManifestHead,
  dialect: AnnotationDialect = 'helm',
): Hook | undefined {
  const { name, kind } = head;
  const events: HookEvent[] = [];
  for (const word of listed(hookText(head, dialect))) {
    const event = EVENTS.get(word);
    if (event === undefined) return undefined;
    events.push(event);
  }
  return {
    name,
    kind,
    path,
    manifest,
    events,
    weight: weightOf(annotation(head, WEIGHT, dialect)),
    deletePolicies: listed(annotation(head, DELETE_POLICY, dialect)),
    outputLogPolicies: listed(annotation(head, OUTPUT_LOG_POLICY, dialect)),
  };
}

function weightOf(text: string | undefined): number {
  const weight = parseInteger(text ?? '', 10) ?? 0n;
  return BigInt.asIntN(64, weight) === weight ? Number(weight) : 0;
}

/** Whether a hook is a test; `--skip-tests` leaves those out. */
export const isTestHook = ({ events }: Hook): boolean => events.includes('test');

/** Hooks of one event in the order in which they run. Helm: hookByWeight. */
export const sortByWeight = (hooks: readonly Hook[]): Hook[] =>
  [...hooks].sort((a, b) => a.weight - b.weight || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

/** That of a chart, or of a tree in which there is a pack. */
export const dialectOf = (chart: Chart): AnnotationDialect =>
  [...walkCharts(chart)].some(({ chart: { pack } }) => pack !== undefined) ? 'pack' : 'helm';
