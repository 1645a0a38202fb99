/** The functions that reach back into the running templates: include, tpl, required, fail, lookup. */
import type { Warn } from '@pack/core';
import {
  type Execution,
  executionFunc,
  type FuncMap,
  GoError,
  type GoMap,
  type Meter,
  quoteGo,
  type Template,
} from 'go-template';

/** `kind` and `name` may be empty: then a list is asked for. */
export type Lookup = (apiVersion: string, kind: string, namespace: string, name: string) => GoMap;

/** What belongs to one render and is shared by all its templates. */
export interface RenderState extends Meter {
  /** How many calls of include are running, by template name. */
  readonly includes: Map<string, number>;
  tplDepth: number;
  readonly parsed: ParsedTexts;
  /** Lint mode: required and fail only warn. */
  readonly lint: boolean;
  readonly warn: Warn;
  readonly lookup: Lookup;
}

/** Templates that tpl has parsed, by text: charts hand it the same text for every object. */
export class ParsedTexts {
  private readonly texts = new Map<string, readonly Template[]>();
  private size = 0;

  get(text: string, read: () => Template[]): readonly Template[] {
    let templates = this.texts.get(text);
    if (templates === undefined) {
      templates = read();
      this.size += text.length;
      if (this.size > MAX_PARSED_CHARACTERS) {
        this.texts.clear();
        this.size = text.length;
      }
      this.texts.set(text, templates);
    }
    return templates;
  }
}

const MAX_PARSED_CHARACTERS = 16 * 1024 * 1024;
/** Helm: pkg/engine recursionMaxNums. */
const MAX_INCLUDES = 1000;
/** Steps that one tpl counts as: it takes about as long. */
const TPL_COST = 8;
/** Helm has no bound here and dies of a full stack. */
const MAX_TPL_DEPTH = 1000;

/** Errors of required and fail stand between these marks inside the chain of errors; Helm: pkg/engine warnWrap. */
export const MESSAGE_START = 'HELM_ERR_START';
export const MESSAGE_END = 'HELM_ERR_END';

const marked = (message: string): GoError => new GoError(`${MESSAGE_START}${message}${MESSAGE_END}`);

function include(s: Execution, name: string, data: unknown): string {
  const { includes } = s.meter as RenderState;
  const running = includes.get(name) ?? 0;
  if (running > MAX_INCLUDES) {
    throw new GoError(`rendering template has a nested reference name: ${name}: unable to execute template`, {
      cause: new GoError('unable to execute template'),
    });
  }
  s.step();
  includes.set(name, running + 1);
  try {
    return s.set.nested(name, data ?? undefined, s.meter);
  } finally {
    includes.set(name, running);
  }
}

function tpl(s: Execution, text: string, data: unknown): string {
  const state = s.meter as RenderState;
  s.step(TPL_COST);
  if (!text.includes('{{')) return text.replaceAll('<no value>', '');
  if (state.tplDepth >= MAX_TPL_DEPTH) throw new GoError(`tpl is nested more than ${MAX_TPL_DEPTH} deep`);
  let templates: readonly Template[];
  try {
    templates = state.parsed.get(text, () => s.set.read(s.set.name, text));
  } catch (e) {
    throw wrapped(`cannot parse template ${quoteGo(text)}`, e);
  }
  // Its definitions hold within it alone, so only a text that makes some needs a set of its own.
  let { set } = s;
  if (templates.length > 1) {
    set = set.clone();
    set.add(templates);
  }
  state.tplDepth++;
  try {
    return set.run(templates.at(-1) as Template, data ?? undefined, state).replaceAll('<no value>', '');
  } catch (e) {
    throw wrapped(`error during tpl function execution for ${quoteGo(text)}`, e);
  } finally {
    state.tplDepth--;
  }
}

/** Go's fmt.Errorf with %w. What is no error of a template, as a full stack, passes unchanged. */
function wrapped(message: string, e: unknown): unknown {
  return e instanceof Error && 'code' in e && e.code !== 'TEMPLATE_STACK' && e.code !== 'TEMPLATE_STEPS'
    ? new GoError(`${message}: ${e.message}`, { cause: e })
    : e;
}

function required(s: Execution, message: string, value: unknown): unknown {
  if (value !== null && value !== '') return value;
  const state = s.meter as RenderState;
  if (!state.lint) throw marked(message);
  state.warn(value === null ? 'missing required value' : 'missing required values', { message });
  return '';
}

function fail(s: Execution, message: string): string {
  const state = s.meter as RenderState;
  if (!state.lint) throw marked(message);
  state.warn('funcMap fail', { message });
  return '';
}

const lookup = (s: Execution, apiVersion: string, kind: string, namespace: string, name: string): GoMap =>
  (s.meter as RenderState).lookup(apiVersion, kind, namespace, name);

/** The functions that depend on the render that calls them; it hands itself over as the execution's meter. */
export const renderFunctions: FuncMap = {
  include: executionFunc('func(string, interface {}) (string, error)', include),
  tpl: executionFunc('func(string, interface {}) (string, error)', tpl),
  required: executionFunc('func(string, interface {}) (interface {}, error)', required),
  fail: executionFunc('func(string) (string, error)', fail),
  lookup: executionFunc('func(string, string, string, string) (map[string]interface {}, error)', lookup),
};
