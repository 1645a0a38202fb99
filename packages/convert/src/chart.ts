/** A chart as a pack: its templates in Jinja, as far as they have a counterpart there, and Go templates else. */
import { type Chart, type ChartFile, encodeYaml, parseIgnore } from '@pack/core';
import { compareBytes, fromBytes, type GoMap, isMap, newMap, TemplateError, toBytes } from 'go-template';

import { asValue } from './expression.ts';
import { ConvertFault } from './fault.ts';
import { Names } from './scope.ts';
import { type ConvertedText, convertText, type Macro } from './template.ts';

export interface TemplateReport {
  /** `templates/deployment.yaml` */
  readonly template: string;
  /** `kept`: it is a Go template in the pack, too. */
  readonly outcome: 'converted' | 'kept';
  readonly reason?: string;
  readonly line?: number;
}

export interface ConvertOptions {
  /** Names of templates that stay what they are, and why. */
  readonly keep?: ReadonlyMap<string, string>;
  /** Names of templates that write values as Go does, whatever they are, where Jinja's own way reads better. */
  readonly exact?: ReadonlySet<string>;
  /** Whether macros do. */
  readonly exactMacros?: boolean;
}

export interface ConvertedChart {
  /** Every file of the pack by name. Subcharts are as they were; what the pack includes of theirs it has as macros. */
  readonly files: readonly { readonly name: string; readonly data: Uint8Array }[];
  readonly templates: readonly TemplateReport[];
}

const HELPERS = '_helpers.j2';
/** The macros, for a template; white space that it begins with stays. */
const importFor = (text: string): string =>
  /^\s/.test(text) ? `{% import "${HELPERS}" as h with context %}` : `{%- import "${HELPERS}" as h with context -%}\n`;

/** `include (print $.Template.BasePath "/x.yaml") .` */
const INCLUDED = /\(\s*print\s+\$?[\w.]*\.Template\.BasePath\s+"(\/[^"]+)"\s*\)/g;

const INCLUDED_ANY = /\(\s*print\s+\$?[\w.]*\.Template\.BasePath\s+[^"\s]/;

const DEFINED = /\{\{-?\s*(?:define|block)\s+["`]([^"`\n]*)["`]/g;
const CALLED = /\b(?:include|template|block)\s+["`]([^"`\n]*)["`]/g;
const COMPUTED = /\binclude\s+[($]/;

const isPartial = ({ name }: ChartFile): boolean => /(?:^|\/)_[^/]*$/.test(name);

/** Rounds until all is known that one template has to know of others. */
const MAX_ROUNDS = 50;

interface Source {
  readonly file: ChartFile;
  readonly text: string;
  /** Of a chart below, whose named templates are wanted. */
  readonly isForeign: boolean;
}

/** What one round learns for the next. Both only grow. */
interface Known {
  /** Named templates that are called with something else than the context. */
  readonly withArguments: Set<string>;
  /** Files that stay Go templates. */
  readonly go: Set<string>;
}

/** Throws nothing for templates, whatever they are: what cannot be converted is kept and reported. */
export function convertChart(chart: Chart, options: ConvertOptions = {}): ConvertedChart {
  const own = chart.templates.map((file) => ({
    file,
    text: fromBytes(file.data),
    isForeign: false,
    path: file.name,
  }));
  const sources = [...wantedOf(chart, own), ...[...own].sort(deepestFirst)];
  const known: Known = { withArguments: new Set(), go: new Set() };
  let round = convertAll(chart, sources, known, options);
  for (let n = 0, before = -1; n < MAX_ROUNDS && known.withArguments.size > before; n++) {
    before = known.withArguments.size;
    round = convertAll(chart, sources, known, options);
  }
  // What was kept for what was not known yet need not be kept in the end.
  for (let n = 0, before = -1; n < MAX_ROUNDS && known.go.size > before; n++) {
    before = known.go.size;
    for (const { template, outcome } of round.reports) if (outcome === 'kept') known.go.add(template);
    round = convertAll(chart, sources, known, options);
  }
  const { reports, converted, macros, usesGo } = round;
  const isGo =
    usesGo ||
    reports.some(({ outcome }) => outcome === 'kept') ||
    chart.dependencies.some((child) => calls(child, own));
  const files: { name: string; data: Uint8Array }[] = [{ name: 'Pack.yaml', data: toBytes(packYaml(chart)) }];
  for (const { name, data } of chart.raw) {
    if (!/^(?:templates\/|Chart\.(?:yaml|lock)$|requirements\.(?:yaml|lock)$)/.test(name)) files.push({ name, data });
  }
  if (macros.length > 0) files.push({ name: `templates/${HELPERS}`, data: toBytes(macros.join('\n\n') + '\n') });
  for (const { file, text } of own) {
    const jinja = converted.get(file.name);
    if (jinja !== undefined) files.push({ name: file.name, data: toBytes(jinja) });
    else if (!isPartial(file) || isGo) files.push({ name: `${file.name}.gotmpl`, data: toBytes(text) });
  }
  return { files: heeded(files), templates: reports };
}

/** What the chart ignores must not be what the pack is made of: `*.gotmpl`, where that was made a README of. */
function heeded(files: readonly { readonly name: string; readonly data: Uint8Array }[]): ConvertedChart['files'] {
  const made = files.map(({ name }) => name).filter((name) => /^(?:Pack\.yaml|templates\/.*)$/.test(name));
  const isHarmless = (line: string): boolean => {
    const ignores = parseIgnore(line);
    return !made.some((name) => ignores(name, false));
  };
  return files.map(({ name, data }) => {
    if (name !== '.helmignore') return { name, data };
    const lines = fromBytes(data).split('\n').filter(isHarmless);
    return { name, data: toBytes(lines.join('\n')) };
  });
}

const namesIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = '']) => name);

/** Whether a chart below includes what the chart above defines: its definitions are Go templates, then, too. */
function calls({ templates, dependencies }: Chart, above: readonly Source[]): boolean {
  const defined = new Set(above.flatMap(({ text }) => namesIn(text, DEFINED)));
  const isCalled = ({ data }: ChartFile): boolean => namesIn(fromBytes(data), CALLED).some((name) => defined.has(name));
  return templates.some(isCalled) || dependencies.some((child) => calls(child, above));
}

/** Files of charts below that define what is included and the chart itself does not define; those that win come last. */
function wantedOf(chart: Chart, own: readonly Source[]): Source[] {
  const found = filesBelow(chart, '').sort(deepestFirst);
  const defines = new Map(found.map((source) => [source, new Set(namesIn(source.text, DEFINED))]));
  const wanted = new Set<Source>();
  const isDefined = new Set(own.flatMap(({ text }) => namesIn(text, DEFINED)));
  const open: Source[] = [...own];
  for (let source = open.pop(); source !== undefined; source = open.pop()) {
    const isAny = COMPUTED.test(source.text);
    const lacking = namesIn(source.text, CALLED).filter((name) => !isDefined.has(name));
    for (const [each, names] of defines) {
      if (wanted.has(each) || !(isAny ? names.size > 0 : lacking.some((name) => names.has(name)))) continue;
      wanted.add(each);
      open.push(each);
    }
  }
  return found.filter((source) => wanted.has(source));
}

function filesBelow({ dependencies }: Chart, path: string): (Source & { readonly path: string })[] {
  return dependencies.flatMap((child) => {
    const own = `${path}charts/${child.metadata.name}/`;
    const files = child.pack === undefined ? child.templates : [];
    return [
      ...files.map((file) => ({ file, text: fromBytes(file.data), isForeign: true, path: own + file.name })),
      ...filesBelow(child, own),
    ];
  });
}

/** As the engine adds templates: the last definition wins. */
const deepestFirst = (a: { readonly path: string }, b: { readonly path: string }): number =>
  b.path.split('/').length - a.path.split('/').length || compareBytes(b.path, a.path);

interface Round {
  readonly reports: readonly TemplateReport[];
  readonly converted: ReadonlyMap<string, string>;
  readonly macros: readonly string[];
  /** Whether texts of values are rendered as Go templates. */
  readonly usesGo: boolean;
}

/** Names of macros for named templates. */
class MacroNames {
  private readonly names = new Names();
  private readonly known = new Map<string, string>();
  private readonly prefix: string;

  constructor(chart: string, sources: readonly Source[]) {
    this.prefix = `${chart}.`;
    for (const isForeign of [false, true])
      for (const source of sources)
        if (source.isForeign === isForeign) for (const name of namesIn(source.text, DEFINED)) this.of(name);
  }

  of(template: string): string {
    const known = this.known.get(template);
    if (known !== undefined) return known;
    const name = this.names.fresh(template.startsWith(this.prefix) ? template.slice(this.prefix.length) : template);
    this.known.set(template, name);
    return name;
  }

  all(): readonly string[] {
    return [...this.known.values()];
  }

  defined(): readonly string[] {
    return [...this.known.keys()];
  }
}

/** Whether a template looks at a value, or at a map that it is in as a whole. */
function looksAt(text: string, path: readonly string[]): boolean {
  const wholes = path.map((_, i) =>
    path
      .slice(0, i)
      .map((step) => `\\.${step}`)
      .join(''),
  );
  const patterns = [...wholes.map((whole) => `\\.Values${whole}(?![.\\w])`), `\\.Values\\.${path.join('\\.')}\\b`];
  return new RegExp(patterns.join('|')).test(text);
}

/** With what they include by its name, or by any: its digest is what matters of it, often. */
function exactFiles(sources: readonly Source[], exact: ReadonlySet<string>, macros: boolean): ReadonlySet<string> {
  const own = sources.filter(({ isForeign }) => !isForeign);
  const found = new Set(exact);
  if (macros) for (const { file } of own) if (isPartial(file)) found.add(file.name);
  for (const name of found) {
    const text = own.find(({ file }) => file.name === name)?.text ?? '';
    for (const path of namesIn(text, INCLUDED)) found.add(`templates${path}`);
    if (INCLUDED_ANY.test(text)) for (const { file } of own) if (!isPartial(file)) found.add(file.name);
  }
  return found;
}

interface Result {
  readonly file: ChartFile;
  readonly isForeign: boolean;
  readonly result: ConvertedText;
}

function convertAll(
  chart: Chart,
  sources: readonly Source[],
  known: Known,
  { keep = new Map(), exact = new Set(), exactMacros = false }: ConvertOptions,
): Round {
  const { withArguments } = known;
  /** Of this round: macros are written for what was known before it. */
  const before = new Set(withArguments);
  let usesGo = false;
  const called = new Set<string>();
  const names = new MacroNames(chart.metadata.name, sources);
  const defined = names.defined();
  const fileNames = new Set(chart.files.map(({ name }) => name));
  const isExact = exactFiles(sources, exact, exactMacros);
  const reports: TemplateReport[] = [];
  /** Of named templates that have no counterpart. */
  const faults = new Map<string, ConvertFault>();
  const results: Result[] = [];
  for (const { file, text, isForeign } of sources) {
    const refused = isForeign ? undefined : keep.get(file.name);
    try {
      if (refused !== undefined) throw new ConvertFault(refused);
      const result = convertText({
        path: file.name,
        text,
        hasFunction: (name) => name !== 'break' && name !== 'continue',
        calls: {
          include(name, argument) {
            called.add(name);
            const isRoot = argument.place?.kind === 'root' || argument.text === 'none';
            if (!isRoot) withArguments.add(name);
            return `${names.of(name)}(${before.has(name) ? asValue(argument).text : ''})`;
          },
          defined: () => defined,
          macroFor(name) {
            called.add(name);
            withArguments.add(name);
            return names.of(name);
          },
          usesGo() {
            usesGo = true;
          },
          hasFile: (name) => fileNames.has(name),
          isRead: (path) => sources.some((other) => other.text !== text && looksAt(other.text, path)),
          isGo: (name) => known.go.has(`templates/${name}`),
        },
        takesRoot: (name) => !before.has(name),
        macroNames: names.all(),
        kindOf: (path) => (isForeign ? undefined : kindAt(chart.values, path)),
        isExact: isForeign || isPartial(file) ? exactMacros : isExact.has(file.name),
      });
      results.push({ file, isForeign, result });
      for (const { defines, fault } of result.faults) faults.set(defines, fault);
    } catch (e) {
      if (!isForeign) reports.push(kept(file, text, e));
      else if (!(e instanceof ConvertFault || e instanceof TemplateError)) throw e;
    }
  }
  // What nothing calls may be called with anything.
  for (const name of faults.keys()) if (!called.has(name)) withArguments.add(name);
  const macros = usableMacros(results, faults);
  const missing = (calls: ReadonlySet<string>): string | undefined => [...calls].find((name) => !macros.has(name));
  const converted = new Map<string, string>();
  for (const { file, isForeign, result } of results) {
    if (isForeign) continue;
    const lacking = missing(result.calls);
    const lost = result.macros.find(({ defines }) => !macros.has(defines));
    const first = result.faults[0]?.fault ?? (lost && faults.get(lost.defines));
    if (isPartial(file) && first !== undefined) {
      reports.push(kept(file, fromBytes(file.data), first));
      continue;
    }
    if (lacking !== undefined) {
      const why = faults.get(lacking)?.message;
      const reason = `it includes ${JSON.stringify(lacking)}, which is not converted${why === undefined ? '' : `: ${why}`}`;
      reports.push({ template: file.name, outcome: 'kept', reason });
      continue;
    }
    reports.push({ template: file.name, outcome: 'converted' });
    // Jinja drops the newline at the end of a template, and Go keeps it.
    const own = result.own.endsWith('\n') ? `${result.own}\n` : result.own;
    if (!isPartial(file)) converted.set(file.name, result.calls.size > 0 ? importFor(own) + own : own);
  }
  keepIncluded(sources, reports, converted);
  const order = new Map(chart.templates.map(({ name }, i) => [name, i]));
  reports.sort((a, b) => (order.get(a.template) ?? 0) - (order.get(b.template) ?? 0));
  return {
    reports,
    converted,
    macros: writtenMacros(results, macros).map(
      ({ defines, body }) => `{% macro ${names.of(defines)}(${before.has(defines) ? 'dot' : ''}) ${body}`,
    ),
    usesGo,
  };
}

/** Macros by the names of templates: one is of use if all that it calls is there. */
function usableMacros(results: readonly Result[], faults: Map<string, ConvertFault>): Map<string, Macro> {
  const defined = new Map<string, Macro>();
  for (const { result } of results) {
    for (const macro of result.macros) defined.set(macro.defines, macro);
    for (const { defines } of result.faults) defined.delete(defines);
  }
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const [name, { calls }] of [...defined]) {
      const lacking = [...calls].find((each) => !defined.has(each));
      if (lacking === undefined) continue;
      defined.delete(name);
      faults.set(name, faults.get(lacking) ?? new ConvertFault(`${JSON.stringify(lacking)} is not of the chart`));
      isSettled = false;
    }
  }
  return defined;
}

/** The chart's own macros, and those of charts below that something calls. */
function writtenMacros(results: readonly Result[], macros: ReadonlyMap<string, Macro>): Macro[] {
  const own = new Set<string>();
  const open: string[] = [];
  for (const { isForeign, result } of results) {
    if (isForeign) continue;
    open.push(...result.calls);
    for (const { defines } of result.macros) {
      own.add(defines);
      open.push(defines);
    }
  }
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const each of macros.get(name)?.calls ?? []) {
      if (!own.has(each)) open.push(each);
      own.add(each);
    }
    own.add(name);
  }
  return [...macros.values()].filter(({ defines }) => own.has(defines));
}

/** What a Go template includes by its name has to be one. */
function keepIncluded(sources: readonly Source[], reports: TemplateReport[], converted: Map<string, string>): void {
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const { template } of reports.filter(({ outcome }) => outcome === 'kept')) {
      const text = sources.find(({ file, isForeign }) => !isForeign && file.name === template)?.text ?? '';
      for (const path of namesIn(text, INCLUDED)) {
        const name = `templates${path}`;
        if (!converted.delete(name)) continue;
        const at = reports.findIndex((report) => report.template === name);
        reports[at] = { template: name, outcome: 'kept', reason: `${template} includes it, and is not converted` };
        isSettled = false;
      }
    }
  }
}

function kept(file: ChartFile, text: string, e: unknown): TemplateReport {
  if (e instanceof ConvertFault) {
    const line = e.pos === undefined ? undefined : text.slice(0, e.pos).split('\n').length;
    return { template: file.name, outcome: 'kept', reason: e.message, ...(line !== undefined && { line }) };
  }
  if (!(e instanceof TemplateError)) throw e;
  return { template: file.name, outcome: 'kept', reason: e.message };
}

/** What lies at `values.a.b` in the values of the chart. */
function kindAt(values: GoMap, path: string): 'list' | 'map' | undefined {
  const [first, ...steps] = path.split('.');
  if (first !== 'values') return undefined;
  let at: unknown = values;
  for (const step of steps) at = isMap(at) && Object.hasOwn(at, step) ? (at as GoMap)[step] : undefined;
  return Array.isArray(at) ? 'list' : isMap(at) ? 'map' : undefined;
}

function packYaml({ metadata, raw }: Chart): string {
  const { name, version, type, dependencies } = metadata;
  const own = newMap();
  own['apiVersion'] = 'sherpack.io/v1';
  own['kind'] = 'Pack';
  if (type === 'library' || type === 'application') own['type'] = type;
  const members = newMap();
  Object.assign(members, { name, version });
  for (const member of MEMBERS) {
    const value = metadata[member];
    if (value !== undefined && value !== '') members[member] = value;
  }
  own['metadata'] = members;
  // What is not there is nothing to a Go template, and defaults of schemas are for people.
  const hasSchema = raw.some(({ name: file }) => file === 'values.schema.json');
  own['engine'] = { strict: false, ...(hasSchema && { schemaDefaults: false }) };
  if (dependencies !== undefined && dependencies.length > 0)
    own['dependencies'] = dependencies.map((each) => ({ ...each }));
  // What describes the pack comes first, as people write it.
  return ['apiVersion', 'kind', 'type', 'metadata', 'engine', 'dependencies']
    .filter((member) => Object.hasOwn(own, member))
    .map((member) => encodeYaml({ [member]: own[member] } as GoMap))
    .join('');
}

const MEMBERS = [
  'description',
  'appVersion',
  'kubeVersion',
  'home',
  'icon',
  'sources',
  'keywords',
  'maintainers',
  'annotations',
] as const;
