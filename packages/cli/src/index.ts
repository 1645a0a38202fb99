export type { Command, Io, Row } from './command.ts';
export { isStackError, main } from './main.ts';
