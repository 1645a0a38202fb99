/** A render with what plugins and post-renderers do before and after it. */
import { existsSync } from 'node:fs';
import type { LiveSources, Rendered, RenderInput } from '@pack/engine';
import type { Io } from '../command.ts';
import type { Given } from '../flags/parse.ts';
import { renderWith } from '../render.ts';
import { isWithoutPlugins, pluginFolders } from './paths.ts';
import { postRenderersOf } from './post-render.ts';

/** Throws what engines, plugins and post-renderers throw. */
export async function renderThrough(
  input: Omit<RenderInput, 'lookup'>,
  sources: LiveSources,
  given: Given,
  io: Io,
  signal?: AbortSignal,
): Promise<Rendered> {
  const hooks =
    isWithoutPlugins(io) || !existsSync(pluginFolders(io).own) ? undefined : await import('./javascript.ts');
  const plugins = (await hooks?.javaScriptPlugins(io)) ?? [];
  const values = hooks === undefined ? input.values : await hooks.preRendered(plugins, input);
  const functions = hooks?.functionsOf(plugins) ?? {};
  const rendered = await renderWith(
    { ...input, ...(values !== undefined && { values }) },
    { ...sources, ...(Object.keys(functions).length > 0 && { functions }) },
  );
  const renderers = [...(hooks?.postRenderersIn(plugins) ?? []), ...(await postRenderersOf(given, io))];
  if (renderers.length === 0) return rendered;
  const { postRendered } = await import('@pack/release');
  return postRendered(rendered, renderers, signal ?? io.interrupts?.());
}
