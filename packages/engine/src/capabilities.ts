/** `.Capabilities`: what the cluster can do, as templates see it. Helm: pkg/chart/common Capabilities. */
import type { Capabilities, HelmVersion, KubeVersion } from '@pack/core';
import { func, type GoField, type GoFunc, GoValue, namedSlice } from 'go-template';

class KubeVersionValue extends GoValue {
  readonly goType = 'common.KubeVersion';
  readonly kind = 'struct';
  private readonly version: KubeVersion;

  constructor(version: KubeVersion) {
    super();
    this.version = version;
  }

  override goPointerString(): string {
    return this.version.normalized;
  }

  override goFields(): readonly GoField[] {
    const { version, normalized, major, minor } = this.version;
    return [
      { name: 'Version', value: version, exported: true },
      { name: 'normalizedVersion', value: normalized, exported: false },
      { name: 'Major', value: major, exported: true },
      { name: 'Minor', value: minor, exported: true },
    ];
  }

  override goField(name: string): unknown {
    const { version, major, minor } = this.version;
    return ({ Version: version, Major: major, Minor: minor } as Record<string, string>)[name];
  }

  override goMethod(name: string): GoFunc | undefined {
    if (name === 'String') return func('func() string', () => this.version.normalized);
    return name === 'GitVersion' ? func('func() string', () => this.version.version) : undefined;
  }
}

class HelmVersionValue extends GoValue {
  readonly goType = 'version.BuildInfo';
  readonly kind = 'struct';
  private readonly fields: Readonly<Record<string, string>>;

  constructor(version: HelmVersion) {
    super();
    this.fields = {
      Version: version.version,
      GitCommit: version.gitCommit,
      GitTreeState: version.gitTreeState,
      GoVersion: version.goVersion,
      KubeClientVersion: version.kubeClientVersion,
    };
  }

  override goField(name: string): unknown {
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
  }
}

export class CapabilitiesValue extends GoValue {
  readonly goType = '*common.Capabilities';
  readonly kind = 'ptr';
  private readonly fields: Readonly<Record<string, unknown>>;

  constructor(capabilities: Capabilities) {
    super();
    this.fields = {
      KubeVersion: new KubeVersionValue(capabilities.kubeVersion),
      APIVersions: namedSlice('common.VersionSet', 'string', [...capabilities.apiVersions], {
        Has: func('func(string) bool', (version: string) => capabilities.apiVersions.includes(version)),
      }),
      HelmVersion: new HelmVersionValue(capabilities.helmVersion),
    };
  }

  override goField(name: string): unknown {
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
  }
}
