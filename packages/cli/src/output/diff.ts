/** Differences between objects, for people and for programs. */
import type { Preview } from '@pack/release';
import type { Colors } from './color.ts';
import { encoded, type Format } from './format.ts';

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

/** Values of several lines are shown below each other, of so many lines at most. */
const MAX_LINES = 20;

export function formatDiff(previews: readonly Preview[], format: Format, colors: Colors): string {
  if (format !== 'table') {
    return encoded(
      previews.map(({ ref, change, fields, fault }) => ({
        ...ref,
        change,
        fields: fields.map((field) => ({ ...field })),
        ...(fault !== undefined && { fault }),
      })),
      format,
    );
  }
  if (previews.length === 0) return 'No differences.\n';
  const counts = (['added', 'changed', 'removed'] as const).map(
    (change) => `${previews.filter((preview) => preview.change === change).length} ${change}`,
  );
  return `${previews.map((preview) => formatOne(preview, colors)).join('\n')}\n${counts.join(', ')}\n`;
}

function formatOne({ ref, change, fields, fault }: Preview, colors: Colors): string {
  const { kind, namespace, name } = ref;
  const title = `${SIGNS[change]} ${kind} ${name}${namespace === undefined ? '' : ` (${namespace})`}`;
  const lines = fields.flatMap(({ path, before, after }) => {
    if (before === undefined) return block(`  + ${path}: ${shown(after)}`, colors.added);
    if (after === undefined) return block(`  - ${path}: ${shown(before)}`, colors.removed);
    const [old, fresh] = [shown(before), shown(after)];
    if (!`${old}${fresh}`.includes('\n'))
      return [`  ${colors.changed('~')} ${path}: ${colors.removed(old)} → ${colors.added(fresh)}`];
    return [
      `  ${colors.changed('~')} ${path}:`,
      ...block(`    - ${old}`, colors.removed),
      ...block(`    + ${fresh}`, colors.added),
    ];
  });
  const paint = change === 'added' ? colors.added : change === 'removed' ? colors.removed : colors.changed;
  return [
    paint(title),
    ...(fault === undefined ? [] : [colors.removed(`  ! the server refuses it: ${fault}`)]),
    ...lines,
    '',
  ].join('\n');
}

function block(text: string, paint: (text: string) => string): string[] {
  const lines = text.split('\n');
  const rest = lines.length - MAX_LINES;
  return [...lines.slice(0, MAX_LINES), ...(rest > 0 ? [`        … ${rest} more lines`] : [])].map(paint);
}

function shown(value: unknown): string {
  if (typeof value === 'string' && value.includes('\n')) {
    return `|\n${value
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => `        ${line}`)
      .join('\n')}`;
  }
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? Number(item) : item));
}
