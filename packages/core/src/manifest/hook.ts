import { parseInteger } from 'go-template';

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

const HOOK = 'helm.sh/hook';
const WEIGHT = 'helm.sh/hook-weight';
const DELETE_POLICY = 'helm.sh/hook-delete-policy';
const OUTPUT_LOG_POLICY = 'helm.sh/hook-output-log-policy';

const EVENTS = new Map<string, HookEvent>([
  ...HOOK_EVENTS.map((event) => [event, event] as const),
  ['test-success', 'test'],
]);

const listed = (text: string | undefined): string[] =>
  text === undefined ? [] : text.split(',').map((item) => item.trim().toLowerCase());

export const isHook = ({ annotations }: ManifestHead): boolean => Object.hasOwn(annotations, HOOK);

/** The hook that a manifest is; undefined when one of its events is unknown, for then Helm drops it. */
export function parseHook(path: string, manifest: string, head: ManifestHead): Hook | undefined {
  const { name, kind, annotations } = head;
  const events: HookEvent[] = [];
  for (const word of listed(annotations[HOOK])) {
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
    weight: weightOf(annotations[WEIGHT]),
    deletePolicies: listed(annotations[DELETE_POLICY]),
    outputLogPolicies: listed(annotations[OUTPUT_LOG_POLICY]),
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
