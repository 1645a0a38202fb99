/** The charts that a chart depends on, and why. */
import type { Chart, Dependency } from '@pack/core';

/** One chart of the graph, at its version. */
export interface GraphNode {
  readonly id: string;
  readonly name: string;
  readonly repository: string;
  readonly version: string;
  readonly edges: readonly GraphEdge[];
}

export interface GraphEdge {
  /** The `id` of the chart that is depended on. */
  readonly to: string;
  /** The range asked for. */
  readonly range: string;
  readonly alias?: string;
}

export interface DependencyGraph {
  readonly root: GraphNode;
  /** By `id`, the root not among them. */
  readonly nodes: ReadonlyMap<string, GraphNode>;
}

/** What a chart is known by: one version of each is chosen. */
export const chartId = ({ repository = '', name }: Dependency): string =>
  repository === '' ? name : `${repository.replace(/\/$/, '')}/${name}`;

/** The graph of a chart as it lies there, its subcharts in it. Missing ones have no version. */
export function graphOfChart(chart: Chart): DependencyGraph {
  const nodes = new Map<string, GraphNode>();
  const visit = (chart: Chart, id: string, repository: string): GraphNode => {
    const { name, version, dependencies = [] } = chart.metadata;
    const declared = new Set<string>();
    const edges = dependencies.map((dependency) => {
      declared.add(dependency.name);
      const child = chart.dependencies.find(({ metadata }) => metadata.name === dependency.name);
      const to = `${id}/${dependency.alias || dependency.name}`;
      nodes.set(to, child ? visit(child, to, dependency.repository ?? '') : missingNode(to, dependency));
      return edgeTo(to, dependency);
    });
    for (const child of chart.dependencies) {
      if (declared.has(child.metadata.name)) continue;
      const to = `${id}/${child.metadata.name}`;
      nodes.set(to, visit(child, to, ''));
      edges.push({ to, range: '' });
    }
    return { id, name, repository, version, edges };
  };
  return { root: visit(chart, chart.metadata.name, ''), nodes };
}

const missingNode = (id: string, { name, repository = '' }: Dependency): GraphNode => ({
  id,
  name,
  repository,
  version: '',
  edges: [],
});

export const edgeTo = (to: string, { version = '', alias }: Dependency): GraphEdge => ({
  to,
  range: version,
  ...(alias && { alias }),
});

/** A chart and what it depends on, as a tree; a chart that is depended on twice stands there twice. */
export interface TreeNode {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  readonly range: string;
  readonly alias?: string;
  readonly dependencies: readonly TreeNode[];
}

const MAX_TREE = 100_000;

/** The graph unfolded, cut off where it would grow beyond 100,000 charts. */
export function treeOf({ root, nodes }: DependencyGraph): TreeNode {
  let left = MAX_TREE;
  const unfold = (node: GraphNode, edge: GraphEdge, above: ReadonlySet<string>): TreeNode => {
    const { name, version, repository, id } = node;
    const inner = new Set(above).add(id);
    const dependencies = node.edges.flatMap((next) => {
      const child = nodes.get(next.to);
      return child === undefined || inner.has(next.to) || --left < 0 ? [] : [unfold(child, next, inner)];
    });
    return { name, version, repository, range: edge.range, ...(edge.alias && { alias: edge.alias }), dependencies };
  };
  return unfold(root, { to: root.id, range: '' }, new Set());
}

/** The tree as lines with branches. */
export function formatTree(graph: DependencyGraph): string {
  const label = ({ name, version, alias, range, repository }: TreeNode): string =>
    [name, version || 'missing', alias ? `as ${alias}` : '', range && range !== version ? `(${range})` : '', repository]
      .filter((part) => part !== '')
      .join(' ');
  const lines: string[] = [];
  const draw = (node: TreeNode, head: string, tail: string): void => {
    lines.push(head + label(node));
    node.dependencies.forEach((child, i) => {
      const isLast = i === node.dependencies.length - 1;
      draw(child, `${tail}${isLast ? '└── ' : '├── '}`, `${tail}${isLast ? '    ' : '│   '}`);
    });
  };
  draw(treeOf(graph), '', '');
  return `${lines.join('\n')}\n`;
}

/** The graph for Graphviz. */
export function formatDot({ root, nodes }: DependencyGraph): string {
  const all = [root, ...nodes.values()];
  const lines = all.flatMap(({ id, name, version, edges }) => [
    `  ${JSON.stringify(id)} [label=${JSON.stringify(`${name} ${version || 'missing'}`)}];`,
    ...edges.map(
      ({ to, range }) => `  ${JSON.stringify(id)} -> ${JSON.stringify(to)} [label=${JSON.stringify(range)}];`,
    ),
  ]);
  return `digraph dependencies {\n${lines.join('\n')}\n}\n`;
}

/** One step of a path from the chart to what it depends on. */
export interface PathStep {
  readonly name: string;
  readonly version: string;
  /** What the step before asks for; empty at the start. */
  readonly range: string;
}

const MAX_PATHS = 1000;

/** All paths from the chart to those of a name, alias or not; none when nothing depends on it. At most 1000. */
export function why({ root, nodes }: DependencyGraph, name: string): PathStep[][] {
  const paths: PathStep[][] = [];
  const walk = (node: GraphNode, edge: GraphEdge, above: readonly PathStep[], seen: ReadonlySet<string>): void => {
    if (paths.length >= MAX_PATHS) return;
    const path = [...above, { name: node.name, version: node.version, range: edge.range }];
    if (above.length > 0 && (node.name === name || edge.alias === name)) paths.push(path);
    const inner = new Set(seen).add(node.id);
    for (const next of node.edges) {
      const child = nodes.get(next.to);
      if (child !== undefined && !inner.has(next.to)) walk(child, next, path, inner);
    }
  };
  walk(root, { to: root.id, range: '' }, [], new Set());
  return paths;
}
