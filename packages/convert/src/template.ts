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
  /** `capture` is the converter's own. */
  readonly calls: Omit<Calls, 'capture'>;
  /** Whether a named template is called with the chart's context alone. */
  readonly takesRoot: (name: string) => boolean;
  /** Names of macros, which are in sight in partials. */
  readonly macroNames: readonly string[];
  /** Whether a value of the chart is a list or a map, where that is known. */
  readonly kindOf: (path: string) => 'list' | 'map' | undefined;
}

type Tagged = ast.ActionNode | ast.BranchNode | ast.TemplateNode | ast.JumpNode;

interface Frame {
  readonly type: 'if' | 'with' | 'range' | 'define';
  readonly scope: Scope;
  /** What else ends with it. */
  readonly closing: string;
  /** Of a macro. */
  readonly name?: string;
  readonly start?: number;
  readonly depth?: number;
  readonly calls?: Set<string>;
}

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
  /** What must be set before the tag that is written. */
  private prelude: string[] = [];
  private readonly frames: Frame[] = [];
  private scope: Scope;

  constructor(input: TextInput, trees: readonly ast.Tree[]) {
    this.input = input;
    this.expressions = new Expressions({
      ...input.calls,
      include: (...call) => this.include(...call),
      capture: (file) => this.capture(file),
    });
    this.tags = tagsOf(input.text);
    const found: Tagged[] = [];
    const boxed = new Set<string>();
    for (const { root } of trees) collect(root, found, boxed, []);
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
    return { own: this.out, calls: this.calls, macros: this.macros, faults: this.faults };
  }

  /** Leaves the named template that is being read: how many blocks are open where it ends. Throws where there is none. */
  private giveUp(fault: ConvertFault): number {
    const at = this.frames.findIndex(({ type }) => type === 'define');
    const frame = this.frames[at];
    if (frame === undefined) throw fault;
    this.frames.length = at;
    this.scope = frame.scope;
    this.out = this.out.slice(0, frame.start);
    this.prelude = [];
    this.faults.push({ defines: frame.name as string, fault });
    return frame.depth as number;
  }

  private include(...call: Parameters<Calls['include']>): string {
    (this.frames.find(({ type }) => type === 'define')?.calls ?? this.calls).add(call[0]);
    return this.input.calls.include(...call);
  }

  /** What another template renders is put into a variable before the tag that wants it. */
  private capture(file: string): string {
    const name = this.scope.names.fresh('rendered');
    this.prelude.push(`{% set ${name} %}{% include ${stringText(file)} %}{% endset %}`);
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
        throw new ConvertFault('block has no counterpart', start);
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
      this.out += `${prelude.text}{{${prelude.before} ${asValue(value).text} ${after}}}`;
      return;
    }
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

  private range({ pipe, pos }: ast.BranchNode, block: (...statements: readonly string[]) => void): void {
    const outer = this.scope;
    const value = this.expressions.pipe(pipe, outer);
    if (value.place?.kind === 'root') throw new ConvertFault('the context is no list', pos);
    const [first, second] = pipe.decl.map(({ ident }) => ident[0] as string);
    const known = this.input.kindOf(value.text);
    const isMap = known === 'map' || (known === undefined && second !== undefined && !INDEX_NAMES.test(first ?? ''));
    // Nothing is looped over no times.
    const isPlain = /^[\w.]+$/.test(value.text);
    const text = isPlain ? `${value.text} or ${isMap ? '{}' : '[]'}` : within(value, FILTER);
    const inside = outer.inner();
    const item = second ?? first;
    const itemName = item === undefined ? outer.names.fresh('item') : inside.declare(item).name;
    const scope = withDot(inside, valueAt(itemName));
    if (isMap) {
      const key = second === undefined ? outer.names.fresh('key') : scope.declare(first as string).name;
      block(`for ${key}, ${itemName} in ${isPlain ? `(${text})` : text} | dictsort(true)`);
    } else {
      if (second !== undefined) scope.alias(first as string, valueAt('loop.index0'));
      block(`for ${itemName} in ${text}`);
    }
    this.enter({ type: 'range', scope: outer, closing: '' }, scope);
  }

  private otherwise(tag: Tag, block: (...statements: readonly string[]) => void): void {
    const frame = this.frames.at(-1);
    if (frame === undefined) throw new ConvertFault('an else without a block', tag.start);
    this.scope = frame.scope.inner();
    const node = this.nodes.get(tag) as ast.BranchNode | undefined;
    if (node === undefined || node.type === 'range') return block('else');
    const value = this.expressions.pipe(node.pipe, this.scope);
    const { test, set, scope } = this.branch(node.type, node.pipe, value, this.scope);
    if (this.prelude.length > 0) throw new ConvertFault('another template is rendered between branches', node.pos);
    // Nothing can be set between the branches of an if.
    if (set.length > 0) {
      block('else', ...set, `if ${test}`);
      this.frames[this.frames.length - 1] = { ...frame, closing: `${frame.closing}{% endif %}` };
    } else block(`elif ${test}`);
    this.scope = scope;
  }

  private end(tag: Tag, block: (...statements: readonly string[]) => void): void {
    const frame = this.frames.pop();
    if (frame === undefined) throw new ConvertFault('an end without a block', tag.start);
    this.scope = frame.scope;
    if (frame.type === 'define') {
      const body = this.out.slice(frame.start) + (tag.trimsBefore ? '{%- ' : '{% ');
      this.out = this.out.slice(0, frame.start) + (tag.trimsAfter ? '{#-#}' : '');
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

  private define(name: string, tag: Tag): void {
    if (this.frames.length > 0) throw new ConvertFault('a named template within a block', tag.start);
    const dot: Place = this.input.takesRoot(name) ? ROOT : valueAt('dot');
    // What stands before it on its line is no part of the template.
    const start = this.out.length;
    this.enter(
      { type: 'define', scope: this.scope, closing: '', name, start, depth: this.depth - 1, calls: new Set() },
      new Scope(dot, dot, new Names(this.input.macroNames), this.boxed),
    );
    this.out += tag.trimsAfter ? '-%}' : '%}';
  }
}

const NOTHING: Expression = { text: 'none', tightness: 7 };

/** Names that variables of a loop have that count. */
const INDEX_NAMES = /^\$(?:_?|i|j|n|idx|index|\w*(?:Index|Idx)|count)$/;

const withDot = (scope: Scope, dot: Place): Scope => scope.inner(dot);

function unquoted(text: string): string {
  return text.startsWith('`') ? text.slice(1, -1) : (JSON.parse(text) as string);
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
      const name = node.pipe.isAssign ? node.pipe.decl[0]?.ident[0] : undefined;
      if (name !== undefined && !declared.at(-1)?.has(name)) boxed.add(name);
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
