/** One Go template as Jinja: its own tree for what it means, its text for how it is laid out. */
import { type ast, parse } from 'go-template';

import { asValue, type Calls, type Expression, Expressions, FILTER, stringText, within } from './expression.ts';
import { ConvertFault } from './fault.ts';
import { Names, type Place, ROOT, Scope, valueAt } from './scope.ts';
import { isComment, type Tag, tagsOf } from './tags.ts';

/** A named template as a macro. */
export interface Macro {
  /** `chart.labels` */
  readonly defines: string;
  /** Its lines between the tags of the macro. */
  readonly body: string;
  /** Named templates that it includes. */
  readonly calls: ReadonlySet<string>;
}

export interface ConvertedText {
  /** What is not in a named template. */
  readonly own: string;
  /** Named templates that this includes. */
  readonly calls: ReadonlySet<string>;
  readonly macros: readonly Macro[];
  /** Named templates that have no counterpart. */
  readonly faults: readonly { readonly defines: string; readonly fault: ConvertFault }[];
}

export interface TextInput {
  readonly path: string;
  readonly text: string;
  readonly hasFunction: (name: string) => boolean;
  readonly calls: Omit<Calls, 'capture' | 'includeAny'> & {
    /** Names of all templates. */
    defined(): readonly string[];
    /** The macro of a named template, which has a parameter from then on. */
    macroFor(name: string): string;
    /** Whether another file looks at what lies there in the values, or at what it lies in as a whole. */
    isRead(path: readonly string[]): boolean;
    /** Whether a file of templates stays a Go template. */
    isGo(file: string): boolean;
  };
  /** Whether a named template is called with the chart's context alone. */
  readonly takesRoot: (name: string) => boolean;
  /** Names of macros, which are in sight in partials. */
  readonly macroNames: readonly string[];
  /** Whether a value of the chart is a list or a map, where that is known. */
  readonly kindOf: (path: string) => 'list' | 'map' | undefined;
  /** Writes values as Go does, whatever they are, where Jinja's own way reads better. */
  readonly isExact: boolean;
}

type Tagged = ast.ActionNode | ast.BranchNode | ast.TemplateNode | ast.JumpNode;

interface Frame {
  readonly type: 'if' | 'with' | 'range' | 'define' | 'block';
  readonly scope: Scope;
  /** What else ends with it. */
  readonly closing: string;
  /** Of a macro. */
  readonly name?: string;
  readonly start?: number;
  readonly depth?: number;
  readonly calls?: Set<string>;
  /** What is written where a block stands. */
  readonly call?: string;
}

const isDefinition = ({ type }: Frame): boolean => type === 'define' || type === 'block';

/** What Jinja would read as its own. */
const escaped = (text: string): string => text.replace(/\{[%#]/g, (mark) => `{{ ${stringText(mark)} }}`);

/** Throws ConvertFault for what has no counterpart, and TemplateError for what is no template. */
export function convertText(input: TextInput): ConvertedText {
  const { path, text } = input;
  const trees = [...parse(path, text, { hasFunction: input.hasFunction, comments: true }).values()];
  return new TextConverter(input, trees).run();
}

class TextConverter {
  private readonly input: TextInput;
  private readonly expressions: Expressions;
  private readonly nodes = new Map<Tag, Tagged>();
  private readonly tags: readonly Tag[];
  private readonly boxed: ReadonlySet<string>;
  private out = '';
  private readonly calls = new Set<string>();
  private readonly macros: Macro[] = [];
  private readonly faults: { readonly defines: string; readonly fault: ConvertFault }[] = [];
  /** Blocks that are open, in the text. */
  private depth = 0;
  /** Members that are added to the context. */
  private readonly added: ReadonlySet<string>;
  /** What must be set before the tag that is written. */
  private prelude: string[] = [];
  private readonly frames: Frame[] = [];
  private scope: Scope;

  constructor(input: TextInput, trees: readonly ast.Tree[]) {
    this.input = input;
    this.tags = tagsOf(input.text);
    const found: Tagged[] = [];
    const boxed = new Set<string>();
    for (const { root } of trees) collect(root, found, boxed, []);
    this.added = addedTo(found);
    this.expressions = new Expressions(
      {
        ...input.calls,
        include: (...call) => this.include(...call),
        includeAny: (...call) => this.includeAny(...call),
        capture: (file) => this.capture(file),
      },
      this.added,
      input.isExact,
    );
    for (const node of found) {
      const tag = this.tags.find(({ start, end }) => start <= node.pos && node.pos < end);
      if (tag !== undefined && !this.nodes.has(tag)) this.nodes.set(tag, node);
    }
    this.boxed = boxed;
    this.scope = new Scope(ROOT, ROOT, new Names(input.macroNames), boxed);
  }

  run(): ConvertedText {
    const { text } = this.input;
    let at = 0;
    let skipsTo: number | undefined;
    for (const tag of this.tags) {
      const isOpening = /^(?:if|with|range|define|block)\b/.test(tag.body);
      if (isOpening) this.depth++;
      if (skipsTo === undefined) {
        this.out += escaped(text.slice(at, tag.start));
        try {
          this.tag(tag);
        } catch (e) {
          if (!(e instanceof ConvertFault)) throw e;
          skipsTo = this.giveUp(e);
        }
      }
      if (tag.body === 'end' && --this.depth === skipsTo) skipsTo = undefined;
      at = tag.end;
    }
    this.out += escaped(text.slice(at));
    if (this.added.size > 0) this.out = `{% set own = namespace() %}${this.out}`;
    return { own: this.out, calls: this.calls, macros: this.macros, faults: this.faults };
  }

  /** Leaves the named template that is being read: how many blocks are open where it ends. Throws where there is none. */
  private giveUp(fault: ConvertFault): number {
    const at = this.frames.findIndex(isDefinition);
    const frame = this.frames[at];
    if (frame === undefined) throw fault;
    this.frames.length = at;
    this.scope = frame.scope;
    this.out = this.out.slice(0, frame.start);
    this.prelude = [];
    this.faults.push({ defines: frame.name as string, fault });
    return frame.depth as number;
  }

  private callsHere(): Set<string> {
    return this.frames.findLast(isDefinition)?.calls ?? this.calls;
  }

  /** Macros see each other, and templates import them. */
  private prefix(): string {
    return this.frames.some(isDefinition) ? '' : 'h.';
  }

  private include(...call: Parameters<Calls['include']>): string {
    const [name, argument] = call;
    // Of a chart that is not there yet, or of none: Go says so where it is reached.
    if (!this.input.calls.defined().includes(name))
      return `include_go(${stringText(name)}${argument.place?.kind === 'root' ? '' : `, ${argument.text}`})`;
    this.callsHere().add(name);
    return this.prefix() + this.input.calls.include(...call);
  }

  /** A dict of all that may be meant. */
  private includeAny(name: Expression, pattern: RegExp, argument: Expression, pos: number): string {
    const { calls } = this.input;
    const candidates = calls.defined().filter((each) => pattern.test(each));
    if (candidates.length === 0) throw new ConvertFault('include of a name that no template has', pos);
    const found = candidates.map((each) => {
      this.callsHere().add(each);
      return `${stringText(each)}: ${this.prefix()}${calls.macroFor(each)}`;
    });
    return `{${found.join(', ')}}[${name.text}](${asValue(argument).text})`;
  }

  /** What another template renders is put into a variable before the tag that wants it. */
  private capture(file: string | Expression): string {
    if (typeof file === 'string' && this.input.calls.isGo(file))
      return `include_go(template.basePath ~ ${stringText(`/${file}`)})`;
    const name = this.scope.names.fresh('rendered');
    const path = typeof file === 'string' ? stringText(file) : `${within(file, FILTER)} | trimprefix("/")`;
    this.prelude.push(`{% set ${name} %}{% include ${path} %}{% endset %}`);
    return name;
  }

  /** The prelude, which takes over the mark of the tag that it comes before. */
  private takePrelude(before: string): { readonly text: string; readonly before: string } {
    if (this.prelude.length === 0) return { text: '', before };
    const text = this.prelude.join('').replace('{%', `{%${before}`);
    this.prelude = [];
    return { text, before: '' };
  }

  private tag(tag: Tag): void {
    const { body, start, trimsBefore, trimsAfter } = tag;
    const [before, after] = [trimsBefore ? '-' : '', trimsAfter ? '-' : ''];
    if (isComment(tag)) {
      const comment = body.slice(2, -2).replaceAll('#}', '# }');
      this.out += `{#${before}${comment}${after}#}`;
      return;
    }
    const [keyword = ''] = /^[a-z]+\b(?!\()/.exec(body) ?? [];
    const block = (...statements: readonly string[]): void => {
      const prelude = this.takePrelude(before);
      this.out += prelude.text;
      this.out += statements
        .map((statement, i) => {
          const [left, right] = [i === 0 ? prelude.before : '', i === statements.length - 1 ? after : ''];
          return `{%${left} ${statement} ${right}%}`;
        })
        .join('');
    };
    switch (keyword) {
      case 'if':
      case 'with':
      case 'range':
        return this.open(this.nodes.get(tag) as ast.BranchNode, block);
      case 'else':
        return this.otherwise(tag, block);
      case 'end':
        return this.end(tag, block);
      case 'define': {
        const [, name] = /^define\s+("(?:[^"\\]|\\.)*"|`[^`]*`)/.exec(body) ?? [];
        if (name === undefined) throw new ConvertFault('a named template without a name', start);
        return this.define(unquoted(name), tag);
      }
      case 'block':
        return this.block(tag);
      case 'break':
      case 'continue':
        return block(keyword);
      case 'template': {
        const node = this.nodes.get(tag) as ast.TemplateNode;
        const argument = node.pipe === undefined ? NOTHING : this.expressions.pipe(node.pipe, this.scope);
        const call = this.include(node.name, argument, node.pos);
        const prelude = this.takePrelude(before);
        this.out += `${prelude.text}{{${prelude.before} ${call} ${after}}}`;
        return;
      }
      default:
        return this.action(this.nodes.get(tag) as ast.ActionNode | undefined, before, after, block);
    }
  }

  private action(
    node: ast.ActionNode | undefined,
    before: string,
    after: string,
    block: (...statements: readonly string[]) => void,
  ): void {
    if (node === undefined) return;
    const { decl, isAssign } = node.pipe;
    const value = this.expressions.pipe(node.pipe, this.scope);
    const [variable] = decl;
    if (variable === undefined) {
      const prelude = this.takePrelude(before);
      this.out += `${prelude.text}{{${prelude.before} ${this.expressions.shown(value).text} ${after}}}`;
      return;
    }
    const changed = this.changed(node, value);
    if (changed !== undefined) return block(...changed);
    const name = variable.ident[0] as string;
    if (isAssign) {
      const place = this.scope.find(name, node.pos);
      if (place.kind === 'root') throw new ConvertFault(`the variable ${name} is the context`, node.pos);
      return block(`set ${place.text} = ${asValue(value).text}`);
    }
    if (value.place?.kind === 'root') {
      // The context has its names wherever it is looked at.
      this.scope.alias(name, ROOT);
      this.out += `{#${before} ${name} ${after}#}`;
      return;
    }
    const declared = this.scope.declare(name);
    block(
      declared.isBoxed ? `set ${declared.name} = namespace(v=${value.text})` : `set ${declared.name} = ${value.text}`,
    );
  }

  /** `$_ := set $dict "key" value`: a dict is changed, which in Jinja is another one by the same name. */
  private changed({ pipe, pos }: ast.ActionNode, value: Expression): string[] | undefined {
    const target = targetOf(pipe);
    if (target === undefined) return undefined;
    const place = placeOf(target, this.scope);
    const name = pipe.decl[0]?.ident[0] as string;
    if (place?.kind === 'root') {
      const key = keyOf(pipe);
      if (key === undefined) throw new ConvertFault('the context is changed', pos);
      return [`set own.${key} = ${this.expressions.operand(pipe.cmds[0]?.args[3] as ast.Operand, this.scope).text}`];
    }
    if (place === undefined || !/^\w+(?:\.v)?$/.test(place.text)) {
      // What is put into a variable is wanted there.
      if (target.type === 'pipe' || name !== '$_') return undefined;
      return [this.changedValues(target, value, pos)];
    }
    const set = `set ${place.text} = ${value.text}`;
    if (name === '$_' || pipe.isAssign) return [set];
    const { name: own, isBoxed } = this.scope.declare(name);
    return [set, isBoxed ? `set ${own} = namespace(v=${place.text})` : `set ${own} = ${place.text}`];
  }

  /**
   * `$_ := set .Values.a.b "key" value`: values that are others from there on, in this template. Others would see them too, if
   * they looked, and so would macros: what else looks there stays as it is.
   */
  private changedValues(target: ast.Operand, value: Expression, pos: number): string {
    const { text } = this.expressions.operand(target, this.scope);
    const path = text.split('.').slice(1);
    const isReached =
      /^values(?:\.\w+)+$/.test(text) && this.frames.every(({ type }) => type === 'if' || type === 'with');
    if (!isReached || this.input.calls.isRead(path)) throw new ConvertFault('a value is changed in place', pos);
    let changed = value.text;
    for (let n = path.length - 1; n >= 0; n--) {
      const holder = ['values', ...path.slice(0, n)].join('.');
      changed = `set(${holder}, ${stringText(path[n] as string)}, ${changed})`;
    }
    return `set values = ${changed}`;
  }

  private enter(frame: Frame, scope: Scope): void {
    this.frames.push(frame);
    this.scope = scope;
  }

  private open(node: ast.BranchNode, block: (...statements: readonly string[]) => void): void {
    const outer = this.scope;
    const { type, pipe } = node;
    if (type === 'range') return this.range(node, block);
    const value = this.expressions.pipe(pipe, outer);
    const { test, set, scope } = this.branch(type, pipe, value, outer);
    block(...set, `if ${test}`);
    this.enter({ type, scope: outer, closing: '' }, scope);
  }

  /** What an `if` or `with` tests, and what is named for it. */
  private branch(
    type: 'if' | 'with' | 'range',
    { decl }: ast.PipeNode,
    value: Expression,
    outer: Scope,
  ): { readonly test: string; readonly set: readonly string[]; readonly scope: Scope } {
    const scope = outer.inner();
    const [variable] = decl;
    if (type === 'if' && variable === undefined) return { test: asValue(value).text, set: [], scope };
    if (value.place?.kind === 'root') return { test: 'true', set: [], scope: outer.inner(ROOT) };
    const isPlain = /^[\w.]+$/.test(value.text);
    if (variable === undefined && isPlain)
      return { test: value.text, set: [], scope: outer.inner(valueAt(value.text)) };
    const declared =
      variable === undefined
        ? { name: outer.names.fresh('it'), isBoxed: false }
        : scope.declare(variable.ident[0] as string);
    const text = declared.isBoxed ? `${declared.name}.v` : declared.name;
    const set = declared.isBoxed
      ? `set ${declared.name} = namespace(v=${value.text})`
      : `set ${declared.name} = ${value.text}`;
    const inner = type === 'with' ? withDot(scope, valueAt(text)) : scope;
    return { test: text, set: [set], scope: inner };
  }

  private range({ pipe, pos, list }: ast.BranchNode, block: (...statements: readonly string[]) => void): void {
    const outer = this.scope;
    const value = this.expressions.pipe(pipe, outer);
    if (value.place?.kind === 'root') throw new ConvertFault('the context is no list', pos);
    const [first, second] = pipe.decl.map(({ ident }) => ident[0] as string);
    const kind = value.kind ?? this.input.kindOf(value.text);
    // Nothing is looped over no times.
    const isPlain = /^[\w.]+$/.test(value.text);
    const inside = outer.inner();
    const item = second ?? first;
    const [itemName, boxes] = this.loopVariable(item, inside, outer, 'item');
    const scope = withDot(inside, boxes.length > 0 ? inside.find(item as string, pos) : valueAt(itemName));
    // The index of a loop is what the innermost one has.
    const hasIndex = !hasRange(list) && !this.boxed.has(first as string);
    if (kind === 'list' && (second === undefined || hasIndex)) {
      if (second !== undefined) scope.alias(first as string, valueAt('loop.index0'));
      const text = isPlain ? `${value.text} or []` : within(value, FILTER);
      block(`for ${itemName} in ${text}`, ...boxes);
    } else {
      const [key, keyBoxes] = this.loopVariable(second === undefined ? undefined : first, scope, outer, 'key');
      const text = kind === 'map' && isPlain ? `(${value.text} or {})` : within(value, FILTER);
      const sorted = kind === 'map' ? 'dictsort(true)' : 'pairs';
      block(`for ${key}, ${itemName} in ${text} | ${sorted}`, ...keyBoxes, ...boxes);
    }
    this.enter({ type: 'range', scope: outer, closing: '' }, scope);
  }

  /** The name that a loop gives, and what boxes it if something deeper assigns it. */
  private loopVariable(
    variable: string | undefined,
    inside: Scope,
    outer: Scope,
    otherwise: string,
  ): readonly [string, readonly string[]] {
    if (variable === undefined) return [outer.names.fresh(otherwise), []];
    const { name, isBoxed } = inside.declare(variable);
    if (!isBoxed) return [name, []];
    const each = outer.names.fresh(otherwise);
    return [each, [`set ${name} = namespace(v=${each})`]];
  }

  private otherwise(tag: Tag, block: (...statements: readonly string[]) => void): void {
    const frame = this.frames.at(-1);
    if (frame === undefined) throw new ConvertFault('an else without a block', tag.start);
    this.scope = frame.scope.inner();
    const node = this.nodes.get(tag) as ast.BranchNode | undefined;
    if (node === undefined || node.type === 'range') return block('else');
    const value = this.expressions.pipe(node.pipe, this.scope);
    const { test, set, scope } = this.branch(node.type, node.pipe, value, this.scope);
    // Nothing can be set between the branches of an if.
    if (set.length > 0 || this.prelude.length > 0) {
      if (this.prelude.length > 0) {
        this.out += `{%${tag.trimsBefore ? '-' : ''} else %}`;
        block(...set, `if ${test}`);
      } else block('else', ...set, `if ${test}`);
      this.frames[this.frames.length - 1] = { ...frame, closing: `${frame.closing}{% endif %}` };
    } else block(`elif ${test}`);
    this.scope = scope;
  }

  private end(tag: Tag, block: (...statements: readonly string[]) => void): void {
    const frame = this.frames.pop();
    if (frame === undefined) throw new ConvertFault('an end without a block', tag.start);
    this.scope = frame.scope;
    if (isDefinition(frame)) {
      const body = this.out.slice(frame.start) + (tag.trimsBefore ? '{%- ' : '{% ');
      const after = tag.trimsAfter ? '-' : '';
      this.out = this.out.slice(0, frame.start);
      if (frame.call !== undefined) this.out += `${frame.call} ${after}}}`;
      else if (tag.trimsAfter) this.out += '{#-#}';
      this.macros.push({
        defines: frame.name as string,
        body: `${body}endmacro %}`,
        calls: frame.calls as ReadonlySet<string>,
      });
      return;
    }
    block(frame.type === 'range' ? 'endfor' : 'endif');
    this.out += frame.closing;
  }

  /** A named template that is also rendered where it stands. */
  private block(tag: Tag): void {
    const node = this.nodes.get(tag) as ast.TemplateNode;
    const argument = node.pipe === undefined ? NOTHING : this.expressions.pipe(node.pipe, this.scope);
    const call = this.include(node.name, argument, node.pos);
    const prelude = this.takePrelude(tag.trimsBefore ? '-' : '');
    this.define(node.name, tag, `${prelude.text}{{${prelude.before} ${call}`);
  }

  private define(name: string, tag: Tag, call?: string): void {
    const dot: Place = this.input.takesRoot(name) ? ROOT : valueAt('dot');
    // What stands before it on its line is no part of the template.
    const start = this.out.length;
    this.enter(
      {
        type: call === undefined ? 'define' : 'block',
        scope: this.scope,
        closing: '',
        name,
        start,
        depth: this.depth - 1,
        calls: new Set(),
        ...(call !== undefined && { call }),
      },
      new Scope(dot, dot, new Names(this.input.macroNames), this.boxed),
    );
    this.out += tag.trimsAfter ? '-%}' : '%}';
  }
}

const NOTHING: Expression = { text: 'none', tightness: 7 };

const withDot = (scope: Scope, dot: Place): Scope => scope.inner(dot);

function unquoted(text: string): string {
  return text.startsWith('`') ? text.slice(1, -1) : (JSON.parse(text) as string);
}

const hasRange = (node: ast.Node): boolean => {
  if (node.type === 'list') return node.nodes.some(hasRange);
  if (node.type !== 'if' && node.type !== 'with') return node.type === 'range';
  return hasRange(node.list) || (node.elseList !== undefined && hasRange(node.elseList));
};

/** Functions that change the dict that they are given first. */
const CHANGING = new Set(['set', 'unset', 'merge', 'mustMerge', 'mergeOverwrite', 'mustMergeOverwrite']);

/** What a pipeline changes that does nothing else but to be put into a variable. */
function targetOf({ cmds, decl }: ast.PipeNode): ast.Operand | undefined {
  const [first, target] = cmds.length === 1 && decl.length > 0 ? (cmds[0]?.args ?? []) : [];
  return first?.type === 'identifier' && CHANGING.has(first.name) ? target : undefined;
}

/** The dot or variable that an operand is, without members. */
function placeOf(node: ast.Operand, scope: Scope): Place | undefined {
  if (node.type === 'dot') return scope.dot;
  return node.type === 'variable' && node.ident.length === 1
    ? scope.find(node.ident[0] as string, node.pos)
    : undefined;
}

/** The member that `set . "name" value` adds. */
function keyOf({ cmds }: ast.PipeNode): string | undefined {
  const [first, , key, value] = cmds[0]?.args ?? [];
  if (first?.type !== 'identifier' || first.name !== 'set' || value === undefined) return undefined;
  return key?.type === 'string' && /^[A-Za-z_]\w*$/.test(key.text) ? key.text : undefined;
}

/** Members that something adds to the dot, or to `$`. */
function addedTo(nodes: readonly Tagged[]): ReadonlySet<string> {
  const added = new Set<string>();
  for (const node of nodes) {
    const target = node.type === 'action' ? targetOf(node.pipe) : undefined;
    const isContext = target?.type === 'dot' || (target?.type === 'variable' && target.ident.join('.') === '$');
    const key = isContext ? keyOf((node as ast.ActionNode).pipe) : undefined;
    if (key !== undefined) added.add(key);
  }
  return added;
}

/** Nodes that tags stand for, and the variables that are assigned in a loop deeper than they are declared in. */
function collect(node: ast.Node, found: Tagged[], boxed: Set<string>, declared: readonly ReadonlySet<string>[]): void {
  switch (node.type) {
    case 'list': {
      let own = declared;
      for (const each of node.nodes) {
        collect(each, found, boxed, own);
        if (each.type === 'action' && !each.pipe.isAssign && each.pipe.decl.length > 0) {
          const names = new Set(each.pipe.decl.map(({ ident }) => ident[0] as string));
          own = [...own.slice(0, -1), new Set([...(own.at(-1) ?? []), ...names])];
        }
      }
      return;
    }
    case 'if':
    case 'with':
    case 'range': {
      found.push(node);
      // Only loops have a scope of their own in Jinja.
      const inner = node.type === 'range' ? [...declared, new Set<string>()] : declared;
      collect(node.list, found, boxed, inner);
      if (node.elseList !== undefined) collect(node.elseList, found, boxed, inner);
      return;
    }
    case 'action': {
      found.push(node);
      const target = targetOf(node.pipe);
      const assigned = [
        node.pipe.isAssign ? node.pipe.decl[0]?.ident[0] : undefined,
        target?.type === 'variable' && target.ident.length === 1 ? target.ident[0] : undefined,
      ];
      for (const name of assigned) if (name !== undefined && !declared.at(-1)?.has(name)) boxed.add(name);
      return;
    }
    case 'template':
    case 'break':
    case 'continue':
      found.push(node);
      return;
    default:
  }
}
