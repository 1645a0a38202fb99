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

/** `.Capabilities.HelmVersion`, and what the template of `version` sees. */
export class HelmVersionValue extends GoValue {
  readonly goType = 'version.BuildInfo';
  readonly kind = 'struct';
  private readonly version: HelmVersion;

  constructor(version: HelmVersion) {
    super();
    this.version = version;
  }

  override goFields(): readonly GoField[] {
    const { version, gitCommit, gitTreeState, goVersion, kubeClientVersion } = this.version;
    return [
      { name: 'Version', key: 'version', value: version, exported: true, omitEmpty: true },
      { name: 'GitCommit', key: 'git_commit', value: gitCommit, exported: true, omitEmpty: true },
      { name: 'GitTreeState', key: 'git_tree_state', value: gitTreeState, exported: true, omitEmpty: true },
      { name: 'GoVersion', key: 'go_version', value: goVersion, exported: true, omitEmpty: true },
      { name: 'KubeClientVersion', key: 'kube_client_version', value: kubeClientVersion, exported: true },
    ];
  }

  override goField(name: string): unknown {
    return this.goFields().find((field) => field.name === name)?.value;
  }
}

export class CapabilitiesValue extends GoValue {
  readonly goType = '*common.Capabilities';
  readonly kind = 'ptr';
  private readonly fields: readonly GoField[];

  constructor(capabilities: Capabilities) {
    super();
    const versions = namedSlice('common.VersionSet', 'string', [...capabilities.apiVersions], {
      Has: func('func(string) bool', (version: string) => capabilities.apiVersions.includes(version)),
    });
    this.fields = [
      { name: 'KubeVersion', value: new KubeVersionValue(capabilities.kubeVersion), exported: true },
      { name: 'APIVersions', value: versions, exported: true },
      { name: 'HelmVersion', value: new HelmVersionValue(capabilities.helmVersion), exported: true },
    ];
  }

  override goFields(): readonly GoField[] {
    return this.fields;
  }

  override goField(name: string): unknown {
    return this.fields.find((field) => field.name === name)?.value;
  }
}
