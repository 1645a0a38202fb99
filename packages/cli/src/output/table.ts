/** Tables as Helm prints them. Helm: gosuri/uitable. */
import { characterWidth, textWidth } from './width.ts';

export interface TableOptions {
  /** Longer cells are cut; 0 is no bound. */
  readonly maxColumnWidth?: number;
}

/** Cells padded to the widest of their column, tabs between them, no line end at the end. */
export function formatTable(rows: readonly (readonly string[])[], { maxColumnWidth = 0 }: TableOptions = {}): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) {
      const width = cell.includes('\n') ? Math.max(...cell.split('\n').map(textWidth)) : textWidth(cell);
      const bounded = maxColumnWidth === 0 ? width : Math.min(width, maxColumnWidth);
      widths[i] = Math.max(widths[i] ?? 0, bounded);
    }
  }
  return rows.map((row) => formatRow(row, widths)).join('\n');
}

/** A cell of several lines makes a row of several lines. */
function formatRow(row: readonly string[], widths: readonly number[]): string {
  const fitted = row.map((cell, i) => fit(cell, widths[i] as number));
  if (!fitted.some((cell) => cell.includes('\n'))) return fitted.join('\t');
  const cells = fitted.map((cell) => cell.split('\n'));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    cells.map((lines, i) => fit(lines[line] ?? ' ', widths[i] as number)).join('\t'),
  ).join('\n');
}

function fit(cell: string, width: number): string {
  const own = textWidth(cell);
  if (width === 0 || own === width) return cell;
  return own < width ? cell + ' '.repeat(width - own) : cut(cell, width);
}

/** At least one character stays, whatever the width. */
function cut(cell: string, width: number): string {
  let out = '';
  let used = 0;
  for (const c of cell) {
    out += c;
    const own = characterWidth(c);
    if (used + own >= width - 3) break;
    used += own;
  }
  return `${out}...`;
}
