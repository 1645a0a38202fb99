export { type Answer, answerer, judge, parseVectors, type Question, type Vector, type Verdict } from './vectors.ts';
