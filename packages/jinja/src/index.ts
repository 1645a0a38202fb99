export type { Branch, BranchObserver } from './compile.ts';
export { excerpt, JinjaError, type JinjaErrorCode } from './error.ts';
export { LIMITS, type Limits } from './execution.ts';
export type { Whitespace } from './lexer.ts';
export { type ReferenceEntry, reference } from './library/library.ts';
export { lintTemplate, type TemplateFinding } from './lint.ts';
export {
  createPackRenderer,
  type PackObservers,
  type PackRenderer,
  type RenderPackInput,
  renderPack,
  renderPackLive,
} from './render.ts';
export type { Mode } from './value.ts';
