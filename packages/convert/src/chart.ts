/** A chart as a pack: its templates in Jinja, as far as they have a counterpart there, and Go templates else. */
import { type Chart, type ChartFile, encodeYaml } from '@pack/core';
import { fromBytes, type GoMap, isMap, newMap, TemplateError, toBytes } from 'go-template';

import type { Calls, Expression } from './expression.ts';
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
}

export interface ConvertedChart {
  /** Every file of the pack by name, subcharts as they were. */
  readonly files: readonly { readonly name: string; readonly data: Uint8Array }[];
  readonly templates: readonly TemplateReport[];
}

const HELPERS = '_helpers.j2';
/** The macros, for a template; white space that it begins with stays. */
const importFor = (text: string): string =>
  /^\s/.test(text) ? `{% import "${HELPERS}" as h with context %}` : `{%- import "${HELPERS}" as h with context -%}\n`;

/** `include (print $.Template.BasePath "/x.yaml") .` */
const INCLUDED = /\(\s*print\s+\$?\.Template\.BasePath\s+"(\/[^"]+)"\s*\)/g;

const DEFINED = /\{\{-?\s*define\s+["`]([^"`\n]*)["`]/g;

const isPartial = ({ name }: ChartFile): boolean => /(?:^|\/)_[^/]*$/.test(name);

/** Rounds until it is known which named templates are called with more than the context. */
const MAX_ROUNDS = 20;

/** Throws nothing for templates, whatever they are: what cannot be converted is kept and reported. */
export function convertChart(chart: Chart, { keep = new Map() }: ConvertOptions = {}): ConvertedChart {
  const texts = chart.templates.map((file) => ({ file, text: fromBytes(file.data) }));
  const withArguments = new Set<string>();
  let round = convertAll(chart, texts, keep, withArguments);
  for (let n = 0; n < MAX_ROUNDS && round.found.size > withArguments.size; n++) {
    for (const name of round.found) withArguments.add(name);
    round = convertAll(chart, texts, keep, withArguments);
  }
  const { reports, converted, macros, usesGo } = round;
  const isGo = usesGo || reports.some(({ outcome }) => outcome === 'kept');
  const files: { name: string; data: Uint8Array }[] = [{ name: 'Pack.yaml', data: toBytes(packYaml(chart)) }];
  for (const { name, data } of chart.raw) {
    if (!/^(?:templates\/|Chart\.(?:yaml|lock)$|requirements\.(?:yaml|lock)$)/.test(name)) files.push({ name, data });
  }
  if (macros.length > 0) files.push({ name: `templates/${HELPERS}`, data: toBytes(macros.join('\n\n') + '\n') });
  for (const { file, text } of texts) {
    const own = converted.get(file.name);
    if (own !== undefined) files.push({ name: file.name, data: toBytes(own) });
    else if (!isPartial(file) || isGo) files.push({ name: `${file.name}.gotmpl`, data: toBytes(text) });
  }
  return { files, templates: reports };
}

interface Round {
  readonly reports: readonly TemplateReport[];
  readonly converted: ReadonlyMap<string, string>;
  readonly macros: readonly string[];
  /** Named templates that are called with something else than the context. */
  readonly found: ReadonlySet<string>;
  /** Whether texts of values are rendered as Go templates. */
  readonly usesGo: boolean;
}

function convertAll(
  chart: Chart,
  texts: readonly { readonly file: ChartFile; readonly text: string }[],
  keep: ReadonlyMap<string, string>,
  withArguments: ReadonlySet<string>,
): Round {
  const found = new Set(withArguments);
  let usesGo = false;
  const called = new Set<string>();
  const names = new Names();
  const macroNames = new Map<string, string>();
  const prefix = `${chart.metadata.name}.`;
  const nameOf = (template: string): string => {
    const known = macroNames.get(template);
    if (known !== undefined) return known;
    const name = names.fresh(template.startsWith(prefix) ? template.slice(prefix.length) : template);
    macroNames.set(template, name);
    return name;
  };
  for (const { text } of texts) for (const [, name = ''] of text.matchAll(DEFINED)) nameOf(name);
  const known = [...macroNames.values()];
  const reports: TemplateReport[] = [];
  /** Of named templates that have no counterpart. */
  const faults = new Map<string, ConvertFault>();
  const results: { readonly file: ChartFile; readonly result: ConvertedText }[] = [];
  for (const { file, text } of texts) {
    const calls: Omit<Calls, 'capture'> = {
      include(name: string, argument: Expression): string {
        called.add(name);
        const isRoot = argument.place?.kind === 'root' || argument.text === 'none';
        if (!isRoot) found.add(name);
        const prefixed = isPartial(file) ? nameOf(name) : `h.${nameOf(name)}`;
        return `${prefixed}(${withArguments.has(name) ? asValue(argument).text : ''})`;
      },
      usesGo() {
        usesGo = true;
      },
    };
    const refused = keep.get(file.name);
    try {
      if (refused !== undefined) throw new ConvertFault(refused);
      const result = convertText({
        path: file.name,
        text,
        hasFunction: (name) => name !== 'break' && name !== 'continue',
        calls,
        takesRoot: (name) => !withArguments.has(name),
        macroNames: known,
        kindOf: (path) => kindAt(chart.values, path),
      });
      results.push({ file, result });
      for (const { defines, fault } of result.faults) faults.set(defines, fault);
    } catch (e) {
      reports.push(kept(file, text, e));
    }
  }
  // What nothing calls may be called with anything.
  for (const name of faults.keys()) if (!called.has(name)) found.add(name);
  // A template is of use if all that it calls is there.
  const defined = new Map<string, Macro>();
  for (const { result } of results) for (const macro of result.macros) defined.set(macro.defines, macro);
  const missing = (calls: ReadonlySet<string>): string | undefined => [...calls].find((name) => !defined.has(name));
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const [name, { calls }] of [...defined]) {
      const lacking = missing(calls);
      if (lacking === undefined) continue;
      defined.delete(name);
      faults.set(name, faults.get(lacking) ?? new ConvertFault(`${JSON.stringify(lacking)} is not of the chart`));
      isSettled = false;
    }
  }
  const converted = new Map<string, string>();
  for (const { file, result } of results) {
    const lacking = missing(result.calls);
    const lost = result.macros.find(({ defines }) => !defined.has(defines));
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
  // What a Go template includes by its name has to be one.
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const { template } of reports.filter(({ outcome }) => outcome === 'kept')) {
      const text = texts.find(({ file }) => file.name === template)?.text ?? '';
      for (const [, path] of text.matchAll(INCLUDED)) {
        const name = `templates${path}`;
        if (!converted.delete(name)) continue;
        const at = reports.findIndex((report) => report.template === name);
        reports[at] = { template: name, outcome: 'kept', reason: `${template} includes it, and is not converted` };
        isSettled = false;
      }
    }
  }
  const macros = [...defined].map(([name, { body }]) => {
    const parameter = withArguments.has(name) ? 'dot' : '';
    return `{% macro ${nameOf(name)}(${parameter}) ${body}`;
  });
  const order = new Map(texts.map(({ file }, i) => [file.name, i]));
  reports.sort((a, b) => (order.get(a.template) ?? 0) - (order.get(b.template) ?? 0));
  return { reports, converted, macros, found, usesGo };
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

function packYaml({ metadata }: Chart): string {
  const { name, version, type, dependencies } = metadata;
  const own = newMap();
  own['apiVersion'] = 'sherpack.io/v1';
  own['kind'] = 'Pack';
  if (type === 'library') own['type'] = type;
  const members = newMap();
  Object.assign(members, { name, version });
  for (const member of MEMBERS) {
    const value = metadata[member];
    if (value !== undefined && value !== '') members[member] = value;
  }
  own['metadata'] = members;
  // What is not there is nothing to a Go template.
  own['engine'] = { strict: false };
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
