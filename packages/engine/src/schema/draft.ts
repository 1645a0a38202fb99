/** The versions of JSON Schema. */
import type { GoMap } from 'go-template';

export type DraftVersion = 4 | 6 | 7 | 2019 | 2020;

export interface Draft {
  readonly version: DraftVersion;
  readonly url: string;
  /** The keyword that gives a schema its URL. */
  readonly id: 'id' | '$id';
  /** Where schemas stand within a schema: `x`, `x/*` for each member, `x/[]` for each item. */
  readonly subschemas: readonly string[];
  readonly vocabularyPrefix: string;
  readonly vocabularies: readonly string[];
  readonly defaultVocabularies: readonly string[];
}

const DRAFT_4_SUBSCHEMAS = [
  'definitions/*',
  'not',
  'allOf/[]',
  'anyOf/[]',
  'oneOf/[]',
  'properties/*',
  'additionalProperties',
  'patternProperties/*',
  'items',
  'items/[]',
  'additionalItems',
  'dependencies/*',
];
const DRAFT_6_SUBSCHEMAS = [...DRAFT_4_SUBSCHEMAS, 'propertyNames', 'contains'];
const DRAFT_7_SUBSCHEMAS = [...DRAFT_6_SUBSCHEMAS, 'if', 'then', 'else'];
const DRAFT_2019_SUBSCHEMAS = [
  ...DRAFT_7_SUBSCHEMAS,
  '$defs/*',
  'dependentSchemas/*',
  'unevaluatedProperties',
  'unevaluatedItems',
  'contentSchema',
];

const old = (version: 4 | 6 | 7, subschemas: readonly string[]): Draft => ({
  version,
  url: `http://json-schema.org/draft-0${version}/schema`,
  id: version === 4 ? 'id' : '$id',
  subschemas,
  vocabularyPrefix: '',
  vocabularies: [],
  defaultVocabularies: [],
});

export const DRAFT_2020: Draft = {
  version: 2020,
  url: 'https://json-schema.org/draft/2020-12/schema',
  id: '$id',
  subschemas: [...DRAFT_2019_SUBSCHEMAS, 'prefixItems/[]'],
  vocabularyPrefix: 'https://json-schema.org/draft/2020-12/vocab/',
  vocabularies: [
    'core',
    'applicator',
    'unevaluated',
    'validation',
    'meta-data',
    'format-annotation',
    'format-assertion',
    'content',
  ],
  defaultVocabularies: ['core', 'applicator', 'unevaluated', 'validation'],
};

const DRAFTS: readonly Draft[] = [
  old(4, DRAFT_4_SUBSCHEMAS),
  old(6, DRAFT_6_SUBSCHEMAS),
  old(7, DRAFT_7_SUBSCHEMAS),
  {
    version: 2019,
    url: 'https://json-schema.org/draft/2019-09/schema',
    id: '$id',
    subschemas: DRAFT_2019_SUBSCHEMAS,
    vocabularyPrefix: 'https://json-schema.org/draft/2019-09/vocab/',
    vocabularies: ['core', 'applicator', 'validation', 'meta-data', 'format', 'content'],
    defaultVocabularies: ['core', 'applicator', 'validation'],
  },
  DRAFT_2020,
];

const withoutScheme = (url: string): string => url.replace(/^https?:\/\//, '');

/** The draft that a `$schema` names. */
export function draftOf(url: string): Draft | undefined {
  const [main, fragment = ''] = url.split('#') as [string, string?];
  if (fragment !== '') return undefined;
  if (withoutScheme(main) === 'json-schema.org/schema') return DRAFT_2020;
  return DRAFTS.find((draft) => withoutScheme(draft.url) === withoutScheme(main));
}

/** The id of a schema, without a fragment; empty when it has none. */
export function idOf(draft: Draft, schema: GoMap): string {
  // Beside $ref nothing else counted in those days.
  if (draft.version < 2019 && Object.hasOwn(schema, '$ref')) return '';
  const id = schema[draft.id];
  return typeof id === 'string' ? (id.split('#')[0] as string) : '';
}

/** A draft, and the vocabularies that a meta-schema of one's own asks for. */
export interface Dialect {
  readonly draft: Draft;
  readonly vocabularies: readonly string[] | undefined;
}

export const hasVocabulary = ({ draft, vocabularies }: Dialect, name: string): boolean =>
  name === 'core' || draft.version < 2019 || (vocabularies ?? draft.defaultVocabularies).includes(name);
