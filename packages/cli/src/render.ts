/** Charts and packs into texts, each with its own engine. That of packs is loaded when there is one. */
import { walkCharts } from '@pack/core';
import { type LiveSources, type Rendered, renderLive } from '@pack/engine';
import type { RenderPackInput } from '@pack/jinja';

/** Throws what the engines throw. */
export async function renderWith(input: Omit<RenderPackInput, 'lookup'>, sources: LiveSources): Promise<Rendered> {
  const hasPack = [...walkCharts(input.chart)].some(({ chart }) => chart.pack !== undefined);
  if (!hasPack) return renderLive(input, sources);
  const { renderPackLive } = await import('@pack/jinja');
  return renderPackLive(input, sources);
}
