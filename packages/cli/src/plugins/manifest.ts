/** plugin.yaml in both of Helm's forms, and in that of plugins in JavaScript. Helm: internal/plugin metadata*.go. */
import { decodeYaml, PackError, parseStrictVersion, TextError } from '@pack/core';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';

export const PLUGIN_FILE = 'plugin.yaml';

export interface PlatformCommand {
  readonly os: string;
  readonly arch: string;
  readonly command: string;
  readonly args: readonly string[];
}

export interface ProtocolCommand {
  readonly protocols: readonly string[];
  readonly platformCommand: readonly PlatformCommand[];
}

export const PLUGIN_TYPES = ['cli/v1', 'getter/v1', 'postrenderer/v1', 'hooks/v1'] as const;
type PluginType = (typeof PLUGIN_TYPES)[number];

/** What plugin.yaml says, whichever form it has. */
export interface PluginManifest {
  readonly apiVersion: 'legacy' | 'v1';
  readonly name: string;
  readonly version: string;
  readonly type: PluginType;
  /** `extism/v1` is read and not run. */
  readonly runtime: 'subprocess' | 'javascript' | 'extism/v1';
  readonly sourceUrl: string;
  /** Of commands. */
  readonly usage: string;
  readonly shortHelp: string;
  readonly longHelp: string;
  readonly ignoreFlags: boolean;
  /** Of getters. */
  readonly protocols: readonly string[];
  readonly platformCommand: readonly PlatformCommand[];
  readonly protocolCommands: readonly ProtocolCommand[];
  readonly hooks: Readonly<Record<string, readonly PlatformCommand[]>>;
  readonly expandHookArgs: boolean;
  /** Of plugins in JavaScript: the module, within the folder. */
  readonly main: string;
}

const invalid = (message: string): PackError => new PackError('PLUGIN_INVALID', message);

/** Bytes; the largest that is known has a hundredth of it. */
const MAX_MANIFEST = 1024 * 1024;

/** Throws PLUGIN_INVALID with Helm's words. */
export function parsePluginManifest(text: string): PluginManifest {
  if (text.length > MAX_MANIFEST) throw invalid(`${PLUGIN_FILE} is larger than ${MAX_MANIFEST} bytes`);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const peek = 'failed to peek plugin.yaml API version: ';
  const [fault] = document.errors;
  if (fault !== undefined) throw invalid(`${peek}${syntaxFault(text) ?? fault.message}`);
  const lineOf = (node: unknown): number => lines.linePos((node as Node).range?.[0] ?? 0).line;
  const doubled = doubledKey(document.contents, lineOf, 0);
  if (doubled !== undefined) throw invalid(`${peek}yaml: unmarshal errors:\n  ${doubled}`);
  const reader: Reader = {
    lineOf,
    resolve: (node) => (isAlias(node) ? node.resolve(document) : node),
  };
  const root = document.contents;
  if (root === null) throw invalid(`${peek}EOF`);
  if (!isMap(root)) throw mismatch(root, 'plugin.apiVersion', reader, peek);
  const apiVersion = text_(root, 'apiVersion', reader);
  if (apiVersion === '') return legacy(root, reader);
  if (apiVersion === 'v1') return v1(root, reader);
  throw invalid(`invalid plugin apiVersion: ${JSON.stringify(apiVersion)}`);
}

/** What Go says of what is no YAML. */
function syntaxFault(text: string): string | undefined {
  try {
    decodeYaml(text);
    return undefined;
  } catch (e) {
    if (e instanceof TextError) return e.message.replace('error converting YAML to JSON: ', '');
    throw e;
  }
}

interface Reader {
  lineOf(node: unknown): number;
  /** What an alias stands for. */
  resolve(node: unknown): unknown;
}

const at = (map: YAMLMap | undefined, name: string, { resolve }: Reader): unknown => resolve(map?.get(name, true));

const MAX_DEPTH = 100;

/** A key that is there twice lets a file say one thing to its reader and another to the program. */
function doubledKey(node: unknown, lineOf: Reader['lineOf'], depth: number): string | undefined {
  if (depth > MAX_DEPTH) return 'too deep';
  if (isSeq(node)) return first(node.items, (item) => doubledKey(item, lineOf, depth + 1));
  if (!isMap(node)) return undefined;
  const seen = new Map<string, number>();
  return first(node.items, ({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : '';
    const before = seen.get(name);
    if (before !== undefined)
      return `line ${lineOf(key)}: mapping key ${JSON.stringify(name)} already defined at line ${before}`;
    seen.set(name, lineOf(key));
    return doubledKey(value, lineOf, depth + 1);
  });
}

function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isNull = (node: unknown): boolean =>
  node === undefined ||
  node === null ||
  (isScalar(node) && node.type === 'PLAIN' && /^(?:~|null|Null|NULL|)$/.test(String(node.value ?? '')));

const mismatch = (node: unknown, wanted: string, { lineOf }: Reader, context = ''): PackError => {
  const kind = isMap(node) ? '!!map' : isSeq(node) ? '!!seq' : `!!str \`${isScalar(node) ? String(node.value) : ''}\``;
  return invalid(`${context}yaml: unmarshal errors:\n  line ${lineOf(node)}: cannot unmarshal ${kind} into ${wanted}`);
};

function text_(map: YAMLMap | undefined, name: string, reader: Reader): string {
  const node = at(map, name, reader);
  if (isNull(node)) return '';
  if (!isScalar(node)) throw mismatch(node, 'string', reader);
  return String(node.value);
}

const isQuoted = (node: unknown): boolean => isScalar(node) && node.type !== 'PLAIN';

function flag(map: YAMLMap | undefined, name: string, reader: Reader): boolean {
  const text = isQuoted(at(map, name, reader)) ? '?' : text_(map, name, reader);
  if (text === '' || /^(?:false|no|off|n)$/i.test(text)) return false;
  if (/^(?:true|yes|on|y)$/i.test(text)) return true;
  throw mismatch(at(map, name, reader), 'bool', reader);
}

function mapAt(
  map: YAMLMap | undefined,
  name: string,
  reader: Reader,
  type = 'map[string]interface {}',
): YAMLMap | undefined {
  const node = at(map, name, reader);
  if (isNull(node)) return undefined;
  if (!isMap(node)) throw mismatch(node, type, reader);
  return node;
}

function listAt(map: YAMLMap | undefined, name: string, type: string, reader: Reader): readonly unknown[] {
  const node = at(map, name, reader);
  if (isNull(node)) return [];
  if (!isSeq(node)) throw mismatch(node, `[]${type}`, reader);
  return node.items.map(reader.resolve);
}

const texts = (map: YAMLMap | undefined, name: string, reader: Reader): string[] =>
  listAt(map, name, 'string', reader).map((item) => {
    if (isNull(item)) return '';
    if (!isScalar(item)) throw mismatch(item, 'string', reader);
    return String(item.value);
  });

const maps = (map: YAMLMap | undefined, name: string, type: string, reader: Reader): (YAMLMap | undefined)[] =>
  listAt(map, name, type, reader).map((item) => {
    if (isNull(item)) return undefined;
    if (!isMap(item)) throw mismatch(item, type, reader);
    return item;
  });

const platformCommands = (map: YAMLMap | undefined, name: string, reader: Reader): PlatformCommand[] =>
  maps(map, name, 'plugin.PlatformCommand', reader).map((item) => ({
    os: text_(item, 'os', reader),
    arch: text_(item, 'arch', reader),
    command: text_(item, 'command', reader),
    args: texts(item, 'args', reader),
  }));

/** What both forms have alike. */
function hooksOf(map: YAMLMap | undefined, reader: Reader): Record<string, readonly PlatformCommand[]> {
  const hooks = mapAt(map, 'platformHooks', reader, 'plugin.PlatformHooks');
  return Object.fromEntries(
    (hooks?.items ?? []).map(({ key }) => [String(key), platformCommands(hooks, String(key), reader)]),
  );
}

const NAME = /^[A-Za-z0-9_-]+$/;

function isStrictVersion(version: string): boolean {
  try {
    parseStrictVersion(version);
    return true;
  } catch {
    return false;
  }
}

/** Without what would speak to the terminal. */
const quiet = (text: string): string => text.replace(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, '');

/** Helm: sanitizeString. */
const printable = (text: string): string => text.replace(/\s/gu, ' ').replace(/[^\P{C}]/gu, '');

function legacy(root: YAMLMap, reader: Reader): PluginManifest {
  const name = text_(root, 'name', reader);
  const version = text_(root, 'version', reader);
  if (!NAME.test(name))
    throw invalid(`invalid plugin name ${JSON.stringify(name)}: must contain only a-z, A-Z, 0-9, _ and -`);
  if (version !== '' && !isStrictVersion(version))
    throw invalid(`invalid plugin version ${JSON.stringify(version)}: must be valid semver`);
  const command = text_(root, 'command', reader);
  let platformCommand = platformCommands(root, 'platformCommand', reader);
  if (platformCommand.length > 0 && command !== '') throw invalid('both platformCommand and command are set');
  if (platformCommand.length === 0 && command !== '') platformCommand = [always(command)];
  let hooks = hooksOf(root, reader);
  const plainHooks = mapAt(root, 'hooks', reader, 'plugin.Hooks');
  const isPlain = (plainHooks?.items.length ?? 0) > 0;
  if (isPlain) {
    if (Object.keys(hooks).length > 0) throw invalid('both platformHooks and hooks are set');
    hooks = Object.fromEntries(
      (plainHooks?.items ?? []).map(({ key }) => [
        String(key),
        [{ ...always('sh'), args: ['-c', text_(plainHooks, String(key), reader)] }],
      ]),
    );
  }
  const protocolCommands = maps(root, 'downloaders', 'plugin.Downloaders', reader).map((item, i): ProtocolCommand => {
    const own = text_(item, 'command', reader);
    const protocols = texts(item, 'protocols', reader);
    if (own === '') throw invalid(`downloader ${i} has empty command`);
    if (protocols.length === 0) throw invalid(`downloader ${i} has no protocols`);
    const empty = protocols.indexOf('');
    if (empty >= 0) throw invalid(`downloader ${i} has empty protocol at index ${empty}`);
    return { protocols, platformCommand: [always(own)] };
  });
  return {
    apiVersion: 'legacy',
    name,
    version,
    type: protocolCommands.length > 0 ? 'getter/v1' : 'cli/v1',
    runtime: 'subprocess',
    sourceUrl: '',
    usage: '',
    shortHelp: printable(text_(root, 'usage', reader)),
    longHelp: quiet(text_(root, 'description', reader)),
    ignoreFlags: flag(root, 'ignoreFlags', reader),
    protocols: protocolCommands.flatMap(({ protocols }) => protocols),
    platformCommand,
    protocolCommands,
    hooks,
    expandHookArgs: !isPlain,
    main: '',
  };
}

const always = (command: string): PlatformCommand => ({ os: '', arch: '', command, args: [] });

const FIELDS = ['apiVersion', 'name', 'type', 'runtime', 'version', 'sourceURL', 'config', 'runtimeConfig'];

const CONFIG: Readonly<Record<PluginType, readonly [name: string, fields: readonly string[]]>> = {
  'cli/v1': ['schema.ConfigCLIV1', ['usage', 'shortHelp', 'longHelp', 'ignoreFlags']],
  'getter/v1': ['schema.ConfigGetterV1', ['protocols']],
  'postrenderer/v1': ['schema.ConfigPostRendererV1', []],
  'hooks/v1': ['hooks', []],
};

function v1(root: YAMLMap, reader: Reader): PluginManifest {
  checkFields(root, FIELDS, 'plugin.MetadataV1', reader);
  const [name, version, type, runtime] = (['name', 'version', 'type', 'runtime'] as const).map((field) =>
    text_(root, field, reader),
  ) as [string, string, string, string];
  if (!NAME.test(name)) throw invalid('invalid plugin `name`');
  if (version === '') throw invalid('plugin `version` is required');
  if (!isStrictVersion(version))
    throw invalid(`invalid plugin \`version\` ${JSON.stringify(version)}: must be valid semver`);
  if (type === '') throw invalid('`type` missing');
  if (runtime === '') throw invalid('`runtime` missing');
  const convert = 'failed to convert MetadataV1 to Metadata: ';
  if (!isType(type)) throw invalid(`${convert}unknown plugin type ${JSON.stringify(type)}`);
  const config = mapAt(root, 'config', reader);
  const [configName, configFields] = CONFIG[type];
  if (config !== undefined) checkFields(config, configFields, configName, reader, convert);
  if (runtime !== 'subprocess' && runtime !== 'javascript' && runtime !== 'extism/v1')
    throw invalid(`${convert}unsupported plugin runtime type: ${JSON.stringify(runtime)}`);
  if ((type === 'hooks/v1') !== (runtime === 'javascript'))
    throw invalid(`${convert}a plugin of type hooks/v1 has runtime javascript, and no other has`);
  const protocols = type === 'getter/v1' ? texts(config, 'protocols', reader) : [];
  if (type === 'getter/v1' && protocols.length === 0)
    throw invalid('config validation failed: getter has no protocols');
  const empty = protocols.indexOf('');
  if (empty >= 0) throw invalid(`config validation failed: getter has empty protocol at index ${empty}`);
  const runtimeConfig = mapAt(root, 'runtimeConfig', reader);
  return {
    apiVersion: 'v1',
    name,
    version,
    type,
    runtime,
    sourceUrl: quiet(text_(root, 'sourceURL', reader)),
    usage: quiet(text_(config, 'usage', reader)),
    shortHelp: quiet(text_(config, 'shortHelp', reader)),
    longHelp: quiet(text_(config, 'longHelp', reader)),
    ignoreFlags: flag(config, 'ignoreFlags', reader),
    protocols,
    platformCommand: platformCommands(runtimeConfig, 'platformCommand', reader),
    protocolCommands: maps(runtimeConfig, 'protocolCommands', 'plugin.SubprocessProtocolCommand', reader).map(
      (item) => ({
        protocols: texts(item, 'protocols', reader),
        platformCommand: platformCommands(item, 'platformCommand', reader),
      }),
    ),
    hooks: hooksOf(runtimeConfig, reader),
    expandHookArgs: false,
    main: runtime === 'javascript' ? mainOf(text_(runtimeConfig, 'main', reader)) : '',
  };
}

const isType = (type: string): type is PluginType => (PLUGIN_TYPES as readonly string[]).includes(type);

function checkFields(map: YAMLMap, known: readonly string[], type: string, { lineOf }: Reader, context = ''): void {
  const unknown = map.items.filter(({ key }) => !known.includes(String(key)));
  if (unknown.length === 0) return;
  const lines = unknown.map(({ key }) => `  line ${lineOf(key)}: field ${String(key)} not found in type ${type}`);
  throw invalid(`${context}yaml: unmarshal errors:\n${lines.join('\n')}`);
}

/** Within the folder of the plugin. */
function mainOf(main: string): string {
  const path = main || 'index.js';
  if (/^[/\\]|^[A-Za-z]:|\\/.test(path) || path.split('/').includes('..'))
    throw invalid(`runtimeConfig: main ${JSON.stringify(path)} is not within the plugin`);
  return path;
}
