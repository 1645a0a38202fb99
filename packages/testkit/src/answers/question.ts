/** What the questions of `render` and `coalesce` share: a chart and values, prepared as `helm template` does. */
import {
  type Chart,
  type ChartFile,
  decodeJson,
  decodeValues,
  loadChart,
  mergeMaps,
  setJson,
  setLiteral,
  setStrings,
  setValues,
} from '@pack/core';
import { GoError, type GoMap, isMap, newMap, toGo } from 'go-template';
import type { Question } from '../vectors.ts';

const DEFAULT_CHART = 'apiVersion: v2\nname: conf\nversion: 0.1.0\nappVersion: "1.2.3"\n';
const encoder = new TextEncoder();

export const texts = (v: unknown): string[] => (v ?? []) as string[];

export async function chartOf(question: Question): Promise<Chart> {
  const files: Record<string, Uint8Array> = { 'Chart.yaml': encoder.encode(DEFAULT_CHART) };
  for (const [name, text] of Object.entries((question['files'] ?? {}) as Record<string, string>))
    files[name] = encoder.encode(text);
  for (const [name, text] of Object.entries((question['filesB64'] ?? {}) as Record<string, string>)) {
    files[name] = new Uint8Array(Buffer.from(text, 'base64'));
  }
  if (question['template'] !== undefined) files['templates/t.yaml'] = encoder.encode(String(question['template']));
  if (question['helpers'] !== undefined) files['templates/_helpers.tpl'] = encoder.encode(String(question['helpers']));
  const list: ChartFile[] = Object.keys(files)
    .sort()
    .map((name) => ({ name, data: files[name] as Uint8Array }));
  return loadChart(list);
}

/** As the oracle's userValues: Helm's own code behind the flags, without the files. */
export function valuesOf(question: Question): GoMap {
  let base = newMap();
  for (const text of texts(question['valuesFiles'])) base = mergeMaps(base, decodeValues(text));
  base = mergeMaps(base, toGo(question['values'] ?? {}) as GoMap);
  for (const text of texts(question['setJson'])) base = mergeJson(text, base);
  for (const text of texts(question['set'])) named('--set', () => setValues(text, base));
  for (const text of texts(question['setString'])) named('--set-string', () => setStrings(text, base));
  for (const text of texts(question['setLiteral'])) named('--set-literal', () => setLiteral(text, base));
  return base;
}

function mergeJson(text: string, base: GoMap): GoMap {
  if (text.trim().startsWith('{')) {
    const map = attempt(`failed parsing --set-json data JSON: ${text}`, () => decodeJson(text.trim()));
    if (!isMap(map)) throw new GoError(`failed parsing --set-json data JSON: ${text}`);
    return mergeMaps(base, map);
  }
  attempt(`failed parsing --set-json data ${text}`, () => setJson(text, base));
  return base;
}

const attempt = <T>(message: string, run: () => T): T => {
  try {
    return run();
  } catch {
    throw new GoError(message);
  }
};

function named(flag: string, run: () => void): void {
  try {
    run();
  } catch (e) {
    throw new GoError(`failed parsing ${flag} data: ${(e as Error).message}`);
  }
}

/** Errors with words for the user; anything else is a fault of ours. */
export const isAnswer = (e: unknown): e is Error =>
  e instanceof GoError || (e instanceof Error && Symbol.for('pack.error') in e);
