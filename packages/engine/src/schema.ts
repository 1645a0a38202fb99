/** The check of a chart's values against its values.schema.json, and so for its subcharts. */
import { type Chart, ignoreWarnings, PackError, type Warn } from '@pack/core';
import { fromBytes, GoError, type GoMap, isMap, typeOf } from 'go-template';

export type SchemaErrorCode = 'SCHEMA_VIOLATED';

/** Values that a schema does not allow, or a schema that is none; the message is Helm's. */
export class SchemaError extends PackError<SchemaErrorCode> {}

export interface ValidateValuesOptions {
  /**
   * Gives the text of a schema that another refers to by URL. Without it such a reference is an error: Helm fetches
   * whatever file or address a chart names.
   */
  load?: (url: string) => string | undefined;
  warn?: Warn;
}

/** Throws {@link SchemaError} unless the coalesced values of a chart satisfy its schema and those of its subcharts. */
export type ValidateValues = (chart: Chart, values: GoMap, options?: ValidateValuesOptions) => void;

const hasSchema = (chart: Chart): boolean => chart.schema !== undefined || chart.dependencies.some(hasSchema);

/** Says what values lack for the text of a schema, '' if nothing. Helm: ValidateAgainstSingleSchema. */
export type Judge = (schema: string, values: GoMap, options?: ValidateValuesOptions) => string;

/** Loads what takes long to load. */
export async function loadJudge(): Promise<Judge> {
  const { validateText } = await import('./schema/validate.ts');
  return (schema, values, { load = () => undefined, warn = ignoreWarnings } = {}) => {
    try {
      return validateText(schema, values, (url) => load(url) ?? permissive(url, warn)) ?? '';
    } catch (e) {
      if (e instanceof GoError) return e.message;
      throw e;
    }
  };
}

/** The check for a chart; what it takes is only loaded for charts with a schema. Helm: ValidateAgainstSchema. */
export async function loadValidator(chart: Chart): Promise<ValidateValues> {
  if (!hasSchema(chart)) return (subject, values) => throwIfAny(complaints(subject, values, () => ''));
  const judge = await loadJudge();
  return (subject, values, options) =>
    throwIfAny(complaints(subject, values, (schema, own) => judge(schema, own, options)));
}

/** What a `urn:` names nobody knows; Helm takes it to allow everything. */
function permissive(url: string, warn: Warn): string | undefined {
  if (!url.startsWith('urn:')) return undefined;
  warn('unresolved URN reference ignored; using permissive schema', { urn: url });
  return 'true';
}

/** What is wrong for a chart and those below it. */
function complaints(chart: Chart, values: GoMap, judge: Judge): string {
  let text = '';
  const { name } = chart.metadata;
  if (chart.schema !== undefined) {
    const own = judge(fromBytes(chart.schema), values);
    if (own !== '') text += `${name}:\n${own}`;
  }
  for (const subchart of chart.dependencies) {
    const below = Object.hasOwn(values, subchart.metadata.name) ? values[subchart.metadata.name] : null;
    if (below === null) continue;
    if (isMap(below)) text += complaints(subchart, below, judge);
    else text += `${subchart.metadata.name}:\ninvalid type for values: expected object (map), got ${typeOf(below)}\n`;
  }
  return text;
}

function throwIfAny(text: string): void {
  if (text === '') return;
  throw new SchemaError(
    'SCHEMA_VIOLATED',
    `values don't meet the specifications of the schema(s) in the following chart(s):\n${text}`,
  );
}
