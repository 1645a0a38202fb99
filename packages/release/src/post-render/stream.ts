/** Rendered files into one stream of documents, and back. Helm: pkg/action annotateAndMerge, splitAndDeannotate. */
import { basePath, splitManifests, TextError } from '@pack/core';
import { compareBytes, newMap } from 'go-template';
import { type Document, isCollection, isMap, isScalar, isSeq, type Node, Pair, Scalar, YAMLMap } from 'yaml';

import { ReleaseError } from '../error.ts';
import { formatNode, formatObject, parseObject } from './yaml-text.ts';

const FILE = 'postrenderer.helm.sh/postrender-filename';

/** Throws POST_RENDER_FAILED for a file that is not the YAML of objects. */
export function mergeFiles(files: Readonly<Record<string, string>>): string {
  const merged: string[] = [];
  for (const path of Object.keys(files).sort(compareBytes)) {
    const text = files[path] as string;
    if (basePath(path).startsWith('_')) continue;
    const context = `error merging manifests: parsing ${path}: `;
    for (const document of splitManifests(text)) {
      for (const object of objectsOf(document, context)) {
        annotate(object, path, context);
        merged.push(formatObject(object));
      }
    }
  }
  return merged.join('---\n');
}

/** Throws POST_RENDER_FAILED for a text that is not the YAML of objects. */
export function splitStream(stream: string): Record<string, string> {
  const context = 'error while parsing post rendered output: ';
  const files = newMap() as Record<string, string>;
  const objects = documentsOf(stream).flatMap((text, _, all) =>
    objectsOf(text, `${context}error parsing YAML: `, all.length),
  );
  objects.forEach((object, i) => {
    const root = mapOf(object);
    if (root === undefined || !['apiVersion', 'kind', 'metadata'].some((name) => root.has(name))) {
      throw new ReleaseError('POST_RENDER_FAILED', `${context}getting metadata: missing Resource metadata`);
    }
    const path = deannotate(root) || `generated-by-postrender-${i}.yaml`;
    const text = formatObject(object);
    files[path] = path in files ? `${files[path]}---\n${text}` : text;
  });
  return files;
}

/** Helm: kio splitDocuments. */
function documentsOf(stream: string): string[] {
  const text = stream.replaceAll('\r\n', '\n');
  const documents: string[] = [];
  let from = 0;
  for (const { 0: separator, index } of text.matchAll(/\n---(.*)\n/g)) {
    const after = separator.slice(4).trim();
    if (after !== '' && !after.startsWith('#')) {
      throw new ReleaseError(
        'POST_RENDER_FAILED',
        `error while parsing post rendered output: error parsing YAML: invalid document separator: ${separator.trim()}`,
      );
    }
    documents.push(`${text.slice(from, index)}\n`);
    from = index + separator.length;
  }
  return [...documents, text.slice(from)];
}

/** The objects of a document: those of a List one by one, unless others stand beside it. */
function objectsOf(text: string, context: string, among = 1): Document[] {
  let document: Document;
  try {
    document = parseObject(text.replaceAll('\r\n', '\n'));
  } catch (e) {
    if (!(e instanceof TextError)) throw e;
    throw new ReleaseError(
      'POST_RENDER_FAILED',
      `${context}MalformedYAMLError: ${e.message.replace('error converting YAML to JSON: ', '')}`,
      { cause: e },
    );
  }
  const { contents } = document;
  if (contents === null || isNull(contents)) return [];
  const root = mapOf(document);
  const kind = root?.get('kind');
  if (root === undefined) throw noMap(contents, context);
  const items = root.get('items');
  if (among > 1 || (kind !== 'List' && kind !== 'ResourceList') || items === undefined) return [document];
  if (!isSeq(items)) return [];
  return items.items.map((item) => {
    const own = document.clone();
    own.commentBefore = own.comment = null;
    own.contents = item as Document['contents'];
    return own;
  });
}

const mapOf = ({ contents }: Document): YAMLMap | undefined => (isMap(contents) ? contents : undefined);

const isNull = (node: unknown): boolean =>
  isScalar(node) && node.type === 'PLAIN' && /^(?:~|null|Null|NULL|)$/.test(String(node.value ?? ''));

const isEmpty = (node: unknown): boolean =>
  node === undefined || node === null || isNull(node) || (isCollection(node) && node.items.length === 0);

/** kyaml's words. */
const noMap = (node: Node, context: string): ReleaseError =>
  new ReleaseError(
    'POST_RENDER_FAILED',
    `${context}wrong node kind: expected MappingNode but got ${isSeq(node) ? 'SequenceNode' : 'ScalarNode'}: node contents:\n${formatNode(node)}\n`,
  );

/** The annotations go where they are, or behind all else of the metadata. */
function annotate(document: Document, path: string, context: string): void {
  const root = mapOf(document) as YAMLMap;
  const metadata = within(root, 'metadata', context);
  const annotations = within(metadata, 'annotations', context);
  const value = new Scalar(path);
  value.type = 'QUOTE_SINGLE';
  put(annotations, FILE, value);
}

function within(map: YAMLMap, name: string, context: string): YAMLMap {
  const found = map.get(name, true) as Node | undefined;
  if (isMap(found) && found.items.length > 0) return found;
  if (!isEmpty(found)) throw noMap(found as Node, context);
  map.delete(name);
  const made = new YAMLMap();
  if (map.flow === true) made.flow = true;
  put(map, name, made);
  return made;
}

function put(map: YAMLMap, name: string, value: Scalar | YAMLMap): void {
  const key = new Scalar(name);
  key.type = 'PLAIN';
  map.items.push(new Pair(key, value));
}

/** What the annotation said. What is empty without it goes too. */
function deannotate(root: YAMLMap): string {
  const metadata = root.get('metadata');
  if (!isMap(metadata)) return '';
  const annotations = metadata.get('annotations');
  const path = isMap(annotations) ? String(annotations.get(FILE) ?? '') : '';
  if (isMap(annotations)) annotations.delete(FILE);
  if (metadata.has('annotations') && isEmpty(metadata.get('annotations', true))) metadata.delete('annotations');
  if (metadata.items.length === 0) root.delete('metadata');
  return path;
}
