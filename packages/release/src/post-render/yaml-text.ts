/**
 * Objects as texts of YAML that come through a post-renderer as they were: comments, quotes, block scalars, anchors and
 * order stay, the layout becomes that of kyaml, which Helm passes them through.
 */
import { decodeYaml, encodeYaml } from '@pack/core';
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';

/** All scalars are texts, so that none is written otherwise than it was read. */
const PARSE = { schema: 'failsafe', strict: false, uniqueKeys: false, logLevel: 'silent' } as const;

/** Throws TextError with Go's words. A document without content has no `contents`. */
export function parseObject(text: string): Document.Parsed {
  const document = parseDocument(text, PARSE);
  // What Go reads all the same keeps its meaning and loses its layout.
  if (document.errors.length > 0) return parseDocument(encodeYaml(decodeYaml(text)), PARSE);
  if (document.comment && /^[^#]*\n[ \t]*\n[ \t]*#/.test(text.slice(document.contents?.range?.[1] ?? 0))) {
    document.comment = `\n${document.comment}`;
  }
  visit(document, {
    Pair: (_, pair) => placeComment(pair as Pair<Node, Node | null>, text),
    Scalar: (_, scalar) => endAtText(scalar, text),
  });
  return document;
}

/** A block scalar at the end of a text that lacks its last line break has none either. */
function endAtText(scalar: Scalar, text: string): void {
  const isLast = scalar.type?.startsWith('BLOCK_') === true && (scalar.range?.[1] ?? 0) >= text.length;
  if (isLast && !text.endsWith('\n')) scalar.value = String(scalar.value).replace(/\n$/, '');
}

/** A comment between a key and its block is of the line of the key, or of what comes first in the block. */
function placeComment({ key, value }: Pair<Node, Node | null>, text: string): void {
  if (!isCollection(value) || value.flow || !value.commentBefore) return;
  const between = text.slice(key?.range?.[1] ?? 0, value.range?.[0] ?? 0);
  const [own, ...rest] = value.commentBefore.split('\n');
  const isOwn = /^[^\n#]*#/.test(between);
  const moved = (isOwn ? rest : [own, ...rest]).join('\n');
  value.commentBefore = isOwn ? (own as string) : null;
  const [first] = value.items;
  const node = isPair(first) ? (first.key as Node) : (first as Node | undefined);
  if (moved !== '' && node) node.commentBefore = moved + (node.commentBefore ? `\n${node.commentBefore}` : '');
}

const STRIP = /^\n+|\n+$/g;

/** Helm: kio.StringAll of one document. */
export function formatObject({ commentBefore, contents, comment }: Document): string {
  let out = '';
  if (commentBefore) out += `${commentLines(commentBefore, 0)}\n`;
  if (contents !== null) {
    if (isCollection(contents) && contents.commentBefore) out += commentLines(contents.commentBefore, 0);
    out += formatNode(contents as Node);
  }
  if (comment) out += `${comment.startsWith('\n') ? '\n' : ''}${commentLines(comment, 0)}`;
  return out;
}

/** A node at the beginning of a line. */
export const formatNode = (node: Node): string => `${block(node, 0, true).replace(/^[ \n]/, '')}\n`;

const pad = (indent: number): string => ' '.repeat(indent);

const commentLines = (text: string, indent: number): string =>
  text
    .replace(STRIP, '')
    .split('\n')
    .map((line) => (line === '' ? '\n' : `${pad(indent)}#${line}\n`))
    .join('');

/** A comment at the end of a line. */
const lineComment = (text: string | null | undefined): string =>
  text ? ` #${text.replace(STRIP, '').split('\n')[0] as string}` : '';

const tagOf = ({ tag }: { tag?: string }): string => {
  if (tag === undefined || tag === '?' || tag === '!') return tag === '!' ? '!' : '';
  const prefix = 'tag:yaml.org,2002:';
  return tag.startsWith(prefix) ? `!!${tag.slice(prefix.length)}` : tag.startsWith('!') ? tag : `!<${tag}>`;
};

/** Properties of a node, each with a space before it. */
function properties(node: Node): string {
  if (isAlias(node)) return '';
  const tag = node.tag === undefined ? '' : tagOf(node);
  return `${node.anchor ? ` &${node.anchor}` : ''}${tag === '' ? '' : ` ${tag}`}`;
}

/** What follows `key:` or `-`: a space and the value, or the lines of a collection that begins at `indent`. */
function block(node: Node | null, indent: number, isRoot = false): string {
  if (node === null) return '';
  if (!isCollection(node) || node.flow || node.items.length === 0) {
    const text = isCollection(node) || isAlias(node) ? flow(node) : scalarText(node as Scalar, indent, 'block');
    return `${properties(node)}${text === '' ? '' : ` ${text}`}${isCollection(node) ? lineComment(node.comment) : ''}`;
  }
  const lines = isMap(node)
    ? node.items.map((pair) => pairText(pair as Pair<Node, Node | null>, indent))
    : node.items.map((item) => itemText(item as Node, indent));
  const head = isRoot ? '' : lineComment(node.commentBefore);
  const tail = node.comment ? `\n${commentLines(node.comment, indent).replace(/\n$/, '')}` : '';
  return `${properties(node)}${head}\n${lines.join('\n')}${tail}`;
}

const before = (node: Node | null, indent: number): string =>
  node?.commentBefore ? commentLines(node.commentBefore, indent) : '';

function pairText({ key, value }: Pair<Node, Node | null>, indent: number): string {
  const inner = isSeq(value) && !value.flow ? indent : indent + 2;
  const name = isScalar(key) ? `${keyProperties(key)} ${scalarText(key, indent, 'key')}`.trimStart() : flow(key);
  const own = isScalar(value) || isAlias(value) ? before(value, indent) : '';
  return `${before(key, indent)}${own}${pad(indent)}${name}:${block(value, inner)}`;
}

/** Go's parser marks what merges. */
const keyProperties = (key: Scalar): string =>
  key.value === '<<' && key.type === 'PLAIN' ? ' !!merge' : properties(key);

function itemText(item: Node, indent: number): string {
  const body = block(item, indent + 2);
  const comment = isCollection(item) ? '' : before(item, indent);
  const lead = isCollection(item) && item.commentBefore && !item.flow && item.items.length > 0;
  // A collection begins on the line of its dash.
  const first = /^\n +(?=[^# ])/.exec(body);
  const text = first === null ? body : ` ${body.slice(first[0].length)}`;
  if (!lead) return `${comment}${pad(indent)}-${text}`;
  const plain = block(withoutComment(item as YAMLMap), indent + 2);
  return `${commentLines(item.commentBefore as string, indent)}${pad(indent)}-${plain.replace(/^\n +(?=[^# ])/, ' ')}`;
}

function withoutComment(node: YAMLMap): YAMLMap {
  const copy = node.clone() as YAMLMap;
  copy.commentBefore = null;
  return copy;
}

/** A node on one line. */
function flow(node: Node | null): string {
  if (node === null) return '';
  if (isAlias(node)) return `*${(node as Alias).source}`;
  const within = (item: Node | null): string => (item === null ? '' : `${properties(item)} ${flow(item)}`.trim());
  if (isMap(node)) {
    const pairs = (node.items as Pair<Node, Node | null>[]).map(({ key, value }) => {
      const text = within(value);
      return `${within(key)}:${text === '' ? '' : ` ${text}`}`;
    });
    return `{${pairs.join(', ')}}`;
  }
  if (isSeq(node)) return `[${(node.items as Node[]).map(within).join(', ')}]`;
  return scalarText(node as Scalar, 0, 'flow');
}

/** What Go's emitter writes as it is: nothing beyond the basic plane. */
const SPECIAL = /[^\n\x20-\x7e\t\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]|\x7f/;

type Place = 'block' | 'flow' | 'key';

/** In the style that it was read in, where that can hold it. Helm: yaml_emitter_select_scalar_style. */
function scalarText(node: Scalar, indent: number, place: Place): string {
  const value = typeof node.value === 'string' ? node.value : (node.source ?? '');
  const comment = place === 'block' ? lineComment(node.comment) : '';
  const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  const special = SPECIAL.test(value) || value.includes(' \n');
  const lines = value.includes('\n');
  if (isBlock || (node.type === 'PLAIN' && lines)) {
    if (place === 'block' && !special && !value.endsWith(' ') && value !== '') {
      const folded = node.type === 'BLOCK_FOLDED';
      const text = folded ? unfold(value) : value;
      return `${folded ? '>' : '|'}${blockHints(value)}${comment}${blockLines(text, indent)}`;
    }
    return `${doubleQuoted(value)}${comment}`;
  }
  const quotable = !special && !value.includes('\t') && !/\n /.test(value) && !(lines && place === 'key');
  if (node.type === 'QUOTE_DOUBLE') return `${doubleQuoted(value)}${comment}`;
  if (node.type === 'QUOTE_SINGLE' || (value === '' && place !== 'block')) {
    return `${quotable ? singleQuoted(value, indent) : doubleQuoted(value)}${comment}`;
  }
  return `${quotable ? value : doubleQuoted(value)}${comment}`;
}

function blockHints(value: string): string {
  const hint = /^[ \n]/.test(value) ? '2' : '';
  const chomp = !value.endsWith('\n') ? '-' : value === '\n' || value.endsWith('\n\n') ? '+' : '';
  return hint + chomp;
}

/** The lines of a block scalar; what follows begins a line itself. */
const blockLines = (value: string, indent: number): string =>
  `\n${value.replace(/\n$/, '').replace(/^(?=[^\n])/gm, pad(indent))}`;

/** A break between lines that are not indented further takes two, and Go's emitter ends with two. */
function unfold(value: string): string {
  const isText = (line: string | undefined): boolean => line !== undefined && /^[^ \t]/.test(line);
  const lines = value.split('\n');
  let previous: string | undefined;
  return lines
    .map((line, i) => {
      if (line === '') return line;
      const more = isText(previous) && isText(line) ? '\n' : '';
      previous = line;
      return i === 0 ? line : more + line;
    })
    .join('\n')
    .replace(/^(?! )((?:[\s\S]*\n)?[^ \t\n][^\n]*)\n$/, '$1\n\n');
}

const singleQuoted = (value: string, indent: number): string =>
  `'${value.replaceAll("'", "''").replace(/\n+/g, (breaks) => `\n${breaks}${pad(indent)}`)}'`;

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
};

function doubleQuoted(value: string): string {
  const escaped = value.replace(/[\ud800-\udbff][\udc00-\udfff]|[\s\S]/g, (c) => {
    const short = ESCAPES[c];
    if (short !== undefined) return `\\${short}`;
    if (!SPECIAL.test(c)) return c;
    const code = c.codePointAt(0) as number;
    const hex = (width: number): string => code.toString(16).toUpperCase().padStart(width, '0');
    return code < 0x100 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
  });
  return `"${escaped}"`;
}
