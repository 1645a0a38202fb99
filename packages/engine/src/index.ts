export { HelmVersionValue } from './capabilities.ts';
export { type EngineErrorCode, RenderError } from './error.ts';
export type { NativeCrypto, World } from './functions/world.ts';
export type { Lookup } from './include.ts';
export {
  type LiveFunction,
  type LiveLookup,
  type LiveResolve,
  type LiveSources,
  renderLive,
  untilAnswered,
} from './live-lookup.ts';
export {
  createRenderer,
  expandName,
  type Observe,
  type Rendered,
  type Renderer,
  type RenderInput,
  renderChart,
} from './render.ts';
export { loadValidator, SchemaError, type SchemaErrorCode, type ValidateValues } from './schema.ts';
export type { ReleaseInfo } from './scope.ts';
export { webWorld } from './world.ts';
