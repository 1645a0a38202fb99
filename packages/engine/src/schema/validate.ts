/** One schema text and values; what a chart's values.schema.json says about them. */
import { GoError, quoteGo } from 'go-template';
import { RE2JS, RE2JSException } from 're2js';

import { Compiler, type CompilerOptions } from './compile.ts';
import type { Pattern, Schema } from './compiled.ts';
import { type Document, type LoadSchema, locationOf, resourceOf } from './document.ts';
import type { Dialect } from './draft.ts';
import { evaluate, type Run } from './evaluate.ts';
import { type Failure, failuresOf, formatFailures } from './failure.ts';
import { parseSchemaText, quote } from './value.ts';

const SCHEMA_URL = 'file:///values.schema.json';

const compiledPatterns = new Map<string, Pattern>();
const MAX_PATTERNS = 256;

function compilePattern(text: string): Pattern {
  const known = compiledPatterns.get(text);
  if (known !== undefined) return known;
  try {
    const regexp = RE2JS.compile(text);
    const pattern: Pattern = { text, matches: (candidate) => regexp.matcher(candidate).find() };
    if (compiledPatterns.size >= MAX_PATTERNS) compiledPatterns.clear();
    compiledPatterns.set(text, pattern);
    return pattern;
  } catch (e) {
    throw e instanceof RE2JSException ? new GoError(e.message) : e;
  }
}

/**
 * Says what values lack to satisfy the text of a schema, in the lines that Helm prints; undefined if nothing. Throws
 * GoError, again with Helm's text, for a schema that is none. Helm: ValidateAgainstSingleSchema.
 */
export function validateText(schema: string, values: unknown, load: LoadSchema): string | undefined {
  const compiler = new Compiler({ load, pattern: compilePattern, validate: validateSchema });
  compiler.add(SCHEMA_URL, parseSchemaText(schema));
  const failure = evaluate(compiler.compile(SCHEMA_URL), values);
  return failure && `${formatFailures(failuresOf(failure)).slice(1)}\n`;
}

/** Holds a schema against the meta-schema of its dialect; resources within it may have others. */
function validateSchema(document: Document, value: unknown, at: string): void {
  const meta = metaSchemaOf(resourceOf(document, at).dialect);
  const run: Run = {
    steps: 0,
    metaSchemaAt(place) {
      const resource = document.resources.get(place);
      return resource && metaSchemaOf(resource.dialect);
    },
  };
  const failure = evaluate(meta, value, run);
  if (failure !== undefined) throw invalidSchema(locationOf(document.url, at), meta, failure);
}

const invalidSchema = (location: string, meta: Schema, failure: Failure): GoError =>
  new GoError(
    `${quoteGo(location)} is not valid against metaschema: ` +
      `jsonschema validation failed with ${quote(meta.location)}${formatFailures(failuresOf(failure))}`,
  );

const META_OPTIONS: CompilerOptions = {
  load: () => undefined,
  pattern: compilePattern,
  validate: () => undefined,
  assertFormat: true,
};

const metaSchemas = new Map<string, Schema>();

/** The meta-schema of a draft, or one that puts some of its vocabularies together. */
function metaSchemaOf({ draft, vocabularies }: Dialect): Schema {
  const key = [draft.url, ...(vocabularies ?? [])].join(' ');
  let schema = metaSchemas.get(key);
  if (schema === undefined) {
    const compiler = new Compiler(META_OPTIONS);
    const parts = vocabularies?.map((name) => draft.url.replace(/schema$/, `meta/${name}`));
    schema =
      parts === undefined
        ? compiler.compile(draft.url)
        : combined(
            draft.version,
            parts.map((url) => compiler.compile(url)),
          );
    metaSchemas.set(key, schema);
  }
  return schema;
}

function combined(draft: Schema['draft'], allOf: readonly Schema[]): Schema {
  const dynamicAnchors = new Map<string, Schema>();
  const schema = {
    location: 'urn:mem:metaschema#',
    draft,
    dynamicAnchors,
    recursiveAnchor: false,
    dynamicAnchor: draft >= 2020 ? 'meta' : '',
    allPropertiesEvaluated: false,
    allItemsEvaluated: false,
    itemsEvaluated: 0,
    allOf,
    resource: undefined as never,
  };
  Object.assign(schema, { resource: schema });
  if (draft >= 2020) dynamicAnchors.set('meta', schema);
  return schema;
}
