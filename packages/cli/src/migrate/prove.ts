/** A chart becomes a pack that renders the same objects, or as much of it as does: what differs stays a Go template. */

import { type ConvertedChart, convertChart, type TemplateReport } from '@pack/convert';
import { type Chart, type ChartFile, decodeYaml, isCodedError, loadChart, splitManifests } from '@pack/core';
import { createRenderer, type Rendered, type World } from '@pack/engine';
import { systemWorld } from '@pack/engine/node';
import { createPackRenderer, JinjaError } from '@pack/jinja';
import { GoError } from 'go-template';

import { type ValuesSet, valuesSetsOf } from './values-sets.ts';

export interface Proof {
  readonly converted: ConvertedChart;
  readonly templates: readonly TemplateReport[];
  /** Sets of values with which both render the same; those that the chart itself refuses are left out. */
  readonly sets: readonly string[];
  /** Objects that were compared. */
  readonly objects: number;
  /** What still differs, though every template is a Go template: empty for a proof that holds. */
  readonly differences: readonly string[];
}

type Files = Readonly<Record<string, string>>;

interface Baseline {
  readonly set: ValuesSet;
  readonly files: Files;
  /** The same once more: where the two differ, the chart rolls dice. */
  readonly again: Files;
}

export interface ProofOptions {
  /** Hears of every attempt. */
  readonly onRound?: (round: number, kept: number) => void;
  /** Files beside those of the chart: `ci/x-values.yaml`. */
  readonly others?: readonly ChartFile[];
}

export async function convertWithProof(
  chart: Chart,
  { onRound = () => undefined, others }: ProofOptions = {},
): Promise<Proof> {
  const world = quickWorld();
  const baselines = await baselinesOf(chart, valuesSetsOf(chart, others), world);
  const keep = new Map<string, string>();
  const exact = new Set<string>();
  let exactMacros = false;
  for (let round = 1; ; round++) {
    const converted = convertChart(chart, { keep, exact, exactMacros });
    onRound(round, converted.templates.filter(({ outcome }) => outcome === 'kept').length);
    const faults = await faultsOf(chart, converted, baselines, world);
    const isJinja = new Set(
      converted.templates.filter(({ outcome }) => outcome === 'converted').map(({ template }) => template),
    );
    const open = faults.filter(({ template }) => isJinja.has(template) && !keep.has(template));
    // What reads best is tried first, then what Go would write, there and in macros; what differs still is kept.
    const plain = open.filter(({ template }) => !exact.has(template));
    for (const { template } of plain) exact.add(template);
    if (plain.length > 0) continue;
    if (faults.length > 0 && isJinja.size > 0 && !exactMacros) {
      exactMacros = true;
      continue;
    }
    for (const { template, reason } of open) keep.set(template, reason);
    if (open.length > 0) continue;
    // A chart renders what it rendered as long as all of it is Go: what is wrong still is so because of something else.
    if (faults.length > 0 && isJinja.size > 0) {
      for (const template of isJinja) keep.set(template, faults[0]?.reason ?? 'it renders differently');
      continue;
    }
    return {
      converted,
      templates: converted.templates,
      sets: baselines.map(({ set }) => set.name),
      objects: baselines.reduce(
        (sum, { files }) => sum + Object.values(files).reduce((n, text) => n + splitManifests(text).length, 0),
        0,
      ),
      differences: faults.map(({ template, reason }) => `${template}: ${reason}`),
    };
  }
}

async function baselinesOf(chart: Chart, sets: readonly ValuesSet[], world: World): Promise<Baseline[]> {
  const renderer = await createRenderer(chart, world);
  return sets.flatMap((set) => {
    try {
      const render = (): Files => shownFiles(renderer.render({ values: set.values }), chart);
      return [{ set, files: render(), again: render() }];
    } catch (e) {
      if (e instanceof GoError || isCodedError(e)) return [];
      throw e;
    }
  });
}

/** What templates make, those of subcharts too: `templates/a.yaml`, `charts/db/templates/b.yaml`. */
const shownFiles = ({ files }: Rendered, { metadata: { name } }: Chart): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [path.slice(name.length + 1), text]));

/** Keys are made once: charts that make certificates would do little else. */
function quickWorld(): World {
  const world = systemWorld({});
  const make = world.crypto?.generateRsaKey;
  if (make === undefined) return world;
  const known = new Map<number, Uint8Array>();
  return {
    ...world,
    crypto: {
      ...world.crypto,
      generateRsaKey(bits) {
        const key = known.get(bits) ?? make(bits);
        known.set(bits, key);
        return key;
      },
    },
  };
}

interface Fault {
  readonly template: string;
  readonly reason: string;
}

async function faultsOf(
  chart: Chart,
  converted: ConvertedChart,
  baselines: readonly Baseline[],
  world: World,
): Promise<Fault[]> {
  const found = new Map<string, string>();
  const add = (template: string, reason: string): void => {
    if (!found.has(template)) found.set(template, reason);
  };
  let renderer: Awaited<ReturnType<typeof createPackRenderer>>;
  try {
    renderer = await createPackRenderer(await loadChart(converted.files), world);
  } catch (e) {
    if (!(e instanceof GoError || isCodedError(e))) throw e;
    return [{ template: '', reason: e.message }];
  }
  for (const { set, files, again } of baselines) {
    let own: Files;
    try {
      own = shownFiles(renderer.render({ values: set.values }), chart);
    } catch (e) {
      if (!(e instanceof GoError || isCodedError(e))) throw e;
      for (const fault of e instanceof JinjaError ? (e.errors ?? [e]) : [e])
        add(placeOf(fault as Error, chart), (fault as Error).message);
      continue;
    }
    for (const [path, text] of Object.entries(files)) {
      const difference = differenceOf(text, again[path] ?? '', own[path] ?? '');
      if (difference !== undefined) add(path, `with ${set.name} it renders differently: ${difference}`);
    }
  }
  return [...found].map(([template, reason]) => ({ template, reason }));
}

/** The template that failed: that which was being rendered, if a macro that it called failed. */
function placeOf(e: Error, { metadata: { name } }: Chart): string {
  if (e instanceof JinjaError && e.rendering !== undefined) return e.rendering.slice(name.length + 1);
  const places = [...e.message.matchAll(/[^\s:(]*?\/(templates\/[^\s:]+):\d+/g)].map(([, path]) => path as string);
  return places.findLast((path) => !/\/_[^/]*$/.test(path)) ?? places[0] ?? '';
}

const plain = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');

/** The first difference that matters, or none: layout does not, nor what the chart makes anew each time. */
function differenceOf(text: string, again: string, own: string): string | undefined {
  const [lines, others, ours] = [plain(text), plain(again), plain(own)];
  const isSame = (line: string, i: number): boolean => line === ours[i] || line !== others[i];
  if (lines.length === ours.length && lines.every(isSame)) return undefined;
  const [a, b, c] = [objectsOf(text), objectsOf(again), objectsOf(own)];
  if (a !== undefined && b !== undefined && c !== undefined && isSameBut(a, b, c)) return undefined;
  const at = lines.findIndex((line, i) => !isSame(line, i));
  if (at < 0) return `${JSON.stringify(ours[lines.length] ?? '')} is too much`;
  return `${JSON.stringify(lines[at])} is ${ours[at] === undefined ? 'missing' : JSON.stringify(ours[at])}`;
}

/** Whether `c` is `a`, but for leaves in which `b`, which is `a` once more, is another. */
function isSameBut(a: unknown, b: unknown, c: unknown): boolean {
  if (typeof a !== 'object' || a === null) return a === c || (a !== b && typeof a === typeof c);
  if (typeof b !== 'object' || b === null || typeof c !== 'object' || c === null) return false;
  const [left, again, right] = [a, b, c] as Record<string, unknown>[] as [
    Record<string, unknown>,
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  const keys = Object.keys(left);
  if (Array.isArray(a) !== Array.isArray(c) || keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && isSameBut(left[key], again[key], right[key]));
}

function objectsOf(text: string): unknown[] | undefined {
  try {
    return splitManifests(text).map((manifest) => JSON.parse(JSON.stringify(decodeYaml(manifest), plainNumbers)));
  } catch (e) {
    if (e instanceof GoError || e instanceof SyntaxError) return undefined;
    throw e;
  }
}

const plainNumbers = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
