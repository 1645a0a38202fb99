/** Schema documents into {@link Schema}s. */
import { compareBytes, GoError, type GoMap, isMap, quoteGo } from 'go-template';

import type { Format, Pattern, Schema, Writable } from './compiled.ts';
import { type Document, Documents, type LoadSchema, locationOf, type Resource, resourceOf } from './document.ts';
import { hasVocabulary } from './draft.ts';
import { formatNamed } from './format.ts';
import { pointer, resolveReference, splitFragment } from './uri.ts';
import { type Decimal, isInteger, JSON_TYPES, type JsonType, NumberLiteral, numberOf } from './value.ts';

export interface CompilerOptions {
  readonly load: LoadSchema;
  /** Compiles a regular expression; throws GoError. */
  readonly pattern: (text: string) => Pattern;
  readonly validate: (document: Document, value: unknown, at: string) => void;
  /** Whether `format` counts in all drafts. */
  readonly assertFormat?: boolean;
}

type Draft = Writable<Schema>;

/** A schema that waits for its keywords. */
interface Pending {
  readonly schema: Draft;
  readonly url: string;
  readonly at: string;
}

export class Compiler {
  private readonly documents: Documents;
  private readonly schemas = new Map<string, Draft>();
  private readonly queue: Pending[] = [];
  private filled = 0;
  private readonly options: CompilerOptions;

  constructor(options: CompilerOptions) {
    this.options = options;
    this.documents = new Documents(options.load, options.validate);
  }

  add(url: string, root: unknown): void {
    this.documents.add(url, root);
  }

  /** The schema of a document, with all it refers to. Throws GoError with the words of santhosh-tekuri/jsonschema. */
  compile(url: string): Schema {
    const schema = this.schemaAt(url, '');
    for (let next = this.queue[this.filled]; next !== undefined; next = this.queue[++this.filled]) this.fill(next);
    return schema;
  }

  private schemaAt(url: string, at: string): Draft {
    const location = locationOf(url, at);
    let schema = this.schemas.get(location);
    if (schema === undefined) {
      schema = {
        location,
        draft: 2020,
        resource: undefined as never,
        dynamicAnchors: new Map(),
        recursiveAnchor: false,
        dynamicAnchor: '',
        allPropertiesEvaluated: false,
        allItemsEvaluated: false,
        itemsEvaluated: 0,
      };
      this.schemas.set(location, schema);
      this.queue.push({ schema, url, at });
    }
    return schema;
  }

  private fill({ schema, url, at }: Pending): void {
    const { document, value } = this.documents.schemaAt(url, at);
    const resource = resourceOf(document, at);
    schema.draft = resource.dialect.draft.version;
    schema.resource = this.schemaAt(url, resource.pointer);
    if (schema.draft >= 2020 && schema === schema.resource) {
      schema.dynamicAnchors = new Map(
        resource.dynamicAnchors.map((anchor) => [anchor, this.schemaAt(url, resource.anchors.get(anchor) as string)]),
      );
    }
    if (typeof value === 'boolean') schema.boolean = value;
    else if (isMap(value) && Object.keys(value).length === 0) schema.boolean = true;
    else if (isMap(value)) this.keywords(schema, new Keywords(value), { document, resource, at });
    schema.allPropertiesEvaluated = schema.additionalProperties !== undefined;
    schema.allItemsEvaluated = schema.items !== undefined || schema.additionalItems !== undefined;
    schema.itemsEvaluated = schema.prefixItems?.length ?? 0;
  }

  private keywords(schema: Draft, words: Keywords, place: Place): void {
    const { dialect } = place.resource;
    this.references(schema, words, place);
    if (schema.draft >= 6 && hasVocabulary(dialect, 'validation') && words.has('const'))
      schema.const = { value: words.get('const') };
    // Beside $ref nothing counts in the older drafts, but the library overlooks const.
    if (schema.draft < 2019 && schema.ref !== undefined) return;
    if (hasVocabulary(dialect, 'applicator')) this.applicators(schema, words, place);
    if (hasVocabulary(dialect, 'validation')) this.validations(schema, words, place);
    const asserted =
      schema.draft < 2019 || hasVocabulary(dialect, schema.draft === 2019 ? 'format' : 'format-assertion');
    const format = words.string('format');
    if (format !== undefined && (asserted || this.options.assertFormat === true))
      set(schema, 'format', this.format(format));
    if (schema.draft >= 2019 && hasVocabulary(dialect, schema.draft === 2019 ? 'applicator' : 'unevaluated')) {
      set(schema, 'unevaluatedItems', this.below(words, place, 'unevaluatedItems'));
      set(schema, 'unevaluatedProperties', this.below(words, place, 'unevaluatedProperties'));
    }
  }

  private references(schema: Draft, words: Keywords, place: Place): void {
    set(schema, 'ref', this.reference(words.string('$ref'), place));
    if (schema.draft >= 2019) {
      set(schema, 'recursiveRef', this.reference(words.string('$recursiveRef'), place));
      schema.recursiveAnchor = words.get('$recursiveAnchor') === true;
    }
    if (schema.draft >= 2020) {
      const text = words.string('$dynamicRef');
      const target = this.reference(text, place);
      if (text !== undefined && target !== undefined) {
        const { fragment } = splitFragment(text);
        schema.dynamicRef = { schema: target, anchor: fragment.startsWith('/') ? '' : fragment };
      }
      schema.dynamicAnchor = words.string('$dynamicAnchor') ?? '';
    }
  }

  private reference(text: string | undefined, { document, resource }: Place): Schema | undefined {
    if (text === undefined) return undefined;
    const { url, fragment } = resolveReference(resource.id, text);
    let target = document;
    let within =
      url === document.url ? document.resources.get('') : [...document.resources.values()].find(({ id }) => id === url);
    if (within === undefined) {
      target = this.documents.get(url);
      within = target.resources.get('') as Resource;
    }
    return this.schemaAt(target.url, placeOf(target, within, fragment));
  }

  private applicators(schema: Draft, words: Keywords, place: Place): void {
    for (const word of ['allOf', 'anyOf', 'oneOf'] as const) set(schema, word, this.list(words, place, word));
    set(schema, 'not', this.below(words, place, 'not'));
    const properties = words.map('properties');
    if (properties !== undefined) {
      schema.properties = new Map(Object.keys(properties).map((key) => [key, this.member(place, 'properties', key)]));
    }
    const patterns = words.map('patternProperties');
    if (patterns !== undefined) {
      schema.patternProperties = sorted(patterns).map((key) => [
        this.pattern(key, place, 'patternProperties'),
        this.member(place, 'patternProperties', key),
      ]);
    }
    set(schema, 'additionalProperties', this.additional(words, place, 'additionalProperties'));
    const dependencies = words.map('dependencies');
    if (dependencies !== undefined) {
      schema.dependencies = sorted(dependencies).map((key) => {
        const names = dependencies[key];
        return [key, Array.isArray(names) ? strings(names) : this.member(place, 'dependencies', key)];
      });
    }
    this.itemApplicators(schema, words, place);
    if (schema.draft >= 6) {
      set(schema, 'contains', this.below(words, place, 'contains'));
      set(schema, 'propertyNames', this.below(words, place, 'propertyNames'));
    }
    if (schema.draft >= 7) this.conditions(schema, words, place);
    const dependents = schema.draft >= 2019 ? words.map('dependentSchemas') : undefined;
    if (dependents !== undefined) {
      schema.dependentSchemas = sorted(dependents).map((key) => [key, this.member(place, 'dependentSchemas', key)]);
    }
  }

  private itemApplicators(schema: Draft, words: Keywords, place: Place): void {
    if (schema.draft >= 2020) {
      set(schema, 'prefixItems', this.list(words, place, 'prefixItems'));
      set(schema, 'items', this.below(words, place, 'items'));
    } else if (Array.isArray(words.get('items'))) {
      set(schema, 'prefixItems', this.list(words, place, 'items'));
      set(schema, 'additionalItems', this.additional(words, place, 'additionalItems'));
    } else {
      set(schema, 'items', this.below(words, place, 'items'));
    }
  }

  private conditions(schema: Draft, words: Keywords, place: Place): void {
    set(schema, 'if', this.below(words, place, 'if'));
    if (schema.if === undefined) return;
    if (words.get('if') !== false) set(schema, 'then', this.below(words, place, 'then'));
    if (words.get('if') !== true) set(schema, 'else', this.below(words, place, 'else'));
  }

  private validations(schema: Draft, words: Keywords, place: Place): void {
    set(schema, 'types', typesOf(words.get('type')));
    const values = words.get('enum');
    if (Array.isArray(values)) schema.enum = values;
    set(schema, 'multipleOf', words.number('multipleOf'));
    for (const [bound, exclusive] of [
      ['minimum', 'exclusiveMinimum'],
      ['maximum', 'exclusiveMaximum'],
    ] as const) {
      const isExclusive = words.get(exclusive) === true;
      set(schema, isExclusive ? exclusive : bound, words.number(bound));
      if (!isExclusive) set(schema, exclusive, words.number(exclusive));
    }
    for (const word of ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'] as const) {
      set(schema, word, words.integer(word));
    }
    const pattern = words.string('pattern');
    if (pattern !== undefined) schema.pattern = this.pattern(pattern, place, 'pattern');
    schema.uniqueItems = words.get('uniqueItems') === true;
    const required = words.get('required');
    if (Array.isArray(required)) schema.required = strings(required);
    if (schema.draft < 2019) return;
    if (words.has('contains')) {
      set(schema, 'minContains', words.integer('minContains'));
      set(schema, 'maxContains', words.integer('maxContains'));
    }
    const dependents = words.map('dependentRequired');
    if (dependents !== undefined) {
      schema.dependentRequired = sorted(dependents).flatMap((key) => {
        const names = dependents[key];
        return Array.isArray(names) ? [[key, strings(names)] as const] : [];
      });
    }
  }

  private format(name: string): Format | undefined {
    return name === 'regex'
      ? { name, check: (v) => void (typeof v === 'string' && this.options.pattern(v)) }
      : formatNamed(name);
  }

  private pattern(text: string, { document, at }: Place, keyword: string): Pattern {
    try {
      return this.options.pattern(text);
    } catch (e) {
      if (!(e instanceof GoError)) throw e;
      const place = locationOf(document.url, pointer(at, keyword));
      throw new GoError(`invalid regex ${quoteGo(text)} at ${quoteGo(place)}: ${e.message}`);
    }
  }

  private member({ document, at }: Place, ...tokens: (string | number)[]): Schema {
    return this.schemaAt(document.url, pointer(at, ...tokens));
  }

  private below(words: Keywords, place: Place, keyword: string): Schema | undefined {
    return words.has(keyword) ? this.member(place, keyword) : undefined;
  }

  private list(words: Keywords, place: Place, keyword: string): Schema[] | undefined {
    const value = words.get(keyword);
    return Array.isArray(value) ? value.map((_, i) => this.member(place, keyword, i)) : undefined;
  }

  private additional(words: Keywords, place: Place, keyword: string): Schema | boolean | undefined {
    const value = words.get(keyword);
    return typeof value === 'boolean' ? value : this.below(words, place, keyword);
  }
}

/** Where keywords stand. */
interface Place {
  readonly document: Document;
  readonly resource: Resource;
  readonly at: string;
}

/** The keywords of one schema; one of the wrong type counts as absent. */
class Keywords {
  private readonly words: GoMap;

  constructor(words: GoMap) {
    this.words = words;
  }

  has(word: string): boolean {
    return Object.hasOwn(this.words, word);
  }

  get(word: string): unknown {
    return this.has(word) ? this.words[word] : undefined;
  }

  string(word: string): string | undefined {
    const value = this.get(word);
    return typeof value === 'string' ? value : undefined;
  }

  map(word: string): GoMap | undefined {
    const value = this.get(word);
    return isMap(value) ? value : undefined;
  }

  number(word: string): Decimal | undefined {
    const value = this.get(word);
    return value instanceof NumberLiteral ? value.decimal : undefined;
  }

  integer(word: string): number | undefined {
    const value = this.number(word);
    return value !== undefined && isInteger(value) ? numberOf(value) : undefined;
  }
}

function set<K extends keyof Schema>(schema: Draft, key: K, value: Schema[K] | undefined): void {
  if (value !== undefined) schema[key] = value as Draft[K];
}

const sorted = (map: GoMap): string[] => Object.keys(map).sort(compareBytes);

const strings = (list: readonly unknown[]): string[] => list.filter((item) => typeof item === 'string');

function typesOf(value: unknown): JsonType[] | undefined {
  const names = Array.isArray(value) ? value : [value];
  const types = JSON_TYPES.filter((type) => names.includes(type));
  return types.length === 0 ? undefined : types;
}

/** The place that a fragment means within a resource. */
function placeOf({ url }: Document, resource: Resource, fragment: string): string {
  if (fragment === '' || fragment.startsWith('/')) return resource.pointer + fragment;
  const anchored = resource.anchors.get(fragment);
  if (anchored !== undefined) return anchored;
  throw new GoError(`anchor in ${quoteGo(locationOf(resource.id, fragment))} not found in schema ${quoteGo(url)}`);
}
