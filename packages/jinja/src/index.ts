export { excerpt, JinjaError, type JinjaErrorCode } from './error.ts';
export { LIMITS, type Limits } from './execution.ts';
export type { Whitespace } from './lexer.ts';
export { type ReferenceEntry, reference } from './library/library.ts';
export { createPackRenderer, type PackRenderer, type RenderPackInput, renderPack } from './render.ts';
export type { Mode } from './value.ts';
