/** The one place that prints errors: Helm's text first, then what helps. */
import { isCodedError, PackError, type Position } from '@pack/core/error';
import type { KubeError } from '@pack/kube';
import { TemplateError } from 'go-template';
import type { Io } from '../command.ts';
import { formatDiagnoses } from './diagnosis.ts';
import { withoutValues } from './without-values.ts';

/** Lines shown before and after the one that failed. */
const CONTEXT = 2;

export function printError(e: unknown, debug: boolean, io: Io): void {
  if (!(e instanceof Error)) return io.stderr(`Error: ${String(e)}\n`);
  if (!isCodedError(e) && e.name !== 'GoError' && !isExpected(e)) {
    return io.stderr(
      `Error: internal error: ${e.message}\n${debug ? `${e.stack}\n` : 'Hint: run again with --debug and report what it shows\n'}`,
    );
  }
  io.stderr(`Error: ${e.message}\n`);
  for (const line of [...reasonsOf(e), ...hints(e)]) io.stderr(`${line}\n`);
  if (!debug) return;
  const told = new Set([e.message]);
  for (const { message } of causes(e)) {
    if (!told.has(message)) io.stderr(`Caused by: ${message}\n`);
    told.add(message);
  }
}

/** Errors of the operating system that a user can act on. */
const isExpected = (e: Error): boolean => 'syscall' in e;

/** Of objects that did not get ready. */
function reasonsOf(e: Error): string[] {
  const found = causes(e).find((cause) => isCodedError(cause) && 'reasons' in cause);
  return formatDiagnoses((found as Partial<KubeError> | undefined)?.reasons ?? [], e.message);
}

const causes = (e: unknown): Error[] => (e instanceof Error ? [e, ...causes(e.cause)] : []);

function hints(e: Error): string[] {
  const all = causes(e).filter(isCodedError);
  const templates = all.filter((c): c is TemplateError => c instanceof TemplateError && c.at !== undefined);
  const lines: string[] = [];
  const innermost = templates.at(-1);
  if (innermost?.at !== undefined) lines.push(...excerpt(innermost.at, innermost.source));
  else lines.push(...faultsOf(e).slice(0, MAX_EXCERPTS).flatMap(excerptOf));
  const places = [...new Set(templates.slice(0, -1).map(({ at }) => place(at as Position)))].reverse();
  if (places.length > 0) lines.push(...places.slice(0, 10).map((at) => `  included from ${at}`));
  // The message of several has their hints.
  const hint = 'errors' in e ? undefined : all.map((c) => c.hint).findLast((text) => text !== undefined);
  for (const line of hint?.split('\n') ?? []) lines.push(line.startsWith(' ') ? line : `Hint: ${line}`);
  return lines;
}

/** Excerpts of an error that is several. */
const MAX_EXCERPTS = 5;

/** Of several templates of a pack that failed, each one's. */
const faultsOf = (e: Error): readonly unknown[] => ('errors' in e && Array.isArray(e.errors) ? e.errors : [e]);

/** Of what authors write, as it is written; else of what was rendered, in which secrets may be. */
function excerptOf(e: unknown): string[] {
  if (!(e instanceof PackError) || e.source === undefined || e.at === undefined) return [];
  if (/^PACK_(?:TEMPLATE|LIBRARY)|^CHART_INVALID$/.test(e.code)) return excerpt(e.at, e.source);
  return excerpt(e.at, withoutValues(e.source), 'what was rendered, ');
}

const place = ({ file, line, column }: Position): string =>
  `${file}${line === undefined ? '' : `:${line}`}${column === undefined ? '' : `:${column}`}`;

/** The line and those around it, with a caret under the column. */
function excerpt(at: Position, source: string | undefined, what = ''): string[] {
  const { line, column } = at;
  if (line === undefined || source === undefined) return [];
  const all = source.split('\n');
  const first = Math.max(1, line - CONTEXT);
  const last = Math.min(all.length, line + CONTEXT);
  const width = String(last).length;
  const lines = [`  at ${what}${place(at)}`];
  for (let n = first; n <= last; n++) {
    lines.push(`  ${n === line ? '>' : ' '} ${String(n).padStart(width)} | ${all[n - 1] ?? ''}`);
    if (n === line && column !== undefined) lines.push(`    ${' '.repeat(width)} | ${' '.repeat(column - 1)}^`);
  }
  return lines;
}
