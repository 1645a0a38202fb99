/** Which branches of templates tests entered: the bodies of `if`, `with`, `range`, `for` and their `else`. */
import { type Chart, walkCharts } from '@pack/core';
import { type ast, fromBytes, parse } from 'go-template';

export interface Branch {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `if`, `else`, … */
  readonly kind: string;
}

export interface TemplateCoverage {
  readonly path: string;
  readonly branches: number;
  readonly entered: number;
  /** In their order in the template. */
  readonly missed: readonly Branch[];
}

/** What renderers are given, and what came of it. */
export interface Coverage {
  /** For Go templates: `observe` of createRenderer. */
  readonly observe: (entered: ast.ListNode) => void;
  /** For Jinja: `branches` of createPackRenderer. */
  readonly branches: (branch: Branch) => () => void;
  /** All templates that have branches, by path. */
  report(): TemplateCoverage[];
}

/** Watches the templates of a chart and its subcharts. */
export function createCoverage(chart: Chart): Coverage {
  const known = new Map<string, { readonly branch: Branch; isEntered: boolean }>();
  const keyOf = ({ path, line, column, kind }: Branch): string => JSON.stringify([path, line, column, kind]);
  const declare = (branch: Branch) => {
    const key = keyOf(branch);
    let entry = known.get(key);
    if (entry === undefined) known.set(key, (entry = { branch, isEntered: false }));
    return entry;
  };
  const lists = new Map<string, { isEntered: boolean }>();
  const listKey = ({ source, pos }: ast.ListNode): string => `${source.parseName}\0${pos}`;
  for (const { path, data } of goTemplates(chart)) {
    for (const { list, branch } of branchesIn(path, fromBytes(data))) lists.set(listKey(list), declare(branch));
  }
  return {
    observe: (list) => {
      const entry = lists.get(listKey(list));
      if (entry !== undefined) entry.isEntered = true;
    },
    branches: (branch) => {
      const entry = declare(branch);
      return () => {
        entry.isEntered = true;
      };
    },
    report: () => reportOf([...known.values()]),
  };
}

function reportOf(all: readonly { readonly branch: Branch; readonly isEntered: boolean }[]): TemplateCoverage[] {
  const paths = [...new Set(all.map(({ branch }) => branch.path))].sort();
  return paths.map((path) => {
    const entries = all.filter(({ branch }) => branch.path === path);
    const missed = entries.filter(({ isEntered }) => !isEntered).map(({ branch }) => branch);
    return {
      path,
      branches: entries.length,
      entered: entries.length - missed.length,
      missed: missed.sort((a, b) => a.line - b.line || a.column - b.column),
    };
  });
}

const GO_IN_PACK = /\.gotmpl$/;

function* goTemplates(chart: Chart): Generator<{ path: string; data: Uint8Array }> {
  for (const { chart: one, path } of walkCharts(chart)) {
    for (const { name, data } of one.templates) {
      if (one.pack === undefined) yield { path: `${path}/${name}`, data };
      else if (GO_IN_PACK.test(name)) yield { path: `${path}/${name.replace(GO_IN_PACK, '')}`, data };
    }
  }
}

interface ListBranch {
  readonly list: ast.ListNode;
  readonly branch: Branch;
}

/** Those of a text that does not parse are none: its fault is told when it is rendered. */
function branchesIn(path: string, text: string): ListBranch[] {
  const found: ListBranch[] = [];
  const lines = lineStarts(text);
  const add = (list: ast.ListNode, kind: string, pos: number): void => {
    const line = lines.findLastIndex((start) => start <= pos);
    found.push({ list, branch: { path, line: line + 1, column: pos - (lines[line] as number) + 1, kind } });
  };
  const visit = (list: ast.ListNode): void => {
    for (const node of list.nodes) {
      if (node.type !== 'if' && node.type !== 'with' && node.type !== 'range') continue;
      // A node begins with what is asked; the word stands before it.
      add(node.list, node.type, Math.max(text.lastIndexOf(node.type, node.pos), 0));
      visit(node.list);
      const { elseList } = node;
      if (elseList === undefined) continue;
      // `else if` is a condition of its own.
      const [only, ...more] = elseList.nodes;
      const isChained = more.length === 0 && (only?.type === 'if' || only?.type === 'with');
      if (!isChained) add(elseList, 'else', Math.max(text.lastIndexOf('else', elseList.pos), node.pos));
      visit(elseList);
    }
  };
  try {
    for (const tree of parse(path, text, { hasFunction: () => true }).values()) visit(tree.root);
  } catch {
    return [];
  }
  return found;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
