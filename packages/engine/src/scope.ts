/** What a template sees as its dot. Helm: pkg/engine recAllTpls, pkg/chart/common/util ToRenderValues. */
import {
  type Capabilities,
  type Chart,
  type Dependency,
  isLibrary,
  type Maintainer,
  type Metadata,
  nilMap,
} from '@pack/core';
import { type GoMap, Int, isMap, newMap, TypedMap } from 'go-template';
import { CapabilitiesValue } from './capabilities.ts';
import { Files } from './files.ts';

/** `.Release` */
export interface ReleaseInfo {
  readonly name: string;
  readonly namespace: string;
  /** 1 if absent. */
  readonly revision?: number;
  readonly isUpgrade?: boolean;
  /** The opposite of `isUpgrade` if absent; `helm lint` has neither. */
  readonly isInstall?: boolean;
}

/** A template file and the dot that it is rendered with. */
export interface Renderable {
  /** `chart/templates/x.yaml` */
  readonly path: string;
  readonly data: Uint8Array;
  /** The dot of the chart; all templates of a chart share it. */
  readonly dot: GoMap;
  /** `.Template.BasePath` */
  readonly basePath: string;
}

const values = (entries: GoMap): TypedMap => new TypedMap('common.Values', 'interface {}', entries);

/** A struct of Go's as the map that Helm 4 makes of it: every field is there, lists are never nil. */
function fields(entries: Record<string, unknown>): GoMap {
  return Object.assign(newMap(), entries);
}

function stringMap(map: Readonly<Record<string, string>> | undefined): TypedMap {
  return new TypedMap('map[string]string', 'string', map === undefined ? nilMap() : Object.assign(newMap(), map));
}

const maintainerFields = (m: Maintainer): GoMap =>
  fields({ Name: m.name ?? '', Email: m.email ?? '', URL: m.url ?? '' });

const dependencyFields = (d: Dependency): GoMap =>
  fields({
    Name: d.name,
    Version: d.version ?? '',
    Repository: d.repository ?? '',
    Condition: d.condition ?? '',
    Tags: [...(d.tags ?? [])],
    Enabled: d.enabled ?? false,
    ImportValues: [...(d['import-values'] ?? [])],
    Alias: d.alias ?? '',
  });

/** `.Chart` */
const chartFields = (m: Metadata, isRoot: boolean): GoMap =>
  fields({
    Name: m.name,
    Home: m.home ?? '',
    Sources: [...(m.sources ?? [])],
    Version: m.version,
    Description: m.description ?? '',
    Keywords: [...(m.keywords ?? [])],
    Maintainers: (m.maintainers ?? []).map(maintainerFields),
    Icon: m.icon ?? '',
    APIVersion: m.apiVersion,
    Condition: m.condition ?? '',
    Tags: m.tags ?? '',
    AppVersion: m.appVersion ?? '',
    Deprecated: m.deprecated ?? false,
    Annotations: stringMap(m.annotations),
    KubeVersion: m.kubeVersion ?? '',
    Dependencies: (m.dependencies ?? []).map(dependencyFields),
    Type: m.type ?? '',
    IsRoot: isRoot,
  });

const releaseFields = ({
  name,
  namespace,
  revision = 1,
  isUpgrade = false,
  isInstall = !isUpgrade,
}: ReleaseInfo): GoMap =>
  fields({
    Name: name,
    Namespace: namespace,
    IsUpgrade: isUpgrade,
    IsInstall: isInstall,
    Revision: Int.of('int', revision),
    Service: 'Helm',
  });

/** What a tree of charts renders, and the dot of each chart in it by path: `web/charts/db`. */
export interface Renderables {
  readonly templates: Renderable[];
  readonly dots: ReadonlyMap<string, GoMap>;
}

/** The templates of a chart and of all below it, each with its dot. `coalesced` are the chart's final values. */
export function renderables(
  chart: Chart,
  coalesced: GoMap,
  release: ReleaseInfo,
  capabilities: Capabilities,
): Renderables {
  const shared = { Release: releaseFields(release), Capabilities: new CapabilitiesValue(capabilities) };
  const found = { templates: [], dots: new Map<string, GoMap>() };
  collect(chart, coalesced, '', shared, found);
  return found;
}

function collect(
  chart: Chart,
  own: GoMap,
  parentPath: string,
  shared: Record<string, unknown>,
  found: { readonly templates: Renderable[]; readonly dots: Map<string, GoMap> },
): GoMap {
  const { name } = chart.metadata;
  const path = parentPath === '' ? name : `${parentPath}/charts/${name}`;
  const subcharts = newMap();
  const dot = fields({
    Chart: chartFields(chart.metadata, parentPath === ''),
    Files: Files.of(chart.files),
    ...shared,
    Values: values(own),
    Subcharts: subcharts,
  });
  found.dots.set(path, dot);
  for (const child of chart.dependencies) {
    const table = own[child.metadata.name];
    subcharts[child.metadata.name] = collect(child, isMap(table) ? table : newMap(), path, shared, found);
  }
  const onlyPartials = isLibrary(chart);
  for (const template of chart.templates) {
    if (onlyPartials && !/(^|\/)_[^/]*$/.test(template.name)) continue;
    found.templates.push({ path: `${path}/${template.name}`, data: template.data, dot, basePath: `${path}/templates` });
  }
  return dot;
}

/** Sets `.Template` for the file about to be rendered and returns its dot. */
export function dotFor({ dot, path, basePath }: Omit<Renderable, 'data'>): TypedMap {
  dot['Template'] = values(fields({ Name: path, BasePath: basePath }));
  return values(dot);
}
