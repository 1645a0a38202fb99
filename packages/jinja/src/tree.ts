/** The tree of a template: nunjucks's nodes, and those that Jinja has and nunjucks lacks. */
import nunjucks from 'nunjucks';

const { nodes } = nunjucks;
const Plain = nodes.Node as NonNullable<(typeof nodes)[string]>;
const extend = (name: string, fields: readonly string[]) => Plain.extend(name, { fields });

export const SliceNode = extend('Slice', ['start', 'stop', 'step']);
export const SpreadNode = extend('Spread', ['value', 'isMap']);
export const TupleNode = extend('Tuple', ['children']);
export const TestNode = extend('Test', ['target', 'name', 'args']);
export const WithNode = extend('With', ['pairs', 'body']);
export const DoNode = extend('Do', ['value']);
export const JumpNode = extend('Jump', ['kind']);
export const CallBlockNode = extend('CallBlock', ['call', 'caller']);
export const FilterBlockNode = extend('FilterBlock', ['body', 'filter']);
/** The text that a filter of a block is given. */
export const BodyTextNode = extend('BodyText', []);
export const LoopNode = extend('Loop', ['target', 'items', 'condition', 'recursive', 'body', 'else_']);
export const AssignNode = extend('Assign', ['target', 'value', 'body', 'filter']);
export const MacroNode = extend('MacroDefinition', ['name', 'params', 'body']);
export const ImportNode = extend('ImportAll', ['template', 'target', 'isolated']);
export const FromNode = extend('ImportNames', ['template', 'names', 'isolated']);
export const IncludeNode = extend('IncludeTemplate', ['template', 'ignoreMissing', 'isolated']);
export const AutoescapeNode = extend('Autoescape', ['body']);
export const NumberNode = extend('Number', ['value']);

interface Placed {
  readonly lineno: number;
  readonly colno: number;
}
interface Binary<Type extends string> extends Placed {
  readonly typename: Type;
  readonly left: Tree;
  readonly right: Tree;
}
interface Unary<Type extends string> extends Placed {
  readonly typename: Type;
  readonly target: Tree;
}

/** `name=value` of a call, and a default of a macro. */
export interface PairTree extends Placed {
  readonly typename: 'Pair';
  readonly key: Tree;
  readonly value: Tree;
}
export interface ListTree<Type extends string = 'NodeList'> extends Placed {
  readonly typename: Type;
  readonly children: readonly Tree[];
}
export interface FilterTree extends Placed {
  readonly typename: 'Filter';
  readonly name: { readonly value: string };
  /** The first is what is filtered. */
  readonly args: ListTree;
}
export interface CallTree extends Placed {
  readonly typename: 'FunCall';
  readonly name: Tree;
  readonly args: ListTree;
}
export interface Param {
  readonly name: string;
  readonly value: Tree | undefined;
}
export interface MacroTree extends Placed {
  readonly typename: 'MacroDefinition';
  readonly name: string;
  readonly params: readonly Param[];
  readonly body: Tree;
}
export interface LookupTree extends Placed {
  readonly typename: 'LookupVal';
  readonly target: Tree;
  readonly val: Tree;
}
export interface SymbolTree extends Placed {
  readonly typename: 'Symbol';
  readonly value: string;
}

interface Condition<Type extends string> extends Placed {
  readonly typename: Type;
  readonly cond: Tree;
  readonly body: Tree;
  readonly else_?: Tree | null;
}

export type Tree =
  | ListTree
  | ListTree<'Root'>
  | ListTree<'Output'>
  | ListTree<'Array'>
  | ListTree<'Tuple'>
  | ListTree<'Dict'>
  | ListTree<'KeywordArgs'>
  | PairTree
  | SymbolTree
  | LookupTree
  | CallTree
  | FilterTree
  | MacroTree
  | Binary<'Or'>
  | Binary<'And'>
  | Binary<'Add'>
  | Binary<'Sub'>
  | Binary<'Mul'>
  | Binary<'Div'>
  | Binary<'FloorDiv'>
  | Binary<'Mod'>
  | Binary<'Pow'>
  | Binary<'Concat'>
  | Unary<'Not'>
  | Unary<'Neg'>
  | Unary<'Pos'>
  | (Placed & { readonly typename: 'Literal'; readonly value: string | boolean | null })
  | (Placed & { readonly typename: 'TemplateData'; readonly value: string })
  | (Placed & { readonly typename: 'Number'; readonly value: unknown })
  | (Placed & { readonly typename: 'Autoescape'; readonly body: Tree })
  | (Placed & { readonly typename: 'BodyText' })
  | (Placed & {
      readonly typename: 'Slice';
      readonly start?: Tree | null;
      readonly stop?: Tree | null;
      readonly step?: Tree | null;
    })
  | (Placed & { readonly typename: 'Spread'; readonly value: Tree; readonly isMap: boolean })
  | (Placed & { readonly typename: 'Test'; readonly target: Tree; readonly name: string; readonly args: ListTree })
  | (Placed & {
      readonly typename: 'Compare';
      readonly expr: Tree;
      readonly ops: readonly { readonly expr: Tree; readonly type: string }[];
    })
  | Condition<'If'>
  | Condition<'InlineIf'>
  | (Placed & { readonly typename: 'Block'; readonly name: SymbolTree; readonly body: Tree })
  | (Placed & { readonly typename: 'Extends'; readonly template: Tree })
  | (Placed & { readonly typename: 'With'; readonly pairs: readonly PairTree[]; readonly body: Tree })
  | (Placed & { readonly typename: 'Do'; readonly value: Tree })
  | (Placed & { readonly typename: 'Jump'; readonly kind: 'break' | 'continue' })
  | (Placed & { readonly typename: 'CallBlock'; readonly call: CallTree; readonly caller: MacroTree })
  | (Placed & { readonly typename: 'FilterBlock'; readonly body: Tree; readonly filter: Tree })
  | (Placed & {
      readonly typename: 'Loop';
      readonly target: Tree;
      readonly items: Tree;
      readonly condition?: Tree | null;
      readonly recursive: boolean;
      readonly body: Tree;
      readonly else_?: Tree | null;
    })
  | (Placed & {
      readonly typename: 'Assign';
      readonly target: Tree;
      readonly value?: Tree | null;
      readonly body?: Tree | null;
      readonly filter?: Tree | null;
    })
  | (Placed & {
      readonly typename: 'ImportAll';
      readonly template: Tree;
      readonly target: string;
      readonly isolated: boolean;
    })
  | (Placed & {
      readonly typename: 'ImportNames';
      readonly template: Tree;
      readonly names: readonly { readonly name: string; readonly alias: string; readonly at: Placed }[];
      readonly isolated: boolean;
    })
  | (Placed & {
      readonly typename: 'IncludeTemplate';
      readonly template: Tree;
      readonly ignoreMissing: boolean;
      readonly isolated: boolean;
    });

export type TreeOf<Type extends Tree['typename']> = Extract<Tree, { readonly typename: Type }>;
