/** Tables of the API server as kubectl and Helm print them. kubernetes: cli-runtime/pkg/printers/{tableprinter,tabwriter}.go. */
import type { Table } from '@pack/kube';

const MIN_WIDTH = 6;
const PADDING = 3;

/**
 * One below the other. Columns of a table that is not the first of its kind have no heads; each table has widths of its
 * own, as Helm prints each object by itself.
 */
export function formatServerTables(tables: readonly Table[]): string {
  let heads = '';
  return tables
    .map((table) => {
      const shown = table.columns.flatMap(({ priority }, i) => (priority === 0 ? [i] : []));
      const own = shown.map((i) => (table.columns[i]?.name ?? '').toUpperCase());
      const rows = table.rows.map((cells) => shown.filter((i) => i < cells.length).map((i) => cellText(cells[i])));
      const isKnown = heads === JSON.stringify(own);
      if (rows.length > 0) heads = JSON.stringify(own);
      return rows.length === 0 ? '' : aligned(isKnown ? rows : [own, ...rows]);
    })
    .join('');
}

/** What a terminal would obey is shown as text, and of several lines the first. */
function cellText(cell: unknown): string {
  if (cell === undefined || cell === null) return '';
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
  const end = typeof cell === 'string' ? text.search(/[\f\n\r]/) : -1;
  return `${(end < 0 ? text : text.slice(0, end)).replaceAll('\x1b', '^[').replaceAll('\r', '\\r')}${end < 0 ? '' : '...'}`;
}

/** Each cell but the last of a row is as wide as the widest of its column, and some. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.slice(0, -1).entries()) {
      widths[i] = Math.max(widths[i] ?? MIN_WIDTH, [...cell].length + PADDING);
    }
  }
  return rows
    .map((row) => `${row.map((cell, i) => padded(cell, i < row.length - 1 ? widths[i] : 0)).join('')}\n`)
    .join('');
}

const padded = (cell: string, width = 0): string => cell + ' '.repeat(Math.max(0, width - [...cell].length));
