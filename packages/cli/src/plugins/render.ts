/** A render with what plugins and post-renderers do before and after it. */
import { existsSync } from 'node:fs';
import { type Chart, missingDependencies, walkCharts } from '@pack/core';
import type { LiveSources, Rendered } from '@pack/engine';
import type { RenderPackInput } from '@pack/jinja';
import { missingError } from '../chart-source.ts';
import type { Io } from '../command.ts';
import type { Given } from '../flags/parse.ts';
import { renderWithSecrets } from '../secrets.ts';
import { isWithoutPlugins, pluginFolders } from './paths.ts';
import { postRenderersOf } from './post-render.ts';

/** Throws what engines, plugins and post-renderers throw. */
export async function renderThrough(
  input: Omit<RenderPackInput, 'lookup'>,
  sources: LiveSources,
  given: Given,
  io: Io,
  signal?: AbortSignal,
): Promise<Rendered> {
  const hooks = await hooksOf(io);
  const plugins = (await hooks?.javaScriptPlugins(io)) ?? [];
  const values = hooks === undefined ? input.values : await hooks.preRendered(plugins, input);
  const rendered = await renderWithSecrets(
    { ...input, ...(values !== undefined && { values }) },
    { ...sources, ...(await pluginFunctions(io)) },
    given,
    io,
    signal,
  );
  ensureComplete(rendered.chart);
  const renderers = [...(hooks?.postRenderersIn(plugins) ?? []), ...(await postRenderersOf(given, io))];
  if (renderers.length === 0) return rendered;
  const { postRendered } = await import('@pack/release');
  return postRendered(rendered, renderers, signal ?? io.interrupts?.());
}

/** What values switch on that was not fetched, since the pack's own do not. Throws CHART_DEPENDENCIES_MISSING. */
function ensureComplete(root: Chart): void {
  for (const { chart } of walkCharts(root)) {
    // What is left of the dependencies is what is switched on, by the names that they have here.
    const { pack: _, ...switched } = chart;
    const missing = chart.pack === undefined ? [] : missingDependencies(switched);
    if (missing.length > 0) throw missingError(chart, missing);
  }
}

/** What plugins in JavaScript have; undefined where there are none. */
const hooksOf = async (io: Io): Promise<typeof import('./javascript.ts') | undefined> =>
  isWithoutPlugins(io) || !existsSync(pluginFolders(io).own) ? undefined : import('./javascript.ts');

/** Functions of plugins for templates, if there are any. */
export async function pluginFunctions(io: Io): Promise<Pick<LiveSources, 'functions'>> {
  const hooks = await hooksOf(io);
  const functions = hooks?.functionsOf(await hooks.javaScriptPlugins(io)) ?? {};
  return Object.keys(functions).length > 0 ? { functions } : {};
}
