/** Plugins in JavaScript at work: all that are installed, agreed to, and can be loaded. */
import { decodeJson, encodeJson, isCodedError, PackError, type PreRenderInput, parseDuration } from '@pack/core';
import type { LiveFunction, RenderInput } from '@pack/engine';
import type { PostRenderer } from '@pack/release';
import { GoError, type GoMap, isMap, newMap } from 'go-template';
import type { Io } from '../command.ts';
import { warnOn } from '../output/warn.ts';
import { setting } from '../settings.ts';
import { harmlessEnvironment } from './environment.ts';
import { listPlugins } from './folder.ts';
import { type JavaScriptPlugin, startJavaScript } from './javascript-host.ts';
import { ensureTrusted } from './trust.ts';

const running = new WeakMap<Io, Promise<readonly JavaScriptPlugin[]>>();

/** Each is started once; one that cannot be is warned of and left out. */
export function javaScriptPlugins(io: Io): Promise<readonly JavaScriptPlugin[]> {
  let found = running.get(io);
  if (found === undefined) running.set(io, (found = startAll(io)));
  return found;
}

async function startAll(io: Io): Promise<readonly JavaScriptPlugin[]> {
  const started: JavaScriptPlugin[] = [];
  for (const plugin of listPlugins(io, 'hooks/v1')) {
    try {
      await ensureTrusted(plugin, io);
      const env = { ...harmlessEnvironment(io.env), HELM_PLUGIN_NAME: plugin.name, HELM_PLUGIN_DIR: plugin.dir };
      const options = {
        env,
        timeout: timeoutOf(io),
        onOutput: (text: string) => io.stderr(text),
        signal: io.interrupts?.(),
      };
      started.push(await startJavaScript(plugin, options));
    } catch (e) {
      if (!isCodedError(e)) throw e;
      warnOn(io)('failed to load plugin (ignoring)', { name: plugin.name, error: e.message });
    }
  }
  return started;
}

/** Milliseconds: of PACK_PLUGIN_TIMEOUT, or half a minute. */
function timeoutOf(io: Io): number {
  const stated = setting(io.env, 'PLUGIN_TIMEOUT');
  if (stated === undefined) return 30_000;
  try {
    return Math.max(1, Number(parseDuration(stated) / 1_000_000n));
  } catch (e) {
    throw e instanceof GoError ? new PackError('USAGE', `PACK_PLUGIN_TIMEOUT: ${e.message}`, { cause: e }) : e;
  }
}

/** The values that plugins make of those of the user. */
export async function preRendered(
  plugins: readonly JavaScriptPlugin[],
  { chart, release, values }: Pick<RenderInput, 'chart' | 'release' | 'values'>,
): Promise<GoMap | undefined> {
  let changed = values;
  for (const plugin of plugins.filter(({ preRender }) => preRender)) {
    const { name, version, appVersion = '' } = chart.metadata;
    const input: PreRenderInput = {
      chart: { name, version, appVersion },
      release: {
        name: release?.name ?? 'release-name',
        namespace: release?.namespace ?? 'default',
        isUpgrade: release?.isUpgrade ?? false,
      },
      values: JSON.parse(encodeJson(changed ?? {})),
    };
    const result = await plugin.call('preRender', input);
    const own = typeof result === 'object' && result !== null && 'values' in result ? result.values : undefined;
    if (own === undefined) continue;
    const read = decodeJson(JSON.stringify(own));
    if (!isMap(read))
      throw new PackError('PLUGIN_FAILED', `plugin ${JSON.stringify(plugin.name)}: preRender: values are no map`);
    changed = withLarge(read, changed) as GoMap;
  }
  return changed;
}

/** What a plugin was given as a float because JavaScript has no larger integers, and has left alone, is what it was. */
function withLarge(value: unknown, before: unknown): unknown {
  if (typeof before === 'bigint') return value === Number(before) ? before : value;
  if (Array.isArray(value)) return Array.isArray(before) ? value.map((item, i) => withLarge(item, before[i])) : value;
  if (!isMap(value) || !isMap(before)) return value;
  const out = newMap();
  for (const key of Object.keys(value))
    out[key] = Object.hasOwn(before, key) ? withLarge(value[key], before[key]) : value[key];
  return out;
}

/** Functions of templates; of equal names the first. */
export function functionsOf(plugins: readonly JavaScriptPlugin[]): Record<string, LiveFunction> {
  const functions: Record<string, LiveFunction> = {};
  for (const plugin of plugins) {
    for (const name of plugin.functions) {
      if (Object.hasOwn(functions, name)) continue;
      functions[name] = async (args) => {
        try {
          return JSON.stringify(await plugin.call('call', name, ...(JSON.parse(args) as unknown[])));
        } catch (e) {
          throw isCodedError(e) ? new GoError(e.message) : e;
        }
      };
    }
  }
  return functions;
}

export const postRenderersIn = (plugins: readonly JavaScriptPlugin[]): PostRenderer[] =>
  plugins
    .filter(({ postRender }) => postRender)
    .map((plugin) => ({
      name: plugin.name,
      run: async (manifests) => (await plugin.call('postRender', manifests)) as string,
    }));

/** Resolves what follows `scheme:` in a reference to a secret. Throws PLUGIN_FAILED, PLUGIN_TIMEOUT. */
export type ResolveSecret = (reference: string) => Promise<string>;

/** By scheme; of equal ones the first. */
export async function secretProviders(io: Io): Promise<ReadonlyMap<string, ResolveSecret>> {
  const providers = new Map<string, ResolveSecret>();
  for (const plugin of await javaScriptPlugins(io)) {
    if (plugin.scheme === undefined || providers.has(plugin.scheme)) continue;
    providers.set(plugin.scheme, async (reference) => {
      const secret = await plugin.call('secret', reference);
      if (typeof secret === 'string') return secret;
      throw new PackError('PLUGIN_FAILED', `plugin ${JSON.stringify(plugin.name)} did not give a text for a secret`);
    });
  }
  return providers;
}
