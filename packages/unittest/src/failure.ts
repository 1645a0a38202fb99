/** What of an error of rendering `failedTemplate` sees: the template, and the message without its place. */
import { basePath } from '@pack/core';

export interface TemplateFailure {
  /** The path of the template. */
  readonly path: string;
  readonly message: string;
}

/** Undefined for errors of the chart as a whole. */
export function failureOf(e: Error): TemplateFailure | undefined {
  const { code, reason, at } = e as { code?: string; reason?: string; at?: { file: string } };
  if (code?.startsWith('PACK_TEMPLATE') && reason !== undefined && at !== undefined) {
    return { path: at.file, message: reason };
  }
  if (code !== 'RENDER_EXEC') return undefined;
  // Helm 3 told one error in one line, and suites quote what stands behind its place.
  const text = /^\S+ error (?:at|in) \(/.test(e.message) || !(e.cause instanceof Error) ? e.message : e.cause.message;
  // helm-unittest takes one digit of the column: where there are more, what was executing is part of the message.
  const [head, path] = /^(?:template: |[^\n(]* \()([^\s():]+):\d+:\d/.exec(text) ?? [];
  if (head === undefined || path === undefined) return undefined;
  const [first = '', ...more] = text.split('\n');
  const colon = first.indexOf(': ', head.length + 1);
  if (colon < 0) return undefined;
  return { path, message: more.length > 0 ? more.join('\n') : first.slice(colon + 2) };
}

export const isPartial = (path: string): boolean => basePath(path).startsWith('_');
