/**
 * Jinja's grammar over nunjucks's parser. Blocks, output, `if`, `extends` and the handling of tokens are nunjucks's; here
 * are the expressions, whose precedence, slices, tuples and tests differ, the statements that take more in Jinja, and,
 * as extensions of nunjucks's, those that it lacks.
 */
import nunjucks, { type NodeClass, type Token } from 'nunjucks';

import { Fault } from './fault.ts';
import { JinjaTokenizer, type Whitespace } from './lexer.ts';
import { meant } from './near.ts';
import type { TemplateText } from './place.ts';
import {
  AssignNode,
  AutoescapeNode,
  BodyTextNode,
  CallBlockNode,
  DoNode,
  FilterBlockNode,
  FromNode,
  ImportNode,
  IncludeNode,
  JumpNode,
  type ListTree,
  LoopNode,
  MacroNode,
  NumberNode,
  type Param,
  SliceNode,
  SpreadNode,
  TestNode,
  type Tree,
  TupleNode,
  WithNode,
} from './tree.ts';
import { float, integer } from './value.ts';

const { parser, lexer: T, nodes: N } = nunjucks;

/** How deep expressions and statements may be nested in a template. */
const MAX_DEPTH = 150;

const STATEMENTS = [
  'if',
  'for',
  'block',
  'extends',
  'include',
  'set',
  'macro',
  'call',
  'import',
  'from',
  'filter',
  'with',
  'do',
  'break',
  'continue',
  'autoescape',
] as const;

/** Tags that stand within others. */
const INNER = ['else', 'elif', ...STATEMENTS.map((name) => `end${name}`), 'endraw'];

const RESERVED = new Set(['loop', 'self', 'true', 'false', 'none', 'True', 'False', 'None']);

const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=']);

type Make = (name: string, at: Pick<Token, 'lineno' | 'colno'>, ...fields: unknown[]) => Tree;
const make: Make = (name, at, ...fields) => build(N[name] as NodeClass, at, ...fields);
const build = (Type: NodeClass, at: Pick<Token, 'lineno' | 'colno'>, ...fields: unknown[]): Tree =>
  new Type(at.lineno, at.colno, ...fields) as unknown as Tree;

/** The statements that nunjucks lacks. */
const EXTENSION = {
  tags: ['with', 'do', 'break', 'continue', 'autoescape'],
  parse: (p: JinjaParser): Tree => p.extraStatement(),
};

class JinjaParser extends parser.Parser {
  private readonly template: TemplateText;
  private depth = 0;
  /** Loops around, where `break` may stand. */
  private loops = 0;
  private last: Token = { type: '', value: '', lineno: 0, colno: 0 };

  constructor(template: TemplateText, options: Whitespace) {
    super(new JinjaTokenizer(template, options));
    this.template = template;
    this.extensions = [EXTENSION];
  }

  // What nunjucks's own methods call for every fault.
  fail(message: string, lineno?: number, colno?: number): never {
    throw this.error(message, lineno, colno);
  }

  error(message: string, lineno?: number, colno?: number): Fault {
    const at = lineno === undefined || colno === undefined ? (this.peekToken() ?? this.last) : { lineno, colno };
    return this.fault(message, at);
  }

  private fault(message: string, at: Pick<Token, 'lineno' | 'colno'>, hint?: string): Fault {
    const place = { template: this.template, line: at.lineno + 1, column: at.colno + 1 };
    return new Fault('PACK_TEMPLATE_SYNTAX', message, { at: place, hint });
  }

  private unexpected(wanted: string): Fault {
    const token = this.peekToken();
    return token === null
      ? this.fault(`unexpected end of template, expected ${wanted}`, this.last)
      : this.fault(`unexpected ${spelled(token)}, expected ${wanted}`, token);
  }

  override nextToken(): Token | null {
    const token = super.nextToken();
    if (token !== null) this.last = token;
    return token;
  }

  private peek(): Token {
    return this.peekToken() ?? { type: '', value: '', lineno: this.last.lineno, colno: this.last.colno };
  }

  private take(type: string, wanted: string): Token {
    const token = this.peekToken();
    if (token?.type !== T[type]) throw this.unexpected(wanted);
    return this.nextToken() as Token;
  }

  private skipOperator(value: string): boolean {
    return this.skipValue(T.TOKEN_OPERATOR as string, value);
  }

  private name(wanted = 'a name'): Token {
    return this.take('TOKEN_SYMBOL', wanted);
  }

  private nested<R>(parse: () => R): R {
    if (++this.depth > MAX_DEPTH)
      throw this.fault(`nested more than ${MAX_DEPTH} deep`, this.peek(), 'set parts of it as variables');
    try {
      return parse();
    } finally {
      this.depth--;
    }
  }

  override advanceAfterBlockEnd(_name?: string): Token {
    if (_name === undefined) this.name();
    return this.take('TOKEN_BLOCK_END', 'end of tag %}');
  }

  override advanceAfterVariableEnd(): void {
    this.take('TOKEN_VARIABLE_END', 'end of expression }}');
  }

  // Statements

  override parseStatement(): ReturnType<InstanceType<typeof parser.Parser>['parseStatement']> {
    const tag = this.name('the name of a tag');
    this.pushToken(tag);
    if (this.breakOnBlocks?.includes(tag.value)) return null;
    if (!(STATEMENTS as readonly string[]).includes(tag.value)) {
      if (INNER.includes(tag.value)) throw this.fault(`${tag.value} stands outside of what it belongs to`, tag);
      throw this.fault(`unknown tag ${tag.value}`, tag, meant(tag.value, [...STATEMENTS, ...INNER, 'raw']));
    }
    return this.nested(() => super.parseStatement());
  }

  /** A body up to one of `ends`, which stays to be read. */
  private body(tag: Token, ...ends: string[]): Tree {
    const body = this.parseUntilBlocks(...ends) as unknown as Tree;
    if (this.peekToken() === null)
      throw this.fault(`${tag.value} is not closed`, tag, `end it with {% ${ends.at(-1)} %}`);
    return body;
  }

  /** As {@link body}, with the end read. */
  private closedBody(tag: Token, end: string): Tree {
    const body = this.body(tag, end);
    this.advanceAfterBlockEnd();
    return body;
  }

  parseIf(): Tree {
    const tag = this.name();
    const cond = this.parseExpression();
    this.advanceAfterBlockEnd(tag.value);
    const body = this.body(tag, 'elif', 'else', 'endif');
    const next = this.peek();
    let otherwise: Tree | null = null;
    if (next.value === 'elif') {
      otherwise = this.parseIf();
    } else {
      this.advanceAfterBlockEnd();
      if (next.value === 'else') otherwise = this.closedBody(tag, 'endif');
    }
    return make('If', tag, cond, body, otherwise);
  }

  parseFor(): Tree {
    const tag = this.name();
    const target = this.parseTarget();
    if (!this.skipSymbol('in')) throw this.unexpected('in');
    const items = this.parseOr() as unknown as Tree;
    const condition = this.skipSymbol('if') ? this.parseExpression() : null;
    const recursive = this.skipSymbol('recursive');
    this.advanceAfterBlockEnd(tag.value);
    this.loops++;
    const body = this.body(tag, 'else', 'endfor');
    this.loops--;
    const hasElse = this.peek().value === 'else';
    this.advanceAfterBlockEnd();
    const otherwise = hasElse ? this.closedBody(tag, 'endfor') : null;
    return build(LoopNode, tag, target, items, condition, recursive, body, otherwise);
  }

  /** One name, or several with commas. */
  private parseTarget(): Tree {
    const first = this.parseTargetItem();
    if (this.peek().type !== T.TOKEN_COMMA) return first;
    const items = [first];
    while (this.skip(T.TOKEN_COMMA as string)) {
      const next = this.peek();
      if (next.value === 'in' || next.value === '=' || next.type === T.TOKEN_RIGHT_PAREN) break;
      items.push(this.parseTargetItem());
    }
    return build(TupleNode, first, items);
  }

  private parseTargetItem(): Tree {
    const token = this.peek();
    if (this.skip(T.TOKEN_LEFT_PAREN as string)) {
      const target = this.nested(() => this.parseTarget());
      this.take('TOKEN_RIGHT_PAREN', ')');
      return target;
    }
    this.name('a name to assign to');
    if (RESERVED.has(token.value)) throw this.fault(`${token.value} is reserved and cannot be assigned to`, token);
    return make('Symbol', token, token.value);
  }

  parseSet(): Tree {
    const tag = this.name();
    const token = this.peek();
    let target = this.parseTarget();
    while (target.typename !== 'Tuple' && this.skipOperator('.')) {
      const member = this.name();
      target = make('LookupVal', token, target, make('Literal', member, member.value));
    }
    if (this.skipOperator('=')) {
      const value = this.parseTuple();
      this.advanceAfterBlockEnd(tag.value);
      return build(AssignNode, tag, target, value, null, null);
    }
    const filter = this.parseFilters(build(BodyTextNode, token));
    this.advanceAfterBlockEnd(tag.value);
    return build(AssignNode, tag, target, null, this.closedBody(tag, 'endset'), filter);
  }

  /** An expression, or several with commas, which are a tuple. */
  private parseTuple(): Tree {
    const first = this.parseExpression();
    if (this.peek().type !== T.TOKEN_COMMA) return first;
    const items = [first];
    while (this.skip(T.TOKEN_COMMA as string)) {
      if (this.peek().type === T.TOKEN_BLOCK_END) break;
      items.push(this.parseExpression());
    }
    return build(TupleNode, first, items);
  }

  parseBlock(): Tree {
    const tag = this.name();
    const name = this.name('the name of the block');
    this.advanceAfterBlockEnd(tag.value);
    const body = this.body(tag, 'endblock');
    this.name();
    const end = this.peek();
    if (this.skipSymbol(end.value) && end.value !== name.value)
      throw this.fault(`block ${name.value} is closed as ${end.value}`, end);
    this.advanceAfterBlockEnd(tag.value);
    return make('Block', tag, make('Symbol', name, name.value), body);
  }

  parseExtends(): Tree {
    const tag = this.name();
    const template = this.parseExpression();
    this.advanceAfterBlockEnd(tag.value);
    return make('Extends', tag, template);
  }

  parseInclude(): Tree {
    const tag = this.name();
    const template = this.parseExpression();
    let ignoreMissing = false;
    if (this.skipSymbol('ignore')) {
      if (!this.skipSymbol('missing')) throw this.unexpected('missing');
      ignoreMissing = true;
    }
    const isolated = this.isIsolated();
    this.advanceAfterBlockEnd(tag.value);
    return build(IncludeNode, tag, template, ignoreMissing, isolated);
  }

  /** Whether `without context` follows; `with context` is how it is anyway. */
  private isIsolated(): boolean {
    const token = this.peek();
    if (token.value !== 'with' && token.value !== 'without') return false;
    this.nextToken();
    if (!this.skipSymbol('context')) throw this.unexpected('context');
    return token.value === 'without';
  }

  parseImport(): Tree {
    const tag = this.name();
    const template = this.parseExpression();
    if (!this.skipSymbol('as')) throw this.unexpected('as');
    const target = this.name().value;
    const isolated = this.isIsolated();
    this.advanceAfterBlockEnd(tag.value);
    return build(ImportNode, tag, template, target, isolated);
  }

  parseFrom(): Tree {
    const tag = this.name();
    const template = this.parseExpression();
    if (!this.skipSymbol('import')) throw this.unexpected('import');
    const names: { name: string; alias: string; at: Token }[] = [];
    let isolated = false;
    while (this.peek().type !== T.TOKEN_BLOCK_END) {
      if (names.length > 0) {
        if (this.peek().value === 'with' || this.peek().value === 'without') {
          isolated = this.isIsolated();
          break;
        }
        this.take('TOKEN_COMMA', ',');
        if (this.peek().type === T.TOKEN_BLOCK_END) break;
      }
      const at = this.name();
      names.push({ name: at.value, alias: this.skipSymbol('as') ? this.name().value : at.value, at });
    }
    if (names.length === 0) throw this.unexpected('a name to import');
    this.advanceAfterBlockEnd(tag.value);
    return build(FromNode, tag, template, names, isolated);
  }

  parseMacro(): Tree {
    const tag = this.name();
    const name = this.name('the name of the macro');
    const params = this.parseParams();
    this.advanceAfterBlockEnd(tag.value);
    return build(
      MacroNode,
      tag,
      name.value,
      params,
      this.outsideLoops(() => this.closedBody(tag, 'endmacro')),
    );
  }

  private outsideLoops(parse: () => Tree): Tree {
    const { loops } = this;
    this.loops = 0;
    const tree = parse();
    this.loops = loops;
    return tree;
  }

  private parseParams(): Param[] {
    this.take('TOKEN_LEFT_PAREN', '(');
    const params: Param[] = [];
    while (!this.skip(T.TOKEN_RIGHT_PAREN as string)) {
      if (params.length > 0) {
        this.take('TOKEN_COMMA', ', or )');
        if (this.skip(T.TOKEN_RIGHT_PAREN as string)) break;
      }
      const at = this.name('the name of a parameter');
      if (params.some(({ name }) => name === at.value)) throw this.fault(`parameter ${at.value} stands twice`, at);
      params.push({ name: at.value, value: this.skipOperator('=') ? this.parseExpression() : undefined });
    }
    return params;
  }

  parseCall(): Tree {
    const tag = this.name();
    const params = this.peek().type === T.TOKEN_LEFT_PAREN ? this.parseParams() : [];
    const at = this.peek();
    const call = this.parsePostfix(this.parsePrimary());
    if (call.typename !== 'FunCall') throw this.fault('call takes a call of a macro', at, '{% call name() %}');
    this.advanceAfterBlockEnd(tag.value);
    const body = this.outsideLoops(() => this.closedBody(tag, 'endcall'));
    return build(CallBlockNode, tag, call, build(MacroNode, tag, 'caller', params, body));
  }

  parseFilterStatement(): Tree {
    const tag = this.name();
    const filter = this.filterNamed(build(BodyTextNode, this.peek()));
    const all = this.parseFilters(filter);
    this.advanceAfterBlockEnd(tag.value);
    return build(FilterBlockNode, tag, this.closedBody(tag, 'endfilter'), all);
  }

  extraStatement(): Tree {
    const tag = this.name();
    switch (tag.value) {
      case 'with':
        return this.parseWith(tag);
      case 'do': {
        const value = this.parseExpression();
        this.advanceAfterBlockEnd(tag.value);
        return build(DoNode, tag, value);
      }
      case 'autoescape': {
        this.parseExpression();
        this.advanceAfterBlockEnd(tag.value);
        return build(AutoescapeNode, tag, this.closedBody(tag, 'endautoescape'));
      }
    }
    if (this.loops === 0) throw this.fault(`${tag.value} stands outside of a loop`, tag);
    this.advanceAfterBlockEnd(tag.value);
    return build(JumpNode, tag, tag.value);
  }

  private parseWith(tag: Token): Tree {
    const pairs: Tree[] = [];
    while (this.peek().type !== T.TOKEN_BLOCK_END) {
      if (pairs.length > 0) this.take('TOKEN_COMMA', ',');
      const target = this.parseTargetItem();
      if (!this.skipOperator('=')) throw this.unexpected('=');
      pairs.push(make('Pair', target, target, this.parseExpression()));
    }
    this.advanceAfterBlockEnd(tag.value);
    return build(WithNode, tag, pairs, this.closedBody(tag, 'endwith'));
  }

  // Expressions, loosest first

  parseExpression(): Tree {
    return this.nested(() => this.parseInlineIf());
  }

  parseInlineIf(): Tree {
    const body = this.parseOr() as unknown as Tree;
    if (!this.skipSymbol('if')) return body;
    const cond = this.parseOr() as unknown as Tree;
    return make('InlineIf', body, cond, body, this.skipSymbol('else') ? this.parseExpression() : null);
  }

  // nunjucks's parseOr, parseAnd and parseNot lead here.
  parseIn(): Tree {
    const expr = this.parseSum();
    const ops: Tree[] = [];
    let first: Token | undefined;
    for (;;) {
      const token = this.peekToken();
      const type = this.comparison();
      if (type === undefined) break;
      first ??= token as Token;
      ops.push(make('CompareOperand', token as Token, this.parseSum(), type));
    }
    return first === undefined ? expr : make('Compare', first, expr, ops);
  }

  parseNot(): Tree {
    const token = this.peek();
    return this.skipSymbol('not')
      ? make(
          'Not',
          token,
          this.nested(() => this.parseNot()),
        )
      : this.parseIn();
  }

  private comparison(): string | undefined {
    const token = this.peekToken();
    if (token === null) return undefined;
    if (token.type === T.TOKEN_OPERATOR && COMPARISONS.has(token.value)) {
      this.nextToken();
      return token.value;
    }
    if (token.type !== T.TOKEN_SYMBOL) return undefined;
    if (this.skipSymbol('in')) return 'in';
    if (!this.skipSymbol('not')) return undefined;
    if (!this.skipSymbol('in')) throw this.unexpected('in');
    return 'not in';
  }

  private leftToRight(operators: Readonly<Record<string, string>>, operand: () => Tree): Tree {
    let node = operand();
    for (;;) {
      const token = this.peekToken();
      const type =
        token !== null && (token.type === T.TOKEN_OPERATOR || token.type === T.TOKEN_TILDE)
          ? operators[token.value]
          : undefined;
      if (type === undefined) return node;
      this.nextToken();
      node = make(type, token as Token, node, operand());
    }
  }

  private parseSum(): Tree {
    return this.leftToRight(SUMS, () => this.leftToRight(JOINS, () => this.parseProduct()));
  }

  private parseProduct(): Tree {
    return this.leftToRight(PRODUCTS, () => this.leftToRight(POWERS, () => this.parseUnary()));
  }

  parseUnary(noFilters = false): Tree {
    const token = this.peek();
    let node: Tree;
    if (this.skipOperator('-'))
      node = make(
        'Neg',
        token,
        this.nested(() => this.parseUnary(true)),
      );
    else if (this.skipOperator('+'))
      node = make(
        'Pos',
        token,
        this.nested(() => this.parseUnary(true)),
      );
    else node = this.parsePostfix(this.parsePrimary());
    return noFilters ? node : this.parseFilters(node);
  }

  parsePrimary(): Tree {
    const token = this.peekToken();
    if (token === null) throw this.unexpected('an expression');
    switch (token.type) {
      case T.TOKEN_STRING:
        return this.parseString();
      case T.TOKEN_INT:
        return this.parseInteger();
      case T.TOKEN_FLOAT:
        this.nextToken();
        return build(NumberNode, token, float(Number(token.value)));
      case T.TOKEN_SYMBOL:
        this.nextToken();
        return Object.hasOwn(CONSTANTS, token.value)
          ? make('Literal', token, CONSTANTS[token.value as keyof typeof CONSTANTS])
          : make('Symbol', token, token.value);
      case T.TOKEN_LEFT_PAREN:
        return this.nested(() => this.parseGroup());
      case T.TOKEN_LEFT_BRACKET:
        this.nextToken();
        return make(
          'Array',
          token,
          this.nested(() => this.parseItems('TOKEN_RIGHT_BRACKET', ']')),
        );
      case T.TOKEN_LEFT_CURLY:
        return this.nested(() => this.parseDict());
    }
    throw this.unexpected('an expression');
  }

  private parseInteger(): Tree {
    const token = this.nextToken() as Token;
    const value = token.value.length > 130 ? undefined : BigInt(token.value);
    if (value === undefined || value >= 2n ** 127n) throw this.fault('integer is too large', token);
    return build(NumberNode, token, integer(value));
  }

  /** Strings side by side are one. */
  private parseString(): Tree {
    const token = this.nextToken() as Token;
    let { value } = token;
    while (this.peekToken()?.type === T.TOKEN_STRING) value += (this.nextToken() as Token).value;
    return make('Literal', token, value);
  }

  private parseGroup(): Tree {
    const token = this.nextToken() as Token;
    if (this.skip(T.TOKEN_RIGHT_PAREN as string)) return build(TupleNode, token, []);
    const first = this.parseExpression();
    if (this.skip(T.TOKEN_RIGHT_PAREN as string)) return first;
    this.take('TOKEN_COMMA', ', or )');
    return build(TupleNode, token, [first, ...this.parseItems('TOKEN_RIGHT_PAREN', ')')]);
  }

  private parseItems(end: string, spelling: string): Tree[] {
    const items: Tree[] = [];
    while (!this.skip(T[end] as string)) {
      if (items.length > 0) {
        this.take('TOKEN_COMMA', `, or ${spelling}`);
        if (this.skip(T[end] as string)) break;
      }
      items.push(this.parseExpression());
    }
    return items;
  }

  private parseDict(): Tree {
    const token = this.nextToken() as Token;
    const pairs: Tree[] = [];
    while (!this.skip(T.TOKEN_RIGHT_CURLY as string)) {
      if (pairs.length > 0) {
        this.take('TOKEN_COMMA', ', or }');
        if (this.skip(T.TOKEN_RIGHT_CURLY as string)) break;
      }
      const key = this.parseExpression();
      this.take('TOKEN_COLON', ':');
      pairs.push(make('Pair', key, key, this.parseExpression()));
    }
    return make('Dict', token, pairs);
  }

  parsePostfix(start: Tree): Tree {
    let node = start;
    for (let length = 0; ; length++) {
      const token = this.peekToken();
      if (token === null) return node;
      if (token.type === T.TOKEN_LEFT_PAREN) {
        node = make('FunCall', token, node, this.parseArguments());
      } else if (token.type === T.TOKEN_LEFT_BRACKET) {
        this.nextToken();
        node = make(
          'LookupVal',
          token,
          node,
          this.nested(() => this.parseSubscript(token)),
        );
        this.take('TOKEN_RIGHT_BRACKET', ']');
      } else if (token.type === T.TOKEN_OPERATOR && token.value === '.') {
        this.nextToken();
        node = make('LookupVal', this.peek(), node, this.parseMember());
      } else return node;
      if (length > MAX_DEPTH) throw this.fault(`more than ${MAX_DEPTH} look-ups in a row`, token);
    }
  }

  private parseMember(): Tree {
    const token = this.peek();
    if (token.type === T.TOKEN_INT) {
      return this.parseInteger();
    }
    this.name('the name of a member');
    return make('Literal', token, token.value);
  }

  private parseSubscript(at: Token): Tree {
    const part = (): Tree | null =>
      this.peek().type === T.TOKEN_COLON || this.peek().type === T.TOKEN_RIGHT_BRACKET ? null : this.parseExpression();
    const start = part();
    if (!this.skip(T.TOKEN_COLON as string)) {
      if (start === null) throw this.unexpected('an index');
      return start;
    }
    const stop = part();
    return build(SliceNode, at, start, stop, this.skip(T.TOKEN_COLON as string) ? part() : null);
  }

  /** The arguments of a call, named ones as the last child. */
  private parseArguments(): ListTree {
    const open = this.take('TOKEN_LEFT_PAREN', '(');
    const positional: Tree[] = [];
    const named: Tree[] = [];
    for (let count = 0; !this.skip(T.TOKEN_RIGHT_PAREN as string); count++) {
      if (count > 0) {
        this.take('TOKEN_COMMA', ', or )');
        if (this.skip(T.TOKEN_RIGHT_PAREN as string)) break;
      }
      const token = this.peek();
      if (this.skipOperator('**')) {
        named.push(build(SpreadNode, token, this.parseExpression(), true));
        continue;
      }
      if (this.skipOperator('*')) {
        positional.push(build(SpreadNode, token, this.parseExpression(), false));
        continue;
      }
      const value = this.parseExpression();
      if (value.typename === 'Symbol' && this.skipOperator('=')) {
        named.push(make('Pair', token, value, this.parseExpression()));
        continue;
      }
      if (named.length > 0) throw this.fault('an argument without a name follows one with a name', token);
      positional.push(value);
    }
    const all = named.length > 0 ? [...positional, make('KeywordArgs', open, named)] : positional;
    return make('NodeList', open, all) as ListTree;
  }

  /** Filters and tests, which bind tighter than operators. */
  private parseFilters(start: Tree): Tree {
    let node = start;
    for (let length = 0; ; length++) {
      if (this.skip(T.TOKEN_PIPE as string)) node = this.filterNamed(node);
      else if (this.skipSymbol('is')) node = this.parseTest(node);
      else return node;
      if (length > MAX_DEPTH) throw this.fault(`more than ${MAX_DEPTH} filters in a row`, this.peek());
    }
  }

  private filterNamed(target: Tree): Tree {
    const name = this.name('the name of a filter');
    const args = this.peek().type === T.TOKEN_LEFT_PAREN ? this.parseArguments().children : [];
    return make('Filter', name, make('Symbol', name, name.value), make('NodeList', name, [target, ...args]));
  }

  private parseTest(target: Tree): Tree {
    const negated = this.skipSymbol('not');
    const name = this.name('the name of a test');
    const test = build(TestNode, name, target, name.value, this.parseTestArguments(name));
    return negated ? make('Not', name, test) : test;
  }

  /** In parentheses, or one without: `x is divisibleby 3`. */
  private parseTestArguments(at: Token): ListTree {
    const next = this.peek();
    if (next.type === T.TOKEN_LEFT_PAREN) return this.parseArguments();
    const starts =
      next.type === T.TOKEN_SYMBOL
        ? !['and', 'or', 'not', 'in', 'is', 'if', 'else', 'recursive'].includes(next.value)
        : ['TOKEN_STRING', 'TOKEN_INT', 'TOKEN_FLOAT', 'TOKEN_LEFT_BRACKET', 'TOKEN_LEFT_CURLY'].some(
            (type) => T[type] === next.type,
          );
    const args = starts ? [this.parsePostfix(this.parsePrimary())] : [];
    return make('NodeList', at, args) as ListTree;
  }
}

const SUMS = { '+': 'Add', '-': 'Sub' };
const JOINS = { '~': 'Concat' };
const PRODUCTS = { '*': 'Mul', '/': 'Div', '//': 'FloorDiv', '%': 'Mod' };
const POWERS = { '**': 'Pow' };
const CONSTANTS = { true: true, false: false, none: null, True: true, False: false, None: null };

const spelled = ({ type, value }: Token): string => {
  if (type === T.TOKEN_BLOCK_END) return 'end of tag %}';
  if (type === T.TOKEN_VARIABLE_END) return 'end of expression }}';
  return type === T.TOKEN_STRING ? JSON.stringify(value) : `\`${value}\``;
};

/** The tree of a template. Throws a Fault of PACK_TEMPLATE_SYNTAX. */
export const parseTemplate = (template: TemplateText, options: Whitespace = {}): Tree =>
  new JinjaParser(template, options).parseAsRoot() as unknown as Tree;
