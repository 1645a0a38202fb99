/** A pack and values into rendered files. Its subcharts may be packs or charts: each is rendered by its own engine. */
import {
  basePath,
  type Capabilities,
  type Chart,
  type ChartFile,
  coalesceValues,
  ignoreWarnings,
  isCompatible,
  isLibrary,
  OFFLINE_CAPABILITIES,
  processDependencies,
  type Warn,
} from '@pack/core';
import {
  type LiveSources,
  type Lookup,
  loadValidator,
  type Observe,
  type ReleaseInfo,
  RenderError,
  type Rendered,
  type RenderInput,
  renderLive,
  type ValidateValues,
  type World,
  webWorld,
} from '@pack/engine';
import {
  type GoTexts,
  loadFunctions,
  openGoTexts,
  type Prepared,
  prepare,
  renderFiles,
  sprigFunctions,
} from '@pack/engine/functions';
import { fromBytes, type GoMap, isMap, newMap, rejoin } from 'go-template';

import { type BranchObserver, type CompiledTemplate, compileTemplate } from './compile.ts';
import { contextOf, templateOf } from './context.ts';
import { errorOf, JinjaError, joined } from './error.ts';
import { Budget, Encoded, Execution, type Host, LIMITS, type Limits } from './execution.ts';
import { withFloats } from './floats.ts';
import type { Whitespace } from './lexer.ts';
import { Library } from './library/library.ts';
import { PackLoader, type PackTemplates } from './loader.ts';
import { inOrderOf } from './order.ts';
import { Scope } from './scope.ts';
import type { Mode } from './value.ts';

export interface RenderPackInput extends RenderInput {
  /**
   * What becomes of a variable or member that is not there. `strict`: it may be tested, looked into and given a default, but
   * not used; `chainable`: it is nothing, everywhere; `lenient`: as chainable, but it has no members. If absent, what
   * `engine.strict` of Pack.yaml says: `chainable` for false, else `strict`.
   */
  readonly undefined?: Mode;
  readonly whitespace?: Whitespace;
  readonly limits?: Partial<Limits>;
  /** A secret by its name in `secrets`. A coded error that it throws becomes that of the template. */
  readonly secrets?: (name: string) => string | undefined;
  /** What `generate_secret` gives, if it is to stay the same over upgrades. `charset` has the characters themselves. */
  readonly generateSecret?: (name: string, length: number, charset: string) => string;
}

const DEFAULT_RELEASE: ReleaseInfo = { name: 'release-name', namespace: 'default' };

/**
 * Renders a pack once. To render it again and again, make a {@link createPackRenderer}. Throws {@link JinjaError} for what
 * templates do wrong, all of it at once, and what @pack/engine throws for charts, values and versions.
 */
export const renderPack = async (input: RenderPackInput): Promise<Rendered> =>
  (await createPackRenderer(input.chart, input.world)).render(input);

/**
 * Renders a pack whose templates look things up in a cluster, or ask for addresses: as `renderLive` of @pack/engine does it
 * for charts.
 */
export const renderPackLive = (input: Omit<RenderPackInput, 'lookup'>, sources: LiveSources): Promise<Rendered> =>
  renderLive(input, sources, createPackRenderer);

/** Renders one pack with many values: its templates are compiled once. */
export interface PackRenderer {
  render(input?: Omit<RenderPackInput, 'chart' | 'world'>): Rendered;
}

/** Who hears of the branches that are entered: those of Jinja, and those of Go templates beside them. */
export interface PackObservers {
  readonly observe?: Observe | undefined;
  readonly branches?: BranchObserver | undefined;
}

/** Reads what rendering `chart` needs and may take time to load. */
export async function createPackRenderer(
  chart: Chart,
  world: World = webWorld(),
  { observe, branches }: PackObservers = {},
): Promise<PackRenderer> {
  const texts = textsOf(chart);
  const usesGo = texts.some((text) => USES_GO.test(text));
  const prepared: PreparedPack = {
    world,
    library: new Library(sprigFunctions(world, await loadFunctions(world, [...texts, ...neededBy(texts)]))),
    validate: await loadValidator(chart),
    go: goHalf(chart) || usesGo ? await prepare(chart, world, observe) : undefined,
    usesGo,
    branches,
    compiled: new Map(),
    texts: new Map(),
  };
  return { render: (input = {}) => render({ ...input, chart }, prepared) };
}

interface PreparedPack {
  readonly world: World;
  readonly library: Library;
  readonly validate: ValidateValues;
  /** For the charts among the subcharts, and Go templates in packs. */
  readonly go: Prepared | undefined;
  /** Whether templates in Jinja use what Go templates have. */
  readonly usesGo: boolean;
  readonly branches: BranchObserver | undefined;
  /** By the file's bytes, so that what stays the same is compiled once. */
  readonly compiled: Map<
    string,
    { readonly data: Uint8Array; readonly whitespace: string; readonly template: CompiledTemplate }
  >;
  /** Of `tpl`. */
  readonly texts: Map<string, CompiledTemplate>;
}

/** What a pack that was a chart has of Go templates, even where all of its own are Jinja. */
const USES_GO = /\b(?:tpl_go|include_go|as_go|helm)\b/;

/** Texts of `tpl` that are kept compiled. */
const MAX_TEXTS = 1000;

const MAX_SCANNED = 1024 * 1024;

/** Every text in which the name of a function may stand. */
function textsOf(chart: Chart): string[] {
  const texts = chart.templates.map(({ data }) => fromBytes(data));
  if (texts.some((text) => /\btpl/.test(text)))
    texts.push(...chart.raw.filter(({ data }) => data.length < MAX_SCANNED).map(({ data }) => fromBytes(data)));
  return [...texts, ...chart.dependencies.flatMap(textsOf)];
}

/** Names of Sprig's functions that our own filters are made of. */
function neededBy(texts: readonly string[]): string[] {
  const has = (pattern: RegExp): boolean => texts.some((text) => pattern.test(text));
  return [...(has(/regex_|matching/) ? ['mustRegexMatch'] : []), ...(has(/\bsha(?:1|256|512)\b/) ? ['sha256sum'] : [])];
}

function render(input: RenderPackInput, prepared: PreparedPack): Rendered {
  const { values: given = newMap(), capabilities = OFFLINE_CAPABILITIES, warn = ignoreWarnings } = input;
  const chart = processDependencies(input.chart, given, warn);
  const values = coalesceValues(chart, given, warn);
  if (!input.skipSchemaValidation) prepared.validate(chart, values, { warn });
  if (!input.anyKubeVersion) checkKubeVersion(chart, capabilities);
  const go = goHalf(chart);
  const files = go && prepared.go ? renderFiles(go, withFloats(values), input, prepared.go) : emptyFiles();
  const encoded = prepared.usesGo ? undefined : new Encoded();
  const budget = new Budget({ ...LIMITS, ...input.limits }, () => prepared.world.now().getTime());
  const errors: JinjaError[] = [];
  let opened: GoTexts | undefined;
  const texts = (): GoTexts | undefined => {
    if (prepared.go !== undefined) opened ??= openGoTexts(withoutJinja(chart), withFloats(values), input, prepared.go);
    return opened;
  };
  for (const pack of packsOf(chart, values)) {
    renderOwn(
      { ...pack, values: inOrderOf(pack.values, pack.chart.values) },
      input,
      prepared,
      texts,
      { budget, encoded },
      files,
      errors,
    );
  }
  if (errors.length > 0) throw joined(errors);
  return { files, chart, values };
}

const emptyFiles = (): Record<string, string> => newMap() as Record<string, string>;

function checkKubeVersion({ metadata }: Chart, { kubeVersion }: Capabilities): void {
  const wanted = metadata.kubeVersion ?? '';
  if (wanted === '' || isCompatible(wanted, kubeVersion.normalized)) return;
  throw new RenderError(
    'CHART_INCOMPATIBLE',
    `pack requires kubeVersion: ${wanted} which is incompatible with Kubernetes ${kubeVersion.version}`,
  );
}

/** In a pack, what is still a Go template. */
const GO_TEMPLATE = /\.gotmpl$/;

/** The tree with Go templates alone; undefined where there are none. */
function goHalf(chart: Chart): Chart | undefined {
  const half = withoutJinja(chart);
  return hasTemplates(half) ? half : undefined;
}

function withoutJinja(chart: Chart): Chart {
  const templates =
    chart.pack === undefined
      ? chart.templates
      : chart.templates
          .filter(({ name }) => GO_TEMPLATE.test(name))
          .map((file) => ({ ...file, name: file.name.replace(GO_TEMPLATE, '') }));
  return { ...chart, templates, dependencies: chart.dependencies.map(withoutJinja) };
}

const hasTemplates = ({ templates, dependencies }: Chart): boolean =>
  templates.length > 0 || dependencies.some(hasTemplates);

interface PlacedPack {
  readonly chart: Chart;
  /** `web/charts/db` */
  readonly path: string;
  readonly values: GoMap;
}

/** The packs of a tree with their values, the root first. */
function* packsOf(chart: Chart, values: GoMap, parent = ''): Generator<PlacedPack> {
  const { name } = chart.metadata;
  const path = parent === '' ? name : `${parent}/charts/${name}`;
  if (chart.pack !== undefined) yield { chart, path, values };
  for (const child of chart.dependencies) {
    const table = values[child.metadata.name];
    yield* packsOf(child, isMap(table) ? table : newMap(), path);
  }
}

const isPartial = (name: string): boolean => basePath(name).startsWith('_');

/** The path of what a template makes: `.j2` is for editors. */
const outputPath = (path: string): string => path.replace(/\.(?:j2|jinja2?)$/, '');

function renderOwn(
  { chart, path, values }: PlacedPack,
  input: RenderPackInput,
  prepared: PreparedPack,
  texts: () => GoTexts | undefined,
  { budget, encoded }: { readonly budget: Budget; readonly encoded: Encoded | undefined },
  files: Record<string, string>,
  errors: JinjaError[],
): void {
  const { release = DEFAULT_RELEASE, capabilities = OFFLINE_CAPABILITIES } = input;
  const whitespace = input.whitespace ?? {};
  const compile = compilerOf(prepared, whitespace);
  const templates = templatesOf(chart, path, compile);
  const context = contextOf(chart, values, release, capabilities, input.secrets);
  const shared = hostOf(input, prepared, whitespace);
  const mode = input.undefined ?? (chart.pack?.engine?.strict === false ? 'chainable' : 'strict');
  // Partials are looked at too, so that what is wrong with one that nothing uses yet is told.
  for (const [name, compiled] of templates.templates) {
    const full = `${path}/templates/${name}`;
    let template: CompiledTemplate;
    try {
      template = compiled();
    } catch (e) {
      errors.push(...compileErrors(e));
      continue;
    }
    if (isLibrary(chart) || isPartial(name) || input.only?.(outputPath(full)) === false) continue;
    const globals = new Map(context).set('template', templateOf(full, `${path}/templates`));
    const go = prepared.usesGo ? texts() : undefined;
    const dot = go?.dotOf(path, full);
    if (dot !== undefined) globals.set('helm', dot);
    const host: Host = {
      ...shared,
      tplGo: (spelled, data = dot) => go?.tpl(spelled, data) ?? spelled,
      includeGo: (named, data = dot) => go?.include(named, data) ?? '',
    };
    const execution = new Execution({
      mode,
      globals,
      library: prepared.library,
      loader: new PackLoader(templates),
      budget,
      encoded,
      host,
    });
    try {
      execution.running.push(full);
      template.write(execution, new Scope());
      // It also makes one string of the pieces, which the collector would follow one by one.
      const written = rejoin(execution.out);
      files[outputPath(full)] = prepared.usesGo ? written.replaceAll('<no value>', '') : written;
    } catch (e) {
      // What another template has is told there.
      if (e instanceof AggregateError) continue;
      const error = errorOf(e, execution.at, full);
      if (!(error instanceof JinjaError)) throw error;
      errors.push(error);
      if (error.code === 'PACK_TEMPLATE_LIMIT') return;
    } finally {
      budget.left = execution.left;
    }
  }
}

function compileErrors(e: unknown): JinjaError[] {
  const all = (e instanceof AggregateError ? e.errors : [e]).map((one: unknown) => errorOf(one, undefined));
  const other = all.find((one) => !(one instanceof JinjaError));
  if (other !== undefined) throw other;
  return all as JinjaError[];
}

type Compile = (name: string, path: string, data: Uint8Array) => CompiledTemplate;

function compilerOf({ compiled, library, branches }: PreparedPack, options: Whitespace): Compile {
  const whitespace = JSON.stringify(options);
  return (name, path, data) => {
    const known = compiled.get(path);
    if (known?.data === data && known.whitespace === whitespace) return known.template;
    const template = compileTemplate({ path, text: fromBytes(data) }, { ...options, library, branches, name });
    compiled.set(path, { data, whitespace, template });
    return template;
  };
}

function templatesOf(chart: Chart, path: string, compile: Compile): PackTemplates {
  const templates = new Map<string, () => CompiledTemplate>();
  if (chart.pack !== undefined) {
    const own = chart.templates.filter(({ name }: ChartFile) => !GO_TEMPLATE.test(name));
    for (const { name, data } of own) {
      const short = name.replace(/^templates\//, '');
      templates.set(short, () => compile(short, `${path}/${name}`, data));
    }
  }
  const dependencies = new Map(
    chart.dependencies.map((child) => [
      child.metadata.name,
      templatesOf(child, `${path}/charts/${child.metadata.name}`, compile),
    ]),
  );
  return { chart, templates, dependencies };
}

function hostOf(
  input: RenderPackInput,
  { world, texts, library }: PreparedPack,
  whitespace: Whitespace,
): Omit<Host, 'tplGo' | 'includeGo'> {
  const lookup: Lookup = input.lookup ?? (() => newMap());
  const warn: Warn = input.warn ?? ignoreWarnings;
  return {
    world,
    lookup,
    generateSecret: input.generateSecret,
    lint: input.lint ?? false,
    warn: (message) => warn('pack template', { message }),
    compile(text, name) {
      let template = texts.get(text);
      if (template === undefined) {
        template = compileText(text, name, library, whitespace);
        if (texts.size >= MAX_TEXTS) texts.clear();
        texts.set(text, template);
      }
      return template;
    },
  };
}

/** What is wrong with a text of `tpl` is an error of the template that runs it. */
function compileText(text: string, name: string, library: Library, whitespace: Whitespace): CompiledTemplate {
  try {
    return compileTemplate({ path: name, text }, { ...whitespace, library });
  } catch (e) {
    throw e instanceof AggregateError ? e.errors[0] : e;
  }
}
