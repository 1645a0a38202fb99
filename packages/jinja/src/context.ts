/** What templates of a pack see: values, release, pack, capabilities, template, files. */
import {
  basePath,
  type Capabilities,
  type Chart,
  type ChartFile,
  compileGlob,
  encodeYaml,
  isCodedError,
} from '@pack/core';
import type { ReleaseInfo } from '@pack/engine';
import { fromBytes, GoError, type GoMap, newMap } from 'go-template';

import type { Execution } from './execution.ts';
import { Fault, misuse } from './fault.ts';
import { text } from './library/argument.ts';
import { lines } from './library/text.ts';
import { meant } from './near.ts';
import { Callable, JinjaObject, type Named, Undefined } from './value.ts';

const plain = (entries: Record<string, unknown>): GoMap => Object.assign(newMap(), entries);

/** `release` */
const releaseOf = ({ name, namespace, revision = 1, isUpgrade = false, isInstall = !isUpgrade }: ReleaseInfo): GoMap =>
  plain({ name, namespace, revision, isInstall, isUpgrade, service: 'Helm' });

/** `pack`: what Pack.yaml, or Chart.yaml, says under metadata. */
function packOf({ metadata: m }: Chart): GoMap {
  return plain({
    name: m.name,
    version: m.version,
    appVersion: m.appVersion ?? '',
    description: m.description ?? '',
    type: m.type ?? 'application',
    kubeVersion: m.kubeVersion ?? '',
    home: m.home ?? '',
    icon: m.icon ?? '',
    sources: [...(m.sources ?? [])],
    keywords: [...(m.keywords ?? [])],
    maintainers: (m.maintainers ?? []).map(({ name = '', email = '', url = '' }) => plain({ name, email, url })),
    annotations: plain({ ...m.annotations }),
  });
}

/** `capabilities.kubeVersion`: its members, and as text the version itself. */
class KubeVersionObject extends JinjaObject {
  private readonly version: Capabilities['kubeVersion'];
  constructor(version: Capabilities['kubeVersion']) {
    super();
    this.version = version;
  }
  member(name: string): unknown {
    const { version, major, minor } = this.version;
    return new Map(Object.entries({ version, gitVersion: version, major, minor })).get(name);
  }
  members(): readonly string[] {
    return ['version', 'gitVersion', 'major', 'minor'];
  }
  display(): string {
    return this.version.normalized;
  }
}

const capabilitiesOf = ({ kubeVersion, apiVersions }: Capabilities): GoMap =>
  plain({ kubeVersion: new KubeVersionObject(kubeVersion), apiVersions: [...apiVersions] });

type FileMethod = (execution: Execution, argument: string) => unknown;

/** `files`: those of the pack that are neither templates nor its description. No other can be reached. */
class FilesObject extends JinjaObject {
  private readonly files: ReadonlyMap<string, Uint8Array>;
  private readonly methods: ReadonlyMap<string, FileMethod>;

  constructor(files: Iterable<readonly [string, Uint8Array]>) {
    super();
    this.files = new Map(files);
    this.methods = new Map<string, FileMethod>([
      ['get', (execution, name) => this.read(execution, name)],
      ['exists', (_, name) => this.files.has(name)],
      ['glob', (execution, pattern) => this.glob(execution, pattern)],
      ['lines', (execution, name) => lines(this.read(execution, name))],
      ['as_config', () => this.asMap(fromBytes)],
      ['as_secrets', () => this.asMap(encodeBase64)],
    ]);
  }

  private read(execution: Execution, name: string): string {
    const data = this.files.get(name);
    if (data === undefined)
      throw misuse(`the pack has no file ${JSON.stringify(name)}`, meant(name, this.files.keys()));
    execution.budget.text(data.length);
    return fromBytes(data);
  }

  /** In the order of their paths. */
  private glob(execution: Execution, pattern: string): unknown[] {
    let matches: (name: string) => boolean;
    try {
      matches = compileGlob(pattern);
    } catch (e) {
      throw e instanceof GoError ? misuse(`files.glob: ${e.message}`) : e;
    }
    execution.budget.step(this.files.size);
    return [...this.files].filter(([name]) => matches(name)).map(([path, data]) => new FileObject(path, data));
  }

  private asMap(content: (data: Uint8Array) => string): string {
    const map = newMap();
    for (const [name, data] of this.files) map[basePath(name)] = content(data);
    return encodeYaml(map).replace(/\n$/, '');
  }

  member(name: string): unknown {
    const run = this.methods.get(name);
    return run === undefined ? undefined : new FilesMethod(name, run, name.startsWith('as_'));
  }
  members(): readonly string[] {
    return [...this.methods.keys()];
  }
  display(): string {
    return '<files>';
  }
}

class FilesMethod extends Callable {
  readonly name: string;
  private readonly run: FileMethod;
  private readonly bare: boolean;
  constructor(name: string, run: FileMethod, bare: boolean) {
    super();
    this.name = `files.${name}`;
    this.run = run;
    this.bare = bare;
  }
  call(execution: Execution, args: readonly unknown[], named: Named): unknown {
    if (args.length !== (this.bare ? 0 : 1) || named.size > 0)
      throw misuse(this.bare ? `${this.name} takes no arguments` : `${this.name} takes a path`);
    return this.run(execution, this.bare ? '' : text(execution, args[0]));
  }
  member(): undefined {
    return undefined;
  }
  members(): readonly string[] {
    return [];
  }
  display(): string {
    return `<function ${this.name}>`;
  }
}

/** One that `files.glob` found. */
class FileObject extends JinjaObject {
  private readonly path: string;
  private readonly data: Uint8Array;
  constructor(path: string, data: Uint8Array) {
    super();
    this.path = path;
    this.data = data;
  }
  member(name: string): unknown {
    switch (name) {
      case 'path':
        return this.path;
      case 'name':
        return basePath(this.path);
      case 'content':
        return fromBytes(this.data);
      case 'size':
        return this.data.length;
    }
    return undefined;
  }
  members(): readonly string[] {
    return ['path', 'name', 'content', 'size'];
  }
  display(): string {
    return this.path;
  }
}

const encodeBase64 = (data: Uint8Array): string => {
  let binary = '';
  for (let i = 0; i < data.length; i += 0x8000) binary += String.fromCharCode(...data.subarray(i, i + 0x8000));
  return btoa(binary);
};

type ReadSecret = (name: string) => string | undefined;

const noSecrets: ReadSecret = (name) => {
  throw misuse(`there is no provider for the secret ${name}`);
};

/** `secrets`: those that the caller knows, by name. */
class Secrets extends JinjaObject {
  private readonly read: ReadSecret;
  constructor(read: ReadSecret) {
    super();
    this.read = read;
  }
  member(name: string): unknown {
    try {
      return this.read(name) ?? new Undefined(`secrets[${JSON.stringify(name)}]`, undefined);
    } catch (e) {
      throw isCodedError(e) ? new Fault('PACK_TEMPLATE_EXEC', e.message, { hint: e.hint, cause: e }) : e;
    }
  }
  members(): readonly string[] {
    return [];
  }
  display(): string {
    return '<secrets>';
  }
}

/** What all templates of a pack see, but for `template`. */
export function contextOf(
  pack: Chart,
  values: GoMap,
  release: ReleaseInfo,
  capabilities: Capabilities,
  secrets: ReadSecret = noSecrets,
): Map<string, unknown> {
  const files = pack.files.map(({ name, data }: ChartFile) => [name, data] as const);
  return new Map<string, unknown>([
    ['values', values],
    ['release', releaseOf(release)],
    ['pack', packOf(pack)],
    ['capabilities', capabilitiesOf(capabilities)],
    ['files', new FilesObject([...files].sort(([a], [b]) => (a < b ? -1 : 1)))],
    ['secrets', new Secrets(secrets)],
  ]);
}

/** `template`: the file that is rendered. */
export const templateOf = (name: string, path: string): GoMap => plain({ name, basePath: path });
