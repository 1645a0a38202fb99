/** The parser of Go's text/template: tokens into trees. */
import { parseError } from './error.ts';
import { quote, unquote } from './fmt/quote.ts';
import { describeToken, Lexer, type Token, type TokenType } from './lex.ts';
import { parseNumber } from './literal.ts';
import {
  type BranchNode,
  type ChainNode,
  type CommandNode,
  isEmptyTree,
  type ListNode,
  type Node,
  type NumberNode,
  type Operand,
  type PipeNode,
  printNode,
  type Source,
  type Tree,
  type VariableNode,
} from './node.ts';

/** Parentheses nested deeper than this are refused, as in Go. */
const MAX_PAREN_DEPTH = 10_000;

export interface ParseOptions {
  /** Which functions exist: an unknown one is a parse error. */
  hasFunction(name: string): boolean;
  /** The function that may have been meant by a name that none has, for the error's hint. */
  nearFunction?(name: string): string | undefined;
  leftDelim?: string;
  rightDelim?: string;
  /** Keeps comments as nodes, for tools that convert templates. */
  comments?: boolean;
}

interface EndNode {
  readonly type: 'end' | 'else';
  readonly pos: number;
}

const isEnd = (node: Node | EndNode): node is EndNode => node.type === 'end' || node.type === 'else';

/**
 * Parses one text: the trees of everything it defines and, last, its own under `name`. Throws a TemplateError with
 * Go's message, `template: name:line: …`.
 */
export function parse(name: string, text: string, options: ParseOptions): Map<string, Tree> {
  const trees = new Map<string, Tree>();
  const source = { parseName: name, text };
  const lexer = new Lexer(text, {
    leftDelim: options.leftDelim || '{{',
    rightDelim: options.rightDelim || '}}',
    breakOk: !options.hasFunction('break'),
    continueOk: !options.hasFunction('continue'),
    comments: options.comments ?? false,
  });
  new Parser(source, lexer, options, trees).parseFile(name);
  return trees;
}

class Parser {
  private readonly source: Source;
  private readonly lexer: Lexer;
  private readonly options: ParseOptions;
  private readonly trees: Map<string, Tree>;
  /** Three tokens of look-ahead; the first is the one whose line errors name. */
  private readonly tokens: [Token, Token, Token];
  private peekCount = 0;
  private vars: string[] = ['$'];
  private actionPos: number | undefined;
  private rangeDepth = 0;
  private parenDepth = 0;

  constructor(source: Source, lexer: Lexer, options: ParseOptions, trees: Map<string, Tree>) {
    this.source = source;
    this.lexer = lexer;
    this.options = options;
    this.trees = trees;
    const none: Token = { type: 'eof', pos: 0, val: '' };
    this.tokens = [none, none, none];
  }

  /** A definition is parsed with variables and loops of its own, on the same tokens. */
  private nested(): Parser {
    return new Parser(this.source, this.lexer, this.options, this.trees);
  }

  private next(): Token {
    if (this.peekCount > 0) this.peekCount--;
    else this.tokens[0] = this.lexer.next();
    return this.tokens[this.peekCount] as Token;
  }

  private peek(): Token {
    if (this.peekCount === 0) {
      this.peekCount = 1;
      this.tokens[0] = this.lexer.next();
    }
    return this.tokens[this.peekCount - 1] as Token;
  }

  private backup(): void {
    this.peekCount++;
  }

  private nextNonSpace(): Token {
    for (;;) {
      const token = this.next();
      if (token.type !== 'space') return token;
    }
  }

  private peekNonSpace(): Token {
    const token = this.nextNonSpace();
    this.backup();
    return token;
  }

  private fail(message: string, hint?: string): never {
    throw parseError(this.source, this.tokens[0].pos, message, hint);
  }

  private noFunction(name: string): never {
    const near = this.options.nearFunction?.(name);
    this.fail(`function ${quote(name)} not defined`, near === undefined ? undefined : `did you mean ${near}?`);
  }

  private unexpected(token: Token, context: string): never {
    if (token.type !== 'error') this.fail(`unexpected ${describeToken(token)} in ${context}`);
    this.fail(token.val + this.actionStart(token));
  }

  /** Where the action began, when the broken token is on another line. */
  private actionStart(token: Token): string {
    if (this.actionPos === undefined) return '';
    const line = this.lineAt(this.actionPos);
    if (line === this.lineAt(token.pos)) return '';
    const place = ` started at ${this.source.parseName}:${line}`;
    return token.val.endsWith(' action') ? place : ` in action${place}`;
  }

  private lineAt(pos: number): number {
    return this.source.text.slice(0, pos).split('\n').length;
  }

  private expect(type: TokenType, context: string): Token {
    const token = this.nextNonSpace();
    return token.type === type ? token : this.unexpected(token, context);
  }

  private add(name: string, root: ListNode): void {
    const old = this.trees.get(name);
    if (old === undefined || isEmptyTree(old.root)) this.trees.set(name, { name, source: this.source, root });
    else if (!isEmptyTree(root)) this.fail(`template: multiple definition of template ${quote(name)}`);
  }

  private list(pos: number): ListNode {
    return { type: 'list', pos, source: this.source, nodes: [] };
  }

  parseFile(name: string): void {
    const root = this.list(this.peek().pos);
    while (this.peek().type !== 'eof') {
      if (this.peek().type === 'leftDelim') {
        const delim = this.next();
        if (this.nextNonSpace().type === 'define') {
          this.nested().parseDefinition();
          continue;
        }
        this.tokens[1] = delim;
        this.peekCount = 2;
      }
      const node = this.textOrAction();
      if (isEnd(node)) return this.fail(`unexpected {{${node.type}}}`);
      root.nodes.push(node);
    }
    this.add(name, root);
  }

  private parseDefinition(): void {
    const context = 'define clause';
    const token = this.nextNonSpace();
    if (token.type !== 'string' && token.type !== 'rawString') this.unexpected(token, context);
    const name = unquote(token.val) ?? this.fail('invalid syntax');
    this.expect('rightDelim', context);
    this.finishDefinition(name, context);
  }

  private finishDefinition(name: string, context: string): void {
    const [root, end] = this.itemList();
    if (end.type !== 'end') this.fail(`unexpected {{${end.type}}} in ${context}`);
    this.add(name, root);
  }

  /** Nodes up to and without `{{end}}` or `{{else}}`. */
  private itemList(): [ListNode, EndNode] {
    const list = this.list(this.peekNonSpace().pos);
    while (this.peekNonSpace().type !== 'eof') {
      const node = this.textOrAction();
      if (isEnd(node)) return [list, node];
      list.nodes.push(node);
    }
    return this.fail('unexpected EOF');
  }

  private textOrAction(): Node | EndNode {
    const token = this.nextNonSpace();
    switch (token.type) {
      case 'text':
        return { type: 'text', pos: token.pos, source: this.source, text: token.val };
      case 'comment':
        return { type: 'comment', pos: token.pos, source: this.source, text: token.val };
      case 'leftDelim': {
        this.actionPos = token.pos;
        const node = this.action();
        this.actionPos = undefined;
        return node;
      }
      default:
        return this.unexpected(token, 'input');
    }
  }

  private action(): Node | EndNode {
    const token = this.nextNonSpace();
    switch (token.type) {
      case 'block':
        return this.block();
      case 'break':
      case 'continue':
        return this.jump(token.type, token.pos);
      case 'else':
        return this.elseControl();
      case 'end':
        return { type: 'end', pos: this.expect('rightDelim', 'end').pos };
      case 'if':
      case 'with':
      case 'range':
        return this.branch(token.type);
      case 'template':
        return this.template();
    }
    this.backup();
    const { pos } = this.peek();
    return { type: 'action', pos, source: this.source, pipe: this.pipeline('command', 'rightDelim') };
  }

  private jump(type: 'break' | 'continue', pos: number): Node {
    const token = this.nextNonSpace();
    if (token.type !== 'rightDelim') this.unexpected(token, `{{${type}}}`);
    if (this.rangeDepth === 0) this.fail(`{{${type}}} outside {{range}}`);
    return { type, pos, source: this.source };
  }

  /** `else if` and `else with` leave their second word for {@link branch}. */
  private elseControl(): EndNode {
    const next = this.peekNonSpace();
    if (next.type === 'if' || next.type === 'with') return { type: 'else', pos: next.pos };
    return { type: 'else', pos: this.expect('rightDelim', 'else').pos };
  }

  private branch(type: BranchNode['type']): BranchNode {
    const outerVars = this.vars.length;
    const pipe = this.pipeline(type, 'rightDelim');
    if (type === 'range') this.rangeDepth++;
    const [list, end] = this.itemList();
    if (type === 'range') this.rangeDepth--;
    let elseList: ListNode | undefined;
    if (end.type === 'else') {
      if (type !== 'range' && this.peek().type === type) {
        this.next();
        elseList = this.list(end.pos);
        elseList.nodes.push(this.branch(type));
      } else {
        const [nodes, close] = this.itemList();
        if (close.type !== 'end') this.fail(`expected end; found {{${close.type}}}`);
        elseList = nodes;
      }
    }
    this.vars.length = outerVars;
    return { type, pos: pipe.pos, source: this.source, pipe, list, elseList };
  }

  private templateName(token: Token, context: string): string {
    if (token.type !== 'string' && token.type !== 'rawString') this.unexpected(token, context);
    return unquote(token.val) ?? this.fail('invalid syntax');
  }

  private block(): Node {
    const context = 'block clause';
    const token = this.nextNonSpace();
    const name = this.templateName(token, context);
    const pipe = this.pipeline(context, 'rightDelim');
    this.nested().finishDefinition(name, context);
    return { type: 'template', pos: token.pos, source: this.source, name, pipe };
  }

  private template(): Node {
    const context = 'template clause';
    const token = this.nextNonSpace();
    const name = this.templateName(token, context);
    let pipe: PipeNode | undefined;
    if (this.nextNonSpace().type !== 'rightDelim') {
      this.backup();
      pipe = this.pipeline(context, 'rightDelim');
    }
    return { type: 'template', pos: token.pos, source: this.source, name, pipe };
  }

  private pipeline(context: string, end: TokenType): PipeNode {
    const pipe: PipeNode = {
      type: 'pipe',
      pos: this.peekNonSpace().pos,
      source: this.source,
      isAssign: false,
      decl: [],
      cmds: [],
    };
    this.declarations(pipe, context);
    for (;;) {
      const token = this.nextNonSpace();
      switch (token.type) {
        case end:
          this.checkPipeline(pipe, context);
          return pipe;
        case 'bool':
        case 'charConstant':
        case 'complex':
        case 'dot':
        case 'field':
        case 'identifier':
        case 'number':
        case 'nil':
        case 'rawString':
        case 'string':
        case 'variable':
        case 'leftParen':
          this.backup();
          pipe.cmds.push(this.command());
          break;
        default:
          this.unexpected(token, context);
      }
    }
  }

  /** `$x :=`, `$x =`, `$i, $x :=` at the head of a pipeline. */
  private declarations(pipe: PipeNode, context: string): void {
    for (;;) {
      const variable = this.peekNonSpace();
      if (variable.type !== 'variable') return;
      this.next();
      // A variable alone is an operand; what follows it, a space perhaps, has to be put back.
      const after = this.peek();
      const next = this.peekNonSpace();
      if (next.type === 'assign' || next.type === 'declare') {
        pipe.isAssign = next.type === 'assign';
        this.nextNonSpace();
        this.declare(pipe, variable);
        return;
      }
      if (next.type === 'char' && next.val === ',') {
        this.nextNonSpace();
        this.declare(pipe, variable);
        if (context === 'range' && pipe.decl.length < 2) {
          const { type } = this.peekNonSpace();
          if (type === 'variable' || type === 'rightDelim' || type === 'rightParen') continue;
          this.fail('range can only initialize variables');
        }
        this.fail(`too many declarations in ${context}`);
      }
      if (after.type === 'space') {
        this.tokens[1] = after;
        this.tokens[2] = variable;
        this.peekCount = 3;
      } else {
        this.tokens[1] = variable;
        this.peekCount = 2;
      }
      return;
    }
  }

  private declare(pipe: PipeNode, token: Token): void {
    pipe.decl.push(this.variable(token.pos, token.val));
    this.vars.push(token.val);
  }

  private variable(pos: number, text: string): VariableNode {
    return { type: 'variable', pos, source: this.source, ident: text.split('.') };
  }

  private checkPipeline(pipe: PipeNode, context: string): void {
    if (pipe.cmds.length === 0) this.fail(`missing value for ${context}`);
    for (const [i, cmd] of pipe.cmds.entries()) {
      const { type } = cmd.args[0] as Operand;
      if (i > 0 && (type === 'bool' || type === 'dot' || type === 'nil' || type === 'number' || type === 'string')) {
        this.fail(`non executable command in pipeline stage ${i + 1}`);
      }
    }
  }

  private command(): CommandNode {
    const cmd: CommandNode = { type: 'command', pos: this.peekNonSpace().pos, source: this.source, args: [] };
    for (;;) {
      this.peekNonSpace();
      const operand = this.operand();
      if (operand !== undefined) cmd.args.push(operand);
      const token = this.next();
      if (token.type === 'space') continue;
      if (token.type === 'rightDelim' || token.type === 'rightParen') this.backup();
      else if (token.type !== 'pipe') this.unexpected(token, 'operand');
      break;
    }
    if (cmd.args.length === 0) this.fail('empty command');
    return cmd;
  }

  private operand(): Operand | undefined {
    const node = this.term();
    if (node === undefined || this.peek().type !== 'field') return node;
    // The position of a chain is that of its second link, as Go has it.
    const { pos } = this.peek();
    const fields: string[] = [];
    while (this.peek().type === 'field') fields.push(this.next().val.slice(1));
    switch (node.type) {
      case 'field':
      case 'variable':
        return { ...node, pos, ident: [...node.ident, ...fields] };
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        return this.fail(`unexpected . after term ${quote(printNode(node))}`);
      default:
        return { type: 'chain', pos, source: this.source, node, fields } satisfies ChainNode;
    }
  }

  private term(): Operand | undefined {
    const token = this.nextNonSpace();
    const { source } = this;
    const { pos, val } = token;
    switch (token.type) {
      case 'identifier':
        if (!this.options.hasFunction(val)) this.noFunction(val);
        return { type: 'identifier', pos, source, name: val };
      case 'dot':
        return { type: 'dot', pos, source };
      case 'nil':
        return { type: 'nil', pos, source };
      case 'variable':
        if (!this.vars.includes(val)) this.fail(`undefined variable ${quote(val)}`);
        return this.variable(pos, val);
      case 'field':
        return { type: 'field', pos, source, ident: [val.slice(1)] };
      case 'bool':
        return { type: 'bool', pos, source, value: val === 'true' };
      case 'charConstant':
      case 'complex':
      case 'number': {
        const forms = parseNumber(val, token.type);
        return typeof forms === 'string'
          ? this.fail(forms)
          : ({ type: 'number', pos, source, text: val, ...forms } satisfies NumberNode);
      }
      case 'leftParen': {
        if (this.parenDepth >= MAX_PAREN_DEPTH) this.fail('max expression depth exceeded');
        this.parenDepth++;
        const pipe = this.pipeline('parenthesized pipeline', 'rightParen');
        this.parenDepth--;
        return pipe;
      }
      case 'string':
      case 'rawString': {
        const text = unquote(val) ?? this.fail('invalid syntax');
        return { type: 'string', pos, source, quoted: val, text };
      }
    }
    this.backup();
    return undefined;
  }
}
