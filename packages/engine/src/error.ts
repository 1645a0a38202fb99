/** Errors of rendering, with Helm's texts and layout. */

import { PackError, type Position } from '@pack/core';
import { TemplateError } from 'go-template';
import { MESSAGE_END, MESSAGE_START } from './include.ts';

export type EngineErrorCode = 'RENDER_PARSE' | 'RENDER_EXEC' | 'RENDER_LIMIT' | 'CHART_INCOMPATIBLE';

export class RenderError extends PackError<EngineErrorCode> {}

/** One level of the error: where, what was executing, and what went wrong. */
interface Frame {
  location: string;
  executing: string;
  message: string;
}

/** A chart's templates did not parse. Helm keeps the place and what follows the last ": ". pkg/engine cleanupParseError. */
export function parseFailure(file: string, e: TemplateError): RenderError {
  const tokens = e.message.split(': ');
  const message =
    tokens.length === 1 ? `parse error in (${file}): ${e.message}` : `parse error at (${tokens[1]}): ${tokens.at(-1)}`;
  return new RenderError('RENDER_PARSE', message, { ...position(e), cause: e });
}

/** A template failed. Helm: pkg/engine reformatExecErrorMsg. */
export function executionFailure(file: string, e: TemplateError): RenderError {
  if (e.code === 'TEMPLATE_STACK' || e.code === 'TEMPLATE_STEPS') {
    return new RenderError('RENDER_LIMIT', e.message, {
      ...position(e),
      ...(e.hint !== undefined && { hint: e.hint }),
      cause: e,
    });
  }
  return new RenderError('RENDER_EXEC', executionMessage(file, e), { ...position(e), cause: e });
}

const position = (e: TemplateError): { at?: Position } => (e.at === undefined ? {} : { at: e.at });

/** The errors that one wraps, itself first. */
function* chain(e: unknown): Generator<Error> {
  for (let at = e; at instanceof Error; at = at.cause) yield at;
}

function executionMessage(file: string, e: TemplateError): string {
  if (![...chain(e)].some((c) => c instanceof TemplateError && c.code === 'TEMPLATE_EXEC')) return e.message;
  const [, location, rest] = splitN(e.message, ': ', 3);
  if (location === undefined || rest === undefined) return `execution error in (${file}): ${e.message}`;
  const marked = cutBetween(rest, MESSAGE_START, MESSAGE_END);
  if (marked !== undefined) return `execution error at (${location}): ${marked}`;
  const frames: Frame[] = [];
  for (const { message } of chain(e)) {
    const frame = parseFrame(message);
    if (frame === undefined) return e.message;
    const last = frames.at(-1);
    if (last?.location !== frame.location || last.executing !== frame.executing || last.message !== frame.message)
      frames.push(frame);
  }
  return frames.map(printFrame).join('').trim();
}

function splitN(text: string, separator: string, n: number): string[] {
  const parts = text.split(separator);
  return parts.length <= n ? parts : [...parts.slice(0, n - 1), parts.slice(n - 1).join(separator)];
}

function cutBetween(text: string, start: string, end: string): string | undefined {
  const from = text.indexOf(start);
  const to = text.lastIndexOf(end);
  return from >= 0 && to >= from + start.length ? text.slice(from + start.length, to) : undefined;
}

const printFrame = ({ location, executing, message }: Frame): string =>
  `${location === '' ? '' : `${location}\n  `}${executing === '' ? '' : `${executing}\n    `}${message === '' ? '' : `${message}\n`}`;

/** The message without an error of another template behind it, which has a frame of its own. */
const ownMessage = (message: string): string => {
  const cut = message.indexOf(' template:');
  return cut < 0 ? message : message.slice(0, cut);
};

/** Undefined when the message is not of the template package's own making. */
function parseFrame(message: string): Frame | undefined {
  if (!message.startsWith('template: ')) return undefined;
  const rest = message.slice('template: '.length);
  if (rest.startsWith('no template ')) return { location: '', executing: '', message };
  const executing = rest.indexOf(': executing ');
  const atNode =
    executing < 0 ? undefined : parseExecuting(rest.slice(0, executing), rest.slice(executing + ': executing '.length));
  if (atNode !== undefined) return atNode;
  const last = rest.lastIndexOf(': ');
  return last < 0
    ? undefined
    : { location: rest.slice(0, last), executing: '', message: ownMessage(rest.slice(last + 2)) };
}

function parseExecuting(location: string, text: string): Frame | undefined {
  const endQuote = text.startsWith('"') ? text.indexOf('"', 1) : -1;
  if (endQuote < 0) return undefined;
  const after = text.slice(endQuote + 1);
  if (!after.startsWith(' at <')) return undefined;
  const end = after.indexOf('>: ', 5);
  if (end < 0) return undefined;
  return {
    location,
    executing: `executing "${text.slice(1, endQuote)}" at <${after.slice(5, end)}>:`,
    message: ownMessage(after.slice(end + 3)),
  };
}
