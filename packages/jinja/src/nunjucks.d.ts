/** What we use of nunjucks 3.2.4, which has no types of its own. */
declare module 'nunjucks' {
  export interface Token {
    readonly type: string;
    readonly value: string;
    /** From 0, as all places of nunjucks. */
    readonly lineno: number;
    readonly colno: number;
  }
  export interface Tokenizer {
    nextToken(): Token | null;
    readonly tags: { readonly VARIABLE_END: string };
  }
  export interface Node {
    readonly typename: string;
    readonly lineno: number;
    readonly colno: number;
  }
  export type NodeClass = {
    new (lineno: number, colno: number, ...fields: unknown[]): Node;
    extend(name: string, members: object): NodeClass;
  };
  export class Parser {
    constructor(tokens: Tokenizer);
    init(tokens: Tokenizer): void;
    extensions: unknown[];
    breakOnBlocks: readonly string[] | null;
    nextToken(): Token | null;
    peekToken(): Token | null;
    pushToken(token: Token | null): void;
    skip(type: string): boolean;
    skipValue(type: string, value: string): boolean;
    skipSymbol(value: string): boolean;
    advanceAfterBlockEnd(name?: string): Token;
    advanceAfterVariableEnd(): void;
    parseStatement(): Node | null;
    parseUntilBlocks(...names: string[]): Node;
    parseAsRoot(): Node;
    parseOr(): Node;
  }
  const nunjucks: {
    readonly parser: { readonly Parser: typeof Parser };
    readonly nodes: Readonly<Record<string, NodeClass>>;
    readonly lexer: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/style/noDefaultExport: it is a CommonJS module
  export default nunjucks;
}
