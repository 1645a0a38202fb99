/** Fields that somebody else applied: what they have, what we want, and the narrowest ways out. */
import type { Cluster, ClusterRun } from './cluster.ts';
import type { KubeError } from './error.ts';
import { type KubeObject, refOf } from './object.ts';
import { isFields } from './patch/json.ts';

/** Of one hint, fields and characters of a value. */
const MAX = { fields: 10, value: 60 } as const;

/** The first line, of which one is enough for several objects. */
const WAYS_OUT = 'leave the fields out of the chart, or take over what others have set with --force-conflicts';

/** What to do about a refused apply; undefined when it says nothing of fields. Values of Secrets are left out. */
export async function conflictHint(
  cluster: Cluster,
  wanted: KubeObject,
  { status }: KubeError,
  run: ClusterRun,
): Promise<string | undefined> {
  const causes = (status?.details?.causes ?? []).filter(({ reason }) => reason === 'FieldManagerConflict');
  if (causes.length === 0) return undefined;
  // The fault is known already: without the object it is told with less.
  const live = await cluster.get(refOf(wanted), run).catch(() => undefined);
  const lines = causes.slice(0, MAX.fields).map(({ field = '', message = '' }) => {
    const [, manager = message] = /^conflict with "([^"]*)"/.exec(message) ?? [];
    const isSecret = wanted.kind === 'Secret' && /^\.(?:data|stringData)\b/.test(field);
    const [theirs, ours] = [live, wanted].map((object) => (isSecret ? '(hidden)' : shown(fieldAt(object, field))));
    return `  ${wanted.kind} ${wanted.metadata.name} ${field}: ${theirs} by ${manager}, ${ours} in the chart`;
  });
  const rest = causes.length - lines.length;
  if (rest > 0) lines.push(`  and ${rest} more`);
  return [WAYS_OUT, ...lines].join('\n');
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? Number(item) : item));
  return text.length > MAX.value ? `${text.slice(0, MAX.value - 1)}…` : text;
}

/**
 * What a path names, as the API server prints paths: `.spec.ports[port=80,protocol="TCP"].name`. Names of members are not
 * quoted there, whatever is in them. structured-merge-diff: fieldpath/element.go.
 */
export function fieldAt(value: unknown, path: string): unknown {
  if (path === '') return value;
  if (path.startsWith('.') && isFields(value)) {
    const rest = path.slice(1);
    const names = Object.keys(value).filter((name) => isStep(rest, name));
    for (const name of names.sort((a, b) => b.length - a.length)) {
      const found = fieldAt(value[name], rest.slice(name.length));
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const [step, inside] = /^\[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]/.exec(path) ?? [];
  if (step === undefined || inside === undefined || !Array.isArray(value)) return undefined;
  return fieldAt(itemOf(value, inside), path.slice(step.length));
}

const isStep = (path: string, name: string): boolean =>
  path.startsWith(name) && (path.length === name.length || /[.[]/.test(path[name.length] as string));

/** `0`, `="value"`, or `key="value",key=1`. */
function itemOf(list: readonly unknown[], step: string): unknown {
  if (/^\d+$/.test(step)) return list[Number(step)];
  const keys = [...step.matchAll(/([^=,]*)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = '', value = '']) => ({
    name,
    value: parsed(value),
  }));
  return list.find((item) =>
    keys.every(({ name, value }) =>
      name === '' ? item === value : isFields(item) && (item[name] === value || isDefault(name, value, item[name])),
    ),
  );
}

/** A chart need not say it. */
const isDefault = (name: string, value: unknown, present: unknown): boolean =>
  name === 'protocol' && value === 'TCP' && present === undefined;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
