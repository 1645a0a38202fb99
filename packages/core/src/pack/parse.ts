import { fromBytes, GoError } from 'go-template';

import { ChartError } from '../chart/error.ts';
import { parseDuration } from '../time/duration.ts';
import { parseConstraint } from '../version/constraint.ts';
import { parseVersion } from '../version/version.ts';
import { ignoreWarnings, type Warn } from '../warn.ts';
import { parseYaml } from '../yaml/decode.ts';
import type { CollectionNode, Node } from '../yaml/parser.ts';
import type { Pack, PackDependency } from './pack.ts';
import { fault, flag, list, mapOf, oneOf, type Read, type Source, table, target, text } from './reader.ts';

const API_VERSIONS = ['sherpack.io/v1', 'sherpack/v1'] as const;

const checked =
  <T>(read: Read<T>, check: (value: T) => string | undefined): Read<T> =>
  (node, path, source) => {
    const value = read(node, path, source);
    const why = check(value);
    if (why !== undefined) throw fault(source, node, `${path} ${why}`);
    return value;
  };

const refusal = (act: () => unknown, why: string): string | undefined => {
  try {
    act();
    return undefined;
  } catch (e) {
    if (e instanceof GoError) return `${why}: ${e.message}`;
    throw e;
  }
};

const name = checked(text, (value) =>
  /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?$/.test(value) && value.length <= 250
    ? undefined
    : `${JSON.stringify(value)} is no name: letters, digits, and .-_ between them`,
);
const version = checked(text, (value) => refusal(() => parseVersion(value), `${JSON.stringify(value)} is no version`));
const range = checked(text, (value) => refusal(() => parseConstraint(value), `${JSON.stringify(value)} is no range`));
const alias = checked(text, (value) =>
  /^[a-zA-Z0-9_-]*$/.test(value) ? undefined : `${JSON.stringify(value)} may have letters, digits, - and _ alone`,
);

const duration = checked(text, (value) =>
  refusal(() => parseDuration(value), `${JSON.stringify(value)} is no duration such as 60s`),
);

const importValue: Read<unknown> = (node, path, source) =>
  target(node).kind === 'scalar'
    ? text(node, path, source)
    : table({ child: text, parent: text }, ['child', 'parent'])(node, path, source);

const DEPENDENCY: Read<PackDependency> = table(
  {
    name,
    version: range,
    repository: text,
    enabled: flag,
    condition: text,
    resolve: oneOf('when-enabled', 'always', 'never'),
    tags: list(text),
    alias,
    'import-values': list(importValue),
    'depends-on': list(text),
    type: oneOf('application', 'library'),
  },
  ['name'],
);

/** Each has its own place in values. */
const DEPENDENCIES: Read<PackDependency[]> = (node, path, source) => {
  const all = list(DEPENDENCY)(node, path, source);
  const places = new Map<string, number>();
  const { children } = target(node) as CollectionNode;
  for (const [i, dependency] of all.entries()) {
    const place = dependency.alias || dependency.name;
    const before = places.get(place);
    if (before !== undefined) {
      const hint = 'give one of them an alias';
      const message = `${path}[${i}] has the name or alias ${JSON.stringify(place)} of ${path}[${before}]`;
      throw fault(source, children[i] as Node, message, undefined, hint);
    }
    places.set(place, i);
  }
  return all;
};

const METADATA_FIELDS = {
  name,
  version,
  description: text,
  appVersion: text,
  kubeVersion: range,
  home: text,
  icon: text,
  sources: list(text),
  keywords: list(text),
  maintainers: list(table({ name: text, email: text, url: text }, ['name'])),
  annotations: mapOf(text),
};

const METADATA = table(METADATA_FIELDS, ['name', 'version']);

/** What those who know Chart.yaml write at the top. */
const WITHIN_METADATA = Object.fromEntries(Object.keys(METADATA_FIELDS).map((name) => [name, `metadata.${name}`]));

const PACK = table(
  {
    apiVersion: oneOf(...API_VERSIONS),
    kind: oneOf('Pack', 'application', 'library'),
    type: oneOf('application', 'library'),
    metadata: METADATA,
    dependencies: DEPENDENCIES,
    engine: table({ strict: flag, schemaDefaults: flag }),
    crds: table({
      install: flag,
      upgrade: table({ enabled: flag, strategy: oneOf('safe', 'force', 'skip') }),
      uninstall: table({ keep: flag }),
      waitReady: flag,
      waitTimeout: duration,
    }),
  },
  ['apiVersion', 'metadata'],
  WITHIN_METADATA,
);

/**
 * The text of Pack.yaml. Unknown fields are warned of; what is wrong is refused with its place. Throws CHART_INVALID.
 */
export function parsePack(data: Uint8Array, options: { readonly warn?: Warn; readonly file?: string } = {}): Pack {
  const source: Source = {
    file: options.file ?? 'Pack.yaml',
    text: fromBytes(data),
    warn: options.warn ?? ignoreWarnings,
  };
  const { kind = 'Pack', type, ...rest } = PACK(rootOf(source), '', source);
  const stated = type ?? (kind === 'Pack' ? undefined : kind);
  return { ...rest, type: stated ?? 'application', ...(stated !== undefined && { hasType: true }) } as Pack;
}

function rootOf(source: Source) {
  try {
    const root = parseYaml(source.text);
    if (root !== undefined) return root;
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    const { line } = e as { line?: number };
    throw new ChartError('CHART_INVALID', `${source.file}: ${e.message}`, {
      at: { file: source.file, ...(line !== undefined && { line }) },
      source: source.text,
      cause: e,
    });
  }
  throw new ChartError('CHART_INVALID', `${source.file} is empty`, { at: { file: source.file } });
}
