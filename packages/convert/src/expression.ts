/** Pipelines of Go templates as expressions of Jinja. */
import type { ast } from 'go-template';

import { ConvertFault } from './fault.ts';
import { type Place, ROOT, type Scope } from './scope.ts';

/** How tightly an expression holds together: what stands within a tighter one needs parentheses. */
const [CONDITION, OR, AND, NOT, COMPARE, CONCAT, , PRIMARY] = [0, 1, 2, 3, 4, 5, 6, 7];
export const FILTER = 6;

/** What an expression yields, where that is known. */
export type Kind = 'list' | 'map' | 'text' | 'number' | 'bool';

export interface Expression {
  readonly text: string;
  readonly tightness: number;
  readonly kind?: Kind | undefined;
  /** Set for the context of the chart, which is no value in Jinja. */
  readonly place?: Place;
}

/** What a call of a named template needs. */
export interface Calls {
  /** The text of a call of the named template with this argument. Throws ConvertFault. */
  include(name: string, argument: Expression, pos: number): string;
  /** The same for a name that is computed, as `name` says; `pattern` is what it may be. */
  includeAny(name: Expression, pattern: RegExp, argument: Expression, pos: number): string;
  /** An expression that has what another template of the chart renders: its path below `templates/`, or what computes it. */
  capture(file: string | Expression): string;
  /** Whether the chart has a file of this name, which templates may read. */
  hasFile(name: string): boolean;
  /** That texts of values are rendered as Go templates, which may use what the chart's define. */
  usesGo(): void;
}

const primary = (text: string, kind?: Kind): Expression => ({ text, tightness: PRIMARY, kind });

export const within = ({ text, tightness }: Expression, least: number): string =>
  tightness < least ? `(${text})` : text;

/** The context as Go templates have it, whole. */
const ROOT_TEXT = 'helm';

/** An expression as a value. */
export const asValue = (expression: Expression): Expression =>
  expression.place?.kind === 'root' ? primary(ROOT_TEXT) : expression;

const OPERATORS: Readonly<Record<string, string>> = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' };

/** Functions of Go's and Sprig's that Jinja has under another name, as a filter of the last argument. */
const RENAMED: Readonly<Record<string, string>> = {
  b64dec: 'b64decode',
  b64enc: 'b64encode',
  len: 'length',
  toJson: 'tojson',
  toYaml: 'toyaml',
  trimPrefix: 'trimprefix',
  trimSuffix: 'trimsuffix',
};
/** Functions that read better as filters, with the value first. */
const FILTERS = new Set([
  ...Object.values(RENAMED),
  ...'indent nindent quote squote upper lower trunc trim title replace sha256sum toString int int64 float64 abbrev kebabcase snakecase camelcase nospace untitle repeat join first last uniq compact semverCompare contains hasPrefix hasSuffix splitList regexReplaceAll regexMatch trimAll'.split(
    ' ',
  ),
]);
/** What no function of Jinja's does alike. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  call: 'functions are no values in Jinja',
  getHostByName: 'names of hosts are not asked for in packs',
  html: 'there is no function html',
  js: 'there is no function js',
};

const words = (kind: Kind, names: string): (readonly [string, Kind])[] => names.split(' ').map((name) => [name, kind]);

/** What functions yield. */
const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...words(
    'text',
    'quote squote printf print println toYaml toJson toPrettyJson toRawJson toToml tpl upper lower title trim trimAll trimPrefix trimSuffix replace indent nindent trunc join toString b64enc b64dec sha1sum sha256sum sha512sum base dir abbrev kebabcase snakecase camelcase nospace untitle repeat cat substr wrap urlquery regexReplaceAll regexReplaceAllLiteral regexFind',
  ),
  ...words(
    'list',
    'list tuple until untilStep splitList keys values uniq sortAlpha concat append prepend without compact rest initial reverse chunk regexFindAll regexSplit fromYamlArray fromJsonArray toStrings',
  ),
  ...words(
    'map',
    'dict merge mustMerge mergeOverwrite mustMergeOverwrite pick omit set unset split splitn fromYaml fromJson lookup',
  ),
  ...words('number', 'int int64 add add1 sub mul div mod len atoi toDecimal unixEpoch max min'),
  ...words(
    'bool',
    'hasKey has contains hasPrefix hasSuffix empty kindIs typeIs semverCompare regexMatch deepEqual isAbs any all',
  ),
]);

/** Members of the context that have a name of their own in packs; what has none is a member of `helm`. */
const MEMBERS: Readonly<Record<string, { readonly name: string; member(name: string): string | undefined }>> = {
  Values: { name: 'values', member: (name) => name },
  Release: {
    name: 'release',
    member: (name) =>
      ({
        Name: 'name',
        Namespace: 'namespace',
        Revision: 'revision',
        IsInstall: 'isInstall',
        IsUpgrade: 'isUpgrade',
        Service: 'service',
      })[name],
  },
  Chart: {
    name: 'pack',
    member: (name) =>
      ({
        Name: 'name',
        Version: 'version',
        AppVersion: 'appVersion',
        Description: 'description',
        Home: 'home',
        Icon: 'icon',
        KubeVersion: 'kubeVersion',
        Sources: 'sources',
        Keywords: 'keywords',
        Annotations: 'annotations',
      })[name],
  },
  Template: { name: 'template', member: (name) => ({ Name: 'name', BasePath: 'basePath' })[name] },
};

const KUBE_VERSION: Readonly<Record<string, string>> = {
  Version: '.version',
  GitVersion: '.version',
  Major: '.major',
  Minor: '.minor',
};

const IDENTIFIER = /^[A-Za-z_]\w*$/;
/** Members that a name after a dot would not reach. */
const METHODS = new Set(['items', 'keys', 'values', 'get']);

const step = (name: string): string =>
  IDENTIFIER.test(name) && !METHODS.has(name) ? `.${name}` : `[${stringText(name)}]`;

const stepped = (base: string, fields: readonly string[]): string => base + fields.map(step).join('');

/** A text of Jinja's. */
export const stringText = (text: string): string => {
  const quoted = JSON.stringify(text);
  // What ends a tag must not stand in one, for the sake of other readers.
  return quoted.replaceAll('}}', '}\\u007d').replaceAll('%}', '%\\u007d');
};

/** Methods of the context, of versions and of moments that are called with arguments. */
const CALLED = new Set(['Has', 'Get', 'GetBytes', 'Glob', 'Lines', 'Compare', 'Format']);

export class Expressions {
  private readonly calls: Calls;
  /** Members that templates add to the context, which are in the namespace `own`. */
  private readonly added: ReadonlySet<string>;
  private readonly isExact: boolean;

  constructor(calls: Calls, added: ReadonlySet<string>, isExact: boolean) {
    this.calls = calls;
    this.added = added;
    this.isExact = isExact;
  }

  /** A value that is written: lists and dicts as Go shows them, and whatever may be one if it is to be exact. */
  shown(expression: Expression): Expression {
    const value = asValue(expression);
    const isOdd = value.kind === 'list' || value.kind === 'map' || (value.kind === undefined && this.isExact);
    return isOdd ? { ...filtered(value, 'as_go', []), kind: 'text' } : value;
  }

  pipe({ cmds, pos }: ast.PipeNode, scope: Scope): Expression {
    let value: Expression | undefined;
    for (const command of cmds) value = this.command(command, value, scope);
    if (value === undefined) throw new ConvertFault('the pipeline is empty', pos);
    return value;
  }

  private command({ args, pos }: ast.CommandNode, piped: Expression | undefined, scope: Scope): Expression {
    const [first, ...rest] = args as [ast.Operand, ...ast.Operand[]];
    const operands = (): Expression[] => [...rest.map((arg) => this.operand(arg, scope)), ...(piped ? [piped] : [])];
    if (first.type === 'identifier') return this.call(first.name, rest, operands, pos, scope);
    if (rest.length === 0 && piped === undefined) return this.operand(first, scope);
    const method = this.method(first, operands, scope);
    if (method !== undefined) return method;
    throw new ConvertFault('methods and functions in values are not called in Jinja', pos);
  }

  operand(node: ast.Operand, scope: Scope): Expression {
    switch (node.type) {
      case 'dot':
        return expressionAt(scope.dot);
      case 'nil':
        return primary('none');
      case 'bool':
        return primary(String(node.value), 'bool');
      case 'number':
        return this.number(node);
      case 'string':
        return primary(stringText(node.text), 'text');
      case 'field':
        return this.fields(expressionAt(scope.dot), node.ident);
      case 'variable': {
        const [name, ...fields] = node.ident as [string, ...string[]];
        return this.fields(expressionAt(scope.find(name, node.pos)), fields);
      }
      case 'chain':
        return this.fields(this.operand(node.node, scope), node.fields);
      case 'pipe':
        if (node.decl.length > 0) throw new ConvertFault('a variable is set within parentheses', node.pos);
        return this.pipe(node, scope);
      case 'identifier':
        return this.call(node.name, [], () => [], node.pos, scope);
    }
  }

  private number({ text, int, float, pos }: ast.NumberNode): Expression {
    if (int !== undefined && (text.startsWith("'") || !/[.eEpP]/.test(text) || /^[-+]?0[xX]/.test(text)))
      return primary(String(int), 'number');
    if (float !== undefined && !text.startsWith("'")) return primary(String(float));
    throw new ConvertFault(`the number ${text} has no counterpart`, pos);
  }

  private fields(from: Expression, fields: readonly string[]): Expression {
    if (fields.length === 0) return from;
    if (from.place?.kind === 'root') return primary(this.member(fields));
    return primary(stepped(within(from, PRIMARY), fields));
  }

  /** A member of the context. */
  private member([first = '', ...rest]: readonly string[]): string {
    const [name, ...deeper] = rest;
    if (name === undefined) {
      if (this.added.has(first)) return `own.${first}`;
      return first === 'Values' ? 'values' : stepped(ROOT_TEXT, [first]);
    }
    if (first === 'Values') return stepped('values', rest);
    if (first === 'Capabilities') {
      const version = deeper.length < 2 ? KUBE_VERSION[deeper[0] ?? 'Version'] : undefined;
      if (name === 'KubeVersion' && version !== undefined) return `capabilities.kubeVersion${version}`;
      if (name === 'APIVersions' && deeper.length === 0) return 'capabilities.apiVersions';
    }
    const known = Object.hasOwn(MEMBERS, first) ? MEMBERS[first] : undefined;
    const own = known?.member(name);
    if (known !== undefined && own !== undefined) return stepped(known.name, [own, ...deeper]);
    return this.added.has(first) ? stepped(`own.${first}`, rest) : stepped(ROOT_TEXT, [first, ...rest]);
  }

  /** Methods of the context: `.Capabilities.APIVersions.Has`, `.Files.Get`. */
  private method(node: ast.Operand, operands: () => Expression[], scope: Scope): Expression | undefined {
    const path =
      node.type === 'field' || node.type === 'variable' ? node.ident : node.type === 'chain' ? node.fields : [];
    const name = path.at(-1) ?? '';
    if (!CALLED.has(name)) return undefined;
    const [argument, ...more] = operands();
    if (argument === undefined || more.length > 0) return undefined;
    const whole = this.rootPath(node, scope)?.join('.');
    if (whole === 'Capabilities.APIVersions.Has')
      return { text: `${within(argument, CONCAT)} in capabilities.apiVersions`, tightness: COMPARE, kind: 'bool' };
    const file = /^"[^"\\]*"$/.test(argument.text) ? argument.text.slice(1, -1) : undefined;
    if (whole === 'Files.Get' && file !== undefined && this.calls.hasFile(file))
      return primary(`files.get(${argument.text})`, 'text');
    const kind = name === 'Get' ? 'text' : name === 'Has' ? 'bool' : name === 'Lines' ? 'list' : undefined;
    return primary(`${this.operand(node, scope).text}(${argument.text})`, kind);
  }

  private rootPath(node: ast.Operand, scope: Scope): readonly string[] | undefined {
    if (node.type === 'field' && scope.dot.kind === 'root') return node.ident;
    if (node.type !== 'variable') return undefined;
    const [name = '', ...fields] = node.ident;
    return scope.find(name, node.pos).kind === 'root' ? fields : undefined;
  }

  private call(
    name: string,
    args: readonly ast.Operand[],
    operands: () => Expression[],
    pos: number,
    scope: Scope,
  ): Expression {
    if (name === 'include') {
      const [which, ...rest] = args;
      const file = which === undefined ? undefined : fileOf(which);
      if (file?.type === 'string') return primary(this.calls.capture(file.text.replace(/^\//, '')), 'text');
      if (file !== undefined) return primary(this.calls.capture(this.operand(file, scope)), 'text');
      const [computed, argument = expressionAt(ROOT)] = operands();
      if (rest.length > 1 || which === undefined || computed === undefined)
        throw new ConvertFault('include with a wrong number of arguments', pos);
      if (which.type === 'string') return primary(this.calls.include(which.text, argument, pos), 'text');
      return primary(this.calls.includeAny(computed, patternOf(which), argument, pos), 'text');
    }
    const unsupported = Object.hasOwn(UNSUPPORTED, name) ? UNSUPPORTED[name] : undefined;
    if (unsupported !== undefined) throw new ConvertFault(unsupported, pos);
    const given = operands().map(asValue);
    const found = this.called(name, given);
    return found.kind === undefined ? { ...found, kind: KINDS.get(name) } : found;
  }

  private called(name: string, given: readonly Expression[]): Expression {
    const own = this.special(name, given);
    if (own !== undefined) return own;
    const jinja = Object.hasOwn(RENAMED, name) ? (RENAMED[name] as string) : name;
    const value = given.at(-1);
    if (value !== undefined && FILTERS.has(jinja)) return filtered(value, jinja, given.slice(0, -1));
    return primary(`${jinja}(${given.map(({ text }) => text).join(', ')})`);
  }

  /** What Jinja has a form of its own for. */
  private special(name: string, given: readonly Expression[]): Expression | undefined {
    const [a, b] = given;
    const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
    if (operator !== undefined && given.length > 1) {
      const [a, b, ...more] = given.some(isNone) ? given.map(orNone) : given;
      if (a === undefined || b === undefined) return undefined;
      const one = (other: Expression): Expression => ({
        text: `${within(a, CONCAT)} ${operator} ${within(other, CONCAT)}`,
        tightness: COMPARE,
        kind: 'bool',
      });
      return more.length === 0 ? one(b) : chained('or', [b, ...more].map(one), OR);
    }
    switch (name) {
      case 'and':
        return chained('and', given, AND);
      case 'or':
        return chained('or', given, OR);
      case 'not':
        return a && { text: `not ${within(a, COMPARE)}`, tightness: NOT, kind: 'bool' };
      case 'default': {
        if (a === undefined || b === undefined) return undefined;
        return { text: `${within(b, FILTER)} | default(${a.text}, true)`, tightness: FILTER };
      }
      case 'required':
        return a && b && { text: `${within(b, FILTER)} | required(${a.text})`, tightness: FILTER };
      case 'ternary': {
        const [yes, no, condition] = given;
        if (yes === undefined || no === undefined || condition === undefined) return undefined;
        const text = `${within(yes, OR)} if ${within(condition, OR)} else ${within(no, OR)}`;
        return { text, tightness: CONDITION };
      }
      case 'dict': {
        const pairs: string[] = [];
        for (let i = 0; i + 1 < given.length; i += 2) pairs.push(`${given[i]?.text}: ${given[i + 1]?.text}`);
        return primary(`{${pairs.join(', ')}}`);
      }
      case 'list':
      case 'tuple':
        return primary(`[${given.map(({ text }) => text).join(', ')}]`);
      case 'index':
        if (a === undefined) return undefined;
        return primary(
          within(a, PRIMARY) +
            given
              .slice(1)
              .map(({ text }) => `[${text}]`)
              .join(''),
        );
      case 'print':
        if (a === undefined) return primary('""', 'text');
        return { text: given.map((part) => within(this.shown(part), CONCAT + 1)).join(' ~ '), tightness: CONCAT };
      case 'println': {
        const parts = given.flatMap((part, i) => [...(i > 0 ? ['" "'] : []), within(this.shown(part), CONCAT + 1)]);
        return { text: [...parts, '"\\n"'].join(' ~ '), tightness: parts.length > 0 ? CONCAT : PRIMARY };
      }
      case 'slice': {
        const [list, from, to] = given;
        if (list === undefined || given.length > 3) return undefined;
        return primary(`${within(list, PRIMARY)}[${from?.text ?? ''}:${to?.text ?? ''}]`);
      }
      case 'values':
        // As a function it is what users give.
        return a && given.length === 1 ? filtered(a, 'values', []) : undefined;
      case 'tpl':
        if (a === undefined || b === undefined) return undefined;
        this.calls.usesGo();
        return primary(b.text === ROOT_TEXT ? `tpl_go(${a.text})` : `tpl_go(${a.text}, ${b.text})`);
      default:
        return undefined;
    }
  }
}

/** The file that `include (print $.Template.BasePath "/x.yaml") .` is about: a text, or what computes it. */
function fileOf(node: ast.Operand): ast.Operand | undefined {
  if (node.type !== 'pipe' || node.cmds.length !== 1 || node.decl.length > 0) return undefined;
  const [print, path, file, ...more] = node.cmds[0]?.args ?? [];
  if (print?.type !== 'identifier' || print.name !== 'print' || more.length > 0) return undefined;
  const names = path?.type === 'field' || path?.type === 'variable' ? path.ident : [];
  return names.slice(-2).join('.') === 'Template.BasePath' ? file : undefined;
}

const isNone = ({ text }: Expression): boolean => text === 'none';

/** What is not there is nil in Go, and not none in Jinja. */
const orNone = (value: Expression): Expression =>
  isNone(value) || value.kind !== undefined
    ? value
    : { text: `${within(value, FILTER)} | default(none)`, tightness: FILTER };

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What a name that is computed may be: texts that are printed stand for themselves. */
function patternOf(node: ast.Operand): RegExp {
  const [only, ...more] = node.type === 'pipe' ? node.cmds : [];
  const [first, ...args] = more.length === 0 ? (only?.args ?? []) : [];
  const name = first?.type === 'identifier' ? first.name : '';
  if (name === 'print')
    return new RegExp(`^${args.map((arg) => (arg.type === 'string' ? literal(arg.text) : '.*')).join('')}$`, 's');
  const [format] = args;
  if (name === 'printf' && format?.type === 'string')
    return new RegExp(
      `^${format.text
        .split(/%[^%a-z]*[a-z]/)
        .map(literal)
        .join('.*')}$`,
      's',
    );
  return /(?:)/;
}

function chained(word: string, parts: readonly Expression[], tightness: number): Expression {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return { text: parts.map((part) => within(part, tightness + 1)).join(` ${word} `), tightness };
}

function filtered(value: Expression, name: string, args: readonly Expression[]): Expression {
  const list = args.length === 0 ? '' : `(${args.map(({ text }) => text).join(', ')})`;
  return { text: `${within(value, FILTER)} | ${name}${list}`, tightness: FILTER };
}

export function expressionAt(place: Place): Expression {
  return place.kind === 'root' ? { text: ROOT_TEXT, tightness: PRIMARY, place } : primary(place.text);
}
