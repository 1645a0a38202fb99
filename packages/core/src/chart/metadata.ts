import { fromBytes, type GoMap, isPrintable, newMap, quoteGo } from 'go-template';

import type { StructShape } from '../json/struct.ts';
import { parseVersion } from '../version/version.ts';
import { encodeYaml } from '../yaml/encode.ts';
import { decodeYamlStruct } from '../yaml/struct.ts';
import type { Dependency, Lock, Maintainer, Metadata } from './chart.ts';
import { ChartError } from './error.ts';

const DEPENDENCY: StructShape = {
  name: 'Dependency',
  type: 'v2.Dependency',
  pointer: true,
  fields: {
    name: 'string',
    version: 'string',
    repository: 'string',
    condition: 'string',
    tags: { list: 'string' },
    enabled: 'bool',
    'import-values': { list: 'any' },
    alias: 'string',
  },
};

const MAINTAINER: StructShape = {
  name: 'Maintainer',
  type: 'v2.Maintainer',
  pointer: true,
  fields: { name: 'string', email: 'string', url: 'string' },
};

/** Chart.yaml as Go declares it; index.yaml has the same fields in each entry. */
export const METADATA: StructShape = {
  name: 'Metadata',
  type: 'v2.Metadata',
  fields: {
    name: 'string',
    home: 'string',
    sources: { list: 'string' },
    version: 'string',
    description: 'string',
    keywords: { list: 'string' },
    maintainers: { list: MAINTAINER },
    icon: 'string',
    apiVersion: 'string',
    condition: 'string',
    tags: 'string',
    appVersion: 'string',
    deprecated: 'bool',
    annotations: { map: 'string' },
    kubeVersion: 'string',
    dependencies: { list: DEPENDENCY },
    type: 'string',
  },
};

const LOCK: StructShape = {
  name: 'Lock',
  type: 'v2.Lock',
  fields: { generated: 'time', digest: 'string', dependencies: { list: DEPENDENCY } },
};

export interface DecodeMetadataOptions {
  /** Whether unknown and repeated keys are errors, as `helm lint` has it. */
  strict?: boolean;
  /** What the text is read over: Chart.yaml under requirements.yaml. */
  into?: Metadata;
}

/** Chart.yaml's text, unchecked; see {@link validateMetadata}. Throws TextError with Go's message. */
export function decodeMetadata(text: string, options: DecodeMetadataOptions = {}): Metadata {
  const into = options.into as GoMap | undefined;
  const fields = decodeYamlStruct(text, METADATA, { strict: options.strict === true, into }) ?? newMap();
  return { ...fields, apiVersion: '', name: '', version: '', ...fields } as unknown as Metadata;
}

/** The text of Chart.lock or requirements.lock; undefined when it is empty. Throws TextError with Go's message. */
export const decodeLock = (text: string): Lock | undefined => decodeYamlStruct(text, LOCK) as Lock | undefined;

const invalid = (message: string): ChartError => new ChartError('CHART_INVALID', `validation: ${message}`);

/**
 * Metadata fit to use: checked, and without characters that would disturb a terminal. Throws CHART_INVALID.
 * Helm: pkg/chart/v2/metadata.go Validate.
 */
export function validateMetadata(metadata: Metadata): Metadata {
  const md: Metadata = {
    ...cleaned(metadata, ['name', 'description', 'home', 'icon', 'condition', 'tags', 'appVersion', 'kubeVersion']),
    ...(metadata.sources && { sources: metadata.sources.map(sanitize) }),
    ...(metadata.keywords && { keywords: metadata.keywords.map(sanitize) }),
  };
  if (md.apiVersion === '') throw invalid('chart.metadata.apiVersion is required');
  if (md.name === '') throw invalid('chart.metadata.name is required');
  if (md.name === '.' || md.name === '..') throw invalid(`chart.metadata.name ${quoteGo(md.name)} is not allowed`);
  if (md.name.includes('/')) throw invalid(`chart.metadata.name ${quoteGo(md.name)} is invalid`);
  if (md.version === '') throw invalid('chart.metadata.version is required');
  if (!isVersion(md.version)) throw invalid(`chart.metadata.version ${quoteGo(md.version)} is invalid`);
  if (md.type !== undefined && !['', 'application', 'library'].includes(md.type)) {
    throw invalid('chart.metadata.type must be application or library');
  }
  return {
    ...md,
    ...(md.maintainers && { maintainers: md.maintainers.map(validateMaintainer) }),
    ...(md.dependencies && { dependencies: validateDependencies(md.dependencies) }),
  };
}

function isVersion(text: string): boolean {
  try {
    parseVersion(text);
    return true;
  } catch {
    return false;
  }
}

function validateMaintainer(maintainer: Maintainer | null): Maintainer {
  if (maintainer === null) throw invalid('maintainers must not contain empty or null nodes');
  return cleaned(maintainer, ['name', 'email', 'url']);
}

function validateDependencies(dependencies: readonly (Dependency | null)[]): Dependency[] {
  const names = new Set<string>();
  return dependencies.map((given) => {
    const dependency = validateDependency(given);
    const name = dependency.alias || dependency.name;
    if (names.has(name)) throw invalid(`more than one dependency with name or alias ${quoteGo(name)}`);
    names.add(name);
    return dependency;
  });
}

/** Helm: pkg/chart/v2/dependency.go Validate. */
export function validateDependency(dependency: Dependency | null): Dependency {
  if (dependency === null) throw invalid('dependencies must not contain empty or null nodes');
  const out: Dependency = {
    ...cleaned(dependency, ['name', 'version', 'repository', 'condition']),
    name: sanitize(dependency.name ?? ''),
    ...(dependency.tags && { tags: dependency.tags.map(sanitize) }),
  };
  if (out.alias && !/^[a-zA-Z0-9_-]+$/.test(out.alias)) {
    throw invalid(`dependency ${quoteGo(out.name)} has disallowed characters in the alias`);
  }
  return out;
}

function cleaned<T extends object>(object: T, keys: readonly (keyof T)[]): T {
  const out = { ...object };
  for (const key of keys) if (typeof out[key] === 'string') out[key] = sanitize(out[key]) as T[keyof T];
  return out;
}

const SPACE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** White space becomes a space, what cannot be printed vanishes. */
function sanitize(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  let out = '';
  for (const c of text) {
    if (SPACE.test(c)) out += ' ';
    else if (isPrintable(c.codePointAt(0) as number)) out += c;
  }
  return out;
}

/** The text of a file that is Chart.yaml, a lock or values. */
export const textOf = (data: Uint8Array): string => fromBytes(data);

/** Chart.yaml as Helm writes it: sorted keys, nothing empty. */
export const encodeMetadata = (metadata: Metadata): string =>
  encodeYaml(
    withoutEmpty({
      ...metadata,
      ...(metadata.maintainers && { maintainers: metadata.maintainers.map((m) => withoutEmpty(m)) }),
      dependencies: metadata.dependencies?.map(writtenFields),
    }),
  );

/** Chart.lock as Helm writes it. */
export function encodeLock(lock: Lock): string {
  const out = newMap();
  out['dependencies'] = lock.dependencies?.map(writtenFields) ?? null;
  out['digest'] = lock.digest ?? '';
  out['generated'] = lock.generated ?? '0001-01-01T00:00:00Z';
  return encodeYaml(out);
}

/** The members of a dependency that are written; name and repository always are. Their order is Go's. */
export function dependencyFields(dependency: Dependency): GoMap {
  const { name, version, repository, condition, tags, enabled, alias } = dependency;
  return withoutEmpty(
    {
      name: name ?? '',
      version,
      repository: repository ?? '',
      condition,
      tags,
      enabled,
      'import-values': dependency['import-values'],
      alias,
    },
    ['name', 'repository'],
  );
}

/** Locks are not validated, so that an entry may be null. */
const writtenFields = (dependency: Dependency | null): GoMap | null => dependency && dependencyFields(dependency);

function withoutEmpty(fields: object, always: readonly string[] = []): GoMap {
  const out = newMap();
  for (const [key, value] of Object.entries(fields)) {
    if (always.includes(key) || !isEmpty(value)) out[key] = value;
  }
  return out;
}

const isEmpty = (v: unknown): boolean =>
  v === undefined || v === null || v === '' || v === false || (typeof v === 'object' && Object.keys(v).length === 0);
