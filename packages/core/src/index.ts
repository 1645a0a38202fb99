export { type CodedError, isCodedError, PackError, type Position } from './error.ts';
