/** The one place that prints errors: Helm's text first, then what helps. */
import { type CodedError, isCodedError } from '@pack/core';
import { TemplateError } from 'go-template';
import type { Io } from '../command.ts';

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
  for (const line of hints(e)) io.stderr(`${line}\n`);
  if (debug) for (const cause of causes(e).slice(1)) io.stderr(`Caused by: ${cause.message}\n`);
}

/** Errors of the operating system that a user can act on. */
const isExpected = (e: Error): boolean => 'syscall' in e;

const causes = (e: unknown): Error[] => (e instanceof Error ? [e, ...causes(e.cause)] : []);

function hints(e: Error): string[] {
  const templates = causes(e).filter((c): c is TemplateError => c instanceof TemplateError && c.at !== undefined);
  const innermost = templates.at(-1);
  const lines: string[] = [];
  if (innermost !== undefined) lines.push(...excerpt(innermost));
  const places = [...new Set(templates.slice(0, -1).map(place))].reverse();
  if (places.length > 0) lines.push(...places.slice(0, 10).map((at) => `  included from ${at}`));
  const { hint } = e as CodedError;
  if (hint !== undefined) lines.push(`Hint: ${hint}`);
  return lines;
}

const place = ({ at }: TemplateError): string =>
  `${at?.file}:${at?.line}${at?.column === undefined ? '' : `:${at.column}`}`;

function excerpt(e: TemplateError): string[] {
  const { at, source } = e;
  if (at === undefined || source === undefined) return [];
  const all = source.split('\n');
  const first = Math.max(1, at.line - CONTEXT);
  const last = Math.min(all.length, at.line + CONTEXT);
  const width = String(last).length;
  const lines = [`  at ${place(e)}`];
  for (let n = first; n <= last; n++) {
    lines.push(`  ${n === at.line ? '>' : ' '} ${String(n).padStart(width)} | ${all[n - 1] ?? ''}`);
    if (n === at.line && at.column !== undefined)
      lines.push(`    ${' '.repeat(width)} | ${' '.repeat(at.column - 1)}^`);
  }
  return lines;
}
