/** Objects of a text that holds one or more, in YAML or JSON. Kubernetes: apimachinery's yaml.NewYAMLOrJSONDecoder. */
import { decodeJsonPrefix, decodeStruct, decodeYamlStruct, JsonSyntaxError, type StructShape } from '@pack/core';
import { byteLength, fromBytes, GoError, toBytes } from 'go-template';

/** As much of an object as the rules look at. */
export interface ObjectHead {
  readonly apiVersion?: string;
  readonly Kind?: string;
  readonly Metadata?: { readonly Name?: string };
}

/** Go's names, which its messages have. */
const HEAD: StructShape = {
  name: 'k8sYamlStruct',
  type: 'rules.k8sYamlStruct',
  fields: {
    apiVersion: 'string',
    Kind: 'string',
    Metadata: {
      name: 'k8sYamlMetadata',
      type: 'rules.k8sYamlMetadata',
      fields: { Namespace: 'string', Name: 'string' },
    },
  },
};

/** How much of a text is looked at for a brace. */
const GUESS_BYTES = 4096;

/** Goes through the objects; documents without any are left out. Throws GoError with the decoder's message. */
export function* readObjects(text: string): Generator<ObjectHead> {
  const looksLikeJson = fromBytes(toBytes(text.slice(0, GUESS_BYTES)).subarray(0, GUESS_BYTES)).trimStart()[0] === '{';
  if (!looksLikeJson) return yield* readYaml(text);
  const rest = yield* readJson(text);
  if (rest !== undefined) yield* readYaml(rest.text, rest.fault);
}

/** Where JSON ends, and what was wrong with what came then. */
interface Rest {
  readonly text: string;
  readonly fault: GoError;
}

/** A text that is JSON at first may be YAML after one object; after more, it must be JSON to its end. */
function* readJson(text: string): Generator<ObjectHead, Rest | undefined> {
  let at = 0;
  for (let count = 0; ; count++) {
    const rest = text.slice(at);
    if (/^[ \t\r\n]*$/.test(rest)) return undefined;
    let head: ObjectHead | undefined;
    try {
      const { value, end } = decodeJsonPrefix(rest);
      head = decodeStruct(value, HEAD);
      at += end;
    } catch (e) {
      if (!(e instanceof GoError)) throw e;
      if (count > 1) throw e;
      const fault =
        e instanceof JsonSyntaxError
          ? new GoError(`json: offset ${byteLength(text.slice(0, at + e.position)) + 1}: ${e.message}`)
          : e;
      const yaml = afterSpace(rest);
      if (yaml === undefined) throw fault;
      return { text: yaml, fault };
    }
    if (head !== undefined) yield head;
  }
}

/** The text behind its leading space, or behind the first line's end; undefined when little or no text is left. */
function afterSpace(text: string): string | undefined {
  for (let at = 0; ; at++) {
    const c = text[at];
    // The decoder looks four bytes ahead, and takes their lack for the end.
    if (c === undefined || byteLength(text.slice(at, at + 4)) < 4) return undefined;
    if (!/\s/.test(c)) return text.slice(at);
    if (c === '\n') return text.slice(at + 1);
  }
}

/** `fault` is what is said of the first document instead of its own faults. */
function* readYaml(text: string, fault?: GoError): Generator<ObjectHead> {
  let first = fault;
  for (const document of splitDocuments(text)) {
    let head: ObjectHead | undefined;
    try {
      if (document instanceof GoError) throw document;
      head = decodeYamlStruct(document, HEAD);
    } catch (e) {
      throw e instanceof GoError ? (first ?? e) : e;
    }
    first = undefined;
    if (head !== undefined) yield head;
  }
}

/** Cuts at lines that begin with `---`; only a comment may stand behind that. */
function* splitDocuments(text: string): Generator<string | GoError> {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  let document = '';
  for (const line of lines) {
    if (line.startsWith('---')) {
      const behind = line.slice(3).trim();
      if (behind !== '' && !behind.startsWith('#')) {
        yield new GoError(`invalid Yaml document separator: ${behind}`);
        return;
      }
      if (document !== '') {
        yield document;
        document = '';
        continue;
      }
    }
    document += `${line}\n`;
  }
  if (document !== '') yield document;
}
