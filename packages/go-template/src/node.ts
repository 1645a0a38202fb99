/** The syntax tree of a template. Nodes print themselves as Go does, because error messages quote them. */
import { quote } from './fmt/quote.ts';

/** The text that nodes come from, for positions in errors. */
export interface Source {
  /** The name under which the text was parsed: `chart/templates/x.yaml`. */
  readonly parseName: string;
  readonly text: string;
}

interface At {
  /** Index into `source.text`. */
  readonly pos: number;
  readonly source: Source;
}

export interface ListNode extends At {
  readonly type: 'list';
  readonly nodes: Node[];
}
export interface TextNode extends At {
  readonly type: 'text';
  readonly text: string;
}
export interface CommentNode extends At {
  readonly type: 'comment';
  readonly text: string;
}
export interface ActionNode extends At {
  readonly type: 'action';
  readonly pipe: PipeNode;
}
export interface PipeNode extends At {
  readonly type: 'pipe';
  /** `=` instead of `:=`. */
  isAssign: boolean;
  readonly decl: VariableNode[];
  readonly cmds: CommandNode[];
}
export interface CommandNode extends At {
  readonly type: 'command';
  readonly args: Operand[];
}
export interface IdentifierNode extends At {
  readonly type: 'identifier';
  readonly name: string;
}
export interface VariableNode extends At {
  readonly type: 'variable';
  readonly ident: readonly string[];
}
export interface FieldNode extends At {
  readonly type: 'field';
  readonly ident: readonly string[];
}
export interface ChainNode extends At {
  readonly type: 'chain';
  readonly node: Operand;
  readonly fields: string[];
}
export interface DotNode extends At {
  readonly type: 'dot';
}
export interface NilNode extends At {
  readonly type: 'nil';
}
export interface BoolNode extends At {
  readonly type: 'bool';
  readonly value: boolean;
}
export interface StringNode extends At {
  readonly type: 'string';
  readonly quoted: string;
  readonly text: string;
}
export interface NumberNode extends At {
  readonly type: 'number';
  readonly text: string;
  /** The forms that the literal can take; absent where it has no exact value of that kind. */
  readonly int?: bigint;
  readonly uint?: bigint;
  readonly float?: number;
  readonly complex?: { re: number; im: number };
}
export interface BranchNode extends At {
  readonly type: 'if' | 'with' | 'range';
  readonly pipe: PipeNode;
  readonly list: ListNode;
  readonly elseList: ListNode | undefined;
}
export interface TemplateNode extends At {
  readonly type: 'template';
  readonly name: string;
  readonly pipe: PipeNode | undefined;
}
export interface JumpNode extends At {
  readonly type: 'break' | 'continue';
}

export type Operand =
  | IdentifierNode
  | VariableNode
  | FieldNode
  | ChainNode
  | DotNode
  | NilNode
  | BoolNode
  | StringNode
  | NumberNode
  | PipeNode;
export type Node =
  | ListNode
  | TextNode
  | CommentNode
  | ActionNode
  | BranchNode
  | TemplateNode
  | JumpNode
  | CommandNode
  | Operand;

/** One template: a file's own or one that it defines. */
export interface Tree {
  readonly name: string;
  readonly source: Source;
  readonly root: ListNode;
}

/** A node as error messages show it. Bodies of control structures never appear in one, so they are left out. */
export function printNode(node: Node): string {
  switch (node.type) {
    case 'action':
      return `{{${printNode(node.pipe)}}}`;
    case 'pipe': {
      const decl = node.decl.map((v) => v.ident.join('.')).join(', ');
      return (decl === '' ? '' : `${decl} ${node.isAssign ? '=' : ':='} `) + node.cmds.map(printNode).join(' | ');
    }
    case 'command':
      return node.args.map(printOperand).join(' ');
    case 'identifier':
      return node.name;
    case 'variable':
      return node.ident.join('.');
    case 'field':
      return `.${node.ident.join('.')}`;
    case 'chain':
      return [printOperand(node.node), ...node.fields].join('.');
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'bool':
      return String(node.value);
    case 'string':
      return node.quoted;
    case 'number':
      return node.text;
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe === undefined ? '' : ` ${printNode(node.pipe)}`}}}`;
    case 'text':
    case 'comment':
      return node.text;
    case 'list':
      return node.nodes.map(printNode).join('');
    default:
      return `{{${node.type}}}`;
  }
}

const printOperand = (node: Operand): string => (node.type === 'pipe' ? `(${printNode(node)})` : printNode(node));

/** Whether a template has no content: such a definition does not replace an earlier one. */
export function isEmptyTree(node: Node): boolean {
  switch (node.type) {
    case 'comment':
      return true;
    case 'list':
      return node.nodes.every(isEmptyTree);
    // Go trims Unicode white space here, which JavaScript's \s is but for two characters.
    case 'text':
      return /^(?:(?!\ufeff)[\s\u0085])*$/.test(node.text);
    default:
      return false;
  }
}
