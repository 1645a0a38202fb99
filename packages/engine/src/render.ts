/** A chart and values into rendered files. Helm: pkg/engine Engine.render. */
import {
  basePath,
  type Capabilities,
  type Chart,
  coalesceValues,
  ignoreWarnings,
  isCompatible,
  OFFLINE_CAPABILITIES,
  processDependencies,
  type Warn,
} from '@pack/core';
import {
  type ast,
  compareBytes,
  type FuncMap,
  fromBytes,
  type GoMap,
  newMap,
  type Template,
  TemplateError,
  TemplateSet,
  type TypedMap,
} from 'go-template';
import { executionFailure, parseFailure, RenderError } from './error.ts';
import { sprigFunctions } from './functions/index.ts';
import { loadFunctions } from './functions/load.ts';
import type { World } from './functions/world.ts';
import { type Lookup, ParsedTexts, type RenderState, renderFunctions } from './include.ts';
import { loadValidator, type ValidateValues } from './schema.ts';
import { dotFor, type ReleaseInfo, type Renderable, type Renderables, renderables } from './scope.ts';
import { webWorld } from './world.ts';

export interface RenderInput {
  readonly chart: Chart;
  /** The user's values, as {@link mergeValueSources} or toGo make them. */
  readonly values?: GoMap;
  /** `release-name` in namespace `default` if absent, as in `helm template`. */
  readonly release?: ReleaseInfo;
  readonly capabilities?: Capabilities;
  readonly skipSchemaValidation?: boolean;
  /** A missing key of a map is an error. */
  readonly strict?: boolean;
  /** `required` and `fail` only warn. */
  readonly lint?: boolean;
  /** Renders charts for other versions of Kubernetes too. */
  readonly anyKubeVersion?: boolean;
  /** Which templates are rendered, by path; all if absent. What the others define is there all the same. */
  readonly only?: ((path: string) => boolean) | undefined;
  readonly lookup?: Lookup;
  /** Clock, randomness, time zone, resolver of names: those of the web platform if absent. */
  readonly world?: World;
  readonly warn?: Warn;
}

export interface Rendered {
  /** Texts by path, `chart/templates/x.yaml`; NOTES.txt is among them. */
  readonly files: Readonly<Record<string, string>>;
  /** The chart as it was rendered: with aliases, without disabled subcharts. */
  readonly chart: Chart;
  /** The values that its templates saw. */
  readonly values: GoMap;
}

const DEFAULT_RELEASE: ReleaseInfo = { name: 'release-name', namespace: 'default' };

/**
 * Renders a chart once. To render it again and again, make a {@link createRenderer}. Throws coded errors whose
 * messages are Helm's: RENDER_PARSE, RENDER_EXEC, RENDER_LIMIT, CHART_INCOMPATIBLE, SCHEMA_VIOLATED and those of core.
 */
export const renderChart = async (input: RenderInput): Promise<Rendered> =>
  (await createRenderer(input.chart, input.world)).render(input);

/** Renders one chart with many values: its templates are parsed and compiled once. */
export interface Renderer {
  /** As {@link renderChart}, for the renderer's chart; what was parsed before is used again. */
  render(input?: Omit<RenderInput, 'chart' | 'world'>): Rendered;
}

/** Told of each body of `if`, `with`, `range` and `else` that a template enters. */
export type Observe = (entered: ast.ListNode) => void;

/** Reads what rendering `chart` needs and may take time to load. */
export async function createRenderer(
  chart: Chart,
  world: World = webWorld(),
  { observe }: { readonly observe?: Observe | undefined } = {},
): Promise<Renderer> {
  const prepared = await prepare(chart, world, observe);
  return { render: (input = {}) => render({ ...input, chart }, prepared) };
}

export async function prepare(chart: Chart, world: World, observe?: Observe): Promise<Prepared> {
  return {
    observe,
    functions: { ...sprigFunctions(world, await loadFunctions(world, textsOf(chart))), ...renderFunctions },
    validate: await loadValidator(chart),
    cache: new Map(),
    parsed: new ParsedTexts(),
  };
}

/** Every text in which the name of a function may stand. Values count because of tpl. */
function textsOf(chart: Chart): string[] {
  const texts = chart.templates.map(({ data }) => fromBytes(data));
  const usesTpl = texts.some((text) => /\btpl\b/.test(text));
  if (usesTpl)
    texts.push(...chart.raw.filter(({ data }) => data.length < MAX_SCANNED).map(({ data }) => fromBytes(data)));
  return [...texts, ...chart.dependencies.flatMap(textsOf)];
}

const MAX_SCANNED = 1024 * 1024;

/** Templates of files by path, kept as long as the file's bytes are the same. */
type ParsedFiles = Map<string, { readonly data: Uint8Array; readonly templates: readonly Template[] }>;

/** What a renderer keeps from one render to the next. */
export interface Prepared {
  readonly observe: Observe | undefined;
  readonly functions: FuncMap;
  readonly validate: ValidateValues;
  readonly cache: ParsedFiles;
  readonly parsed: ParsedTexts;
}

function render(input: RenderInput, prepared: Prepared): Rendered {
  const { values: given = newMap(), capabilities = OFFLINE_CAPABILITIES, warn = ignoreWarnings } = input;
  const chart = processDependencies(input.chart, given, warn);
  const values = coalesceValues(chart, given, warn);
  if (!input.skipSchemaValidation) prepared.validate(chart, values, { warn });
  if (!input.anyKubeVersion) checkKubeVersion(chart, capabilities);
  return { files: renderFiles(chart, values, input, prepared), chart, values };
}

type RenderOptions = Omit<RenderInput, 'chart' | 'values'>;

/** The texts of a chart whose dependencies have been processed, with its final values. */
export function renderFiles(
  chart: Chart,
  values: GoMap,
  input: RenderOptions,
  prepared: Prepared,
): Record<string, string> {
  const { set, templates, state } = open(chart, values, input, prepared);
  const files: Record<string, string> = newMap() as Record<string, string>;
  const isRendered = ({ path }: Renderable): boolean => !basePath(path).startsWith('_') && (input.only?.(path) ?? true);
  for (const template of templates) {
    if (isRendered(template)) files[template.path] = renderFile(set, template, state);
  }
  return files;
}

/** What Go templates do for templates of another kind beside them. */
export interface GoTexts {
  /** The dot of a template of the chart at `path`, `web/charts/db`. */
  dotOf(path: string, template: string): TypedMap;
  /** As the functions `tpl` and `include`; `data` is a value of Go's. Throw what rendering throws. */
  tpl(text: string, data: unknown): string;
  include(name: string, data: unknown): string;
}

const [TPL, INCLUDE] = ['text of a template', 'template by name'];

/** For a chart whose dependencies have been processed, with its final values. */
export function openGoTexts(chart: Chart, values: GoMap, input: RenderOptions, prepared: Prepared): GoTexts {
  const { set, dots, state } = open(chart, values, input, prepared);
  set.parse(TPL, '{{ tpl .text .data }}');
  set.parse(INCLUDE, '{{ include .text .data }}');
  const run = (name: string, text: string, data: unknown): string => {
    try {
      return set.execute(name, Object.assign(newMap(), { text, data }), state);
    } catch (e) {
      throw e instanceof TemplateError ? executionFailure(name, e) : e;
    }
  };
  return {
    dotOf: (path, template) =>
      dotFor({ dot: dots.get(path) ?? newMap(), path: template, basePath: `${path}/templates` }),
    tpl: (text, data) => run(TPL, text, data),
    include: (name, data) => run(INCLUDE, name, data),
  };
}

function open(
  chart: Chart,
  values: GoMap,
  input: RenderOptions,
  { functions, cache, parsed, observe }: Prepared,
): Renderables & { readonly set: TemplateSet; readonly state: RenderState } {
  const { release = DEFAULT_RELEASE, capabilities = OFFLINE_CAPABILITIES, warn = ignoreWarnings } = input;
  const set = new TemplateSet({
    name: 'gotpl',
    missingKey: input.strict ? 'error' : 'zero',
    funcs: functions,
    observe,
  });
  const { templates, dots } = renderables(chart, values, release, capabilities);
  templates.sort(deepestFirst);
  for (const template of templates) addFile(set, template, cache);
  const state: RenderState = {
    ...set.meter(),
    includes: new Map(),
    tplDepth: 0,
    parsed,
    lint: input.lint ?? false,
    warn,
    lookup: input.lookup ?? (() => newMap()),
  };
  return { set, templates, dots, state };
}

/** Charts above beat charts below, and earlier names later ones: the last definition of a template wins. */
function deepestFirst(a: Renderable, b: Renderable): number {
  return b.path.split('/').length - a.path.split('/').length || compareBytes(b.path, a.path);
}

function addFile(set: TemplateSet, { path, data }: Renderable, cache: ParsedFiles): void {
  let file = cache.get(path);
  if (file?.data !== data) {
    try {
      file = { data, templates: set.read(path, fromBytes(data)) };
    } catch (e) {
      throw e instanceof TemplateError ? parseFailure(path, e) : e;
    }
    cache.set(path, file);
  }
  set.add(file.templates);
}

function renderFile(set: TemplateSet, template: Renderable, state: RenderState): string {
  try {
    return set.execute(template.path, dotFor(template), state).replaceAll('<no value>', '');
  } catch (e) {
    throw e instanceof TemplateError ? executionFailure(template.path, e) : e;
  }
}

function checkKubeVersion({ metadata }: Chart, { kubeVersion }: Capabilities): void {
  const wanted = metadata.kubeVersion ?? '';
  if (wanted === '' || isCompatible(wanted, kubeVersion.normalized)) return;
  throw new RenderError(
    'CHART_INCOMPATIBLE',
    `chart requires kubeVersion: ${wanted} which is incompatible with Kubernetes ${kubeVersion.version}`,
  );
}

/** The name of a release from its template, as `--name-template` gives it. */
export function expandName(template: string, world: World = webWorld()): string {
  const set = new TemplateSet({ name: 'name-template', funcs: sprigFunctions(world) });
  set.parse('name-template', template);
  return set.execute('name-template', undefined);
}
