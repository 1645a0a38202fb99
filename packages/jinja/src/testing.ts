/** Packs from texts, for tests. */
import { type Chart, parseChart } from '@pack/core';
import { toBytes, toGo } from 'go-template';

import type { JinjaError } from './error.ts';
import { createPackRenderer, type RenderPackInput } from './render.ts';

export const PACK_YAML = 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata:\n  name: web\n  version: 1.0.0\n';

/** The pack that some files make; Pack.yaml stands for one named `web` where it is not given. */
export const packOf = (files: Readonly<Record<string, string>>): Chart =>
  parseChart(
    Object.entries({ 'Pack.yaml': PACK_YAML, ...files }).map(([name, text]) => ({ name, data: toBytes(text) })),
  );

/** A world that stands still, in which chance is none. */
export const WORLD = {
  now: () => new Date('2026-01-02T03:04:05.678Z'),
  random: (n: number) => Uint8Array.from({ length: n }, (_, i) => i * 7),
  timeZone: 'UTC',
};

type Options = Omit<RenderPackInput, 'chart' | 'world' | 'values'>;

/** What one template writes. */
export async function render(
  template: string,
  values: Readonly<Record<string, unknown>> = {},
  options: Options = {},
): Promise<string> {
  const files = await renderFiles({ 'templates/t': template }, values, options);
  return files['web/templates/t'] as string;
}

export async function renderFiles(
  files: Readonly<Record<string, string>>,
  values: Readonly<Record<string, unknown>> = {},
  options: Options = {},
): Promise<Readonly<Record<string, string>>> {
  const renderer = await createPackRenderer(packOf(files), WORLD);
  return renderer.render({ ...options, values: toGo(values) }).files;
}

/** The error that rendering ends with. */
export async function failure(rendering: Promise<unknown>): Promise<JinjaError> {
  try {
    const result = await rendering;
    throw new TypeError(`it did not fail: ${JSON.stringify(result)}`);
  } catch (e) {
    if (e instanceof Error && 'code' in e) return e as JinjaError;
    throw e;
  }
}
