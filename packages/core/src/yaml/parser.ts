import { type TextError, yamlError } from './error.ts';
import type { Scanner, Token, TokenType } from './scanner.ts';

interface Place {
  /** From 0. */
  readonly line: number;
}

export interface ScalarNode extends Place {
  readonly kind: 'scalar';
  /** The resolved tag, '' where there is none. */
  readonly tag: string;
  readonly value: string;
  /** Whether the text decides its type: plain without a tag, or tagged `!`. */
  readonly implicit: boolean;
}

export interface CollectionNode extends Place {
  readonly kind: 'mapping' | 'sequence';
  /** Of a mapping: key, value, key, value… */
  readonly children: Node[];
}

export interface AliasNode extends Place {
  readonly kind: 'alias';
  readonly name: string;
  readonly target: Node;
}

export type Node = ScalarNode | CollectionNode | AliasNode;

type State =
  | 'block node'
  | 'block node or indentless sequence'
  | 'flow node'
  | 'block sequence first entry'
  | 'block sequence entry'
  | 'indentless sequence entry'
  | 'block mapping first key'
  | 'block mapping key'
  | 'block mapping value'
  | 'flow sequence first entry'
  | 'flow sequence entry'
  | 'flow pair key'
  | 'flow pair value'
  | 'flow pair end'
  | 'flow mapping first key'
  | 'flow mapping key'
  | 'flow mapping value'
  | 'flow mapping empty value'
  | 'end';

const STANDARD_TAGS: readonly (readonly [string, string])[] = [
  ['!', '!'],
  ['!!', 'tag:yaml.org,2002:'],
];

/**
 * The nodes of a text's first document, undefined if there is none. `text` as for {@link Scanner}. Grammar and faults
 * are libyaml's; that a root node may be followed by rubbish unseen is, too. It keeps its own stack: nesting is bounded
 * by the scanner alone.
 */
export function parseDocument(scanner: Scanner): Node | undefined {
  return new Parser(scanner).document();
}

class Parser {
  private readonly scanner: Scanner;
  private readonly tags = new Map<string, string>();
  private readonly anchors = new Map<string, Node>();
  private readonly states: State[] = [];
  private state: State = 'block node';
  /** Collections still open, the innermost last. */
  private readonly open: CollectionNode[] = [];
  private root: Node | undefined;

  constructor(scanner: Scanner) {
    this.scanner = scanner;
  }

  document(): Node | undefined {
    const { scanner } = this;
    scanner.skip(); // the stream's start
    let token = scanner.peek();
    if (token.type === 'stream end') return undefined;
    let content = true;
    if (token.type === 'version' || token.type === 'tag directive' || token.type === 'document start') {
      this.directives();
      token = scanner.peek();
      if (token.type !== 'document start') throw this.fault('did not find expected <document start>', token);
      scanner.skip();
      token = scanner.peek();
      content = !/^(?:version|tag directive|document start|document end|stream end)$/.test(token.type);
    } else {
      this.directives();
    }
    this.states.push('end');
    if (content) {
      while (this.state !== 'end') this.step();
    } else {
      this.empty(token.line);
    }
    // libyaml looks one token further to end a document, and so do its faults.
    scanner.peek();
    return this.root;
  }

  /** A fault of the grammar: its message counts lines from 0, and shows none on the first. */
  private fault(problem: string, { line }: Place): TextError {
    return yamlError(problem, line, line + 1);
  }

  private directives(): void {
    const { scanner } = this;
    let versioned = false;
    for (
      let token = scanner.peek();
      token.type === 'version' || token.type === 'tag directive';
      token = scanner.peek()
    ) {
      if (token.type === 'version') {
        if (versioned) throw this.fault('found duplicate %YAML directive', token);
        if (token.value !== '1.1') throw this.fault('found incompatible YAML document', token);
        versioned = true;
      } else {
        if (this.tags.has(token.value)) throw this.fault('found duplicate %TAG directive', token);
        this.tags.set(token.value, token.suffix);
      }
      scanner.skip();
    }
    for (const [handle, prefix] of STANDARD_TAGS) if (!this.tags.has(handle)) this.tags.set(handle, prefix);
  }

  private step(): void {
    switch (this.state) {
      case 'block node':
        this.node(true, false);
        return;
      case 'block node or indentless sequence':
        this.node(true, true);
        return;
      case 'flow node':
        this.node(false, false);
        return;
      case 'block sequence first entry':
        this.blockSequenceEntry(true);
        return;
      case 'block sequence entry':
        this.blockSequenceEntry(false);
        return;
      case 'indentless sequence entry':
        this.indentlessSequenceEntry();
        return;
      case 'block mapping first key':
        this.blockMappingKey(true);
        return;
      case 'block mapping key':
        this.blockMappingKey(false);
        return;
      case 'block mapping value':
        this.blockMappingValue();
        return;
      case 'flow sequence first entry':
        this.flowSequenceEntry(true);
        return;
      case 'flow sequence entry':
        this.flowSequenceEntry(false);
        return;
      case 'flow pair key':
        this.flowPairKey();
        return;
      case 'flow pair value':
        this.flowPairValue();
        return;
      case 'flow pair end':
        this.flowPairEnd();
        return;
      case 'flow mapping first key':
        this.flowMappingKey(true);
        return;
      case 'flow mapping key':
        this.flowMappingKey(false);
        return;
      case 'flow mapping value':
        this.flowMappingValue();
        return;
      case 'flow mapping empty value': {
        this.state = 'flow mapping key';
        this.empty(this.scanner.peek().line);
        return;
      }
      case 'end':
    }
  }

  private next(): Token {
    this.scanner.skip();
    return this.scanner.peek();
  }

  private back(): void {
    this.state = this.states.pop() as State;
  }

  private add(node: Node): void {
    const parent = this.open[this.open.length - 1];
    if (parent === undefined) this.root ??= node;
    else parent.children.push(node);
  }

  private begin(kind: 'mapping' | 'sequence', line: number, anchor: string, state: State): void {
    const node: CollectionNode = { kind, line, children: [] };
    this.add(node);
    this.open.push(node);
    if (anchor !== '') this.anchors.set(anchor, node);
    this.state = state;
  }

  private end(): void {
    this.open.pop();
    this.back();
  }

  /** The node that is not written: null. */
  private empty(line: number): void {
    this.add({ kind: 'scalar', line, tag: '', value: '', implicit: true });
  }

  private child(after: State, block: boolean, indentless: boolean): void {
    this.states.push(after);
    this.node(block, indentless);
  }

  private node(block: boolean, indentless: boolean): void {
    let token = this.scanner.peek();
    const { line } = token;
    if (token.type === 'alias') {
      this.back();
      const target = this.anchors.get(token.value);
      if (target === undefined) throw yamlError(`unknown anchor '${token.value}' referenced`, 0, line + 1);
      this.add({ kind: 'alias', line, name: token.value, target });
      this.scanner.skip();
      return;
    }

    let anchor = '';
    let tagToken: Token | undefined;
    if (token.type === 'anchor') {
      anchor = token.value;
      token = this.next();
    }
    if (token.type === 'tag') {
      tagToken = token;
      token = this.next();
      if (anchor === '' && token.type === 'anchor') {
        anchor = token.value;
        token = this.next();
      }
    }
    const tag = tagToken === undefined ? '' : this.resolveTag(tagToken);

    if (indentless && token.type === 'block entry') {
      this.begin('sequence', line, anchor, 'indentless sequence entry');
      return;
    }
    if (token.type === 'scalar') {
      this.back();
      const scalar: ScalarNode = {
        kind: 'scalar',
        line,
        tag,
        value: token.value,
        implicit: (tag === '' && token.plain) || tag === '!',
      };
      if (anchor !== '') this.anchors.set(anchor, scalar);
      this.add(scalar);
      this.scanner.skip();
      return;
    }
    if (token.type === 'flow sequence start') {
      this.begin('sequence', line, anchor, 'flow sequence first entry');
      return;
    }
    if (token.type === 'flow mapping start') {
      this.begin('mapping', line, anchor, 'flow mapping first key');
      return;
    }
    if (block && token.type === 'block sequence start') {
      this.begin('sequence', line, anchor, 'block sequence first entry');
      return;
    }
    if (block && token.type === 'block mapping start') {
      this.begin('mapping', line, anchor, 'block mapping first key');
      return;
    }
    if (anchor === '' && tag === '') throw this.fault('did not find expected node content', token);
    this.back();
    const scalar: ScalarNode = { kind: 'scalar', line, tag, value: '', implicit: tag === '' };
    if (anchor !== '') this.anchors.set(anchor, scalar);
    this.add(scalar);
  }

  private resolveTag(token: Token): string {
    if (token.value === '') return token.suffix;
    const tag = (this.tags.get(token.value) ?? '') + (this.tags.has(token.value) ? token.suffix : '');
    if (tag === '') throw this.fault('found undefined tag handle', token);
    return tag;
  }

  private blockSequenceEntry(first: boolean): void {
    const token = first ? this.next() : this.scanner.peek();
    if (token.type === 'block entry') {
      const after = this.next();
      if (after.type !== 'block entry' && after.type !== 'block end') {
        this.child('block sequence entry', true, false);
        return;
      }
      this.state = 'block sequence entry';
      this.empty(token.line);
      return;
    }
    if (token.type !== 'block end') throw this.fault("did not find expected '-' indicator", token);
    this.end();
    this.scanner.skip();
  }

  private indentlessSequenceEntry(): void {
    const token = this.scanner.peek();
    if (token.type !== 'block entry') {
      this.end();
      return;
    }
    const { type } = this.next();
    if (type !== 'block entry' && type !== 'key' && type !== 'value' && type !== 'block end') {
      this.child('indentless sequence entry', true, false);
      return;
    }
    this.state = 'indentless sequence entry';
    this.empty(token.line);
  }

  private blockMappingKey(first: boolean): void {
    const token = first ? this.next() : this.scanner.peek();
    if (token.type === 'key') {
      const { type } = this.next();
      if (type !== 'key' && type !== 'value' && type !== 'block end') {
        this.child('block mapping value', true, true);
        return;
      }
      this.state = 'block mapping value';
      this.empty(token.line);
      return;
    }
    if (token.type !== 'block end') throw this.fault('did not find expected key', token);
    this.end();
    this.scanner.skip();
  }

  private blockMappingValue(): void {
    const token = this.scanner.peek();
    if (token.type === 'value') {
      const { type } = this.next();
      if (type !== 'key' && type !== 'value' && type !== 'block end') {
        this.child('block mapping key', true, true);
        return;
      }
    }
    this.state = 'block mapping key';
    this.empty(token.line);
  }

  /** Past the comma that must stand between two entries of a flow collection. */
  private afterComma(first: boolean, close: TokenType): Token {
    if (first) return this.next();
    const token = this.scanner.peek();
    if (token.type === close) return token;
    if (token.type === 'flow entry') return this.next();
    throw this.fault(`did not find expected ',' or '${close === 'flow sequence end' ? ']' : '}'}'`, token);
  }

  private flowSequenceEntry(first: boolean): void {
    const token = this.afterComma(first, 'flow sequence end');
    if (token.type === 'key') {
      this.begin('mapping', token.line, '', 'flow pair key');
      this.scanner.skip();
    } else if (token.type !== 'flow sequence end') {
      this.child('flow sequence entry', false, false);
    } else {
      this.end();
      this.scanner.skip();
    }
  }

  private flowPairKey(): void {
    const token = this.scanner.peek();
    if (token.type !== 'value' && token.type !== 'flow entry' && token.type !== 'flow sequence end') {
      this.child('flow pair value', false, false);
      return;
    }
    // libyaml drops this token, so that a pair without a key never has its value read.
    this.scanner.skip();
    this.state = 'flow pair value';
    this.empty(token.line);
  }

  private flowPairValue(): void {
    const token = this.scanner.peek();
    if (token.type === 'value') {
      const { type } = this.next();
      if (type !== 'flow entry' && type !== 'flow sequence end') {
        this.child('flow pair end', false, false);
        return;
      }
    }
    this.state = 'flow pair end';
    this.empty(token.line);
  }

  private flowPairEnd(): void {
    this.open.pop();
    this.state = 'flow sequence entry';
    this.scanner.peek();
  }

  private flowMappingKey(first: boolean): void {
    const token = this.afterComma(first, 'flow mapping end');
    if (token.type === 'key') {
      const { type, line } = this.next();
      if (type !== 'value' && type !== 'flow entry' && type !== 'flow mapping end') {
        this.child('flow mapping value', false, false);
        return;
      }
      this.state = 'flow mapping value';
      this.empty(line);
    } else if (token.type !== 'flow mapping end') {
      this.child('flow mapping empty value', false, false);
    } else {
      this.end();
      this.scanner.skip();
    }
  }

  private flowMappingValue(): void {
    const token = this.scanner.peek();
    if (token.type === 'value') {
      const { type } = this.next();
      if (type !== 'flow entry' && type !== 'flow mapping end') {
        this.child('flow mapping key', false, false);
        return;
      }
    }
    this.state = 'flow mapping key';
    this.empty(token.line);
  }
}
