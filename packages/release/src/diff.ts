/** What is different between two sets of objects, by object and by field, and nothing secret in it. */
import { type KubeObject, type ObjectRef, refOf } from '@pack/kube';

export interface FieldChange {
  /** `spec.template.spec.containers[name=web].image`, `metadata.labels["a/b"]`, `spec.args[2]`. */
  readonly path: string;
  /** Absent when the field is new. */
  readonly before?: unknown;
  /** Absent when the field is gone. */
  readonly after?: unknown;
}

export interface ObjectDiff {
  readonly ref: ObjectRef;
  readonly change: 'added' | 'removed' | 'changed';
  /** Of an object that is new or gone, all its fields. */
  readonly fields: readonly FieldChange[];
}

/** What the server writes, and what is of no interest to a person. */
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
]);
const SERVER_ANNOTATIONS: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
]);

/** By what the items of a list are told apart, the first that all of them have, each once. */
const LIST_KEYS = [
  'name',
  'mountPath',
  'devicePath',
  'containerPort',
  'port',
  'ip',
  'topologyKey',
  'type',
  'key',
] as const;

/** Objects in the order of `after`, those that are gone behind. */
export function diffObjects(before: readonly KubeObject[], after: readonly KubeObject[]): ObjectDiff[] {
  const old = new Map(before.map((object) => [idOf(object), object]));
  const kept = new Set(after.map(idOf));
  return [
    ...after.flatMap((object) => diffObject(old.get(idOf(object)), object)),
    ...before.filter((object) => !kept.has(idOf(object))).flatMap((object) => diffObject(object, undefined)),
  ];
}

/** One object that was, is, or both: no difference gives an empty list. */
export function diffObject(before: KubeObject | undefined, after: KubeObject | undefined): ObjectDiff[] {
  const present = after ?? before;
  if (present === undefined) return [];
  const [old, fresh] = maskedPair(before, after);
  const fields: FieldChange[] = [];
  compare('', old && comparable(old), fresh && comparable(fresh), fields);
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return change === 'changed' && fields.length === 0 ? [] : [{ ref: refOf(present), change, fields }];
}

/** Objects of one kind and name are one object in whatever version of their API. */
function idOf({ apiVersion, kind, metadata: { namespace = '', name } }: KubeObject): string {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return JSON.stringify([group, kind, namespace, name]);
}

type Fields = Readonly<Record<string, unknown>>;

/** Without what the server writes. */
export function comparable({ status: _, metadata, ...rest }: KubeObject): Fields {
  const { annotations, ...more } = metadata;
  const own = Object.fromEntries(Object.entries(more).filter(([name]) => !SERVER_FIELDS.has(name)));
  const shown = Object.entries(annotations ?? {}).filter(([name]) => !SERVER_ANNOTATIONS.has(name));
  return {
    ...rest,
    metadata: { ...own, ...(shown.length > 0 && { annotations: Object.fromEntries(shown) }) },
  };
}

const isTable = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Text in the order of the API's fields would be random: names are sorted. */
function compare(path: string, before: unknown, after: unknown, out: FieldChange[]): void {
  if (before === undefined && after === undefined) return;
  if (isTable(before ?? after) && isTable(after ?? before) && hasContent(before, after)) {
    const [a, b] = [(before ?? {}) as Fields, (after ?? {}) as Fields];
    for (const name of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
      compare(memberPath(path, name), a[name], b[name], out);
    }
    return;
  }
  if (Array.isArray(before ?? after) && Array.isArray(after ?? before) && hasContent(before, after)) {
    return compareLists(path, (before ?? []) as readonly unknown[], (after ?? []) as readonly unknown[], out);
  }
  if (isSame(before, after)) return;
  out.push({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) });
}

/** An empty table or list that comes or goes is a change of its own. */
const hasContent = (...values: readonly unknown[]): boolean =>
  values.some((value) => (Array.isArray(value) ? value.length > 0 : isTable(value) && Object.keys(value).length > 0));

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return JSON.stringify(a, plainNumbers) === JSON.stringify(b, plainNumbers);
}

const plainNumbers = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

function compareLists(path: string, before: readonly unknown[], after: readonly unknown[], out: FieldChange[]): void {
  const key = LIST_KEYS.find((name) => isKeyOf(name, before) && isKeyOf(name, after));
  if (key === undefined) {
    for (let i = 0; i < Math.max(before.length, after.length); i++) compare(`${path}[${i}]`, before[i], after[i], out);
    return;
  }
  const idsOf = (items: readonly unknown[]): Map<unknown, unknown> =>
    new Map(items.map((item) => [(item as Fields)[key], item]));
  const [a, b] = [idsOf(before), idsOf(after)];
  for (const id of new Set([...a.keys(), ...b.keys()])) {
    compare(`${path}[${key}=${String(id)}]`, a.get(id), b.get(id), out);
  }
}

function isKeyOf(name: string, items: readonly unknown[]): boolean {
  const ids = items.map((item) => (isTable(item) ? item[name] : undefined));
  return ids.every((id) => typeof id === 'string' || typeof id === 'number') && new Set(ids).size === ids.length;
}

const memberPath = (path: string, name: string): string =>
  /^[A-Za-z_][\w-]*$/.test(name) ? (path === '' ? name : `${path}.${name}`) : `${path}[${JSON.stringify(name)}]`;

/**
 * Both states of an object without what is secret: of a Secret's data it is told how long each value is and whether it is
 * another, and no more.
 */
function maskedPair(
  before: KubeObject | undefined,
  after: KubeObject | undefined,
): [KubeObject | undefined, KubeObject | undefined] {
  const isSecret = [before, after].some((object) => object?.kind === 'Secret' && object.apiVersion === 'v1');
  if (!isSecret) return [before, after];
  const [a, b] = [dataOf(before), dataOf(after)];
  const shown = (own: Fields, other: Fields, note: string): Fields =>
    Object.fromEntries(
      Object.entries(own).map(([name, value]) => [
        name,
        maskText(value, name in other && other[name] !== value ? note : ''),
      ]),
    );
  return [before && withData(before, shown(a, b, 'old')), after && withData(after, shown(b, a, 'new'))];
}

/** All of a Secret's values as base64, wherever they stand. */
function dataOf(object: KubeObject | undefined): Fields {
  const { data = {}, stringData = {} } = (object ?? {}) as { data?: Fields | null; stringData?: Fields | null };
  const texts = Object.entries(stringData ?? {}).map(([name, value]) => [name, toBase64(String(value))]);
  return { ...(data ?? {}), ...Object.fromEntries(texts) };
}

function toBase64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function withData({ stringData: _, ...object }: KubeObject, data: Fields): KubeObject {
  return { ...object, ...(Object.keys(data).length > 0 && { data }) } as KubeObject;
}

function maskText(value: unknown, note: string): string {
  const text = String(value);
  const bytes = Math.floor((text.replace(/=+$/, '').length * 3) / 4);
  return `(hidden, ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}${note === '' ? '' : `, ${note}`})`;
}
