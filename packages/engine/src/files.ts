/** `.Files`: the files of a chart that are neither templates nor its own descriptions. Helm: pkg/engine/files.go. */
import { basePath, type ChartFile, compileGlob, encodeYaml, type GlobMatcher } from '@pack/core';
import { fromBytes, func, GoError, type GoFunc, type GoMap, newMap, sliceOf, TypedMap } from 'go-template';

const NOTHING = new Uint8Array();

const encodeBase64 = (data: Uint8Array): string => {
  let binary = '';
  for (let i = 0; i < data.length; i += 0x8000) binary += String.fromCharCode(...data.subarray(i, i + 0x8000));
  return btoa(binary);
};

function compile(pattern: string): GlobMatcher {
  try {
    return compileGlob(pattern);
  } catch (e) {
    if (e instanceof GoError) return compileGlob('**');
    throw e;
  }
}

export class Files extends TypedMap {
  constructor(entries: GoMap) {
    super('engine.files', '[]uint8', entries);
  }

  static of(files: readonly ChartFile[]): Files {
    const entries = newMap();
    for (const { name, data } of files) entries[name] = data;
    return new Files(entries);
  }

  private get(name: string): Uint8Array {
    return Object.hasOwn(this.entries, name) ? (this.entries[name] as Uint8Array) : NOTHING;
  }

  /** A pattern that is none matches everything, as in Helm. */
  private glob(pattern: string): Files {
    const matches = compile(pattern);
    const found = newMap();
    for (const name of Object.keys(this.entries)) if (matches(name)) found[name] = this.entries[name];
    return new Files(found);
  }

  /** A YAML map from base names to contents; '' when there are no files. */
  private asMap(content: (data: Uint8Array) => string): string {
    const map = newMap();
    for (const [name, data] of Object.entries(this.entries)) map[basePath(name)] = content(data as Uint8Array);
    return encodeYaml(map).replace(/\n$/, '');
  }

  private lines(name: string): string[] {
    const text = fromBytes(this.get(name));
    // Helm 4.2.4 fails so for an empty file; for one that does not exist there are no lines.
    if (text === '' && Object.hasOwn(this.entries, name)) throw new GoError('runtime error: index out of range [-1]');
    return sliceOf('string', text === '' ? [] : text.replace(/\n$/, '').split('\n'));
  }

  private readonly methods: Record<string, GoFunc> = {
    Get: func('func(string) string', (name: string) => fromBytes(this.get(name))),
    GetBytes: func('func(string) []uint8', (name: string) => this.get(name)),
    Glob: func('func(string) engine.files', (pattern: string) => this.glob(pattern)),
    AsConfig: func('func() string', () => this.asMap(fromBytes)),
    AsSecrets: func('func() string', () => this.asMap(encodeBase64)),
    Lines: func('func(string) []string', (name: string) => this.lines(name)),
  };

  override goMethod(name: string): GoFunc | undefined {
    return Object.hasOwn(this.methods, name) ? this.methods[name] : undefined;
  }
}
