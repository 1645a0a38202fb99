export { type Ran, type Run, runScript } from './script.ts';
export { parseTxtar, type Txtar } from './txtar.ts';
export { type Answer, answerer, judge, parseVectors, type Question, type Vector, type Verdict } from './vectors.ts';
