/** A chart as a pack: its templates in Jinja, as far as they have a counterpart there, and Go templates else. */
import { type Chart, type ChartFile, encodeYaml } from '@pack/core';
import { fromBytes, type GoMap, isMap, newMap, TemplateError, toBytes } from 'go-template';

import type { Calls, Expression } from './expression.ts';
import { asValue } from './expression.ts';
import { ConvertFault } from './fault.ts';
import { Names } from './scope.ts';
import { type ConvertedText, convertText } from './template.ts';

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
const IMPORT = `{%- import "${HELPERS}" as h with context -%}\n`;

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
  const { reports, converted, macros } = round;
  const isGo = reports.some(({ outcome }) => outcome === 'kept');
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
}

function convertAll(
  chart: Chart,
  texts: readonly { readonly file: ChartFile; readonly text: string }[],
  keep: ReadonlyMap<string, string>,
  withArguments: ReadonlySet<string>,
): Round {
  const found = new Set(withArguments);
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
  const reports: TemplateReport[] = [];
  const results: { readonly file: ChartFile; readonly result: ConvertedText; readonly called: ReadonlySet<string> }[] = [];
  for (const { file, text } of texts) {
    const called = new Set<string>();
    const calls: Calls = {
      include(name: string, argument: Expression): string {
        called.add(name);
        const isRoot = argument.place?.kind === 'root' || argument.text === 'none';
        if (!isRoot) found.add(name);
        const prefixed = isPartial(file) ? nameOf(name) : `h.${nameOf(name)}`;
        return `${prefixed}(${withArguments.has(name) ? asValue(argument).text : ''})`;
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
        kindOf: (path) => kindAt(chart.values, path),
      });
      results.push({ file, result, called });
    } catch (e) {
      reports.push(kept(file, text, e));
    }
  }
  // A template is of use if all that it calls is there.
  const defined = new Map<string, { readonly body: string; readonly called: ReadonlySet<string> }>();
  for (const { result, called } of results) for (const { defines, body } of result.macros) defined.set(defines, { body, called });
  const missing = (called: ReadonlySet<string>): string | undefined => [...called].find((name) => !defined.has(name));
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const { file, called } of results) {
      if (!isPartial(file) || missing(called) === undefined) continue;
      for (const [name, macro] of [...defined]) {
        if (macro.called === called) {
          defined.delete(name);
          isSettled = false;
        }
      }
    }
  }
  const converted = new Map<string, string>();
  for (const { file, result, called } of results) {
    const lacking = missing(called);
    if (lacking !== undefined) {
      const reason = `it includes ${JSON.stringify(lacking)}, which is not converted`;
      reports.push({ template: file.name, outcome: 'kept', reason });
      continue;
    }
    reports.push({ template: file.name, outcome: 'converted' });
    if (!isPartial(file)) converted.set(file.name, called.size > 0 ? IMPORT + result.own : result.own);
  }
  const macros = [...defined].map(([name, { body }]) => {
    const parameter = withArguments.has(name) ? 'dot' : '';
    return `{% macro ${nameOf(name)}(${parameter}) ${body}`;
  });
  const order = new Map(texts.map(({ file }, i) => [file.name, i]));
  reports.sort((a, b) => (order.get(a.template) ?? 0) - (order.get(b.template) ?? 0));
  return { reports, converted, macros, found };
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
  if (dependencies !== undefined && dependencies.length > 0) own['dependencies'] = dependencies.map((each) => ({ ...each }));
  // What describes the pack comes first, as people write it.
  return ['apiVersion', 'kind', 'type', 'metadata', 'dependencies']
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
