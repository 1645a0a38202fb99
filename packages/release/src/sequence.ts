/**
 * The order of HIP-0025: subcharts by `depends-on`, and within a chart groups of objects by annotations. A chart comes after all
 * its subcharts, and what is of no group after all groups.
 */
import { type Chart, decodeYaml, type PlacedChart } from '@pack/core';
import { DEPENDS_ON_GROUPS, type KubeObject, parseManifest } from '@pack/kube';
import { compareBytes, isMap, quoteGo } from 'go-template';

import { objectKey } from './act.ts';
import { listOf } from './annotation.ts';
import { ReleaseError } from './error.ts';

const GROUP = 'helm.sh/resource-group';
const DEPENDS_ON_SUBCHARTS = 'helm.sh/depends-on/subcharts';
const DEPENDS_ON = 'depends-on';

/** Paths of charts (`parent/charts/child`), those that go together in one list. */
export type Sequence = readonly (readonly string[])[];

const invalid = (message: string): ReleaseError => new ReleaseError('RELEASE_INVALID', message);

/** Of a chart as it is rendered: with aliases, without what conditions switch off. Throws RELEASE_INVALID. */
export function sequenceOf(chart: Chart): Sequence {
  const batches: string[][] = [];
  const place = ({ chart: placed, path }: PlacedChart, first: number): number => {
    const waits = subchartWaits(placed, path);
    const levels = new Map<string, number>();
    const after = (names: Iterable<string>): number =>
      [...names].reduce((level, name) => Math.max(level, (levels.get(name) ?? first - 1) + 1), first);
    for (const name of inOrder(waits, (circle) => subchartCircle(path, circle))) {
      const subchart = placed.dependencies.find(({ metadata }) => metadata.name === name);
      if (subchart === undefined) continue;
      levels.set(name, place({ chart: subchart, path: `${path}/charts/${name}` }, after(waits.get(name) ?? [])));
    }
    const level = after(levels.keys());
    batches[level] = [...(batches[level] ?? []), path];
    return level;
  };
  place({ chart, path: chart.metadata.name }, 0);
  return Array.from(batches, (batch) => batch ?? []);
}

const subchartCircle = (path: string, circle: readonly string[]): ReleaseError =>
  invalid(`chart ${path}: ${DEPENDS_ON} of its subcharts goes round in a circle: ${circle.join(' → ')}`);

/** The subcharts that each subchart waits for, by their names in `charts/`. One that is switched off is waited for by nobody. */
function subchartWaits(chart: Chart, path: string): ReadonlyMap<string, ReadonlySet<string>> {
  const present = chart.dependencies.map(({ metadata }) => metadata.name);
  const declared = declaredIn(chart);
  const named = (reference: string, who: string): string[] => {
    const found = declared.filter(({ name, alias }) => name === reference || alias === reference);
    if (found.length === 0 && !present.includes(reference)) {
      throw invalid(`chart ${path}: ${who} names ${quoteGo(reference)}, which is no subchart of it`);
    }
    return found.length === 0 ? [reference] : found.map(({ name, alias }) => alias || name);
  };
  for (const name of listOf(
    chart.metadata.annotations?.[DEPENDS_ON_SUBCHARTS],
    `chart ${path}: ${DEPENDS_ON_SUBCHARTS}`,
  )) {
    named(name, DEPENDS_ON_SUBCHARTS);
  }
  const waits = new Map(present.map((name) => [name, new Set<string>()]));
  for (const { name, alias, dependsOn } of declared) {
    const own = alias || name;
    const others = dependsOn.flatMap((reference) => named(reference, `${DEPENDS_ON} of ${own}`));
    waits.set(own, new Set([...(waits.get(own) ?? []), ...others]));
  }
  return waits;
}

interface Declared {
  readonly name: string;
  readonly alias: string;
  readonly dependsOn: readonly string[];
}

/** Read anew of the files: what Helm keeps of them has no `depends-on`. */
function declaredIn({ raw, pack }: Chart): Declared[] {
  const names = pack === undefined ? ['Chart.yaml', 'requirements.yaml'] : ['Pack.yaml'];
  return raw
    .filter(({ name }) => names.includes(name))
    .flatMap(({ data }) => {
      const content = decodeYaml(new TextDecoder().decode(data));
      const dependencies = isMap(content) ? content.dependencies : undefined;
      return Array.isArray(dependencies) ? dependencies.filter(isMap) : [];
    })
    .map(({ name, alias, [DEPENDS_ON]: dependsOn }) => ({
      name: String(name ?? ''),
      alias: String(alias ?? ''),
      dependsOn: [dependsOn ?? []].flat().map(String),
    }));
}

/** When an object is made: first what has the lowest number. By `objectKey`. */
export type Batches = ReadonlyMap<string, number>;

/** What is made in order: how is told of by {@link sequenceOf}, what by its manifest. */
interface Sequenced {
  readonly manifest: string;
  readonly sequence: Sequence;
}

/**
 * `objects` are what is built of the manifest, in its order. Throws RELEASE_INVALID; what is only of no use is told to `warn`.
 */
export const batchesOf = (
  sequenced: Sequenced,
  objects: readonly KubeObject[],
  warn: (message: string) => void = () => undefined,
): Batches => new Map(placesOf(sequenced, objects, warn).map(({ key, batch }) => [key, batch]));

interface Place extends Member {
  readonly batch: number;
  readonly chart: string;
  /** Undefined for what is made after all groups of its chart. */
  readonly group: string | undefined;
}

function placesOf(
  { manifest, sequence }: Sequenced,
  objects: readonly KubeObject[],
  warn: (message: string) => void,
): Place[] {
  const charts = new Map<string, Member[]>(sequence.flat().map((path) => [path, []]));
  const root = sequence.at(-1)?.at(-1) ?? '';
  const paths = [...charts.keys()].sort((a, b) => b.length - a.length);
  for (const [i, { object, source }] of parseManifest(manifest).entries()) {
    const built = objects[i];
    const path = paths.find((each) => source.startsWith(`${each}/`)) ?? root;
    if (built !== undefined) charts.get(path)?.push({ object, key: objectKey(built) });
  }
  const places: Place[] = [];
  let first = 0;
  for (const together of sequence) {
    let next = first;
    for (const chart of together) {
      const members = charts.get(chart) ?? [];
      const { levels, last } = groupLevels(members, chart, warn);
      for (const member of members) {
        const name = groupOf(member.object);
        const level = levels.get(name);
        const batch = first + (level ?? last);
        places.push({ ...member, batch, chart, group: level === undefined ? undefined : name });
        next = Math.max(next, batch + 1);
      }
    }
    first = next;
  }
  return places;
}

/** A document of a manifest, and the group it begins or ends: `chart/subchart group`. */
export interface SequencedDocument {
  readonly path: string;
  readonly content: string;
  readonly begins?: string | undefined;
  readonly ends?: string | undefined;
}

/** Documents in the order in which they are made, those of a group beside each other. Throws as {@link batchesOf} does. */
export function inSequence(
  documents: readonly Pick<SequencedDocument, 'path' | 'content'>[],
  sequence: Sequence,
  warn: (message: string) => void,
): SequencedDocument[] {
  const texts = documents.map(({ path, content }) => `# Source: ${path}\n${content}\n`);
  const objects = texts.map((text) => parseManifest(text).map(({ object }) => object));
  const manifest = texts.map((text) => `---\n${text}`).join('');
  const places = new Map(placesOf({ manifest, sequence }, objects.flat(), warn).map((place) => [place.key, place]));
  const charts = sequence.flat();
  const placed = documents.map(({ path, content }, i) => {
    const [object] = objects[i] as KubeObject[];
    const place = object && places.get(objectKey(object));
    const label = place?.group && `${place.chart.replaceAll('/charts/', '/')} ${place.group}`;
    return { path, content, label, batch: place?.batch ?? 0, chart: charts.indexOf(place?.chart ?? '') };
  });
  const order = placed.sort(
    (a, b) => a.batch - b.batch || a.chart - b.chart || compareBytes(a.label ?? '', b.label ?? ''),
  );
  return order.map(({ path, content, label }, i) => ({
    path,
    content,
    ...(label !== undefined && order[i - 1]?.label !== label && { begins: label }),
    ...(label !== undefined && order[i + 1]?.label !== label && { ends: label }),
  }));
}

interface Member {
  readonly object: KubeObject;
  readonly key: string;
}

interface Group {
  readonly members: KubeObject[];
  readonly waits: Set<string>;
}

/** The places of groups within their chart, and that of all else. */
function groupLevels(
  members: readonly Member[],
  chart: string,
  warn: (message: string) => void,
): { readonly levels: ReadonlyMap<string, number>; readonly last: number } {
  const groups = new Map<string, Group>();
  for (const { object } of members) {
    const name = groupOf(object);
    const waits = waitsOf(object);
    if (name === '') continue;
    const group = groups.get(name) ?? { members: [], waits: new Set() };
    groups.set(name, group);
    group.members.push(object);
    for (const other of waits) group.waits.add(other);
  }
  const names = new Set(groups.keys());
  for (const { object } of members) {
    const unknown = waitsOf(object).filter((name) => !names.has(name));
    if (unknown.length > 0 && groupOf(object) === '') {
      warn(
        `${shown([object])} of chart ${chart} waits for resource group ${quoteGo(unknown[0] as string)}, which there is not`,
      );
    }
  }
  leaveOutMisfits(groups, chart, warn);
  const waits = new Map([...groups].map(([name, group]) => [name, group.waits]));
  const levels = new Map<string, number>();
  let last = 0;
  for (const name of inOrder(waits, (circle) => groupCircle(chart, circle, groups))) {
    const level = [...(waits.get(name) ?? [])].reduce(
      (most, other) => Math.max(most, (levels.get(other) ?? -1) + 1),
      0,
    );
    levels.set(name, level);
    last = Math.max(last, level + 1);
  }
  return { levels, last };
}

function groupCircle(chart: string, circle: readonly string[], groups: ReadonlyMap<string, Group>): ReleaseError {
  const steps = circle.map((name) => `${name} (${shown(groups.get(name)?.members ?? [])})`);
  return invalid(`chart ${chart}: resource groups go round in a circle: ${steps.join(' → ')}`);
}

/** Groups that wait for what there is not, and those that nobody waits for and that wait for nobody, come last. */
function leaveOutMisfits(groups: Map<string, Group>, chart: string, warn: (message: string) => void): void {
  const leaveOut = (name: string, { members }: Group, why: string): void => {
    groups.delete(name);
    warn(`resource group ${quoteGo(name)} of chart ${chart} ${why}: its objects are made last (${shown(members)})`);
  };
  const dependents = dependentsIn(new Map([...groups].map(([name, { waits }]) => [name, waits])));
  const unknown = [...dependents.keys()].filter((name) => !groups.has(name));
  for (const missing of unknown) {
    for (const name of dependents.get(missing) ?? []) {
      const group = groups.get(name);
      if (group === undefined) continue;
      leaveOut(name, group, `waits for ${quoteGo(missing)}, which there is not or which is made last`);
      unknown.push(name);
    }
  }
  if (groups.size < 2) return;
  const awaited = new Set([...groups.values()].flatMap(({ waits }) => [...waits]));
  for (const [name, group] of [...groups]) {
    if (group.waits.size === 0 && !awaited.has(name)) leaveOut(name, group, 'waits for none, and none for it');
  }
}

const shown = (objects: readonly KubeObject[]): string =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ');

const annotation = ({ metadata }: KubeObject, name: string): unknown => metadata.annotations?.[name];

const groupOf = (object: KubeObject): string => String(annotation(object, GROUP) ?? '').trim();

const waitsOf = (object: KubeObject): string[] =>
  listOf(annotation(object, DEPENDS_ON_GROUPS), `${shown([object])}: ${DEPENDS_ON_GROUPS}`);

type Waits = ReadonlyMap<string, ReadonlySet<string>>;

function dependentsIn(waits: Waits): Map<string, string[]> {
  const dependents = new Map<string, string[]>();
  for (const [name, others] of waits) {
    for (const other of others) {
      const own = dependents.get(other) ?? [];
      dependents.set(other, own);
      own.push(name);
    }
  }
  return dependents;
}

/** All that wait or are waited for, each after those that it waits for. Throws what `fault` makes of a circle. */
function inOrder(waits: Waits, fault: (circle: readonly string[]) => Error): string[] {
  const dependents = dependentsIn(waits);
  const left = new Map([...waits.keys(), ...dependents.keys()].map((name) => [name, waits.get(name)?.size ?? 0]));
  const order = [...left.keys()].filter((name) => left.get(name) === 0);
  for (const name of order) {
    for (const other of dependents.get(name) ?? []) {
      const count = (left.get(other) as number) - 1;
      left.set(other, count);
      if (count === 0) order.push(other);
    }
  }
  if (order.length === left.size) return order;
  // Each of the rest waits for one of the rest.
  const isLeft = (name: string): boolean => (left.get(name) as number) > 0;
  const path = new Set<string>();
  let name = [...left.keys()].find(isLeft) as string;
  while (!path.has(name)) {
    path.add(name);
    name = [...(waits.get(name) as ReadonlySet<string>)].find(isLeft) as string;
  }
  const circle = [...path].slice([...path].indexOf(name));
  throw fault([...circle, name]);
}
