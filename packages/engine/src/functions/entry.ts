/** What another engine takes of this one: the functions, what is loaded for them, and Go templates beside its own. */
export { type GoTexts, openGoTexts, type Prepared, prepare, renderFiles } from '../render.ts';
export { sprigFunctions } from './index.ts';
export { loadFunctions } from './load.ts';
