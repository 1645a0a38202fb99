/** Schema documents: what they load from, which schemas in them have URLs and anchors of their own. */
import { GoError, type GoMap, isMap, quoteGo } from 'go-template';

import { type Dialect, DRAFT_2020, type Draft, draftOf, idOf } from './draft.ts';
import { METASCHEMAS } from './metaschema.ts';
import { escapePath, pointer, pointerTokens, resolveReference, splitFragment } from './uri.ts';
import { parseSchemaText } from './value.ts';

/** A schema that is known by a URL. */
export interface Resource {
  /** Where it stands in its document. */
  readonly pointer: string;
  readonly id: string;
  dialect: Dialect;
  readonly anchors: Map<string, string>;
  readonly dynamicAnchors: string[];
}

export interface Document {
  readonly url: string;
  readonly root: unknown;
  readonly resources: Map<string, Resource>;
  /** Pointers of schemas that have been looked through. */
  readonly seen: Set<string>;
}

/** Gives the text of a schema; undefined refuses. Nothing is loaded but what it gives. */
export type LoadSchema = (url: string) => string | undefined;

const MAX_DEPTH = 500;
const META_URL = /^https?:\/\/json-schema\.org\//;

export const isMetaUrl = (url: string): boolean => META_URL.test(url);

/** Where a schema is: a document's URL and a JSON pointer. */
export const locationOf = (url: string, at: string): string => `${url}#${escapePath(at)}`;

export class Documents {
  private readonly documents = new Map<string, Document>();
  private readonly roots = new Map<string, unknown>();
  private readonly load: LoadSchema;
  private readonly validate: (document: Document, value: unknown, at: string) => void;

  /** `validate` holds a schema against the meta-schema of its dialect. */
  constructor(load: LoadSchema, validate: (document: Document, value: unknown, at: string) => void) {
    this.load = load;
    this.validate = validate;
  }

  add(url: string, root: unknown): void {
    this.roots.set(url, root);
  }

  get(url: string): Document {
    const known = this.documents.get(url);
    if (known !== undefined) return known;
    const document: Document = { url, root: this.rootOf(url), resources: new Map(), seen: new Set() };
    checkDepth(document.root);
    this.collect(document, document.root, url, '', { draft: DRAFT_2020, vocabularies: undefined });
    if (!isMetaUrl(url)) this.validate(document, document.root, '');
    this.documents.set(url, document);
    return document;
  }

  /** The schema at a place that a reference leads to, which may be none that a schema was expected at. */
  schemaAt(url: string, at: string): { document: Document; value: unknown } {
    const document = this.get(url);
    const value = lookup(document, at);
    if (!document.seen.has(at)) {
      const { id, dialect } = resourceOf(document, at);
      this.collect(document, value, id, at, dialect);
      if (!document.resources.has(at)) collectAnchors(document, value, at, resourceOf(document, at));
      this.validate(document, value, at);
    }
    return { document, value };
  }

  private rootOf(url: string): unknown {
    const known = this.roots.get(url);
    if (known !== undefined) return known;
    const root = this.loadRoot(url);
    this.roots.set(url, root);
    return root;
  }

  private loadRoot(url: string): unknown {
    const path = url.replace(META_URL, '');
    const meta = isMetaUrl(url) ? METASCHEMAS[path === 'schema' ? 'draft/2020-12/schema' : path] : undefined;
    if (meta !== undefined) return parseSchemaText(meta);
    const failing = `failing loading ${quoteGo(url)}: `;
    const text = this.load(url);
    if (text === undefined) {
      const known = /^(?:file|https?|urn):/.test(url);
      throw new GoError(
        failing +
          (known ? 'schemas are not fetched from files or the network' : `no URLLoader registered for ${quoteGo(url)}`),
      );
    }
    try {
      return parseSchemaText(text);
    } catch (e) {
      throw e instanceof GoError ? new GoError(failing + e.message) : e;
    }
  }

  private collect(document: Document, schema: unknown, base: string, at: string, fallback: Dialect): void {
    if (document.seen.has(at)) return;
    document.seen.add(at);
    if (!isMap(schema)) {
      if (at === '') document.resources.set(at, newResource(at, base, fallback));
      return;
    }
    let draft = this.draftFor(document.url, at, schema, fallback.draft, new Set());
    let ownDialect = typeof schema['$schema'] === 'string';
    let id = idOf(draft, schema);
    if (id === '' && at !== '') {
      draft = fallback.draft;
      ownDialect = false;
      id = idOf(draft, schema);
    }
    const url = id === '' ? base : resolveId(base, id, document.url, at);
    if (id !== '' || at === '') {
      const same = [...document.resources.values()].find((resource) => resource.id === url);
      if (same !== undefined && same.pointer !== at) {
        throw new GoError(
          `duplicate id ${quoteGo(url)} in ${quoteGo(document.url)} at ${quoteGo(at)} and ${quoteGo(same.pointer)}`,
        );
      }
      const dialect = ownDialect ? { draft, vocabularies: this.vocabulariesOf(schema, draft) } : fallback;
      document.resources.set(at, newResource(at, url, dialect));
    }
    const resource = [...document.resources.values()].find((candidate) => candidate.id === url) as Resource;
    collectAnchors(document, schema, at, resource);
    for (const [place, subschema] of subschemasOf(draft, schema, at))
      this.collect(document, subschema, url, place, resource.dialect);
  }

  /** The draft that `$schema` leads to, if by way of other meta-schemas. */
  private draftFor(url: string, at: string, schema: unknown, fallback: Draft, cycle: Set<string>): Draft {
    const named = isMap(schema) ? schema['$schema'] : undefined;
    if (typeof named !== 'string') return fallback;
    const draft = draftOf(named);
    if (draft !== undefined) return draft;
    const meta = splitFragment(named).url;
    if (at === '' && meta === url) throw new GoError(`draft ${quoteGo(meta)} is not supported`);
    if (cycle.has(meta)) throw new GoError(`cycle in resolving $schema in ${quoteGo(meta)}`);
    return this.draftFor(meta, '', this.rootOf(meta), fallback, cycle.add(meta));
  }

  /** What the `$vocabulary` of a meta-schema asks for; undefined for the draft's own meta-schema. */
  private vocabulariesOf(schema: GoMap, draft: Draft): string[] | undefined {
    const named = schema['$schema'] as string;
    if (draftOf(named) !== undefined || draft.version < 2019) return undefined;
    const { url } = splitFragment(named);
    const meta = this.rootOf(url);
    const listed = isMap(meta) ? meta['$vocabulary'] : undefined;
    if (!isMap(listed)) return undefined;
    const names = Object.keys(listed)
      .filter((vocabulary) => listed[vocabulary] === true)
      .map((vocabulary) => {
        const name = vocabulary.slice(draft.vocabularyPrefix.length);
        if (vocabulary.startsWith(draft.vocabularyPrefix) && draft.vocabularies.includes(name)) return name;
        throw new GoError(`unsupported vocabulary ${quoteGo(vocabulary)} in ${quoteGo(url)}`);
      });
    return [...new Set([...names, 'core'])];
  }
}

const newResource = (at: string, id: string, dialect: Dialect): Resource => ({
  pointer: at,
  id,
  dialect,
  anchors: new Map(),
  dynamicAnchors: [],
});

function resolveId(base: string, id: string, url: string, at: string): string {
  try {
    return resolveReference(base, id).url;
  } catch (e) {
    throw e instanceof GoError ? new GoError(`error in parsing id at ${quoteGo(locationOf(url, at))}`) : e;
  }
}

/** The innermost resource around a place. */
export function resourceOf({ resources }: Document, at: string): Resource {
  for (let place = at; place !== ''; place = place.slice(0, place.lastIndexOf('/'))) {
    const resource = resources.get(place);
    if (resource !== undefined) return resource;
  }
  return resources.get('') as Resource;
}

function collectAnchors(
  { url }: Document,
  schema: unknown,
  at: string,
  { dialect, anchors, dynamicAnchors }: Resource,
): void {
  if (!isMap(schema)) return;
  const add = (anchor: string): void => {
    const other = anchors.get(anchor);
    if (other !== undefined && other !== at) {
      throw new GoError(
        `duplicate anchor ${quoteGo(anchor)} in ${quoteGo(url)} at ${quoteGo(other)} and ${quoteGo(at)}`,
      );
    }
    anchors.set(anchor, at);
  };
  const { version, id } = dialect.draft;
  if (version < 2019) {
    const text = schema[id];
    if (Object.hasOwn(schema, '$ref') || typeof text !== 'string') return;
    const { fragment } = splitFragment(text);
    if (fragment !== '' && !fragment.startsWith('/')) add(fragment);
    return;
  }
  const { $anchor, $dynamicAnchor } = schema;
  if (typeof $anchor === 'string') add($anchor);
  if (version >= 2020 && typeof $dynamicAnchor === 'string') {
    add($dynamicAnchor);
    dynamicAnchors.push($dynamicAnchor);
  }
}

function* subschemasOf(draft: Draft, schema: GoMap, at: string): Generator<[place: string, schema: unknown]> {
  for (const path of draft.subschemas) {
    const [keyword, inner] = path.split('/') as [string, string?];
    if (!Object.hasOwn(schema, keyword)) continue;
    const value = schema[keyword];
    if (inner === undefined) yield [pointer(at, keyword), value];
    else if (inner === '[]' && Array.isArray(value))
      yield* value.map((item, i) => [pointer(at, keyword, i), item] as [string, unknown]);
    else if (inner === '*' && isMap(value))
      yield* Object.keys(value).map((key) => [pointer(at, keyword, key), value[key]] as [string, unknown]);
  }
}

function lookup({ url, root }: Document, at: string): unknown {
  const tokens = pointerTokens(at);
  if (tokens === undefined) throw new GoError(`invalid json-pointer ${quoteGo(locationOf(url, at))}`);
  let value = root;
  for (const token of tokens) {
    if (isMap(value) && Object.hasOwn(value, token)) value = value[token];
    else if (Array.isArray(value) && /^[0-9]+$/.test(token) && Number(token) < value.length)
      value = value[Number(token)];
    else throw new GoError(`json-pointer in ${quoteGo(locationOf(url, at))} not found`);
  }
  return value;
}

function checkDepth(root: unknown): void {
  const stack: [value: unknown, depth: number][] = [[root, 0]];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [value, depth] = top;
    if (depth > MAX_DEPTH) throw new GoError(`schema is nested more than ${MAX_DEPTH} deep`);
    if (Array.isArray(value)) for (const item of value) stack.push([item, depth + 1]);
    else if (isMap(value)) for (const key of Object.keys(value)) stack.push([value[key], depth + 1]);
  }
}
