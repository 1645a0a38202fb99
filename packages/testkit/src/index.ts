export { answerer, judge, parseVectors, type Answer, type Question, type Vector, type Verdict } from './vectors.ts';
