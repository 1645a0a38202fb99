/** Pipelines of Go templates as expressions of Jinja. */
import type { ast } from 'go-template';

import { ConvertFault } from './fault.ts';
import { type Place, ROOT, type Scope } from './scope.ts';

/** How tightly an expression holds together: what stands within a tighter one needs parentheses. */
const [CONDITION, OR, AND, NOT, COMPARE, CONCAT, , PRIMARY] = [0, 1, 2, 3, 4, 5, 6, 7];
export const FILTER = 6;

export interface Expression {
  readonly text: string;
  readonly tightness: number;
  /** Set for the context of the chart, which is no value in Jinja. */
  readonly place?: Place;
}

/** What a call of a named template needs. */
export interface Calls {
  /** The text of a call of the named template with this argument. Throws ConvertFault. */
  include(name: string, argument: Expression, pos: number): string;
  /** The name of a variable that has what another template of the chart renders. */
  capture(file: string): string;
  /** That texts of values are rendered as Go templates, which may use what the chart's define. */
  usesGo(): void;
}

const primary = (text: string): Expression => ({ text, tightness: PRIMARY });

export const within = ({ text, tightness }: Expression, least: number): string =>
  tightness < least ? `(${text})` : text;

const ROOT_TEXT =
  '{"Values": values, "Release": release, "Chart": pack, "Capabilities": capabilities, "Template": template, "Files": files}';

/** An expression as a value: the context of the chart becomes a dict. */
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
  println: 'there is no function println',
  slice: 'there is no function slice',
};

/** Members of the context, and what they are called in packs. */
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
        Type: 'type',
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

/** A text of Jinja's. */
export const stringText = (text: string): string => {
  const quoted = JSON.stringify(text);
  // What ends a tag must not stand in one, for the sake of other readers.
  return quoted.replaceAll('}}', '}\\u007d').replaceAll('%}', '%\\u007d');
};

export class Expressions {
  private readonly calls: Calls;

  constructor(calls: Calls) {
    this.calls = calls;
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
    if (first.type === 'identifier') return this.call(first.name, rest, operands, pos);
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
        return primary(String(node.value));
      case 'number':
        return this.number(node);
      case 'string':
        return primary(stringText(node.text));
      case 'field':
        return this.fields(expressionAt(scope.dot), node.ident, node.pos);
      case 'variable': {
        const [name, ...fields] = node.ident as [string, ...string[]];
        return this.fields(expressionAt(scope.find(name, node.pos)), fields, node.pos);
      }
      case 'chain':
        return this.fields(this.operand(node.node, scope), node.fields, node.pos);
      case 'pipe':
        if (node.decl.length > 0) throw new ConvertFault('a variable is set within parentheses', node.pos);
        return this.pipe(node, scope);
      case 'identifier':
        return this.call(node.name, [], () => [], node.pos);
    }
  }

  private number({ text, int, float, pos }: ast.NumberNode): Expression {
    if (int !== undefined && !/[.eEpP']/.test(text)) return primary(String(int));
    if (float !== undefined && !text.startsWith("'")) return primary(String(float));
    throw new ConvertFault(`the number ${text} has no counterpart`, pos);
  }

  private fields(from: Expression, fields: readonly string[], pos: number): Expression {
    if (fields.length === 0) return from;
    if (from.place?.kind === 'root') return this.member('', fields, pos);
    // A dict that holds the context under a name: `dot.context.Values.x`.
    const at = fields.findIndex(
      (name, i) => Object.hasOwn(MEMBERS, name) && i < fields.length - 1 && name !== 'Values',
    );
    const base = within(from, PRIMARY);
    if (at < 0) return primary(base + fields.map(step).join(''));
    return this.member(base + fields.slice(0, at).map(step).join(''), fields.slice(at), pos);
  }

  /** A member of the context, which is `base`, or has no name. */
  private member(base: string, [first = '', ...rest]: readonly string[], pos: number): Expression {
    const of = (name: string): string => (base === '' ? name : `${base}${step(first)}`);
    if (first === 'Capabilities') {
      const [what, ...more] = rest;
      if (what === 'APIVersions' && more.length === 0) return primary(`${of('capabilities')}.apiVersions`);
      const version = KUBE_VERSION[more[0] ?? 'Version'];
      if (what === 'KubeVersion' && version !== undefined && more.length < 2) {
        return primary(`${of('capabilities')}.kubeVersion${version}`);
      }
      throw new ConvertFault(`.Capabilities.${rest.join('.')} is not in packs`, pos);
    }
    const known = Object.hasOwn(MEMBERS, first) ? MEMBERS[first] : undefined;
    if (known === undefined) throw new ConvertFault(`.${first} is not in packs`, pos);
    const [name, ...deeper] = rest;
    if (name === undefined) return primary(of(known.name));
    const own = known.member(name);
    if (own === undefined) throw new ConvertFault(`.${first}.${name} is not in packs`, pos);
    return primary(of(known.name) + [own, ...deeper].map(step).join(''));
  }

  /** Methods of the context: `.Capabilities.APIVersions.Has`, `.Files.Get`. */
  private method(node: ast.Operand, operands: () => Expression[], scope: Scope): Expression | undefined {
    const path = this.rootPath(node, scope);
    if (path === undefined) return undefined;
    const [argument, ...more] = operands();
    if (argument === undefined || more.length > 0) return undefined;
    switch (path.join('.')) {
      case 'Capabilities.APIVersions.Has':
        return { text: `${within(argument, CONCAT)} in capabilities.apiVersions`, tightness: COMPARE };
      case 'Files.Get':
        return primary(`files.get(${argument.text})`);
      case 'Files.Lines':
        return primary(`files.lines(${argument.text})`);
      default:
        return undefined;
    }
  }

  private rootPath(node: ast.Operand, scope: Scope): readonly string[] | undefined {
    if (node.type === 'field' && scope.dot.kind === 'root') return node.ident;
    if (node.type !== 'variable') return undefined;
    const [name = '', ...fields] = node.ident;
    return scope.find(name, node.pos).kind === 'root' ? fields : undefined;
  }

  private call(name: string, args: readonly ast.Operand[], operands: () => Expression[], pos: number): Expression {
    if (name === 'include') {
      const [which, ...rest] = args;
      const file = which === undefined ? undefined : fileOf(which);
      if (file !== undefined) return primary(this.calls.capture(file));
      if (which?.type !== 'string') throw new ConvertFault('include of a name that is computed', pos);
      const [argument = expressionAt(ROOT)] = operands().slice(1);
      if (rest.length > 1) throw new ConvertFault('include with several arguments', pos);
      return primary(this.calls.include(which.text, argument, pos));
    }
    const unsupported = Object.hasOwn(UNSUPPORTED, name) ? UNSUPPORTED[name] : undefined;
    if (unsupported !== undefined) throw new ConvertFault(unsupported, pos);
    const given = operands().map(asValue);
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
    if (operator !== undefined && a !== undefined && b !== undefined) {
      const one = (other: Expression): Expression => ({
        text: `${within(a, CONCAT)} ${operator} ${within(other, CONCAT)}`,
        tightness: COMPARE,
      });
      if (given.length === 2) return one(b);
      return chained('or', given.slice(1).map(one), OR);
    }
    switch (name) {
      case 'and':
        return chained('and', given, AND);
      case 'or':
        return chained('or', given, OR);
      case 'not':
        return a && { text: `not ${within(a, COMPARE)}`, tightness: NOT };
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
        return a && { text: given.map((part) => within(part, CONCAT + 1)).join(' ~ '), tightness: CONCAT };
      case 'tpl':
        this.calls.usesGo();
        return a && primary(`tpl_go(${a.text})`);
      default:
        return undefined;
    }
  }
}

/** The other template that `include (print $.Template.BasePath "/x.yaml") .` is about. */
function fileOf(node: ast.Operand): string | undefined {
  if (node.type !== 'pipe' || node.cmds.length !== 1 || node.decl.length > 0) return undefined;
  const [print, path, file, ...more] = node.cmds[0]?.args ?? [];
  if (print?.type !== 'identifier' || print.name !== 'print' || more.length > 0 || file?.type !== 'string')
    return undefined;
  const names = path?.type === 'field' ? path.ident : path?.type === 'variable' ? path.ident.slice(1) : [];
  if (names.join('.') !== 'Template.BasePath' || !file.text.startsWith('/')) return undefined;
  return file.text.slice(1);
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
